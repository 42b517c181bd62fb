"""The roll-ups that reports read, kept by the writer of the ledger in the same transaction as its rows.

A row's share is taken out and put in again whenever the row moves, so that a correction, a recall or a
retired source corrects the sums without reading the other rows. ``rebuild`` makes them anew from the rows.
"""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Min, Q, Sum, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from campaigns.ledger.entries import DECLARED_TOTAL, PLAYBACK
from campaigns.models import LedgerDay, LedgerMonth, LedgerRow
from publishers.models import Heartbeat

MARK = "ledger-rollups"
BATCH = 500
# In this order everywhere: the columns of LedgerMonth that tell one sum from another.
MONTH_FIELDS = (
    "month",
    "source_kind",
    "indicator_id",
    "basis",
    "place_id",
    "language_id",
    "group_id",
    "agency_id",
    "campaign_id",
    "form",
    "heads",
    "rehearsal",
    "approximate",
)
DAY_FIELDS = ("day", "indicator_id", "basis", "campaign_id", "rehearsal")


def month_of(first: dt.date, last: dt.date, source_kind: str) -> dt.date | None:
    """The first day of the month that both days lie in; None for what is never summed up ahead.

    Totals that an agency declared may overlap others and are then left out: they stay single.
    """
    if source_kind == DECLARED_TOTAL or (first.year, first.month) != (last.year, last.month):
        return None
    return first.replace(day=1)


def month_after(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=32)).replace(day=1)


def heads_text(heads: Iterable[int]) -> str:
    return ";".join(str(number) for number in heads)


def key_of(fields: tuple[Any, ...]) -> str:
    """A key that is the same on every database for the same dimensions."""
    return hashlib.blake2b(repr([str(one) for one in fields]).encode(), digest_size=20).hexdigest()


@dataclasses.dataclass(frozen=True)
class Share:
    """What one ledger row adds to its month and, when it is tied to one day, to its day."""

    month: tuple[Any, ...]
    day: tuple[Any, ...] | None
    value: int
    changed: dt.datetime


def share_of(row: LedgerRow) -> Share | None:
    """None for what is in no roll-up: what crosses months, declared totals, plays that were taken back."""
    if row.month is None or (row.source_kind == PLAYBACK and row.value == 0):
        return None
    month = tuple(heads_text(row.heads) if name == "heads" else getattr(row, name) for name in MONTH_FIELDS)
    single = row.period_from == row.period_to
    day = (row.period_from, row.indicator_id, row.basis, row.campaign_id, row.rehearsal) if single else None
    return Share(month, day, row.value, row.updated_at)


class Changes:
    """What one batch of the writer adds to the roll-ups and takes from them."""

    def __init__(self) -> None:
        self.months: dict[tuple[Any, ...], list[Any]] = {}
        self.days: dict[tuple[Any, ...], list[Any]] = {}

    def put(self, share: Share | None) -> None:
        self._count(share, 1)

    def take(self, share: Share | None) -> None:
        self._count(share, -1)

    def _count(self, share: Share | None, sign: int) -> None:
        if share is None:
            return
        for sums, fields in ((self.months, share.month), (self.days, share.day)):
            if fields is not None:
                one = sums.setdefault(fields, [0, 0, share.changed])
                one[0] += sign * share.value
                one[1] += sign
                one[2] = max(one[2], share.changed)

    def write(self, now: dt.datetime) -> None:
        """Bring the stored sums up to date. A sum that lost a row changed now; one without rows goes."""
        _apply(LedgerMonth, MONTH_FIELDS, self.months, now)
        _apply(LedgerDay, DAY_FIELDS, self.days, None)


