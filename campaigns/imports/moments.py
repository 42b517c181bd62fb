"""When a row is to be sent, as people in Vietnam write it: day before month, time in Asia/Ho_Chi_Minh."""

import datetime as dt
import re
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.typed_text import time_of_day

ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$")
DAY_FIRST = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})[ ,]+(\S.*)$")
TIME_FIRST = re.compile(r"^(\S.*?)[ ,]+(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")
CLOCK = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})$")


def moment_of(value: Any) -> dt.datetime:
    """The moment that a cell says, with its time zone.

    :raises ValueError: saying what is wrong and how to write it.
    """
    if value is None or value == "":
        raise ValueError(_("The time is missing."))
    if isinstance(value, dt.datetime):
        rounded = (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        return _here(rounded) if rounded.tzinfo is None else rounded
    if isinstance(value, dt.date | dt.time):
        raise ValueError(_("Both day and time are needed, like 30/07/2027 07:30."))
    text = " ".join(str(value).split())
    if found := ISO.match(text):
        return _iso(found)
    if found := DAY_FIRST.match(text):
        day, month, year, clock = found.groups()
        return _put_together(int(year), int(month), int(day), clock)
    if found := TIME_FIRST.match(text):
        clock, day, month, year = found.groups()
        return _put_together(int(year), int(month), int(day), clock)
    raise ValueError(_("This is no time that can be read. Write it like 30/07/2027 07:30 or 2027-07-30 07:30."))


def written_parts(value: Any) -> tuple[int, int] | None:
    """The two numbers before the year of a written date, in their order; None for any other value."""
    text = " ".join(str(value).split()) if isinstance(value, str) else ""
    if found := DAY_FIRST.match(text):
        return int(found[1]), int(found[2])
    if found := TIME_FIRST.match(text):
        return int(found[2]), int(found[3])
    return None


def is_month_first(parts: tuple[int, int] | None) -> bool:
    """Whether the date can only have been written with the month first."""
    return parts is not None and parts[0] <= 12 < parts[1] <= 31


def is_open_to_doubt(parts: tuple[int, int] | None) -> bool:
    """Whether the date could be read both ways."""
    return parts is not None and parts[0] <= 12 and parts[1] <= 12 and parts[0] != parts[1]


def _iso(found: re.Match[str]) -> dt.datetime:
    year, month, day, hour, minute = (int(found[n]) for n in range(1, 6))
    naive = _checked(year, month, day, dt_time(hour, minute, int(found[6] or 0)))
    if not found[7]:
        return _here(naive)
    return dt.datetime.fromisoformat(f"{naive.isoformat()}{found[7]}")


def _put_together(year: int, month: int, day: int, clock: str) -> dt.datetime:
    if month > 12 >= day:
        raise ValueError(_("There is no month %(month)d: the day comes first, like 30/07/2027.") % {"month": month})
    return _here(_checked(year, month, day, _clock(clock)))


def _clock(text: str) -> dt.time:
    if found := CLOCK.match(text):
        return dt_time(*(int(found[n]) for n in (1, 2, 3)))
    try:
        return time_of_day(text)
    except ValueError:
        raise ValueError(_("There is no such time of day. Write it like 07:30.")) from None


def dt_time(hour: int, minute: int, second: int = 0) -> dt.time:
    """A time of day.

    :raises ValueError: in the words of staff.
    """
    try:
        return dt.time(hour, minute, second)
    except ValueError:
        raise ValueError(_("There is no such time of day. Write it like 07:30.")) from None


def _checked(year: int, month: int, day: int, clock: dt.time) -> dt.datetime:
    try:
        return dt.datetime.combine(dt.date(year, month, day), clock)
    except ValueError:
        raise ValueError(_("There is no such day in the calendar.")) from None


def _here(naive: dt.datetime) -> dt.datetime:
    return timezone.make_aware(naive)
