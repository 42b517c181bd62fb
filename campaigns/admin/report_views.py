"""The reach report on the staff's screens: the page, its files, and the sources of each figure."""

import dataclasses
import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.permissions import SEE_REPORT, SIGN_REPORTS, WRITE_REPORT_TEXTS, Requires
from campaigns.ledger import fold_changes
from campaigns.ledger.metrics import scale_of
from campaigns.models import Plan
from campaigns.report.build import build
from campaigns.report.cells import rows_in_scope, within
from campaigns.report.files import FORMATS, file_name, offered
from campaigns.report.files import render as render_file
from campaigns.report.html import page_context
from campaigns.report.layout import Cell as LaidCell
from campaigns.report.layout import Table
from campaigns.report.numbers import count
from campaigns.report.pdf import NoOffice
from campaigns.report.periods import NAMED, Period, named_period, period_between
from campaigns.report.places import LEVELS
from campaigns.report.scope import PlanChain
from campaigns.report.sources import Asked, addresses_of, rows_behind
from campaigns.report.wording import say, wording

PERIODS = [
    ("q1", gettext_lazy("First quarter")),
    ("q2", gettext_lazy("Second quarter")),
    ("q3", gettext_lazy("Third quarter")),
    ("q4", gettext_lazy("Fourth quarter")),
    ("h1", gettext_lazy("First six months")),
    ("h2", gettext_lazy("Last six months")),
    ("year", gettext_lazy("Whole year")),
    ("peak", gettext_lazy("Peak, 1 July to 30 September")),
    ("free", gettext_lazy("Other days")),
]
FORM_ORDER = ["docx", "pdf", "xlsx", "html", "json"]
LEVEL_NAMES = {
    "commune": gettext_lazy("Communes of the period"),
    "commune-today": gettext_lazy("Today's communes"),
    "district": gettext_lazy("Districts (until 30 June 2025)"),
    "pilot": gettext_lazy("Pilot places of the plan"),
    "province": gettext_lazy("Province"),
}


