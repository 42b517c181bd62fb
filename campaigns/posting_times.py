"""When each channel's post is due: now, at a time, or in the channel's next best slot.

The rule: a channel's best times are its own (on its audience), else its platform's (``data/best_times.csv``); a
station's are its daily slots. No two posts of one channel fall into one minute, none into its quiet hours.
"""

import csv
import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Audience, PostingItem, PostingState, Slot
from campaigns.slots import Booking, Load, Timetable
from campaigns.station_times import at
from publishers.models import Channel, Delivery, DeliveryState
from publishers.turn import quiet_until

DATA = Path(__file__).parent / "data" / "best_times.csv"
STATION = "loudspeaker"
# A station gets its programme the evening before: somebody has to print it and take it to the morning's slot.
STATION_LEAD = dt.timedelta(hours=12)
# Nobody plans best slots further ahead; a channel this full is full.
DAYS_AHEAD = 60
MINUTE = dt.timedelta(minutes=1)
_NOT_STORED = 2**62
CLOCK = re.compile(r"^(\d{1,2})[:hg](\d{2})$")
TAKEN_STATES = (DeliveryState.SCHEDULED, DeliveryState.SENDING, DeliveryState.HELD, DeliveryState.SENT)


@dataclasses.dataclass(frozen=True)
class Moment:
    """When one post is due, and why then. A station plays it at ``slot`` first, at all ``slots``, ``seconds`` each."""

    due: dt.datetime
    slot: dt.datetime | None = None
    why: str = ""
    slots: tuple[dt.datetime, ...] = ()
    seconds: int | None = None


class Full(ValidationError):
    """A channel has no free best slot in the next weeks."""


def read_times(text: str) -> list[dt.time]:
    """The times of day in “07:30, 19h30”, in order, each once.

    :raises ValidationError: for a part that is no time of day.
    """
    found = set()
    for part in (part.strip() for part in re.split(r"[,;]", text)):
        if not part:
            continue
        clock = CLOCK.match(part)
        try:
            found.add(dt.time(int(clock[1]), int(clock[2])) if clock else dt.time.fromisoformat(part))
        except ValueError:
            text = _("“%(part)s” is not a time of day. Write times like 07:30, 19:30.")
            raise ValidationError(text % {"part": part}) from None
    return sorted(found)


def refuse_no_times(text: str) -> None:
    """A form's validator: raise ValidationError for what :func:`read_times` cannot read."""
    read_times(text)


@cache
def platform_times() -> dict[str, tuple[dt.time, ...]]:
    """The best times of each platform that has some; ``*`` stands for all others."""
    with DATA.open(encoding="utf-8", newline="") as lines:
        return {row["platform"]: tuple(read_times(row["times"])) for row in csv.DictReader(lines)}


