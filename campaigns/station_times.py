"""When a station should play a programme."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from campaigns.models import Slot

EVERY_DAY = "1234567"
_CLOCK = re.compile(r"^(\d{1,2})[:hg](\d{2})$")


def planned_times(*, due: dt.datetime, given: Any, slots: Iterable[Slot]) -> list[dt.datetime]:
    """The times, in order and in local time.

    ``given`` is what the message says (``details["slots"]``: times of day, or whole dates with time);
    without it the station's ``slots`` count, without those ``due``. A time that is one of the station's
    slots keeps that slot's days. Times of day are those of the first day on which one is left at or after
    ``due``.
    """
    named = _read(given)
    dates = {timezone.localtime(moment) for moment in named if isinstance(moment, dt.datetime)}
    if dates:
        return sorted(dates)
    days_of = {slot.at: slot.days for slot in slots}
    clocks = [(clock, days_of.get(clock, EVERY_DAY)) for clock in named if isinstance(clock, dt.time)]
    clocks = clocks or list(days_of.items())
    start = timezone.localtime(due).replace(second=0, microsecond=0)
    for later in range(8):
        day = start.date() + dt.timedelta(days=later)
        times = {at(day, clock) for clock, days in clocks if str(day.isoweekday()) in days}
        coming = sorted(time for time in times if time >= start)
        if coming:
            return coming
    return [start]


def at(day: dt.date, clock: dt.time) -> dt.datetime:
    """That time of that day, in local time."""
    return timezone.localtime(timezone.make_aware(dt.datetime.combine(day, clock)))


def _read(given: Any) -> list[dt.datetime | dt.time]:
    """The slots, whichever way they are written; what cannot be read is left out."""
    parts = given.split(",") if isinstance(given, str) else (given or [])
    found: list[dt.datetime | dt.time] = []
    for part in (str(part).strip() for part in parts):
        clock = _CLOCK.match(part)
        try:
            if clock:
                found.append(dt.time(int(clock[1]), int(clock[2])))
            else:
                moment = dt.datetime.fromisoformat(part)
                found.append(moment if moment.tzinfo else timezone.make_aware(moment))
        except ValueError:
            continue
    return found
