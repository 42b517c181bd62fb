"""How the pages of personal links say days, times and lengths."""

import datetime as dt

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from media.sheets.spec import WEEKDAYS, length_words

register = template.Library()


@register.filter
def spoken_length(seconds: int) -> str:
    """160 as "2 phút 40 giây"."""
    return length_words(seconds)


@register.filter
def day_words(day: dt.date | dt.datetime) -> str:
    """ "Hôm nay", "Hôm qua", "Ngày mai", else weekday with date."""
    if isinstance(day, dt.datetime):
        day = timezone.localtime(day).date()
    near = {0: _("Today"), -1: _("Yesterday"), 1: _("Tomorrow")}
    apart = (day - timezone.localdate()).days
    if apart in near:
        return f"{near[apart]}, {day:%d/%m}"
    return f"{weekday(day)}, {day:%d/%m}"


@register.filter
def weekday(day: dt.date) -> str:
    """ "Thứ Tư": written out, as on the sheet."""
    name = WEEKDAYS[day.weekday()]
    return f"{name[:1].upper()}{name[1:]}"


@register.filter
def clock(moment: dt.datetime) -> str:
    """The time of day in local time: "05:15"."""
    return f"{timezone.localtime(moment):%H:%M}"


@register.filter
def dotted(number: int) -> str:
    """1234 as "1.234", the way numbers are written in Vietnamese."""
    return f"{number:,}".replace(",", ".")


@register.filter
def item(mapping: dict[str, str], key: str) -> str:
    """The value of ``key``, empty when there is none."""
    return mapping.get(key, "")
