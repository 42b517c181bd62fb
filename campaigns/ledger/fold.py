"""Fold what happened into the ledger: the same source always lands on the same row."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from campaigns.ledger import rollups
from campaigns.ledger.entries import Entry
from campaigns.ledger.sources import SOURCES
from campaigns.models import Indicator, LedgerRow
from publishers.models import Heartbeat

BATCH = 300
COMPARED = (
    "value",
    "basis",
    "period_from",
    "period_to",
    "place_id",
    "language_id",
    "group_id",
    "agency_id",
    "campaign_id",
    "form",
    "heads",
    "rehearsal",
    "approximate",
    "source_label",
)
HEARTBEAT = "fold-ledger"
# Clocks of several machines differ, and a row may be committed later than its own time says.
OVERLAP = dt.timedelta(minutes=30)
FULL_EVERY = dt.timedelta(hours=24)


def fold(since: dt.datetime | None = None) -> int:
    """Write every figure that happened into the ledger and return how many rows were added or changed.

    :param since: look only at what was recorded from this time on; None looks at everything and also
        takes out rows whose source is gone. Folding twice changes nothing the second time.
    """
    rollups.ensure()
    codes = dict(Indicator.objects.values_list("code", "pk"))
    changed = 0
    for source_kinds, source in SOURCES:
        seen: set[tuple[str, str]] = set()
        known = (entry for entry in source(since) if entry.indicator in codes)
        for batch in _batches(known):
            changed += _store(batch, codes)
            seen.update((entry.source_kind, entry.source_key) for entry in batch)
        if since is None:
            changed += _retire(source_kinds, seen)
    return changed


def fold_changes(now: dt.datetime | None = None) -> int:
    """Fold what was recorded since the last fold; once a day, and the first time, everything.

    Edits that leave no trace of their time (a channel's place, say) come in with the daily fold.
    """
    now = now or timezone.now()
    marks = dict(Heartbeat.objects.filter(name__startswith=HEARTBEAT).values_list("name", "at"))
    last, full = marks.get(HEARTBEAT), marks.get(f"{HEARTBEAT}-all")
    if last is None or full is None or now - full > FULL_EVERY:
        changed = fold()
        Heartbeat.objects.update_or_create(name=f"{HEARTBEAT}-all", defaults={"at": now})
    else:
        changed = fold(since=last - OVERLAP)
    Heartbeat.objects.update_or_create(name=HEARTBEAT, defaults={"at": now})
    return changed


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Batches of whole sources: the entries of one source are never parted."""
    batch: list[Entry] = []
    for _source, group in groupby(entries, key=lambda entry: (entry.source_kind, entry.source_key)):
        batch.extend(group)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@transaction.atomic
def _store(batch: list[Entry], codes: dict[str, int]) -> int:
    rollups.lock()
    sums = rollups.Changes()
    keys_of: dict[str, set[str]] = defaultdict(set)
    for entry in batch:
        keys_of[entry.source_kind].add(entry.source_key)
    old: dict[tuple[str, str, int], LedgerRow] = {}
    for kind, keys in keys_of.items():
        for row in LedgerRow.objects.select_for_update().filter(source_kind=kind, source_key__in=keys):
            old[(kind, row.source_key, row.indicator_id)] = row
    new: list[LedgerRow] = []
    moved: list[LedgerRow] = []
    for entry in batch:
        row_key = (entry.source_kind, entry.source_key, codes[entry.indicator])
        known = old.pop(row_key) if row_key in old else None
        if known is None:
            new.append(_fill(LedgerRow(version=1), entry, codes))
            continue
        share = rollups.share_of(known)
        if _move(known, entry, codes):
            moved.append(known)
            sums.take(share)
            sums.put(rollups.share_of(known))
    LedgerRow.objects.bulk_create(new)
    LedgerRow.objects.bulk_update(
        moved, [*(name.removesuffix("_id") for name in COMPARED), "month", "version", "updated_at"]
    )
    LedgerRow.objects.filter(pk__in=[row.pk for row in old.values()]).delete()
    for row in new:
        sums.put(rollups.share_of(row))
    for row in old.values():
        sums.take(rollups.share_of(row))
    sums.write(timezone.now())
    return len(new) + len(moved) + len(old)


def _fill(row: LedgerRow, entry: Entry, codes: dict[str, int]) -> LedgerRow:
    row.source_kind, row.source_key = entry.source_kind, entry.source_key
    row.indicator_id = codes[entry.indicator]
    row.value, row.basis = entry.value, str(entry.basis)
    row.period_from, row.period_to = entry.period_from, entry.period_to
    row.month = rollups.month_of(entry.period_from, entry.period_to, entry.source_kind)
    where = entry.dimensions
    row.place_id, row.language_id, row.group_id = where.place_id, where.language_id, where.group_id
    row.agency_id, row.campaign_id = where.agency_id, where.campaign_id
    row.form, row.heads, row.rehearsal = where.form, list(where.heads), where.rehearsal
    row.approximate, row.source_label = entry.approximate, entry.label[:255]
    return row


def _move(row: LedgerRow, entry: Entry, codes: dict[str, int]) -> bool:
    """Bring ``row`` up to ``entry``; True when anything differs. The version says that it changed."""
    before = [getattr(row, name) for name in COMPARED]
    _fill(row, entry, codes)
    if before == [getattr(row, name) for name in COMPARED]:
        return False
    row.version += 1
    row.updated_at = timezone.now()
    return True


def _retire(source_kinds: tuple[str, ...], seen: set[tuple[str, str]]) -> int:
    """Take out rows whose source no longer exists; what is corrected or withdrawn still exists."""
    rows = LedgerRow.objects.filter(source_kind__in=source_kinds).values_list(
        "pk", "source_kind", "source_key"
    )
    gone = [pk for pk, kind, key in rows.iterator() if (kind, key) not in seen]
    for start in range(0, len(gone), 500):
        _retire_batch(gone[start : start + 500])
    return len(gone)


@transaction.atomic
def _retire_batch(keys: list[int]) -> None:
    rollups.lock()
    sums = rollups.Changes()
    rows = LedgerRow.objects.filter(pk__in=keys)
    for row in rows:
        sums.take(rollups.share_of(row))
    rows.delete()
    sums.write(timezone.now())
