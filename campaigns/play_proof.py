"""Was it played? Each planned play beside what was said of it: confirmed, late, missing, contradicting."""

import dataclasses
import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Outcome, Playback, Station
from campaigns.playbacks import latest
from campaigns.slots import Booking, Timetable
from media.sheets.spec import length_words

# Operators confirm when they come home; after a day somebody calls them.
PATIENCE = dt.timedelta(hours=24)
# The staff's home looks back this far: what is older is a matter for the report.
OVERDUE_DAYS = 14
# A reader is faster or slower than the plan; half as long again, and more than a minute, is another programme.
RATIO, SLACK_SECONDS = 0.5, 60


class State(StrEnum):
    COMING = "sap-toi"
    WAITING = "cho"
    MISSING = "thieu"
    CONFIRMED = "du"
    LATE = "muon"
    NOT_PLAYED = "khong"
    FAULT = "loi"


STATE_WORDS = {
    State.COMING: gettext_lazy("to come"),
    State.WAITING: gettext_lazy("not confirmed yet"),
    State.MISSING: gettext_lazy("missing: nobody confirmed it"),
    State.CONFIRMED: gettext_lazy("confirmed"),
    State.LATE: gettext_lazy("confirmed late"),
    State.NOT_PLAYED: gettext_lazy("not played"),
    State.FAULT: gettext_lazy("fault"),
}


@dataclasses.dataclass
class Play:
    """One planned time of a programme at a station, or a play outside the plan; with what was said of it."""

    station: Station
    item_id: int
    title: str
    language: str
    at: dt.datetime
    planned: bool
    expected: int
    playback: Playback | None = None
    contradictions: list[str] = dataclasses.field(default_factory=list)

    @property
    def state(self) -> State:
        now = timezone.now()
        if self.playback is None:
            if self.at > now:
                return State.COMING
            return State.MISSING if now - self.at > PATIENCE else State.WAITING
        if self.playback.outcome == Outcome.FAULT:
            return State.FAULT
        if self.playback.seconds == 0:
            return State.NOT_PLAYED
        said = self.playback.corrects or self.playback
        return State.LATE if said.created_at - self.at > PATIENCE else State.CONFIRMED

    @property
    def state_words(self) -> str:
        return str(STATE_WORDS[self.state])

    @property
    def expected_length(self) -> str:
        return length_words(self.expected)

    @property
    def heard(self) -> str:
        return length_words(self.playback.seconds) if self.playback else ""

    @property
    def local_day(self) -> dt.date:
        return timezone.localdate(self.at)


def plays_of(stations: Sequence[Station], since: dt.datetime, until: dt.datetime) -> list[Play]:
    """Every planned and every confirmed play of ``stations`` from ``since`` until before ``until``, in order.

    A constant number of queries. A station has ``channel`` and ``place`` selected.
    """
    by_channel = {station.channel_id: station for station in stations}
    table = Timetable(list(by_channel), since)
    said = _said(stations, since, until)
    found = []
    for booking in table.all_booked():
        if booking.at < until and not booking.waits and (booking.sent or booking.at > timezone.now()):
            playback = said.pop((booking.item_id, booking.at), None)
            found.append(_planned(by_channel[booking.channel_id], booking, playback))
    for playback in said.values():
        found.append(_unplanned(by_channel[playback.station.channel_id], playback))
    _contradict(found)
    return sorted(found, key=lambda one: (one.at, one.station.pk, one.item_id))


def _said(
    stations: Sequence[Station], since: dt.datetime, until: dt.datetime
) -> dict[tuple[int, dt.datetime], Playback]:
    """The last word on each play, by programme and planned time (else the time it was played)."""
    within = Q(planned_for__gte=since, planned_for__lt=until)
    within |= Q(planned_for=None, played_at__gte=since, played_at__lt=until)
    rows = latest().filter(within, station__in=stations)
    related = ("station", "corrects", "recorded_by", "item__language", "item__posting__page", "item__posting__bulletin")
    return {(row.item_id, row.planned_for or row.played_at): row for row in rows.select_related(*related)}


def _planned(station: Station, booking: Booking, playback: Playback | None) -> Play:
    return Play(station, booking.item_id, booking.title, booking.language, booking.at, True, booking.seconds, playback)


def _unplanned(station: Station, playback: Playback) -> Play:
    """A play outside the slots, or of a programme that was withdrawn or moved since."""
    item = playback.item
    language = item.language.name_vi if item.language else ""
    when = playback.planned_for or playback.played_at
    expected = item.seconds or playback.seconds
    return Play(station, item.pk, str(item.posting), language, when, False, expected, playback)


def _contradict(plays: Iterable[Play]) -> None:
    """Write into each play what speaks against it."""
    by_station: dict[int, list[Play]] = defaultdict(list)
    for play in plays:
        if play.playback is None:
            continue
        play.contradictions += _own_contradictions(play, play.playback)
        if play.playback.seconds:
            by_station[play.station.pk].append(play)
    for rows in by_station.values():
        rows.sort(key=lambda one: one.playback.played_at if one.playback else one.at)
        for first, second in itertools.pairwise(rows):
            assert first.playback is not None
            assert second.playback is not None
            end = first.playback.played_at + dt.timedelta(seconds=first.playback.seconds)
            shares_slot = first.at == second.at
            if not shares_slot and (end - second.playback.played_at).total_seconds() > SLACK_SECONDS:
                text = _("overlaps “%(title)s”, which was played at the same time")
                second.contradictions.append(text % {"title": first.title})


def _own_contradictions(play: Play, said: Playback) -> list[str]:
    found = []
    apart = abs(said.seconds - play.expected)
    if said.outcome == Outcome.PLAYED and said.seconds and apart > max(SLACK_SECONDS, play.expected * RATIO):
        words = {"said": length_words(said.seconds), "plan": length_words(play.expected)}
        found.append(_("%(said)s were reported, the programme takes %(plan)s") % words)
    before = said.corrects
    if before is not None and bool(before.seconds) != bool(said.seconds) and before.source != said.source:
        found.append(_("one said it was played, another that it was not"))
    withdrawn = said.item.posting.withdrawn_at
    if withdrawn is not None and said.seconds and said.played_at > withdrawn:
        found.append(_("it was played after it had been withdrawn"))
    return found


@dataclasses.dataclass
class Overdue:
    """A station that owes confirmations, and whom to call."""

    station: Station
    missing: int
    since: dt.datetime

    @property
    def contact(self) -> tuple[str, str]:
        """Name and telephone: the operator, else the contact of the channel."""
        audience = getattr(self.station.channel, "audience", None)
        name = self.station.operator_name or (audience.contact_name if audience else "")
        phone = self.station.operator_phone or (audience.contact_phone if audience else "")
        return name, phone


def all_stations() -> list[Station]:
    """Every station with what the lists show of it."""
    return list(Station.objects.select_related("channel__audience", "place").order_by("place__name", "pk"))


def overdue_stations(now: dt.datetime | None = None) -> list[Overdue]:
    """Stations with plays of the last two weeks that nobody confirmed within a day; who owes most comes first."""
    now = now or timezone.now()
    owed: dict[int, Overdue] = {}
    for play in plays_of(all_stations(), now - dt.timedelta(days=OVERDUE_DAYS), now - PATIENCE):
        if play.state == State.MISSING:
            entry = owed.setdefault(play.station.pk, Overdue(play.station, 0, play.at))
            entry.missing += 1
    return sorted(owed.values(), key=lambda one: (-one.missing, one.since))
