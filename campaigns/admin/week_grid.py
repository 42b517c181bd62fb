"""The week grid: what stations without internet said of a week, by telephone or on paper, station after station."""

import dataclasses
import datetime as dt
import re
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campaigns import play_proof, week_entries
from campaigns.admin.permissions import Requires
from campaigns.admin.slot_plan import chosen_stations, midnight, week_context, week_start
from campaigns.models import Outcome, Playback, Station
from campaigns.play_proof import Play
from campaigns.typed_text import one_line, time_of_day
from campaigns.week_entries import Entry, Outcomes, Source

ENTER_PLAYS = "campaigns.add_playback"
TITLE = gettext_lazy("Enter a week of plays")
A_PAGE = 15
# What the boxes of the grid say; their first letters are the keys that choose them.
CODES = {"d": Outcome.PLAYED, "k": Outcome.NOT_PLAYED, "l": Outcome.FAULT}
_LENGTH = re.compile(r"^(\d{1,3})(?:(:)([0-5]\d)|[.,](\d))?$")


@dataclasses.dataclass
class Field:
    """One play in the grid: what is on record, what was typed, and what is wrong with it."""

    name: str
    play: Play
    code: str
    minutes: str
    seen: int
    said: str = ""
    error: str = ""
    is_open: bool = True
    was: str = ""

    @property
    def expected(self) -> str:
        """The minutes that are taken where none are written."""
        return shown_minutes(self.play.expected)


