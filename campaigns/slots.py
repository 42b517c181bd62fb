"""Which station plays what in which slot: what is booked, what still fits, why not, and what gives way.

A slot takes programmes until its minutes are used up. The urgent count first (Circular 39/2020/TT-BTTTT knows
thông thường, ưu tiên, khẩn cấp): what is ordinary never keeps out what is urgent, it is moved to the next slot
with room. Lengths are those of the whole sheet, greeting and hotlines included, at the reader's own speed.
"""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.messages import Pictures, bare_title, message_for
from campaigns.models import Hotline, PostingItem, PostingState, Slot, Station, Urgency
from campaigns.models.speech import lexicon
from campaigns.station_times import at, planned_times
from campaigns.versions import PlannedItem
from media.sheets.spec import SheetSpec, length_words, make_script
from media.speech import seconds as seconds_of_text
from media.speech.reading import SYLLABLES_PER_MINUTE
from publishers.message import Message
from publishers.models import Channel, DeliveryState
from publishers.turn import quiet_until

DAYS_AHEAD = 60
# A programme that is told daily is planned for two weeks at most; after that it is a new decision.
MOST_DAYS = 14
# What was handed over this long ago may still be on the plan: the longest repeat and its lead.
LOOKS_BACK = dt.timedelta(days=MOST_DAYS + 2)
BOOKED_STATES = (DeliveryState.SCHEDULED, DeliveryState.SENDING, DeliveryState.HELD, DeliveryState.SENT)


@dataclasses.dataclass(frozen=True)
class Load:
    """What a programme asks of a slot. ``seconds`` None: the whole of it. ``days``: told on so many days."""

    seconds: int | None = None
    urgency: int = Urgency.NORMAL
    days: int = 1


@dataclasses.dataclass(frozen=True)
class Booking:
    """One programme in one slot of one station."""

    item_id: int
    channel_id: int
    at: dt.datetime
    seconds: int
    urgency: int
    title: str
    posting_id: int = 0
    waits: bool = False
    sent: bool = False
    language: str = ""
    moved_from: dt.datetime | None = None

    @property
    def length(self) -> str:
        return length_words(self.seconds)

    @property
    def priority(self) -> str:
        return str(Urgency(self.urgency).label)


