"""Days and hours of events in words, in the time zone of the place."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _


def weekday(when: dt.datetime) -> str:
    """The weekday by its name in the active language."""
    names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return names[timezone.localtime(when).weekday()]


def date(when: dt.datetime) -> str:
    """“Friday, 30/7/2027”."""
    day = timezone.localtime(when)
    values = {"weekday": weekday(when), "day": day.day, "month": day.month, "year": day.year}
    return _("%(weekday)s, %(day)s/%(month)s/%(year)s") % values


def clock(when: dt.datetime) -> str:
    """The hour as it is spoken: “7 giờ 30”, “10 giờ”."""
    moment = timezone.localtime(when)
    if moment.minute == 0:
        return _("%(hour)d:00") % {"hour": moment.hour}
    return _("%(hour)d:%(minute)02d") % {"hour": moment.hour, "minute": moment.minute}


def _same_day(start: dt.datetime, end: dt.datetime) -> bool:
    return timezone.localtime(start).date() == timezone.localtime(end).date()


def day_in_words(start: dt.datetime, end: dt.datetime | None) -> str:
    """The day, or the first and the last day of an event that goes on overnight."""
    if end is None or _same_day(start, end):
        return date(start)
    return f"{date(start)} – {date(end)}"


def clock_range(start: dt.datetime, end: dt.datetime | None) -> str:
    """The hours from ``start`` to ``end``; without an end, only the start."""
    return clock(start) if end is None else f"{clock(start)} – {clock(end)}"