def typed_seconds(text: str) -> int | None:
    """“3”, “3:20” and “3,5” minutes in seconds; None for an empty one.

    :raises ValueError: for anything else.
    """
    text = one_line(text)
    if not text:
        return None
    found = _LENGTH.match(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * 60 + (int(found[3]) if found[2] else int(found[4] or 0) * 6)


def _number(text: str) -> int:
    """A row's number from the form.

    :raises ValueError: for what no row can have.
    """
    if not text.isdecimal() or len(text) > 18:
        raise ValueError(text)
    return int(text)


def shown_minutes(seconds: int) -> str:
    """200 as “3:20”, 180 as “3”."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}:{rest:02d}" if rest else str(minutes)


def code_of(play: Playback | None) -> str:
    if play is None:
        return ""
    if play.outcome == Outcome.FAULT:
        return "l"
    return "d" if play.seconds else "k"


class WeekGridView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Stations × days × slots. Only what was changed is stored; what others recorded meanwhile is never overwritten."""

    requires = ENTER_PLAYS
    template_name = "campaigns/admin/stations/week.html"
    header_icon = "edit"
    page_title = TITLE

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.stale: set[str] = set()

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": TITLE}]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show({}, QueryDict())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        problems: dict[str, str] = {}
        done = Outcomes()
        for station in self._page():
            self._take(station, done, problems)
        told = {
            _("%(n)d recorded") % {"n": done.recorded}: done.recorded,
            _("%(n)d corrected") % {"n": done.corrected}: done.corrected,
            _("%(n)d known already") % {"n": done.known}: done.known,
        }
        said = [words for words, count in told.items() if count]
        if said:
            messages.success(request, "; ".join(said) + ".")
        elif not problems:
            messages.warning(request, _("Nothing was changed."))
        if problems:
            messages.error(
                request, _("%(n)d entries were not taken: the reasons stand beside them.") % {"n": len(problems)}
            )
        return self._show(problems, request.POST)

    # --- reading the form -----------------------------------------------------------------------------

    def _take(self, station: Station, done: Outcomes, problems: dict[str, str]) -> None:
        data, number = self.request.POST, station.pk
        entries: list[Entry] = []
        names: dict[Entry, str] = {}
        for name in data.getlist(f"cells-{number}"):
            try:
                entry = self._entry(name)
            except (ValueError, OverflowError, OSError):
                problems[name] = _("Write minutes like 3, 3:20 or 3,5.")
                continue
            if entry is not None:
                entries.append(entry)
                names[entry] = name
        extra = f"x-{number}"
        try:
            one = self._extra(extra)
        except (ValueError, OverflowError, OSError):
            problems[extra] = _("Choose a programme and a day, and write time and minutes like 17:30 and 3:20.")
        else:
            if one is not None:
                entries.append(one)
                names[one] = extra
        if not entries:
            return
        who, source = one_line(data.get(f"who-{number}", "")), data.get(f"source-{number}", "")
        if not who or source not in (Source.PHONE, Source.PAPER):
            for name in names.values():
                problems[name] = _("Say at the station's name who told you, and whether by telephone or on paper.")
            return
        came = week_entries.enter(station=station, entries=entries, by=self.request.user, source=source, told_by=who)
        done.recorded += came.recorded
        done.corrected += came.corrected
        done.known += came.known
        for entry, there in came.conflicts:
            words = {"name": there.operator_name, "time": f"{timezone.localtime(there.created_at):%H:%M %d/%m}"}
            text = _(
                "Somebody recorded this meanwhile (%(name)s, %(time)s). It stands as shown now; change it once more."
            )
            problems[names[entry]] = text % words
            self.stale.add(names[entry])
        problems.update({names[entry]: why for entry, why in came.refused})

    def _entry(self, name: str) -> Entry | None:
        """What one box says; None where nobody changed it."""
        data = self.request.POST
        code, minutes = data.get(f"o-{name}", ""), one_line(data.get(f"m-{name}", ""))
        if f"{code}|{minutes}" == data.get(f"w-{name}", "|") or code not in CODES:
            return None
        item, moment = name.split("_", 1)
        return Entry(
            item_id=_number(item),
            planned_for=dt.datetime.fromtimestamp(_number(moment), dt.UTC),
            outcome=CODES[code],
            seconds=typed_seconds(minutes),
            seen=_number(data.get(f"s-{name}") or "0"),
        )

    def _extra(self, name: str) -> Entry | None:
        """A play outside the slots."""
        data = self.request.POST
        item = data.get(f"{name}-item", "")
        if not item:
            return None
        moment = dt.datetime.combine(
            dt.date.fromisoformat(data.get(f"{name}-day", "")), time_of_day(data.get(f"{name}-at", ""))
        )
        return Entry(
            item_id=_number(item),
            planned_for=None,
            outcome=Outcome.PLAYED,
            seconds=typed_seconds(data.get(f"{name}-minutes", "")),
            played_at=timezone.make_aware(moment),
        )

    # --- showing it -----------------------------------------------------------------------------------

    def _asked(self) -> QueryDict:
        """Without a choice: the stations without internet."""
        query = self.request.GET.copy()
        if "mang" not in query and "tram" not in query and "q" not in query:
            query["mang"] = "khong"
        return query

    def _page(self) -> Any:
        if not hasattr(self, "_paged"):
            query = self._asked()
            self._paged = Paginator(chosen_stations(query), A_PAGE).get_page(query.get("p"))
        return self._paged

    def _show(self, problems: dict[str, str], typed: QueryDict) -> HttpResponse:
        monday = week_start(self.request.GET.get("tuan", ""))
        end = midnight(monday + dt.timedelta(days=7))
        page = self._page()
        plays = play_proof.plays_of(list(page), midnight(monday), end)
        rows = [
            self._row(station, [one for one in plays if one.station.pk == station.pk], monday, problems, typed)
            for station in page
        ]
        query = self._asked()
        context = {
            **self.get_context_data(),
            **week_context(monday),
            "page": page,
            "rows": rows,
            "q": query.get("q", ""),
            "unnetworked": query.get("mang") == "khong",
            "sources": [(Source.PHONE, Source.PHONE.label), (Source.PAPER, Source.PAPER.label)],
        }
        return self.render_to_response(context, status=422 if problems else 200)

    def _row(
        self, station: Station, plays: list[Play], monday: dt.date, problems: dict[str, str], typed: QueryDict
    ) -> dict[str, Any]:
        days: list[dict[str, Any]] = []
        for later in range(7):
            day = monday + dt.timedelta(days=later)
            here = [self._field(one, problems, typed) for one in plays if one.local_day == day]
            days.append({"day": day, "fields": here})
        extra = f"x-{station.pk}"
        programmes = {one.item_id: one.title for one in plays}
        return {
            "station": station,
            "days": days,
            "programmes": sorted(programmes.items(), key=lambda one: one[1]),
            "who": typed.get(f"who-{station.pk}") or station.operator_name,
            "source": typed.get(f"source-{station.pk}", ""),
            "extra": extra,
            "extra_error": problems.get(extra, ""),
            "open": sum(field.is_open and not field.code for day in days for field in day["fields"]),
        }

    def _field(self, play: Play, problems: dict[str, str], typed: QueryDict) -> Field:
        name = f"{play.item_id}_{int(play.at.timestamp())}"
        there = play.playback
        minutes = shown_minutes(there.seconds) if there and there.seconds else ""
        field = Field(name, play, code_of(there), minutes, there.pk if there else 0)
        field.is_open = play.planned and play.at <= timezone.now()
        field.said = _said(there) if there else ""
        field.error = problems.get(name, "")
        # What the form showed goes with it, so that only what a person changed is taken.
        field.was = f"{field.code}|{field.minutes}"
        if field.error and name not in self.stale:
            field.code, field.minutes = typed.get(f"o-{name}", ""), typed.get(f"m-{name}", "")
        return field


def _said(play: Playback) -> str:
    """Who said it, and how it came in."""
    ways = dict(Source.choices)
    return f"{play.operator_name} · {ways.get(play.source, play.source or _('own link'))}"
