"""The read-aloud sheet of one posting item: what the station reads, how long it takes, on paper."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from campaigns.messages import bare_title
from campaigns.models import Hotline, Language, PostingItem, Urgency
from campaigns.models.speech import lexicon
from campaigns.personal.links import station_link, url_of
from campaigns.station_times import planned_times
from media.sheets import render_docx, render_pdf
from media.sheets.spec import Priority, Script, SheetSpec, make_script
from media.speech.reading import SYLLABLES_PER_MINUTE
from publishers.message import Message
from publishers.models import DeliveryState

PRIORITIES: dict[int, Priority] = {
    Urgency.NORMAL: Priority.NORMAL,
    Urgency.HIGH: Priority.HIGH,
    Urgency.URGENT: Priority.URGENT,
}


def message_of(item: PostingItem) -> Message:
    """The frozen message that the item's delivery carries.

    :raises ValueError: when the item has no delivery (its channel gets nothing).
    """
    if item.delivery is None:
        raise ValueError("This posting item carries no delivery.")
    return Message.from_json(item.delivery.message)


def title_of(item: PostingItem) -> str:
    """What the item is called, without the mark of a sample: that stands beside it, and is never read out."""
    is_sample = bool(item.approval and item.approval.is_sample)
    return bare_title(message_of(item).title, is_sample=is_sample) or str(item.posting)


def language_of(item: PostingItem) -> Language | None:
    """The language that the item is written or spoken in."""
    return item.language or (item.approval.language if item.approval else None)


def reading_speed(item: PostingItem) -> float:
    """Syllables a minute: the station's own reader, else the language's usual speed."""
    station = getattr(item.channel, "station", None)
    if station is not None and station.syllables_per_minute:
        return float(station.syllables_per_minute)
    language = language_of(item)
    return language.syllables_per_minute if language else SYLLABLES_PER_MINUTE


def seconds_of(item: PostingItem) -> int:
    """How long one play takes, in whole seconds: the recording's length, else that of reading the sheet."""
    return length_of(message_of(item), make_script(sheet_spec(item, qr_url="-")))


def length_of_item(item: PostingItem) -> int:
    """The length as it was planned, else worked out; for lists, where the script is not needed."""
    return item.seconds or seconds_of(item)


def length_of(message: Message, script: Script) -> int:
    """The same for a message whose script is at hand."""
    if message.audio is not None and message.audio.seconds:
        return max(1, round(message.audio.seconds))
    return max(1, round(script.seconds))


def is_withdrawn(item: PostingItem) -> bool:
    """Whether the item was called back: its delivery, its posting or the approval behind it."""
    if item.posting.withdrawn_at or (item.approval and item.approval.withdrawn_at):
        return True
    return item.delivery is not None and item.delivery.state == DeliveryState.WITHDRAWN


def sheet_spec(
    item: PostingItem,
    hotlines: Iterable[Hotline] | None = None,
    qr_url: str = "",
    words: Mapping[str, str] | None = None,
) -> SheetSpec:
    """The sheet of ``item`` for its station.

    A page that shows many passes the ``hotlines``, the ``words`` (``campaigns.models.speech.lexicon``) and its own
    ``qr_url``, so that they are read once.

    :raises ValueError: when the item has no delivery.
    """
    message, language = message_of(item), language_of(item)
    assert item.delivery is not None
    day = timezone.localdate(item.delivery.due)
    known = Hotline.objects.usable_on(day) if hotlines is None else hotlines
    return SheetSpec(
        unit=_unit(item),
        station=station_name(item),
        number=str(item.pk),
        date=day,
        title=title_of(item),
        body=message.text,
        programme=item.posting.campaign.name,
        slots=tuple(_slots(item, message)),
        language=language.name_vi if language else message.language,
        priority=_priority(item),
        hotlines=tuple((one.number, one.name) for one in known if not one.valid_until or one.valid_until >= day),
        editor=_writers(item),
        approver=item.approval.approved_by.get_full_name() if item.approval else "",
        syllables_per_minute=reading_speed(item),
        vietnamese=message.language == "vi" or bool(language and language.spoken_only),
        transcript=bool(language and language.spoken_only),
        rehearsal=item.delivery.rehearsal or item.channel.rehearsal,
        sample=bool(item.approval and item.approval.is_sample),
        qr_url=qr_url or url_of(station_link(item.channel)),
        lexicon=tuple((lexicon() if words is None else words).items()),
    )


def sheet_pdf(item: PostingItem) -> bytes:
    """The sheet as PDF, ready to print.

    :raises media.fonts.MissingGlyphs: for a character that no font on this machine can draw.
    """
    return render_pdf(sheet_spec(item))


def sheet_docx(item: PostingItem) -> bytes:
    """The sheet as a Word file that the station may still edit."""
    return render_docx(sheet_spec(item))


def _priority(item: PostingItem) -> Priority:
    """As the posting says; a quick alert is urgent, also one from before postings said so."""
    is_alert = item.posting.bulletin is not None and item.posting.bulletin.is_alert
    return Priority.URGENT if is_alert else PRIORITIES[item.posting.urgency]


def _unit(item: PostingItem) -> str:
    audience = getattr(item.channel, "audience", None)
    agency = (audience.agency if audience else None) or item.posting.campaign.lead
    return agency.name if agency else ""


def station_name(item: PostingItem) -> str:
    """As it is said on air: "Đài truyền thanh xã Bắc Hà"."""
    station = getattr(item.channel, "station", None)
    if station is None:
        return item.channel.name
    place = station.place.name
    return f"Đài truyền thanh {place[:1].lower()}{place[1:]}"


def _slots(item: PostingItem, message: Message) -> Sequence[dt.datetime]:
    assert item.delivery is not None
    station = getattr(item.channel, "station", None)
    slots = list(station.slots.all()) if station else []
    return planned_times(due=item.delivery.due, given=given_slots(item, message), slots=slots)


def given_slots(item: PostingItem, message: Message) -> Any:
    """The slots that the item was given: what it was moved to since counts more than what its message says."""
    return item.slots or message.details.get("slots")


def _writers(item: PostingItem) -> str:
    if item.approval is None:
        return ""
    return ", ".join(author.get_full_name() or author.get_username() for author in item.approval.authors.all())
