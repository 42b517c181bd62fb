"""Make the report of a plan and a period: plain data, the same for every form it is given."""

import datetime as dt
import hashlib
import json
from typing import Any

from django.utils import timezone

from campaigns.ledger.metrics import scale_of
from campaigns.models import Campaign, Plan
from campaigns.report import findings as checks
from campaigns.report.cells import cells_in, overlapping, rows_in_scope, straddling, within
from campaigns.report.coverage import coverage_of
from campaigns.report.marginals import Marginals, SourceSum, marginals_of
from campaigns.report.numbers import day
from campaigns.report.periods import Period, period_between
from campaigns.report.places import LEVELS, PlaceBook
from campaigns.report.scope import (
    PlanChain,
    document_name,
    outside_plan,
    place_units,
    plan_part,
    targets_part,
)
from campaigns.report.sentences import gaps_of, sentences_of
from campaigns.report.tables import BASES, Vocabulary, dimension_tables, place_table
from campaigns.report.template import current_wording
from campaigns.report.timeline import figures_by_day, timeline_table
from campaigns.report.wording import say, spoken, wording

SCHEMA = 2


def build(
    plan: Plan,
    period_from: dt.date,
    period_to: dt.date,
    *,
    include_rehearsal: bool = False,
    place_level: str = "commune",
    period_key: str | None = None,
    now: dt.datetime | None = None,
) -> dict[str, Any]:
    """Return the report as plain data (docs/export.md names its parts).

    :param include_rehearsal: count rehearsal figures, and only them; the report is marked all over.
    :param place_level: one of ``campaigns.report.places.LEVELS``.
    :param period_key: the period's usual name where its days have two (``peak`` or ``q3``).
    :param now: when the report is made; it decides what "today's communes" are.
    :raises ValueError: for a period that ends before it begins, or a level that is none.
    """
    if place_level not in LEVELS:
        raise ValueError(f"{place_level!r} is none of {', '.join(LEVELS)}")
    words = current_wording()
    with spoken(words["texts"]):
        period = period_between(period_from, period_to, period_key)
        report = _Maker(plan, period, include_rehearsal, now or timezone.now()).report(place_level)
    report["wording"] = words
    return report


def digest_of_report(report: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(report).encode()).hexdigest()


