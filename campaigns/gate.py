"""The gate that the outbox asks just before the wire: only what is approved, whole and safe leaves."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Self

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import PostingItem
from campaigns.safeguards import Registry, blocks, check, registry_on, texts_on
from media.models import Picture
from publishers.gate import ALLOW, Verdict
from publishers.message import Message


def decide(references: Sequence[str]) -> dict[str, Verdict]:
    """One verdict for each reference ``item:<id>``; anything else is held, since nobody vouches for it."""
    ids = {reference: reference.removeprefix("item:") for reference in references}
    rows = PostingItem.objects.filter(pk__in=[pk for pk in ids.values() if pk.isdigit()]).select_related(
        "posting", "approval__language", "delivery__channel"
    )
    items = {f"item:{row.pk}": row for row in rows}
    library = Library.read(rows)
    return {
        reference: _verdict(items[reference], library)
        if reference in items
        else Verdict("hold", _("Nobody vouches for this text."))
        for reference in references
    }


@dataclasses.dataclass(frozen=True)
class Library:
    """What a batch is judged by, read once: hotlines, rights texts by language, pictures of persons."""

    hotlines: Registry
    rights: dict[str, list[str]]
    pictures_of_persons: set[int]

    @classmethod
    def read(cls, rows: Iterable[PostingItem]) -> Self:
        approvals = [row.approval for row in rows if row.approval]
        covers = {approval.snapshot.get("cover") for approval in approvals} - {None}
        pictures = Picture.objects.filter(pk__in=covers, shows_person=True)
        today = timezone.localdate()
        return cls(
            hotlines=registry_on(today),
            rights={code: texts_on(today, code) for code in {approval.language.code for approval in approvals}},
            pictures_of_persons=set(pictures.values_list("pk", flat=True)),
        )


def _verdict(item: PostingItem, library: Library) -> Verdict:
    approval, delivery = item.approval, item.delivery
    if item.posting.withdrawn_at is not None:
        return Verdict("drop", _("The posting was withdrawn."))
    if approval is None or delivery is None:
        return Verdict("hold", _("There is no approval."))
    if approval.withdrawn_at is not None:
        return Verdict("hold", _("The approval was withdrawn."))
    if approval.expires_at is not None and approval.expires_at <= timezone.now():
        return Verdict("hold", _("The approval has expired."))
    if not approval.is_intact():
        return Verdict("hold", _("The approved text was changed in the database."))
    if approval.is_sample and not delivery.channel.rehearsal:
        return Verdict("hold", _("A sample goes to rehearsal channels only."))
    if approval.snapshot.get("cover") in library.pictures_of_persons:
        return Verdict("hold", _("The picture shows a person and has no consent record."))
    return _safe(item, library)


def _safe(item: PostingItem, library: Library) -> Verdict:
    """Run the safeguards over the very text that is to leave."""
    assert item.delivery is not None
    assert item.approval is not None
    message = Message.from_json(item.delivery.message)
    code = item.approval.language.code
    text = f"{message.title}\n\n{message.text}"
    found = blocks(check(text, language=code, hotlines=library.hotlines, rights=library.rights[code]))
    if found:
        return Verdict("hold", "; ".join(str(finding.message) for finding in found[:3]))
    return ALLOW
