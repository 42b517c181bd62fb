"""What the platforms of the channels that a content can reach would refuse of its texts, found before it is approved.

Lengths and the like come from the platforms themselves (``Platform.problems``); a fan-out asks them again.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.content_check import Placed, place_of, spot_of
from campaigns.messages import Pictures, message_for, text_for
from campaigns.models import Approval, AudienceLanguage, Language, Station, TargetGroup
from campaigns.models.links import new_code
from campaigns.safeguards import Finding
from publishers import registry
from publishers.message import Attachment, Message
from publishers.models import Channel

REFUSES = "platform-refuses"
# A text that every platform takes: what is said of it is about pictures or settings, not about the text.
HARMLESS = "Gọi 111."


class _NoFiles(Pictures):
    """Pictures and recordings are judged when they are chosen and when they are posted."""

    def of(self, approval: Approval, form: str) -> tuple[Attachment, ...]:
        return ()

    def recording(self, approval: Approval) -> Attachment | None:
        return None


def refusals(snapshot: dict[str, Any], code: str) -> list[Placed]:
    """Each text that a platform would refuse, once for a field. Three queries, however many channels.

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
    found: dict[tuple[str, str, str], Placed] = {}
    for name in platforms:
        for group in ("", *sorted(snapshot.get("group_texts", {}))):
            for placed in _refused(name, group, approval, details):
                found.setdefault((placed.field, placed.group, placed.finding.message), placed)
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
    known = {problem.code for problem in platform.problems(_harmless(message))}
    whole = f"{snapshot['title']}\n\n{text}"
    for problem in platform.problems(message):
        if problem.blocks and problem.code not in known:
            finding = Finding(
                "block", REFUSES, 0, 0, problem.text, _("Shorten it, or write a text of its own for this form."), ""
            )
            in_title = "title" in problem.code
            field, own = ("title", "") if in_title else place_of(snapshot, platform.text, group)
            yield Placed(field, own, finding, "", spot_of(finding, whole + problem.code))


def _harmless(message: Message) -> Message:
    return dataclasses.replace(message, title="Loa", text=HARMLESS, summary=HARMLESS)
