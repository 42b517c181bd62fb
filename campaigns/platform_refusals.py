"""What the platforms of the channels that a content can reach would refuse of its texts, found before it is approved.

Lengths and the like come from the platforms themselves (``Platform.problems``); a fan-out asks them again.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.content_check import Placed, place_of, spot_of
from campaigns.leaflets import refusal as leaflet_refusal
from campaigns.messages import Pictures, message_for, pictures_of, text_for
from campaigns.models import Approval, AudienceLanguage, Language, Station, TargetGroup
from campaigns.models.links import new_code
from campaigns.safeguards import Finding
from campaigns.snapshots import carried_pictures, medium_of
from publishers import registry
from publishers.message import Attachment, Message
from publishers.models import Channel
from publishers.platform import Platform

REFUSES = "platform-refuses"
# A text that every platform takes: what is said of it is about pictures or settings, not about the text.
HARMLESS = "Gọi 111."


class _NoFiles(Pictures):
    """Files are judged each by itself (:func:`_refused_files`)."""

    def of(self, approval: Approval, form: str) -> tuple[Attachment, ...]:
        return ()

    def recording(self, approval: Approval) -> Attachment | None:
        return None

    def leaflets(self, approval: Approval, group: TargetGroup | None) -> tuple[Attachment, ...]:
        return ()


def refusals(snapshot: dict[str, Any], code: str) -> list[Placed]:
    """Each text and file that a platform would refuse, once for a field.

    Three queries, and three for the files, however many channels.

    :param snapshot: as ``campaigns.snapshots.snapshot_of`` makes it.
    :param code: the locale code of its language.
    """
    reached = AudienceLanguage.objects.filter(language__code=code).values_list("audience__channel__platform", flat=True)
    platforms = sorted(set(reached))
    language = Language.objects.filter(code=code).first() if platforms else None
    if language is None:
        return []
    longest = Station.objects.filter(channel__audience__languages=language).order_by("max_minutes").first()
    details = {"max_minutes": longest.max_minutes} if longest else {}
    approval = Approval(language=language, snapshot=snapshot)
    files = list(_files(approval))
    takes_documents = any(registry.get(name).takes_documents for name in platforms)
    found: dict[tuple[str, str, str], Placed] = {}
    if snapshot.get("leaflet") and takes_documents and (why := leaflet_refusal(approval)):
        finding = Finding("block", REFUSES, 0, 0, why, _("Shorten the summary, or leave the leaflet out."), "")
        found["leaflet_in_posts", "", why] = Placed("leaflet_in_posts", "", finding, "", spot_of(finding, why))
    for name in platforms:
        for group in ("", *sorted(snapshot.get("group_texts", {}))):
            for placed in _refused(name, group, approval, details):
                found.setdefault((placed.field, placed.group, placed.finding.message), placed)
        for placed in _refused_files(registry.get(name), files):
            found.setdefault((placed.field, placed.words, placed.finding.message), placed)
    return list(found.values())


def _refused(name: str, group: str, approval: Approval, details: dict[str, Any]) -> Iterator[Placed]:
    platform, snapshot = registry.get(name), approval.snapshot
    text = text_for(snapshot, platform.text, group or None)
    if not text.strip():
        return
    message = message_for(
        approval=approval,
        channel=Channel(platform=name),
        group=TargetGroup(key=group) if group else None,
        link=f"{settings.SITE_URL}/l/{new_code()}",
        details=details,
        pictures=_NoFiles(),
    )
    stops = [problem for problem in platform.problems(message) if problem.blocks]
    known = {problem.code for problem in platform.problems(_harmless(message))} if stops else set()
    whole = f"{snapshot['title']}\n\n{text}"
    for problem in stops:
        if problem.code not in known:
            finding = Finding(
                "block", REFUSES, 0, 0, problem.text, _("Shorten it, or write a text of its own for this form."), ""
            )
            in_title = "title" in problem.code
            field, own = ("title", "") if in_title else place_of(snapshot, platform.text, group)
            yield Placed(field, own, finding, "", spot_of(finding, whole + problem.code))


@dataclasses.dataclass(frozen=True)
class _File:
    """A picture or the recording that posts carry, with the form's field it is chosen in."""

    field: str
    title: str
    digest: str
    attachment: Attachment


def _files(approval: Approval) -> Iterator[_File]:
    """The pictures, cover first, and the recording last."""
    snapshot, made = approval.snapshot, Pictures()
    cover = medium_of(snapshot, "cover").get("id")
    for facts, attachment in zip(carried_pictures(snapshot), pictures_of(snapshot), strict=False):
        field = "cover" if facts["id"] == cover else "body"
        yield _File(field, facts.get("alt", ""), facts.get("hash", ""), attachment)
    if (recording := made.recording(approval)) is not None:
        yield _File("recording", "", medium_of(snapshot, "recording").get("hash", ""), recording)


def _refused_files(platform: Platform, files: list[_File]) -> Iterator[Placed]:
    """What is refused with each file, and was not without it."""
    message = Message(title="Loa", text=HARMLESS, summary=HARMLESS, link=f"{settings.SITE_URL}/l/{new_code()}")
    known = {problem.code for problem in platform.problems(message)}
    for file in files:
        if file.field == "recording":
            message = dataclasses.replace(message, audio=file.attachment)
        elif platform.text == "spoken" or len(message.images) == platform.most_pictures:
            continue
        else:
            message = dataclasses.replace(message, images=(*message.images, file.attachment))
        for problem in platform.problems(message):
            if problem.blocks and problem.code not in known:
                known.add(problem.code)
                finding = Finding("block", REFUSES, 0, 0, problem.text, _("Choose another one in its place."), "")
                yield Placed(file.field, "", finding, file.title, spot_of(finding, f"{file.digest}{problem.code}"))


def _harmless(message: Message) -> Message:
    return dataclasses.replace(message, title="Loa", text=HARMLESS, summary=HARMLESS)
