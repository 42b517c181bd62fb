"""What changed since a report was signed: its figures beside those of the same report made now."""

import dataclasses
from typing import Any

from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.db.models.fields import BooleanField

from campaigns.models import LedgerRow, Plan, SignedReport
from campaigns.report.cells import rows_in_scope, within
from campaigns.report.numbers import count, signed
from campaigns.report.periods import Period
from campaigns.report.scope import PlanChain
from campaigns.report.wording import say

Report = dict[str, Any]
SHOWN = 100


@dataclasses.dataclass(frozen=True)
class Difference:
    """One figure then and now, as text; an empty text is "no figure"."""

    title: str
    then: str
    now: str
    change: str
    source: dict[str, Any] | None = None


def differences(before: Report, after: Report) -> list[Difference]:
    """The figures that differ: coverage, indicators, then the table by place.

    :param before: the report as signed. :param after: the same report made now.
    """
    return [*_coverage(before, after), *_indicators(before, after), *_places(before, after)]


def _coverage(before: Report, after: Report) -> list[Difference]:
    was, now = before["coverage"], after["coverage"]
    found = []
    for title, then, current in (
        (say("rows.reached"), was["reached"], now["reached"]),
        (say("rows.declared_only"), len(was["declared_only"]), len(now["declared_only"])),
    ):
        if then != current:
            found.append(Difference(title, count(then), count(current), signed(current - then), {"reached": 1}))
    return found


def _indicators(before: Report, after: Report) -> list[Difference]:
    was, now = _figures(before), _figures(after)
    return [
        difference
        for key in [*now, *(key for key in was if key not in now)]
        if (difference := _compared(was.get(key), now.get(key), {"indicator": key[0], "basis": key[1]}))
    ]


def _figures(report: Report) -> dict[tuple[str, str], tuple[str, int | None, int]]:
    return {
        (one["code"], basis): (f"{one['name']} ({one['unit']}, {say(f'bases.{basis}')})", part["value"], one["scale"])
        for one in report["indicators"]
        for basis, part in one["bases"].items()
    }


def _places(before: Report, after: Report) -> list[Difference]:
    was, now = _cells(before), _cells(after)
    return [
        difference
        for key in [*now, *(key for key in was if key not in now)]
        if (
            difference := _compared(
                was.get(key),
                now.get(key),
                {"indicator": key[1].split(":")[0], "basis": key[1].split(":")[1], "by": "place", "key": key[0]},
            )
        )
    ]


def _cells(report: Report) -> dict[tuple[Any, str], tuple[str, int | None, int]]:
    table = next(one for one in report["tables"] if one["key"] == "place")
    return {
        ("" if row["key"] is None else row["key"], column["id"]): (
            f"{row['label']}: {column['title']} ({column['unit']}, {column['basis_title']})",
            row["cells"][column["id"]],
            column["scale"],
        )
        for row in table["rows"]
        for column in table["columns"]
        if row["cells"][column["id"]] is not None
    }


def _compared(
    was: tuple[str, int | None, int] | None, now: tuple[str, int | None, int] | None, source: dict[str, Any]
) -> Difference | None:
    title, _value, scale = now or was or ("", None, 1)
    then, current = was[1] if was else None, now[1] if now else None
    if then == current:
        return None
    return Difference(
        title,
        "" if then is None else count(then, scale),
        "" if current is None else count(current, scale),
        "" if then is None or current is None else signed(current - then, scale),
        source,
    )


def changed_rows(report: SignedReport) -> QuerySet[LedgerRow]:
    """The ledger rows of the report's plan and days that were added or changed after it was signed."""
    rows = within(
        rows_in_scope(PlanChain(report.plan).ids, rehearsal=False), Period(report.period_from, report.period_to)
    )
    return (
        rows.filter(updated_at__gt=report.signed_at)
        .select_related("indicator", "place", "agency")
        .order_by("-updated_at", "-pk")
    )


def with_later_changes(reports: QuerySet[SignedReport]) -> QuerySet[SignedReport]:
    """``reports`` with ``changed_since``: whether a figure of their days changed after they were signed."""
    cases = []
    for plan in Plan.objects.filter(pk__in=SignedReport.objects.values("plan")):
        rows = rows_in_scope(PlanChain(plan).ids, rehearsal=False).filter(
            period_from__gte=OuterRef("period_from"),
            period_to__lte=OuterRef("period_to"),
            updated_at__gt=OuterRef("signed_at"),
        )
        cases.append(When(plan=plan, then=Exists(rows)))
    return reports.annotate(changed_since=Case(*cases, default=Value(False), output_field=BooleanField()))
