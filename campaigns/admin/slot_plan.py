"""What the stations have planned, slot by slot: how full each is, what clashes and what gave way."""

import dataclasses
import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campaigns.admin.permissions import SEE_POSTINGS, Requires
from campaigns.models import Slot, Station
from campaigns.play_proof import all_stations
from campaigns.posting_times import quiet_hours
from campaigns.slots import Booking, Timetable

TITLE = _("Plan of the stations")
A_PAGE = 12


@dataclasses.dataclass
class Cell:
    """One slot of one day, or a time outside the slots at which something is planned."""

    at: dt.datetime
    slot: Slot | None
    bookings: list[Booking]
    outside: list[Booking]

    @property
    def used(self) -> int:
        return sum(one.seconds for one in self.bookings)

    @property
    def percent(self) -> int:
        """How full the slot is, for the bar: 100 at most."""
        return min(100, round(self.used * 100 / (self.slot.minutes * 60))) if self.slot else 100

    @property
    def minutes(self) -> str:
        """The minutes used, with one decimal as Vietnamese writes it."""
        return f"{self.used / 60:.1f}".replace(".", ",").removesuffix(",0")


def week_start(text: str) -> dt.date:
    """The Monday of the week that ``text`` (an ISO day) lies in; of this week where it is none."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = timezone.localdate()
    return day - dt.timedelta(days=day.weekday())


def midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def week_context(monday: dt.date) -> dict[str, Any]:
    """The days of the week and the ways to the weeks beside it."""
    return {
        "monday": monday,
        "days": [monday + dt.timedelta(days=later) for later in range(7)],
        "sunday": monday + dt.timedelta(days=6),
        "before": (monday - dt.timedelta(days=7)).isoformat(),
        "after": (monday + dt.timedelta(days=7)).isoformat(),
        "today": timezone.localdate(),
    }


def chosen_stations(query: Any) -> list[Station]:
    """The stations that the address asks for: by words, by number, only those without network."""
    rows = all_stations()
    words = str(query.get("q", "")).strip().lower()
    if words:
        rows = [one for one in rows if words in f"{one.channel.name} {one.place.name} {one.operator_name}".lower()]
    if query.get("mang") == "khong":
        rows = [one for one in rows if not one.networked]
    if str(query.get("tram", "")).isdecimal():
        rows = [one for one in rows if one.pk == int(query["tram"])]
    return rows


class SlotPlanView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """A week of the stations' slots. A constant number of queries, whatever their number."""

    requires = SEE_POSTINGS
    template_name = "campaigns/admin/stations/plan.html"
    header_icon = "calendar-check"
    page_title = TITLE

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": TITLE}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.request.GET
        monday = week_start(query.get("tuan", ""))
        page = Paginator(chosen_stations(query), A_PAGE).get_page(query.get("p"))
        table = Timetable([one.channel_id for one in page], midnight(monday))
        end = midnight(monday + dt.timedelta(days=7))
        rows = [self._row(table, station, monday, end) for station in page]
        return {
            **super().get_context_data(**kwargs),
            **week_context(monday),
            "page": page,
            "rows": rows,
            "clashes": sum(bool(cell.outside) for row in rows for day in row["days"] for cell in day["cells"]),
            "q": query.get("q", ""),
            "unnetworked": query.get("mang") == "khong",
        }

    def _row(self, table: Timetable, station: Station, monday: dt.date, end: dt.datetime) -> dict[str, Any]:
        station = table.stations.get(station.channel_id, station)
        booked: dict[dt.datetime, list[Booking]] = {}
        for one in table.all_booked():
            if one.channel_id == station.channel_id and one.at < end:
                booked.setdefault(one.at, []).append(one)
        days = []
        for later in range(7):
            day = monday + dt.timedelta(days=later)
            times = {*table.times_on(station.channel_id, day), *(at for at in booked if timezone.localdate(at) == day)}
            days.append({"day": day, "cells": [self._cell(table, station, moment) for moment in sorted(times)]})
        return {"station": station, "days": days, "quiet": quiet_hours(station.channel)}

    @staticmethod
    def _cell(table: Timetable, station: Station, moment: dt.datetime) -> Cell:
        number = station.channel_id
        slot, bookings = table.slot_at(number, moment), table.booked(number, moment)
        outside = table.without_room(number, moment) if slot else bookings
        if slot and bookings and bookings[0].seconds > slot.minutes * 60:
            outside = [bookings[0], *outside]
        return Cell(moment, slot, bookings, outside)
