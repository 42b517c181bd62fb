"""What a station has to play: its programmes of the week with their planned times and what was confirmed."""

import dataclasses
import datetime as dt
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Prefetch
from django.utils import timezone

from campaigns.models import Hotline, Playback, PostingItem, Slot, Station
from campaigns.models.speech import lexicon
from campaigns.playbacks import latest
from campaigns.sheets import given_slots, is_withdrawn, language_of, length_of, message_of, sheet_spec, title_of
from campaigns.station_times import planned_times
from media.sheets.spec import Part, length_words, make_script
from publishers.message import Attachment
from publishers.models import DeliveryState, Stop


@dataclasses.dataclass(frozen=True)
class PlannedPlay:
    """One time at which a programme should be heard, and the confirmed play where there is one."""

    at: dt.datetime
    playback: Playback | None

    @property
    def is_past(self) -> bool:
        return self.at <= timezone.now()


@dataclasses.dataclass(frozen=True)
class Programme:
    """One programme as the station page shows it."""

    item: PostingItem
    title: str
    language: str
    language_tag: str
    seconds: int
    parts: list[Part]
    audio_url: str
    planned: list[PlannedPlay]
    other_plays: list[Playback]
    withdrawn: bool
    stopped: bool
    is_sample: bool
    rehearsal: bool

    @property
    def length(self) -> str:
        return length_words(self.seconds)

    @property
    def to_confirm(self) -> list[PlannedPlay]:
        """Past times without a confirmed play, the newest first."""
        return [play for play in reversed(self.planned) if play.is_past and play.playback is None]

    @property
    def times_now(self) -> list[PlannedPlay]:
        """What the operator has to see at once: today's times and those that still have to be confirmed."""
        today = timezone.localdate()
        now = [one for one in self.planned if one.at.date() == today or (one.is_past and one.playback is None)]
        return now or self.planned

    @property
    def times_later(self) -> list[PlannedPlay]:
        """The rest of a programme that is told on many days."""
        now = self.times_now
        return [one for one in self.planned if one not in now]

    @property
    def next_time(self) -> dt.datetime | None:
        return next((play.at for play in self.planned if not play.is_past), None)

    @property
    def last_time(self) -> dt.datetime:
        return max([play.at for play in self.planned], default=self.due)

    @property
    def due(self) -> dt.datetime:
        assert self.item.delivery is not None
        return timezone.localtime(self.item.delivery.due)

    def is_on(self, day: dt.date) -> bool:
        """Whether it is to be played, or was played, on ``day``."""
        times = [play.at for play in self.planned] + [play.played_at for play in self.other_plays]
        return day in {timezone.localdate(time) for time in times or [self.due]}


def week_of(station: Station, since: dt.datetime) -> list[Programme]:
    """The sent and the withdrawn programmes of ``station`` with a time at or after ``since``, in order."""
    found = _items(station).filter(delivery__due__gte=since - dt.timedelta(days=14))
    stops, slots = standing_stops(), list(station.slots.all())
    hotlines, words = list(Hotline.objects.all()), lexicon()
    shown = [programme_of(item, slots, stops, hotlines, words) for item in found]
    return sorted((one for one in shown if one.last_time >= since), key=lambda one: (one.planned[0].at, one.item.pk))


def programme(station: Station, item_pk: int) -> Programme | None:
    """One programme of ``station``; None when it is not this station's."""
    item = _items(station).filter(pk=item_pk).first()
    return (
        programme_of(item, list(station.slots.all()), standing_stops(), list(Hotline.objects.all()), lexicon())
        if item
        else None
    )


def _items(station: Station) -> Any:
    """The station's items that reached it; a cancelled or failed one never did."""
    return (
        PostingItem.objects.filter(
            channel_id=station.channel_id, delivery__state__in=[DeliveryState.SENT, DeliveryState.WITHDRAWN]
        )
        .select_related(
            "posting__campaign__lead",
            "posting__bulletin",
            "posting__page",
            "delivery",
            "channel__station__place",
            "channel__audience__agency",
            "language",
            "approval__language",
            "approval__approved_by",
        )
        .prefetch_related(
            Prefetch("playbacks", latest(), to_attr="last_words"), "approval__authors", "channel__station__slots"
        )
        .order_by("delivery__due", "pk")
    )


def programme_of(
    item: Any, slots: list[Slot], stops: set[str], hotlines: list[Hotline], words: dict[str, str]
) -> Programme:
    """``item``, prefetched as :func:`_items` does, as its station sees it."""
    message = message_of(item)
    language = language_of(item)
    # The page itself is what the QR code leads to: no address is needed here.
    script = make_script(sheet_spec(item, hotlines, qr_url="-", words=words))
    standing = [play for play in item.last_words if play.seconds > 0]
    plays = {play.planned_for: play for play in standing}
    assert item.delivery is not None
    times = planned_times(due=item.delivery.due, given=given_slots(item, message), slots=slots)
    return Programme(
        item=item,
        title=title_of(item),
        language=language.name_vi if language else "",
        language_tag=message.language,
        seconds=length_of(message, script),
        parts=script.parts,
        audio_url=file_url(message.audio),
        planned=[PlannedPlay(time, plays.get(time)) for time in times],
        other_plays=[play for play in standing if play.planned_for not in times],
        withdrawn=is_withdrawn(item),
        stopped=not stops.isdisjoint({"all", item.channel.stop_key, *item.delivery.stop_keys}),
        is_sample=bool(item.approval and item.approval.is_sample),
        rehearsal=item.channel.rehearsal or item.delivery.rehearsal,
    )


def standing_stops() -> set[str]:
    """The keys of the emergency stops that stand now."""
    return set(Stop.objects.values_list("key", flat=True))


def file_url(attachment: Attachment | None) -> str:
    """Where a phone gets the file: from this site's own storage, whatever name the site is reached by."""
    if attachment is None:
        return ""
    return default_storage.url(attachment.name) if attachment.name else attachment.url
