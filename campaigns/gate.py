"""The gate that the outbox asks just before the wire: only what is approved, whole and safe leaves."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, Self

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.consents import Agreed, Medium, Place
from campaigns.content_check import spot_of
from campaigns.decisions import lifted_in
from campaigns.messages import bare_title
from campaigns.models import Approval, PostingItem
from campaigns.safeguards import Book, Finding, Registry, blocks, check, current_book, registry_on, texts_on
from campaigns.snapshots import carried_pictures, medium_of
from media.models import Picture, Recording
from publishers.gate import ALLOW, Verdict
from publishers.message import Message
from publishers.models import Channel

# More than a few reasons at once help nobody.
SAID = 3


def decide(references: Sequence[str]) -> dict[str, Verdict]:
    """One verdict for each reference ``item:<id>``; anything else is held, since nobody vouches for it."""
    ids = {reference: reference.removeprefix("item:") for reference in references}
    rows = PostingItem.objects.filter(pk__in=[pk for pk in ids.values() if pk.isdigit()]).select_related(
        "posting", "approval__language", "delivery__channel"
    )
    items = {f"item:{row.pk}": row for row in rows}
    library = Library.read([row.approval for row in rows if row.approval])
    return {
        reference: _verdict(items[reference], library)
        if reference in items
        else Verdict("hold", _("Nobody vouches for this text."))
        for reference in references
    }


@dataclasses.dataclass(frozen=True)
class Library:
    """What a batch is judged by, read once: hotlines, rights texts by language, pictures and recordings.

    ``pictures`` and ``recordings`` say of each number the file's digest and who is in it, as they are now;
    ``agreed`` what those people agreed to. ``book``: the rules that count. ``lifted``: by approval, the findings
    that two people lifted for its very texts.
    """

    book: Book
    hotlines: Registry
    rights: dict[str, list[str]]
    pictures: dict[int, tuple[str, Medium]]
    recordings: dict[int, tuple[str, Medium]]
    agreed: Agreed
    lifted: dict[int, frozenset[tuple[str, str]]]

    @classmethod
    def read(cls, approvals: Iterable[Approval]) -> Self:
        """Read it for ``approvals``, whose languages must be at hand. Constant queries for each language."""
        approvals = list(approvals)
        snapshots = [approval.snapshot for approval in approvals]
        shown = {facts["id"] for one in snapshots for facts in carried_pictures(one)}
        spoken = {medium_of(one, "recording").get("id", 0) for one in snapshots}
        pictures = {one.pk: (one.file_hash, Medium.of(one)) for one in Picture.objects.filter(pk__in=shown)}
        recordings = {one.pk: (one.sha256, Medium.of(one)) for one in Recording.objects.filter(pk__in=spoken)}
        today = timezone.localdate()
        return cls(
            book=current_book(),
            hotlines=registry_on(today),
            rights={code: texts_on(today, code) for code in {approval.language.code for approval in approvals}},
            pictures=pictures,
            recordings=recordings,
            agreed=Agreed.read(medium for _digest, medium in (*pictures.values(), *recordings.values())),
            lifted=lifted_in(approvals),
        )


def _verdict(item: PostingItem, library: Library) -> Verdict:
    approval, delivery = item.approval, item.delivery
    if item.posting.withdrawn_at is not None:
        return Verdict("drop", _("The posting was withdrawn."))
    if approval is None or delivery is None:
        return Verdict("hold", _("There is no approval."))
    message = Message.from_json(delivery.message)
    reasons = objections(approval=approval, channel=delivery.channel, message=message, library=library)
    return Verdict("hold", "\n".join(reasons)) if reasons else ALLOW


def objections(*, approval: Approval, channel: Channel, message: Message, library: Library) -> list[str]:
    """Why ``message`` may not leave to ``channel`` on ``approval``, in words; empty when it may.

    The gate asks this before the wire, and the posting screen asks it in advance.
    """
    against = _against(approval, channel, library)
    if against:
        return [against]
    if unagreed := _unagreed(approval, channel, message, library):
        return unagreed
    lifted = library.lifted.get(approval.pk, frozenset())
    found = findings_for(message, approval.language.code, library, lifted)
    return [str(finding.message) for finding in found[:SAID]]


def _against(approval: Approval, channel: Channel, library: Library) -> str:
    """What is wrong with the approval itself; empty when nothing is."""
    if approval.withdrawn_at is not None:
        return _("The approval was withdrawn.")
    if approval.expires_at is not None and approval.expires_at <= timezone.now():
        return _("The approval has expired.")
    if not approval.is_intact():
        return _("The approved text was changed in the database.")
    if approval.is_sample and not channel.rehearsal:
        return _("A sample goes to rehearsal channels only.")
    return _against_media(approval.snapshot, library)


def _against_media(snapshot: dict[str, Any], library: Library) -> str:
    """What is wrong with a picture or the recording; a snapshot from before digests were kept names none."""
    for facts in carried_pictures(snapshot):
        digest, picture = library.pictures.get(facts["id"], ("", None))
        if "hash" in facts and (facts["hash"], facts["shows_person"]) != (digest, picture and picture.person):
            return _("The picture was changed after the approval.")
    recording = medium_of(snapshot, "recording")
    if "hash" in recording and recording["hash"] != library.recordings.get(recording["id"], ("", None))[0]:
        return _("The recording was changed after the approval.")
    return ""


def _unagreed(approval: Approval, channel: Channel, message: Message, library: Library) -> list[str]:
    """Whose consent is missing for what ``message`` carries to ``channel``, on the day it is asked."""
    place, today = Place(channel.platform, channel.pk), timezone.localdate()
    # As many as the message has: a platform takes the first ones. A card drawn for it shows nobody.
    carried = carried_pictures(approval.snapshot)[: len(message.images)]
    shown = [library.pictures.get(facts["id"]) for facts in carried]
    spoken = library.recordings.get(medium_of(approval.snapshot, "recording").get("id", 0)) if message.audio else None
    found = [library.agreed.objection(medium, place, today) for _digest, medium in filter(None, (*shown, spoken))]
    return [why for why in found if why]


def findings_for(
    message: Message, language: str, library: Library, lifted: frozenset[tuple[str, str]] = frozenset()
) -> list[Finding]:
    """What the safeguards stop in the very text that is to leave. ``language`` is a locale code.

    ``lifted``: (code, spot) of what two people lifted in the texts that the message was made from.
    """
    text = f"{message.title}\n\n{message.text}"
    found = check(
        text,
        language=language,
        hotlines=library.hotlines,
        rights=library.rights[language],
        book=library.book,
    )
    # Words are bound to the approved text, which bears no mark of a sample.
    bare = "\n\n".join(bare_title(part, is_sample=True) for part in (message.title, message.text))
    return [
        finding
        for finding in blocks(found)
        if not lifted or (finding.code, spot_of(finding, text if finding.end else bare)) not in lifted
    ]