class ReportForm(forms.Form):
    """Which report. Everything has a default, so that the page is there at once."""

    plan = forms.ModelChoiceField(
        Plan.objects.all(), to_field_name="key", required=False, empty_label=None, label=gettext_lazy("Plan")
    )
    period = forms.ChoiceField(choices=PERIODS, required=False, label=gettext_lazy("Period"))
    year = forms.IntegerField(min_value=2000, max_value=2100, required=False, label=gettext_lazy("Year"))
    first = forms.DateField(
        required=False,
        label=gettext_lazy("From day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        required=False,
        label=gettext_lazy("Until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    level = forms.ChoiceField(
        choices=[(level, LEVEL_NAMES[level]) for level in LEVELS],
        required=False,
        label=gettext_lazy("By place"),
    )
    rehearsal = forms.BooleanField(required=False, label=gettext_lazy("Rehearsal figures only"))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("period") == "free":
            first, last = given.get("first"), given.get("last")
            if not first or not last:
                raise forms.ValidationError(_("Say from which day until which day."))
            if first > last:
                raise forms.ValidationError(_("The period ends before it begins."))
        return given


@dataclasses.dataclass(frozen=True)
class Choice:
    """What the form was filled with, defaults included."""

    plan: Plan
    period: Period
    level: str
    rehearsal: bool

    @property
    def query(self) -> str:
        """The same choice as the query of an address."""
        values = {
            "plan": self.plan.key,
            "period": self.period.key,
            "year": self.period.first.year,
            "first": self.period.first.isoformat(),
            "last": self.period.last.isoformat(),
            "level": self.level,
        }
        if self.rehearsal:
            values["rehearsal"] = "on"
        return urlencode(values)

    @property
    def counterpart(self) -> "Choice":
        """The same choice with rehearsal for real, and the other way round: the two never mix."""
        return dataclasses.replace(self, rehearsal=not self.rehearsal)

    def has_figures(self) -> bool:
        rows = rows_in_scope(PlanChain(self.plan).ids, rehearsal=self.rehearsal)
        return within(rows, self.period).exists()

    def build(self) -> dict[str, Any]:
        return build(
            self.plan,
            self.period.first,
            self.period.last,
            include_rehearsal=self.rehearsal,
            place_level=self.level,
            period_key=self.period.key,
        )


def chosen(form: ReportForm) -> Choice | None:
    """The choice of a valid form; None when there is no plan at all."""
    given, today = form.cleaned_data, timezone.localdate()
    plan = given.get("plan") or _plan_of(today)
    if plan is None:
        return None
    key = given.get("period") or f"q{(today.month + 2) // 3}"
    year = given.get("year") or today.year
    period = named_period(key, year) if key in NAMED else period_between(given["first"], given["last"])
    return Choice(plan, period, given.get("level") or LEVELS[0], bool(given.get("rehearsal")))


def _plan_of(today: dt.date) -> Plan | None:
    """The plan in force today, the newest of them; else the newest of all."""
    plans = Plan.objects.order_by("-issued_on")
    return plans.filter(period_from__lte=today, period_to__gte=today).first() or plans.first()


class ReportView(Requires):
    """The report as a page. Always a draft; its gaps stand at the top."""

    requires = SEE_REPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        form = ReportForm(request.GET or None)
        choice = chosen(form) if form.is_valid() else None
        if not request.GET:
            form = ReportForm({"period": "", "year": timezone.localdate().year})
            choice = chosen(form) if form.is_valid() else None
            if choice is not None:
                return redirect(f"{reverse('reach_report')}?{choice.query}")
        context: dict[str, Any] = {
            "form": form,
            "quick": quick_periods(request),
            "page_title": _("Reach report"),
        }
        if choice is not None:
            fold_changes()
            context |= page_context(choice.build())
            context["blocks"] = [linked(part, choice) for part in context["blocks"]]
            if not choice.has_figures() and choice.counterpart.has_figures():
                context["elsewhere"] = f"?{choice.counterpart.query}"
            context["files"] = [
                (form_name.upper(), f"{reverse('reach_report_file', args=[form_name])}?{choice.query}")
                for form_name in sorted(offered(), key=FORM_ORDER.index)
            ]
            context |= self._next(request, choice)
        return render(request, "campaigns/report/page.html", context)


    @staticmethod
    def _next(request: HttpRequest, choice: Choice) -> dict[str, Any]:
        """Where to go from here: sign, the signed reports, the form's texts."""
        user: Any = request.user
        may_sign = user.has_perm(SIGN_REPORTS) and not choice.rehearsal
        return {
            "sign_url": f"{reverse('reach_report_sign')}?{choice.query}" if may_sign else "",
            "signed_url": reverse("signed_reports"),
            "texts_url": reverse("report_texts") if user.has_perm(WRITE_REPORT_TEXTS) else "",
        }


def quick_periods(request: HttpRequest) -> list[dict[str, str]]:
    """One press per usual period of the chosen year."""
    values = request.GET.copy()
    year = int(year) if (year := values.get("year", "")).isdecimal() else timezone.localdate().year
    found = []
    for key, label in PERIODS[:-1]:
        period = named_period(key, year)
        values["period"], values["year"] = key, str(year)
        values["first"], values["last"] = period.first.isoformat(), period.last.isoformat()
        current = "page" if request.GET.get("period") == key else ""
        found.append({"label": str(label), "url": f"?{values.urlencode()}", "current": current})
    return found


def linked(part: dict[str, Any], choice: Choice) -> dict[str, Any]:
    """The same block with an address on each figure that has sources."""
    block = part["block"]
    if not isinstance(block, Table):
        return part
    base = f"{reverse('reach_report_sources')}?{choice.query}"
    rows = tuple(tuple(_with_address(cell, base) for cell in row) for row in block.rows)
    total = tuple(_with_address(cell, base) for cell in block.total) if block.total else None
    return {**part, "block": {**_shallow(block), "rows": rows, "total": total}}


def _shallow(block: Table) -> dict[str, Any]:
    return {field.name: getattr(block, field.name) for field in dataclasses.fields(block)}


def _with_address(cell: LaidCell, base: str) -> dict[str, Any]:
    href = f"{base}&{urlencode(cell.source)}" if cell.source and cell.kind == "number" else ""
    return {"text": cell.text, "kind": cell.kind, "href": href, "span": cell.span}


class FileView(Requires):
    """The report as a file."""

    requires = SEE_REPORT

    def get(self, request: HttpRequest, form: str) -> HttpResponse:
        filled = ReportForm(request.GET)
        choice = chosen(filled) if form in offered() and filled.is_valid() else None
        if choice is None:
            raise Http404
        fold_changes()
        report = choice.build()
        try:
            content = render_file(report, form)
        except NoOffice as error:
            messages.error(request, str(error))
            return redirect(f"{reverse('reach_report')}?{choice.query}")
        response = HttpResponse(content, content_type=FORMATS[form][0])
        response["Content-Disposition"] = f'attachment; filename="{file_name(report, form)}"'
        return response


class SourcesView(Requires):
    """The ledger rows that one figure of the report is the sum of."""

    requires = SEE_REPORT
    per_page = 50

    def get(self, request: HttpRequest) -> HttpResponse:
        form = ReportForm(request.GET)
        choice = chosen(form) if form.is_valid() else None
        if choice is None:
            raise Http404
        try:
            rows = rows_behind(self._asked(request, choice))
        except ValueError as error:
            raise Http404 from error
        page = Paginator(rows, self.per_page).get_page(request.GET.get("p"))
        addresses = addresses_of(list(page.object_list))
        query = request.GET.copy()
        query.pop("p", None)
        return render(
            request,
            "campaigns/report/sources.html",
            {
                "page_title": _("Sources of a figure"),
                "page": page,
                "lines": [_line(row, addresses.get(row.pk, "")) for row in page.object_list],
                "total": page.paginator.count,
                "query": query.urlencode(),
                "back": f"{reverse('reach_report')}?{choice.query}",
                "period": choice.period.label,
                "plan": choice.plan,
                "rehearsal": say("rehearsal") if choice.rehearsal else "",
            },
        )

    @staticmethod
    def _asked(request: HttpRequest, choice: Choice) -> Asked:
        return Asked(
            choice.plan,
            choice.period,
            choice.rehearsal,
            choice.level,
            timezone.localdate(),
            **{name: request.GET.get(name, "") for name in ("indicator", "basis", "by", "key")},
            reached=bool(request.GET.get("reached")),
        )


def _line(row: Any, href: str) -> dict[str, Any]:
    return {
        "row": row,
        "href": href,
        "value": count(row.value, scale_of(row.indicator.code)),
        "basis": say(f"bases.{row.basis}"),
        "kind": wording()["source_kinds"].get(row.source_kind, row.source_kind),
    }
