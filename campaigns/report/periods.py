"""Report periods: quarter, six months, year, the peak from 1 July to 30 September, or any other."""

import dataclasses
import datetime as dt

from campaigns.report.numbers import day
from campaigns.report.wording import say

# first month and day, last month and day
NAMED = {
    "q1": ((1, 1), (3, 31)),
    "q2": ((4, 1), (6, 30)),
    "q3": ((7, 1), (9, 30)),
    "q4": ((10, 1), (12, 31)),
    "h1": ((1, 1), (6, 30)),
    "h2": ((7, 1), (12, 31)),
    "year": ((1, 1), (12, 31)),
    # The third quarter's days are the peak's too; asked for as dates alone they read as the quarter.
    "peak": ((7, 1), (9, 30)),
}


@dataclasses.dataclass(frozen=True)
class Period:
    """From the first to the last day, both included (the staff's time zone)."""

    first: dt.date
    last: dt.date
    key: str = "free"

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("The period ends before it begins.")

    @property
    def label(self) -> str:
        return say(
            f"periods.{self.key}", year=self.first.year, from_day=day(self.first), to_day=day(self.last)
        )

    def year_before(self) -> "Period":
        """The same days one year earlier (29 February becomes the 28th)."""
        return Period(_year_before(self.first), _year_before(self.last), self.key)

    @property
    def step(self) -> str:
        """The unit of a timeline: weeks within a quarter, months beyond."""
        return "week" if (self.last - self.first).days <= 100 else "month"


def _year_before(value: dt.date) -> dt.date:
    try:
        return value.replace(year=value.year - 1)
    except ValueError:
        return value.replace(year=value.year - 1, day=28)


def named_period(key: str, year: int) -> Period:
    (month, first_day), (last_month, last_day) = NAMED[key]
    return Period(dt.date(year, month, first_day), dt.date(year, last_month, last_day), key)


def period_between(first: dt.date, last: dt.date, key: str | None = None) -> Period:
    """The period of these days, under its usual name where it has one.

    :param key: the name to use when several fit (``peak`` for the third quarter's days).
    """
    if key in NAMED and named_period(key, first.year) == Period(first, last, key):
        return Period(first, last, key)
    for name in NAMED:
        if named_period(name, first.year) == Period(first, last, name):
            return Period(first, last, name)
    return Period(first, last)
