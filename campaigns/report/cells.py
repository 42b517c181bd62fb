"""The ledger of a period as cells: two queries, however many sources."""

import dataclasses
import datetime as dt
import functools
import json
from typing import Any, NamedTuple

from django.db.models import Count, Max, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast

from campaigns.ledger.entries import DECLARED_TOTAL, PLAYBACK
from campaigns.ledger.rollups import month_after
from campaigns.models import ActivityResult, LedgerMonth, LedgerRow
from campaigns.report.periods import Period
from campaigns.report.places import PlaceBook

DIMENSIONS = (
    "indicator__code",
    "basis",
    "source_kind",
    "place_id",
    "language_id",
    "group_id",
    "agency_id",
    "campaign_id",
    "form",
    "heads_text",
    "approximate",
)
HEADS = DIMENSIONS.index("heads_text")


class Cell(NamedTuple):
    """All ledger rows that agree in every dimension: their sum, their number, their last change."""

    indicator: str
    basis: str
    source_kind: str
    place_id: int | None
    language_id: int | None
    group_id: int | None
    agency_id: int | None
    campaign_id: int | None
    form: str
    heads: tuple[int, ...]
    approximate: bool
    value: int
    rows: int
    last_change: dt.datetime


def rows_in_scope(plan_ids: set[int], *, rehearsal: bool) -> QuerySet[LedgerRow]:
    """Ledger rows of these plans' campaigns, and of no campaign. Rehearsal and real never mix.

    Plays that were taken back stay in the ledger at 0; they are no figure.
    """
    rows = LedgerRow.objects.filter(Q(campaign=None) | Q(campaign__plan_id__in=plan_ids), rehearsal=rehearsal)
    return rows.exclude(source_kind=PLAYBACK, value=0).order_by()


def within(rows: QuerySet[LedgerRow], period: Period) -> QuerySet[LedgerRow]:
    """Rows whose own period lies wholly in ``period``: nothing is split by guess."""
    return rows.filter(period_from__gte=period.first, period_to__lte=period.last)


def straddling(rows: QuerySet[LedgerRow], period: Period) -> QuerySet[LedgerRow]:
    """Rows that lie in ``period`` in part only."""
    touching = rows.filter(period_from__lte=period.last, period_to__gte=period.first)
    return touching.exclude(period_from__gte=period.first, period_to__lte=period.last)


def whole_months(period: Period) -> list[dt.date]:
    """The first days of the months that lie wholly in ``period``."""
    month = period.first if period.first.day == 1 else month_after(period.first.replace(day=1))
    found = []
    while month_after(month) - dt.timedelta(days=1) <= period.last:
        found.append(month)
        month = month_after(month)
    return found


def cells_in(plan_ids: set[int], period: Period, *, rehearsal: bool, leave_out: set[int]) -> list[Cell]:
    """The figures of a period: whole months from the roll-up, what crosses months or begins or ends
    the period within one from the rows themselves.

    :param leave_out: ledger rows that are shown but not added (totals that overlap; never in a roll-up).
    """
    months = whole_months(period)
    edges = {period.first.replace(day=1), period.last.replace(day=1)} - set(months)
    rows = within(rows_in_scope(plan_ids, rehearsal=rehearsal), period)
    return [
        *rolled_up(plan_ids, months, rehearsal=rehearsal),
        *cells_of(rows.filter(Q(month=None) | Q(month__in=edges)), leave_out),
    ]


def rolled_up(plan_ids: set[int], months: list[dt.date], *, rehearsal: bool) -> list[Cell]:
    """The roll-up of these months, one query."""
    if not months:
        return []
    found = (
        LedgerMonth.objects.filter(
            Q(campaign=None) | Q(campaign__plan_id__in=plan_ids), month__in=months, rehearsal=rehearsal
        )
        .values_list(*(name if name != "heads_text" else "heads" for name in DIMENSIONS))
        .annotate(sum_of=Sum("value"), row_count=Sum("rows"), changed=Max("last_change"))
        .order_by()
    )
    return [_rolled(row) for row in found.iterator(chunk_size=5000)]


def _rolled(values: tuple[Any, ...]) -> Cell:
    return Cell._make((*values[:HEADS], _numbers(values[HEADS]), *values[HEADS + 1 :]))


@functools.cache
def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split(";") if one)


def cells_of(rows: QuerySet[LedgerRow], leave_out: set[int]) -> list[Cell]:
    """The rows summed up. ``leave_out`` names ledger rows that are shown but not added."""
    found = (
        rows.exclude(pk__in=leave_out)
        .annotate(heads_text=Cast("heads", TextField()))
        .values_list(*DIMENSIONS)
        .annotate(sum_of=Sum("value"), row_count=Count("pk"), changed=Max("updated_at"))
        .order_by()
    )
    return [_cell(list(row)) for row in found.iterator(chunk_size=5000)]


def _cell(values: list[Any]) -> Cell:
    values[HEADS] = _heads(values[HEADS])
    return Cell(*values)


@functools.cache
def _heads(text: str) -> tuple[int, ...]:
    """The content heads of a row. Grouped as text: databases differ in how they compare JSON."""
    return tuple(json.loads(text or "[]"))


@dataclasses.dataclass(frozen=True)
class Declared:
    """A total that an agency declared, as one ledger row."""

    row: LedgerRow
    activity_id: int

    def overlaps(self, other: "Declared", book: PlaceBook) -> bool:
        """Whether both may count the same thing: same agency and indicator, and nothing that parts them."""
        a, b = self.row, other.row
        return (
            self.activity_id != other.activity_id
            and (a.agency_id, a.indicator_id) == (b.agency_id, b.indicator_id)
            and a.period_from <= b.period_to
            and b.period_from <= a.period_to
            and not _parted(a.language_id, b.language_id)
            and not _parted(a.group_id, b.group_id)
            and _nested(a.place_id, b.place_id, book)
        )


def _parted(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one != other


def _nested(one: int | None, other: int | None, book: PlaceBook) -> bool:
    return one is None or other is None or book.inside(one, other) or book.inside(other, one)


def overlapping(rows: QuerySet[LedgerRow], book: PlaceBook) -> list[list[LedgerRow]]:
    """Groups of declared totals that overlap. They are shown, never added."""
    found = list(rows.filter(source_kind=DECLARED_TOTAL).select_related("indicator", "agency").order_by("pk"))
    activities = dict(ActivityResult.objects.filter(activity__is_total=True).values_list("pk", "activity_id"))
    declared = [Declared(row, activities.get(int(row.source_key), -row.pk)) for row in found]
    by_subject: dict[tuple[int | None, int], list[Declared]] = {}
    for one in declared:
        by_subject.setdefault((one.row.agency_id, one.row.indicator_id), []).append(one)
    groups = []
    for same in by_subject.values():
        hit = [a.row for a in same if any(a.overlaps(b, book) for b in same)]
        if hit:
            groups.append(hit)
    return groups
