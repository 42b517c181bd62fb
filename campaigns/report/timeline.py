"""Figures by week or by month, from what is tied to one day."""

import datetime as dt
from typing import Any

from django.db.models import F, Q, Sum

from campaigns.models import Indicator, LedgerDay
from campaigns.report.numbers import day
from campaigns.report.periods import Period
from campaigns.report.tables import columns_of
from campaigns.report.wording import say

SHOWN = ("session", "loud_plays", "posts", "clicks")


Figure = tuple[str, str, dt.date, int]


def figures_by_day(
    plan_ids: set[int], rows: Any, period: Period, *, rehearsal: bool, leave_out: set[int]
) -> list[Figure]:
    """Indicator, basis, day and value: from the roll-up by day, declared totals of one day from the rows.

    :param rows: ledger rows of the period.
    """
    rolled = (
        LedgerDay.objects.filter(
            Q(campaign=None) | Q(campaign__plan_id__in=plan_ids),
            indicator__code__in=SHOWN,
            day__gte=period.first,
            day__lte=period.last,
            rehearsal=rehearsal,
        )
        .values_list("indicator__code", "basis", "day")
        .annotate(sum_of=Sum("value"))
        .order_by()
    )
    single = (
        rows.filter(month=None, indicator__code__in=SHOWN, period_from=F("period_to"))
        .exclude(pk__in=leave_out)
        .values_list("indicator__code", "basis", "period_from")
        .annotate(sum_of=Sum("value"))
        .order_by()
    )
    return [*rolled, *single]


def timeline_table(figures: list[Figure], period: Period, indicators: list[Indicator]) -> dict[str, Any]:
    """Weeks (within a quarter) or months, gaps included."""
    sums: dict[dt.date, dict[str, int]] = {}
    present: set[tuple[str, str]] = set()
    for code, basis, on, value in figures:
        present.add((code, basis))
        bucket = sums.setdefault(_start(on, period.step), {})
        bucket[f"{code}:{basis}"] = bucket.get(f"{code}:{basis}", 0) + value
    columns = columns_of(present, indicators)
    starts = _starts(period) if present else []
    return {
        "key": "timeline",
        "title": say("tables.timeline", step=say(f"steps.{period.step}")),
        "dimension": say("columns.timeline"),
        "step": period.step,
        "columns": columns,
        "rows": [
            {
                "key": start.isoformat(),
                "label": _label(start, period.step),
                "cells": {one["id"]: sums.get(start, {}).get(one["id"]) for one in columns},
            }
            for start in starts
        ],
        "total": None,
        "note": say("table_notes.timeline"),
    }


def _start(on: dt.date, step: str) -> dt.date:
    return on.replace(day=1) if step == "month" else on - dt.timedelta(days=on.weekday())


def _starts(period: Period) -> list[dt.date]:
    current, starts = _start(period.first, period.step), []
    while current <= period.last:
        starts.append(current)
        current = bucket_end(current, period.step) + dt.timedelta(days=1)
    return starts


def bucket_end(start: dt.date, step: str) -> dt.date:
    """The last day of the week or month that begins on ``start``."""
    following = (
        _start(start + dt.timedelta(days=32), "month") if step == "month" else start + dt.timedelta(days=7)
    )
    return following - dt.timedelta(days=1)


def _label(start: dt.date, step: str) -> str:
    if step == "month":
        return say(
            "month_of", month=f"{start.month:02d}" if start.month < 3 else start.month, year=start.year
        )
    return say("week_of", day=day(start))