def canonical_json(report: dict[str, Any]) -> str:
    """The report as JSON that depends on nothing but its content."""
    return json.dumps(report, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


class _Maker:
    """Reads everything a report needs, a fixed number of queries however much happened."""

    def __init__(self, plan: Plan, period: Period, rehearsal: bool, now: dt.datetime) -> None:
        self.period, self.rehearsal, self.now = period, rehearsal, now
        self.today = timezone.localtime(now).date()
        self.chain = PlanChain(plan)
        self.book = PlaceBook()
        self.vocabulary = Vocabulary.load()
        self.scope = rows_in_scope(self.chain.ids, rehearsal=rehearsal)
        self.rows = within(self.scope, period)
        self.overlaps = overlapping(self.rows, self.book)
        self.left_out = {row.pk for group in self.overlaps for row in group}
        self.cells = cells_in(self.chain.ids, period, rehearsal=rehearsal, leave_out=self.left_out)
        self.sums = marginals_of(self.cells)

    def report(self, level: str) -> dict[str, Any]:
        communes = self.book.communes(self.period.last)
        coverage = coverage_of(self.cells, self.book, communes, self.period.last)
        indicators = self._indicators(self.sums)
        totals = {
            one["code"]: {basis: part["value"] for basis, part in one["bases"].items()} for one in indicators
        }
        places = self._place_table(level)
        crossing = checks.straddling_rows(straddling(self.scope, self.period))
        report: dict[str, Any] = {
            "schema": SCHEMA,
            "head": self._head(),
            "plan": plan_part(self.chain),
            "period": {
                "from": self.period.first.isoformat(),
                "to": self.period.last.isoformat(),
                "key": self.period.key,
                "label": self.period.label,
            },
            "place_level": level,
            "rehearsal": self.rehearsal,
            "draft": True,
            "signature": None,
            "made_at": timezone.localtime(self.now).isoformat(timespec="seconds"),
            "coverage": coverage,
            "indicators": indicators,
            "targets": targets_part(self.chain, totals, coverage),
            "tables": [places, *dimension_tables(self.sums, self.vocabulary), self._timeline()],
            "comparison": self._comparison(indicators, coverage),
            "overlaps": [[checks.listed(row) for row in group] for group in self.overlaps],
            "straddling": crossing,
        }
        self._mark_vietnamese(report)
        report["findings"] = self._findings(places, len(crossing), level)
        report["sentences"] = sentences_of(report)
        report["gaps"] = gaps_of(report)
        return report

    def _head(self) -> dict[str, Any]:
        agency = self._agency()
        plan = self.chain.plan
        superior = say("superior")
        own = (agency or "").upper()
        return {
            "superior": "" if own == superior else superior,
            "agency": agency,
            "place": say("place_of_issue"),
            "year": self.today.year,
            "title": say("title", period=self.period.label, document=document_name(plan), number=plan.number),
            "intro": say(
                "intro_free" if self.period.key == "free" else "intro",
                agency=agency or say("agency_in_text_gap"),
                period=self.period.label,
                from_day=day(self.period.first),
                to_day=day(self.period.last),
            ),
        }

    def _agency(self) -> str | None:
        """The agency that leads the campaigns of the period, when it is one and the same."""
        names = set(
            Campaign.objects.filter(
                plan_id__in=self.chain.ids,
                period_from__lte=self.period.last,
                period_to__gte=self.period.first,
                lead__isnull=False,
            ).values_list("lead__name", flat=True)
        )
        return names.pop() if len(names) == 1 else None

    def _place_table(self, level: str) -> dict[str, Any]:
        units = place_units(self.book, self.chain, level, last=self.period.last, today=self.today)
        return place_table(self.sums, self.vocabulary, self.book, level, units)

    def _timeline(self) -> dict[str, Any]:
        figures = figures_by_day(
            self.chain.ids, self.rows, self.period, rehearsal=self.rehearsal, leave_out=self.left_out
        )
        return timeline_table(figures, self.period, self.vocabulary.indicators)

    def _indicators(self, sums: Marginals) -> list[dict[str, Any]]:
        parts: dict[tuple[str, str], dict[str, SourceSum]] = {}
        for (code, basis, kind), source in sums.sources.items():
            parts.setdefault((code, basis), {})[kind] = source
        return [
            {
                "code": one.code,
                "name": one.name,
                "unit": one.unit,
                "kind": one.kind,
                "scale": scale_of(one.code),
                "bases": {
                    basis: _basis_part(parts[(one.code, basis)]) for basis in BASES if (one.code, basis) in parts
                },
            }
            for one in self.vocabulary.indicators
        ]

    def _comparison(self, indicators: list[dict[str, Any]], coverage: dict[str, Any]) -> dict[str, Any]:
        before = self.period.year_before()
        rows = within(self.scope, before)
        left_out = {row.pk for group in overlapping(rows, self.book) for row in group}
        cells = cells_in(self.chain.ids, before, rehearsal=self.rehearsal, leave_out=left_out)
        earlier = {one["code"]: one["bases"] for one in self._indicators(marginals_of(cells))}
        covered = coverage_of(cells, self.book, self.book.communes(before.last), before.last)
        compared = [
            _compared(one, basis, one["bases"].get(basis), earlier[one["code"]].get(basis))
            for one in indicators
            for basis in BASES
            if basis in one["bases"] or basis in earlier[one["code"]]
        ]
        return {
            "from": before.first.isoformat(),
            "to": before.last.isoformat(),
            "rows": compared,
            "coverage": {
                "now": coverage["percent"],
                "before": covered["percent"],
                "reached_before": covered["reached"] or None,
                "communes_before": covered["communes"],
            },
        }

    def _findings(self, places: dict[str, Any], crossing: int, level: str) -> list[dict[str, Any]]:
        zone = timezone.get_current_timezone()
        first = dt.datetime.combine(self.period.first, dt.time.min, zone)
        last = dt.datetime.combine(self.period.last + dt.timedelta(days=1), dt.time.min, zone)
        deliveries = checks.deliveries_of(self.chain.ids, first, last, rehearsal=self.rehearsal)
        agencies = {one.pk: one.name for one in self.vocabulary.agencies}
        return [
            *checks.overlap_findings(self.overlaps),
            *checks.plays_against_minutes(self.sums.agency, agencies),
            *checks.people_per_session(self.rows),
            *checks.outbox_findings(deliveries),
            *checks.small_findings(
                outside=outside_plan(self.chain, self.period),
                straddling=crossing,
                unmapped=places["unmapped_rows"],
                level=level,
                approximate=self.sums.approximate_rows,
                unfinished=day(self.period.last) if self.period.last >= self.today else None,
            ),
        ]

    def _mark_vietnamese(self, report: dict[str, Any]) -> None:
        vietnamese = {one.pk for one in self.vocabulary.languages if one.code == "vi"}
        for table in report["tables"]:
            if table["key"] == "language":
                for row in table["rows"]:
                    row["vietnamese"] = row["key"] in vietnamese


def _basis_part(sources: dict[str, SourceSum]) -> dict[str, Any]:
    """The sum with its provenance: which kinds of sources, how many, when last changed."""
    return {
        "value": sum(one.value for one in sources.values()),
        "approximate": any(one.approximate for one in sources.values()),
        "sources": [
            {
                "kind": kind,
                "title": wording()["source_kinds"].get(kind, kind),
                "count": one.rows,
                "last_change": timezone.localtime(one.changed).isoformat(timespec="seconds"),
            }
            for kind, one in sorted(sources.items())
        ],
    }


def _compared(one: dict[str, Any], basis: str, now: dict | None, before: dict | None) -> dict[str, Any]:
    return {
        "indicator": one["code"],
        "title": one["name"],
        "unit": one["unit"],
        "scale": one["scale"],
        "basis": basis,
        "basis_title": say(f"bases.{basis}"),
        "now": now["value"] if now else None,
        "before": before["value"] if before else None,
        "difference": now["value"] - before["value"] if now and before else None,
    }
