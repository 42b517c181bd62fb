"""Down from a figure of the report to the ledger rows that it is the sum of."""

import dataclasses
import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse

from campaigns.ledger.entries import DELIVERY, LOCATED, MANUAL_POST, PLAYBACK, READING
from campaigns.models import LedgerRow, ManualPost, Plan, Playback
from campaigns.report.cells import overlapping, rows_in_scope, within
from campaigns.report.periods import Period
from campaigns.report.places import PlaceBook
from campaigns.report.scope import PlanChain, place_units
from campaigns.report.timeline import bucket_end
from campaigns.report.wording import wording

FIELDS = {"language": "language_id", "group": "group_id", "agency": "agency_id", "campaign": "campaign_id"}


@dataclasses.dataclass(frozen=True)
class Asked:
    """Which figure: of what report, which indicator and basis, and in which table's row.

    ``by`` names the table, ``key`` the row; an empty key is the row of what belongs to none.
    """

    plan: Plan
    period: Period
    rehearsal: bool
    level: str
    today: dt.date
    indicator: str = ""
    basis: str = ""
    by: str = ""
    key: str = ""
    reached: bool = False


def rows_behind(asked: Asked) -> QuerySet[LedgerRow]:
    """The ledger rows that add up to the figure, newest first.

    :raises ValueError: when the table's row cannot be one.
    """
    chain, book = PlanChain(asked.plan), PlaceBook()
    rows = within(rows_in_scope(chain.ids, rehearsal=asked.rehearsal), asked.period)
    rows = rows.exclude(pk__in=[row.pk for group in overlapping(rows, book) for row in group])
    if asked.reached:
        communes = frozenset(place.pk for place in book.communes(asked.period.last))
        rows = rows.filter(
            source_kind__in=LOCATED, value__gt=0, place_id__in=_places_in(book, communes, communes)
        )
    if asked.indicator:
        rows = rows.filter(indicator__code=asked.indicator)
    if asked.basis:
        rows = rows.filter(basis=asked.basis)
    if asked.by:
        rows = rows.filter(_in_row(asked, rows, chain, book))
    return rows.select_related("indicator", "place", "language", "group", "agency").order_by(
        "-period_from", "-pk"
    )


def _in_row(asked: Asked, rows: QuerySet[LedgerRow], chain: PlanChain, book: PlaceBook) -> Q:
    if asked.by in FIELDS:
        return (
            Q(**{FIELDS[asked.by]: int(asked.key)})
            if asked.key
            else Q(**{f"{FIELDS[asked.by]}__isnull": True})
        )
    if asked.by == "form":
        return Q(form=asked.key) if asked.key else ~Q(form__in=wording()["forms"])
    if asked.by == "head":
        number = int(asked.key) if asked.key else None
        hits = [
            pk for pk, heads in rows.values_list("pk", "heads") if (number in heads if number else not heads)
        ]
        return Q(pk__in=hits)
    if asked.by == "timeline":
        first = dt.date.fromisoformat(asked.key)
        return Q(period_from__gte=first, period_to__lte=bucket_end(first, asked.period.step))
    if asked.by == "place":
        units = place_units(book, chain, asked.level, last=asked.period.last, today=asked.today)
        ids = frozenset(place.pk for place in units)
        if asked.key:
            return Q(place_id__in=_places_in(book, ids, frozenset({int(asked.key)})))
        return Q(place_id=None) | ~Q(place_id__in=_places_in(book, ids, ids))
    raise ValueError(f"There is no table by {asked.by!r}.")


def _places_in(book: PlaceBook, units: frozenset[int], wanted: frozenset[int]) -> list[int]:
    """Every place, of any time, whose figures belong to one of ``wanted``."""
    return [pk for pk in book.places if book.locate(pk, units) in wanted]


def addresses_of(rows: list[LedgerRow]) -> dict[int, str]:
    """Where staff can look at what each row was made from: the delivery, where there is one."""
    deliveries = {row.pk: int(row.source_key) for row in rows if row.source_kind in (DELIVERY, READING)}
    for kind, model in ((PLAYBACK, Playback), (MANUAL_POST, ManualPost)):
        keys = {int(row.source_key): row.pk for row in rows if row.source_kind == kind}
        found: Any = model._default_manager.filter(pk__in=keys).values_list("pk", "item__delivery_id")
        deliveries |= {keys[pk]: delivery for pk, delivery in found if delivery}
    try:
        return {row: reverse("loa_delivery", args=[delivery]) for row, delivery in deliveries.items()}
    except NoReverseMatch:
        return {}