class Agenda:
    """What the channels have planned, read in a constant number of queries; each time given out is taken."""

    def __init__(self, channels: Sequence[Channel], now: dt.datetime | None = None) -> None:
        self.now = now or timezone.now()
        stations = [channel for channel in channels if channel.platform == STATION]
        self.table = Timetable(stations, self.now) if stations else None
        self.slots: dict[int, list[Slot]] = {}
        if self.table is not None:
            self.slots = {number: self.table.slots(number) for number in self.table.stations}
        own = Audience.objects.filter(channel__in=channels).exclude(best_times="")
        self._own = dict(own.values_list("channel_id", "best_times"))
        self._taken: dict[int, set[dt.datetime]] = {channel.pk: set() for channel in channels}
        self._read_taken(channels)

    def best_times(self, channel: Channel) -> list[dt.time]:
        """The channel's best times of day, in order."""
        if channel.platform == STATION:
            return sorted(slot.at for slot in self.slots.get(channel.pk, ()))
        if channel.pk in self._own:
            return read_times(self._own[channel.pk])
        known = platform_times()
        return list(known.get(channel.platform, known["*"]))

    def now_for(self, channel: Channel, load: Load | None = None) -> Moment:
        """As soon as possible: after the quiet hours."""
        return self.at_for(channel, self.now, load)

    def at_for(self, channel: Channel, moment: dt.datetime, load: Load | None = None) -> Moment:
        """At ``moment``, or as soon after it as the channel is free and not quiet; a station plays it after that.

        :raises Full: where none of the station's slots has room for ``load``.
        """
        found = self._allowed(channel, moment)
        if load is None or self.table is None or not self.slots.get(channel.pk):
            return found
        return self._on_air(channel, found.due, load, due=found.due, why=found.why)

    def best_for(self, channel: Channel, after: dt.datetime, load: Load | None = None) -> Moment:
        """The channel's next free best slot after ``after``; for a station the next that has room for ``load``.

        :raises Full: where there is none in the next 60 days, or a station has no slots.
        """
        after = max(after, self.now)
        if channel.platform == STATION and self.slots.get(channel.pk):
            return self._on_air(channel, after, load or Load())
        for moment in self._coming(channel, after):
            if _minute(moment) in self._taken[channel.pk] or _quiet_until(channel, moment):
                continue
            self._taken[channel.pk].add(_minute(moment))
            return Moment(moment, why=_("Next free best time."))
        text = _("%(channel)s has no free best time in the next 60 days.")
        raise Full(text % {"channel": channel})

    def _on_air(
        self, channel: Channel, after: dt.datetime, load: Load, due: dt.datetime | None = None, why: str = ""
    ) -> Moment:
        """The next slot with room, and the days after it; what is said includes why others were passed over."""
        assert self.table is not None
        slot, refused = self.table.first_fit(channel.pk, after, load)
        if slot is None:
            words = {"channel": channel, "why": "; ".join(refused[:2]) or _("the station has no slot then")}
            raise Full(_("%(channel)s has no slot with room in the next 60 days: %(why)s.") % words)
        times, told = self.table.daily(channel.pk, slot, load)
        outside = self._book(channel, times, load)
        said = [why] if why else []
        said.append(_("On air at %(slot)s; the station gets it before.") % {"slot": _in_words(slot)})
        said += [f"{text[:1].upper()}{text[1:]}." for text in [*refused[:2], *told[:3]]]
        if outside:
            said.append(_("Gives way to it: %(titles)s.") % {"titles": ", ".join(outside)})
        return Moment(due or self._handed_over(channel, slot), slot, " ".join(said), tuple(times), load.seconds)

    def _handed_over(self, channel: Channel, slot: dt.datetime) -> dt.datetime:
        due = max(self.now, slot - STATION_LEAD)
        quiet = _quiet_until(channel, due)
        return min(quiet, slot) if quiet else due

    def _book(self, channel: Channel, times: Sequence[dt.datetime], load: Load) -> list[str]:
        """Take the slots for this plan; return the titles of what no longer fits there."""
        assert self.table is not None
        outside = []
        for moment in times:
            slot = self.table.slot_at(channel.pk, moment)
            length = load.seconds if load.seconds is not None else (slot.minutes * 60 if slot else 0)
            before = set(self.table.without_room(channel.pk, moment))
            # Stored items have smaller numbers: of equals, the one that is being planned is the youngest.
            self.table.book(Booking(_NOT_STORED, channel.pk, moment, length, load.urgency, _("this programme")))
            gone = [one for one in self.table.without_room(channel.pk, moment) if one not in before]
            outside += [f"“{one.title}” ({_in_words(moment)})" for one in gone]
        return outside

    def _coming(self, channel: Channel, after: dt.datetime) -> Iterable[dt.datetime]:
        start = timezone.localtime(after)
        times = self.best_times(channel)
        for later in range(DAYS_AHEAD):
            day = start.date() + dt.timedelta(days=later)
            for clock in times:
                moment = at(day, clock)
                if moment > start:
                    yield moment

    def _allowed(self, channel: Channel, wanted: dt.datetime) -> Moment:
        moment, words = wanted, []
        while True:
            if until := _quiet_until(channel, moment):
                moment, words = until, [_("after the quiet hours")]
            elif channel.platform != STATION and _minute(moment) in self._taken[channel.pk]:
                moment = _minute(moment) + MINUTE
                words = [*words, _("another post of this channel is due in that minute")]
            else:
                break
        self._taken[channel.pk].add(_minute(moment))
        return Moment(moment, why="; ".join(dict.fromkeys(words)))

    def _read_taken(self, channels: Sequence[Channel]) -> None:
        due = Delivery.objects.filter(channel__in=channels, state__in=TAKEN_STATES)
        for number, moment in due.filter(due__gte=self.now - MINUTE).values_list("channel_id", "due"):
            self._taken[number].add(_minute(moment))
        waiting = PostingItem.objects.filter(
            channel__in=channels, posting__state=PostingState.WAITING, posting__withdrawn_at=None, due__isnull=False
        )
        for number, leaves, slot in waiting.values_list("channel_id", "due", "slot"):
            if time := slot or leaves:
                self._taken[number].add(_minute(time))


def quiet_hours(channel: Channel) -> str:
    """“21:00–06:00”, or nothing."""
    if not (channel.quiet_from and channel.quiet_to):
        return ""
    return f"{channel.quiet_from:%H:%M}–{channel.quiet_to:%H:%M}"


def _quiet_until(channel: Channel, moment: dt.datetime) -> dt.datetime | None:
    """The end of the channel's quiet hours that ``moment`` lies in: the engine's own rule."""
    if not (channel.quiet_from and channel.quiet_to):
        return None
    return quiet_until((channel.quiet_from, channel.quiet_to), timezone.localtime(moment))


def _in_words(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M %d/%m/%Y}"


def _minute(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(second=0, microsecond=0)