def _apply(model: Any, names: tuple[str, ...], sums: dict[tuple[Any, ...], list[Any]], now: dt.datetime | None) -> None:
    keyed = {key_of(fields): (fields, change) for fields, change in sums.items()}
    stored = {one.key: one for one in model.objects.filter(key__in=list(keyed))}
    new: list[Any] = []
    moved: list[Any] = []
    gone: list[Any] = []
    for key, (fields, (value, rows, changed)) in keyed.items():
        one = stored.get(key)
        if one is None:
            dated = {"last_change": changed} if now else {}
            new.append(model(key=key, value=value, rows=rows, **dated, **dict(zip(names, fields, strict=True))))
            continue
        one.value += value
        one.rows += rows
        if now:
            one.last_change = max(one.last_change, changed, now if rows < 1 else changed)
        (moved if one.rows else gone).append(one)
    model.objects.bulk_create([one for one in new if one.rows])
    model.objects.bulk_update(moved, ["value", "rows", *(["last_change"] if now else [])], batch_size=BATCH)
    model.objects.filter(pk__in=[one.pk for one in gone]).delete()


def lock() -> None:
    """One writer at a time, on any database: the sums are read, changed and written."""
    Heartbeat.objects.select_for_update().filter(name=MARK).first()


def ensure() -> None:
    """Make the roll-ups when there are none yet: on the first fold, and after an update of Loa."""
    if not Heartbeat.objects.filter(name=MARK).exists():
        rebuild()


@transaction.atomic
def rebuild(now: dt.datetime | None = None) -> int:
    """Make the roll-ups anew from the ledger's rows and return how many sums by month there are."""
    Heartbeat.objects.get_or_create(name=MARK, defaults={"at": now or timezone.now()})
    lock()
    LedgerMonth.objects.all().delete()
    LedgerDay.objects.all().delete()
    _mark_months()
    rows = LedgerRow.objects.exclude(month=None).exclude(source_kind=PLAYBACK, value=0).order_by()
    made = _rebuild_months(rows)
    _rebuild_days(rows)
    return made


def _mark_months() -> None:
    """Every row's month, month by month: no row is loaded."""
    LedgerRow.objects.exclude(month=None).update(month=None)
    span = LedgerRow.objects.aggregate(first=Min("period_from"), last=Max("period_to"))
    month = span["first"].replace(day=1) if span["first"] else None
    while month and month <= span["last"]:
        inside = Q(period_from__gte=month, period_to__lt=month_after(month))
        LedgerRow.objects.filter(inside).exclude(source_kind=DECLARED_TOTAL).update(month=month)
        month = month_after(month)


def _rebuild_months(rows: Any) -> int:
    names = [name if name != "heads" else "heads_text" for name in MONTH_FIELDS]
    found = (
        rows.annotate(heads_text=Cast("heads", TextField()))
        .values_list(*names)
        .annotate(total=Sum("value"), number=Count("pk"), changed=Max("updated_at"))
    )
    place = MONTH_FIELDS.index("heads")
    batch: list[LedgerMonth] = []
    made = 0
    for *fields, total, number, changed in found.iterator(chunk_size=2000):
        fields[place] = heads_text(_numbers(fields[place]))
        named = dict(zip(MONTH_FIELDS, fields, strict=True))
        batch.append(LedgerMonth(key=key_of(tuple(fields)), value=total, rows=number, last_change=changed, **named))
        made += 1
        if len(batch) >= BATCH:
            LedgerMonth.objects.bulk_create(batch)
            batch = []
    LedgerMonth.objects.bulk_create(batch)
    return made


def _numbers(text: str) -> list[int]:
    """The numbers of a JSON list as any database writes it."""
    return [int(one) for one in text.strip("[] ").split(",") if one.strip()]


def _rebuild_days(rows: Any) -> None:
    found = (
        rows.filter(period_from=F("period_to"))
        .values_list("period_from", *DAY_FIELDS[1:])
        .annotate(total=Sum("value"), number=Count("pk"))
    )
    LedgerDay.objects.bulk_create(
        (
            LedgerDay(key=key_of(tuple(fields)), value=total, rows=number, **dict(zip(DAY_FIELDS, fields, strict=True)))
            for *fields, total, number in found.iterator(chunk_size=2000)
        ),
        batch_size=BATCH,
    )