class Timetable:
    """The booked slots of some stations from ``since`` on, read in a constant number of queries."""

    def __init__(self, channels: Sequence[Any], since: dt.datetime | None = None) -> None:
        self.since = since or timezone.now()
        rows = Station.objects.filter(channel__in=channels).select_related("channel", "place")
        self.stations: dict[int, Station] = {row.channel_id: row for row in rows.prefetch_related("slots")}
        self._booked: dict[tuple[int, dt.datetime], list[Booking]] = defaultdict(list)
        for booking in self._stored():
            self.book(booking)

    def slots(self, channel: int) -> list[Slot]:
        """The station's daily slots, in order."""
        return list(self.stations[channel].slots.all()) if channel in self.stations else []

    def slot_at(self, channel: int, moment: dt.datetime) -> Slot | None:
        """The slot that begins at ``moment``, if the station has one on that day."""
        local = timezone.localtime(moment)
        on_day = (slot for slot in self.slots(channel) if str(local.isoweekday()) in slot.days)
        return next((slot for slot in on_day if slot.at == local.time().replace(second=0, microsecond=0)), None)

    def times_on(self, channel: int, day: dt.date) -> list[dt.datetime]:
        """When the station's slots begin on ``day``."""
        return [at(day, slot.at) for slot in self.slots(channel) if str(day.isoweekday()) in slot.days]

    def booked(self, channel: int, moment: dt.datetime) -> list[Booking]:
        """What is planned then, in the order in which it is to be played."""
        return sorted(self._booked[(channel, _minute(moment))], key=lambda one: (-one.urgency, one.item_id))

    def all_booked(self) -> list[Booking]:
        """Every booking, by time."""
        return sorted((one for rows in self._booked.values() for one in rows), key=lambda one: (one.at, one.item_id))

    def book(self, booking: Booking) -> None:
        self._booked[(booking.channel_id, _minute(booking.at))].append(booking)

    def without_room(self, channel: int, moment: dt.datetime, *, decided: bool = False) -> list[Booking]:
        """What does not fit into the slot any more: the least urgent, and of equals the youngest.

        :param decided: leave out what still waits for a second person.
        """
        slot = self.slot_at(channel, moment)
        if slot is None:
            return []
        used, outside = 0, []
        for one in self.booked(channel, moment):
            if decided and one.waits:
                continue
            if used + one.seconds > slot.minutes * 60 and used:
                outside.append(one)
            else:
                used += one.seconds
        return outside

    def refusal(self, channel: int, moment: dt.datetime, load: Load) -> str:
        """Why a programme cannot be played then, in one sentence; empty where it can."""
        station, slot = self.stations.get(channel), self.slot_at(channel, moment)
        if station is None or slot is None:
            return _("the station has no slot then")
        words = {"slot": f"{timezone.localtime(moment):%H:%M %d/%m}", "minutes": slot.minutes}
        quiet = (station.channel.quiet_from, station.channel.quiet_to)
        is_quiet = quiet[0] and quiet[1] and quiet_until((quiet[0], quiet[1]), timezone.localtime(moment))
        if is_quiet and load.urgency < Urgency.URGENT:
            return _("%(slot)s lies in the quiet hours") % words
        length = slot.minutes * 60 if load.seconds is None else load.seconds
        words["length"] = length_words(length)
        if length > station.max_minutes * 60:
            words["minutes"] = station.max_minutes
            return _("it takes %(length)s; the station's programmes have %(minutes)d minutes at most") % words
        if length > slot.minutes * 60:
            return _("it takes %(length)s; the slot %(slot)s has %(minutes)d minutes") % words
        before = [one for one in self.booked(channel, moment) if one.urgency >= load.urgency]
        free = slot.minutes * 60 - sum(one.seconds for one in before)
        if length > free:
            words |= {"free": length_words(max(free, 0)), "titles": ", ".join(f"“{one.title}”" for one in before)}
            text = _("%(slot)s is taken by %(titles)s: %(free)s of %(minutes)d minutes are left, it takes %(length)s")
            return text % words
        return ""

    def coming(self, channel: int, after: dt.datetime, days: int = DAYS_AHEAD) -> Iterator[dt.datetime]:
        """The station's slots after ``after``, in order."""
        first = timezone.localdate(after)
        for later in range(days):
            yield from (one for one in self.times_on(channel, first + dt.timedelta(days=later)) if one > after)

    def first_fit(
        self, channel: int, after: dt.datetime, load: Load, *, leave_out: frozenset[dt.datetime] = frozenset()
    ) -> tuple[dt.datetime | None, list[str]]:
        """The next slot with room that is not in ``leave_out``, and why the ones before it have none."""
        refused: list[str] = []
        for moment in self.coming(channel, after):
            if moment in leave_out:
                continue
            why = self.refusal(channel, moment, load)
            if not why:
                return moment, refused
            if why not in refused:
                refused.append(why)
        return None, refused

    def daily(self, channel: int, first: dt.datetime, load: Load) -> tuple[list[dt.datetime], list[str]]:
        """``first`` and the same time on the days after it, ``load.days`` in all; a full one takes that day's next.

        The second value says what was moved or left out, and why.
        """
        times, told = [first], []
        for later in range(1, min(load.days, MOST_DAYS)):
            day = timezone.localdate(first) + dt.timedelta(days=later)
            wanted = at(day, timezone.localtime(first).time())
            choices = sorted(self.times_on(channel, day), key=lambda one: (one != wanted, one))
            whys = {moment: self.refusal(channel, moment, load) for moment in choices}
            found = next((moment for moment, why in whys.items() if not why), None)
            if found is not None:
                times.append(found)
            if found != wanted:
                why = whys.get(wanted) or _("the station has no slot then")
                words = {"day": f"{day:%d/%m}", "why": why}
                text = _("%(day)s at another time: %(why)s") if found else _("not on %(day)s: %(why)s")
                told.append(text % words)
        return times, told

    def _stored(self) -> Iterator[Booking]:
        alive = Q(delivery__state__in=BOOKED_STATES, delivery__due__gte=self.since - LOOKS_BACK)
        waiting = Q(posting__state=PostingState.WAITING, due__isnull=False)
        rows = PostingItem.objects.filter(alive | waiting, channel__in=self.stations, posting__withdrawn_at=None)
        told: Any = rows.values(
            "pk",
            "channel_id",
            "slots",
            "seconds",
            "due",
            "moved_from",
            "posting_id",
            "posting__urgency",
            "posting__state",
            "posting__bulletin__title",
            "posting__page__title",
            "language__name_vi",
            "delivery__state",
            "delivery__due",
            "delivery__message__details__slots",
            "delivery__message__text",
        )
        for row in told:
            given = row["slots"] or row["delivery__message__details__slots"]
            due = row["delivery__due"] or row["due"]
            for moment in planned_times(due=due, given=given, slots=self.slots(row["channel_id"])):
                if moment >= self.since:
                    yield _booking(row, moment)


def _booking(row: dict[str, Any], moment: dt.datetime) -> Booking:
    length = row["seconds"]
    if length is None:  # it was planned before lengths were kept
        length = round(seconds_of_text(str(row["delivery__message__text"] or "")))
    return Booking(
        item_id=row["pk"],
        channel_id=row["channel_id"],
        at=moment,
        seconds=length,
        urgency=row["posting__urgency"],
        title=row["posting__bulletin__title"] or row["posting__page__title"] or "",
        posting_id=row["posting_id"],
        waits=row["posting__state"] == PostingState.WAITING,
        sent=row["delivery__state"] == DeliveryState.SENT,
        language=row["language__name_vi"] or "",
        moved_from=row["moved_from"],
    )


