"""The read-aloud sheet of a message that was not sent yet: the very specification the station's PDF is made from."""

import dataclasses
from typing import Any

from django.utils import timezone

from campaigns.messages import bare_title
from campaigns.models import Campaign, Posting, PostingItem
from campaigns.previews.shown import Shown
from campaigns.sheets import length_of, sheet_spec
from media.sheets.spec import Script, SheetSpec, length_words, make_script
from publishers.models import Delivery

NUMBER = "…"


@dataclasses.dataclass(frozen=True)
class Sheet:
    """What is printed, how long it takes in seconds, and how many the station allows (0: it says nothing)."""

    spec: SheetSpec
    script: Script
    seconds: int
    allowed: int

    @property
    def length(self) -> str:
        return length_words(self.seconds)

    @property
    def allowed_words(self) -> str:
        return length_words(self.allowed)

    @property
    def too_long(self) -> bool:
        return bool(self.allowed) and self.seconds > self.allowed


def sheet_of(shown: Shown, campaign: Campaign | None) -> Sheet:
    """The sheet of ``shown``, a post to a loudspeaker station. Nothing is stored."""
    spec = spec_of(shown, campaign)
    script = make_script(spec)
    assert shown.message is not None
    allowed = round(float(shown.message.details.get("max_minutes") or 0) * 60)
    return Sheet(spec, script, length_of(shown.message, script), allowed)


def spec_of(shown: Shown, campaign: Campaign | None) -> SheetSpec:
    """What the sheet is printed from, as ``campaigns.sheets`` makes it of a delivery."""
    planned, message = shown.planned, shown.message
    assert planned.approval is not None
    assert message is not None
    item = _item(planned, message, campaign)
    is_sample = planned.approval.is_sample
    title = bare_title(message.title, is_sample=is_sample)
    spec = sheet_spec(item, qr_url="-")
    # No code leads anywhere yet, the number is given when the posting is decided, and no station has no slots.
    slots = spec.slots if planned.channel.pk else ()
    return dataclasses.replace(spec, number=NUMBER, title=title, sample=is_sample, qr_url=None, slots=slots)


def _item(planned: Any, message: Any, campaign: Campaign | None) -> PostingItem:
    delivery = Delivery(message=message.as_json(), due=timezone.now(), rehearsal=planned.channel.rehearsal)
    posting = Posting(campaign=campaign or Campaign(name=""))
    return PostingItem(
        posting=posting, channel=planned.channel, language=planned.approval.language, delivery=delivery
    )
