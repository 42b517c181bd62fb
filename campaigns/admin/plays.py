"""Was it played? The proof list with its filters, whom to call, faults, receivers' logs and the JSON export."""

import datetime as dt
import mimetypes
from collections import Counter
from typing import Any

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campaigns import play_proof, receiver_log
from campaigns.admin.permissions import Requires
from campaigns.admin.slot_plan import chosen_stations, midnight
from campaigns.admin.week_grid import ENTER_PLAYS
from campaigns.models import Fault, Playback, Station
from campaigns.personal.exports import as_json, document
from campaigns.play_proof import STATE_WORDS, Play, State
from campaigns.week_entries import Source

SEE_PLAYS = "campaigns.view_playback"
TITLE = gettext_lazy("Loudspeaker plays")
SHOWN = 300
LONGEST_DAYS = 62
LOOKS = {
    State.COMING: ("off", "date"),
    State.WAITING: ("waiting", "time"),
    State.MISSING: ("bad", "warning"),
    State.CONFIRMED: ("good", "check"),
    State.LATE: ("warn", "time"),
    State.NOT_PLAYED: ("bad", "cross"),
    State.FAULT: ("bad", "warning"),
}
CONTRADICTING = "mau-thuan"


def day_of(text: str, default: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return default


class PlaysView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Planned and confirmed plays of a period. A constant number of queries, whatever the stations."""

    requires = SEE_PLAYS
    template_name = "campaigns/admin/stations/plays.html"
    header_icon = "media"
    page_title = TITLE

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": TITLE}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.request.GET
        today = timezone.localdate()
        last = day_of(query.get("den", ""), today)
        first = max(day_of(query.get("tu", ""), last - dt.timedelta(days=6)), last - dt.timedelta(days=LONGEST_DAYS))
        stations = chosen_stations(query)
        plays = play_proof.plays_of(stations, midnight(first), midnight(last + dt.timedelta(days=1)))
        counts = Counter(str(play.state) for play in plays)
        counts[CONTRADICTING] = sum(bool(play.contradictions) for play in plays)
        wanted = query.get("trang-thai", "")
        shown = [play for play in plays if _is(play, wanted)]
        rest = query.copy()
        rest.pop("trang-thai", None)
        rows = [_decorated(play) for play in shown[:SHOWN]]
        return {
            **super().get_context_data(**kwargs),
            "rows": rows,
            "more": len(shown) - len(rows),
            "chips": _chips(counts, wanted),
            "total": len(plays),
            "wanted": wanted,
            "rest": rest.urlencode(),
            "first": first,
            "last": last,
            "q": query.get("q", ""),
            "unnetworked": query.get("mang") == "khong",
            "overdue": play_proof.overdue_stations(),
            "faults": list(
                Fault.objects.filter(solved_at=None).select_related("station__channel", "station__place")[:50]
            ),
            "may_enter": self.request.user.has_perm(ENTER_PLAYS),
            "stations": play_proof.all_stations() if self.request.user.has_perm(ENTER_PLAYS) else [],
        }


def _is(play: Play, wanted: str) -> bool:
    if not wanted:
        return True
    return bool(play.contradictions) if wanted == CONTRADICTING else play.state == wanted


def _chips(counts: Counter[str], wanted: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"key": str(state), "label": STATE_WORDS[state], "look": LOOKS[state][0], "icon": LOOKS[state][1]}
        for state in State
    ]
    found.append({"key": CONTRADICTING, "label": _("contradicting"), "look": "warn", "icon": "warning"})
    return [{**one, "count": counts[one["key"]], "current": one["key"] == wanted} for one in found]


def _decorated(play: Play) -> Play:
    """With what the template draws."""
    ways = dict(Source.choices)
    play.look, play.icon = LOOKS[play.state]  # type: ignore[attr-defined]
    said = play.playback
    play.way = str(ways.get(said.source, said.source or _("own link"))) if said else ""  # type: ignore[attr-defined]
    return play


class ReceiverLogView(Requires, View):
    """A receiver's log as a file: measured plays."""

    requires = ENTER_PLAYS

    def post(self, request: HttpRequest) -> HttpResponse:
        number = request.POST.get("station", "")
        station = get_object_or_404(Station, pk=int(number) if number.isdecimal() else 0)
        file = request.FILES.get("log")
        try:
            if file is None or (file.size or 0) > receiver_log.MOST_BYTES:
                raise ValidationError(_("Choose the receiver's log as a CSV file of at most 2 MB."))
            done = receiver_log.take(station=station, lines=receiver_log.lines_of_csv(file.read()), by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("loa_plays")
        words = {"station": station, "new": done.recorded, "known": done.known}
        messages.success(request, _("%(station)s: %(new)d plays measured, %(known)d known already.") % words)
        for line, why in done.refused[:5]:
            messages.warning(request, _("Line %(n)d was left out: %(why)s") % {"n": line, "why": why})
        if len(done.refused) > 5:
            more = len(done.refused) - 5
            messages.warning(request, ngettext("and %(n)d more line", "and %(n)d more lines", more) % {"n": more})
        return redirect("loa_plays")


class SolveFaultView(Requires, View):
    """A reported fault is mended."""

    requires = ENTER_PLAYS

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        solved = Fault.objects.filter(pk=pk, solved_at=None).update(
            solved_at=timezone.now(), solved_by=request.user.get_username()
        )
        if solved:
            messages.success(request, _("Noted: it is mended."))
        back = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
        return redirect(back if safe else "loa_plays")


class PhotoView(Requires, View):
    """The photo of a play, for staff only; nothing on the way keeps it."""

    requires = SEE_PLAYS

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        play = get_object_or_404(Playback, pk=pk)
        name = play.photo.name
        if not name or not play.photo.storage.exists(name):
            raise Http404
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        answer = FileResponse(play.photo.open("rb"), content_type=kind)
        answer["Cache-Control"] = "private, no-store"
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Content-Security-Policy"] = "default-src 'none'"
        return answer


class ExportView(Requires, View):
    """Bulletins and plays of the shown period as neutral JSON."""

    requires = SEE_PLAYS

    def get(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate()
        last = day_of(request.GET.get("den", ""), today)
        first = day_of(request.GET.get("tu", ""), last - dt.timedelta(days=6))
        first = max(first, last - dt.timedelta(days=LONGEST_DAYS))
        told = document(first, last, rehearsal=request.GET.get("dien-tap") == "1")
        answer = HttpResponse(as_json(told), content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="phat-loa-{first:%Y%m%d}-{last:%Y%m%d}.json"'
        return answer