class Lengths:
    """How long contents take on air at each station; what two stations share is worked out once."""

    def __init__(self) -> None:
        self._files = Pictures()
        self._messages: dict[Any, Message] = {}
        self._seconds: dict[Any, int] = {}
        self._hotlines: list[Hotline] | None = None
        self._words: tuple[tuple[str, str], ...] | None = None

    def of_planned(self, planned: PlannedItem, station: Station) -> int:
        """Seconds of what ``station`` would get."""
        assert planned.approval is not None
        # How often a recording is said depends on how long the station's programmes may be.
        details = {"max_minutes": station.max_minutes}
        key = (planned.approval.pk, planned.group.pk if planned.group else None, station.max_minutes)
        if key not in self._messages:
            self._messages[key] = message_for(
                approval=planned.approval,
                channel=planned.channel,
                group=planned.group,
                link="",
                details=details,
                pictures=self._files,
            )
        return self.of_message(self._messages[key], planned.approval.language, station, planned.approval.is_sample)

    def of_message(self, message: Message, language: Any, station: Station, is_sample: bool) -> int:
        """Seconds of a message: the recording's, else those of reading the whole sheet."""
        if message.audio is not None and message.audio.seconds:
            return max(1, round(message.audio.seconds))
        usual = language.syllables_per_minute if language else SYLLABLES_PER_MINUTE
        speed = float(station.syllables_per_minute or usual)
        place = station.place.name
        key = (message.text, message.title, message.language, speed, place)
        if key not in self._seconds:
            spec = SheetSpec(
                unit="",
                station=f"Đài truyền thanh {place[:1].lower()}{place[1:]}",
                number="",
                date=timezone.localdate(),
                title=bare_title(message.title, is_sample=is_sample),
                body=message.text,
                hotlines=self._told(),
                syllables_per_minute=speed,
                vietnamese=message.language == "vi" or bool(language and language.spoken_only),
                transcript=bool(language and language.spoken_only),
                lexicon=self._said(),
            )
            self._seconds[key] = max(1, round(make_script(spec).seconds))
        return self._seconds[key]

    def _said(self) -> tuple[tuple[str, str], ...]:
        if self._words is None:
            self._words = tuple(lexicon().items())
        return self._words

    def _told(self) -> tuple[tuple[str, str], ...]:
        if self._hotlines is None:
            self._hotlines = list(Hotline.objects.usable_on(timezone.localdate()))
        return tuple((one.number, one.name) for one in self._hotlines)


def make_room(channels: Iterable[Channel | int], now: dt.datetime | None = None) -> list[Booking]:
    """Move what no longer fits beside something more urgent to its next slot with room; return what was moved.

    What waits for a second person moves nothing and stays, until it is decided. Plays that lie behind, and those
    that nobody can place within 60 days, stay where they are and are shown as clashes on the plan. Call it in the
    transaction that books.
    """
    now = now or timezone.now()
    table = Timetable(list(channels), now)
    moved: list[Booking] = []
    for channel, moment in sorted({(one.channel_id, one.at) for one in table.all_booked()}, key=lambda one: one[1]):
        most = max((one.urgency for one in table.booked(channel, moment) if not one.waits), default=0)
        for booking in table.without_room(channel, moment, decided=True):
            if booking.urgency < most and moment > now:
                # A daily programme keeps its other days: two of its plays in one slot would be one play lost.
                own = frozenset(one.at for one in table.all_booked() if one.item_id == booking.item_id)
                load = Load(booking.seconds, booking.urgency)
                target, _refused = table.first_fit(channel, moment, load, leave_out=own)
                if target is not None:
                    _move(table, booking, target)
                    moved.append(booking)
    return moved


def _move(table: Timetable, booking: Booking, target: dt.datetime) -> None:
    item = PostingItem.objects.select_for_update(of=("self",)).select_related("delivery").get(pk=booking.item_id)
    given = item.slots or (item.delivery.message.get("details", {}).get("slots") if item.delivery else None)
    due = item.delivery.due if item.delivery else item.due
    assert due is not None
    times = planned_times(due=due, given=given, slots=table.slots(booking.channel_id))
    kept = sorted({target if one == booking.at else one for one in times})
    item.slots, item.slot, item.moved_from = [one.isoformat() for one in kept], kept[0], booking.at
    item.save(update_fields=["slots", "slot", "moved_from"])
    table._booked[(booking.channel_id, _minute(booking.at))].remove(booking)
    table.book(dataclasses.replace(booking, at=target, moved_from=booking.at))


def _minute(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(second=0, microsecond=0)
