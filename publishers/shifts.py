"""Who is sending: leases, claims, and taking up what a dead sender held.

A shift's row carries the lease; the operations it claimed carry its name. A shift whose lease ran out
is reaped by any other: what it had started and may not repeat becomes unknown, the rest is free again.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from publishers import batch, outbox
from publishers.models import Attempt, Delivery, DeliveryState, Operation, OperationKind, OperationState, Shift

LEASE = dt.timedelta(seconds=3)
# Leases are renewed every 0.75 s: two were missed.
SILENT = dt.timedelta(seconds=1.6)
FIRST_LOOK = dt.timedelta(seconds=15)


@transaction.atomic
def take_seat(seats: int) -> Shift | None:
    """Start a shift unless ``seats`` others are at work; reap the dead ones first."""
    reap()
    now = timezone.now()
    if Shift.objects.filter(until__gt=now).count() >= seats:
        return None
    return Shift.objects.create(owner=uuid.uuid4().hex, until=now + LEASE)


def renew(owner: str) -> bool:
    """Prolong the lease. False: it was reaped meanwhile, and what it held is no longer its own."""
    return bool(Shift.objects.filter(owner=owner).update(until=timezone.now() + LEASE))


def someone_is_silent(owner: str) -> bool:
    """Whether another shift has not renewed its lease in time, so that somebody should be there to reap it."""
    missed = timezone.now() + LEASE - SILENT
    return Shift.objects.filter(until__lt=missed).exclude(owner=owner).exists()


@transaction.atomic
def leave(owner: str) -> None:
    """End a shift: what it claimed and did not start, or left between two steps, is free again."""
    _take_up([owner])


def claim(owner: str, window: dt.timedelta, limit: int) -> list[int]:
    """Claim up to ``limit`` operations that are due within ``window``, the earliest first; return their ids.

    The first look takes no lock, so that idle polling disturbs nobody.
    """
    until = timezone.now() + window
    if not Operation.objects.filter(state=OperationState.READY, owner="", next_try__lte=until).exists():
        return []
    table = Operation._meta.db_table
    claimed = batch.ask(
        f"WITH near AS (SELECT o.id FROM {table} o WHERE o.state = 'ready' AND o.owner = '' AND o.next_try <= %s"
        f" ORDER BY o.next_try LIMIT %s{batch.for_update('o', skip_locked=True)})"
        f" UPDATE {table} SET owner = %s WHERE id IN (SELECT near.id FROM near) RETURNING id",
        batch.db_time(until),
        limit,
        owner,
    )
    return [pk for (pk,) in claimed.rows()]


@transaction.atomic
def reap() -> int:
    """Take up what dead shifts held. Returns how many shifts were reaped.

    A sender that was reaped while it stood still may have claimed once more before it noticed, and died then: what
    bears the name of no shift is taken up too.
    """
    now = timezone.now()
    dead = list(
        Shift.objects.select_for_update(skip_locked=True).filter(until__lt=now).values_list("owner", flat=True)
    )
    alive = Shift.objects.filter(owner=OuterRef("owner"))
    orphans = Operation.objects.exclude(owner="").filter(~Exists(alive)).order_by()
    dead += orphans.values_list("owner", flat=True).distinct()
    if dead:
        _take_up(dead)
    return len(dead)


def _take_up(dead: Sequence[str]) -> None:
    """Free what these shifts held; what they had started and may not be repeated becomes unknown."""
    now = timezone.now()
    held = Operation.objects.filter(owner__in=dead)
    running = list(held.filter(state=OperationState.RUNNING).select_for_update())
    lost = _lost_for_good(running, now)
    held.exclude(pk__in=lost).update(owner="", state=OperationState.READY)
    _free_deliveries([row for row in running if row.pk not in lost])
    Shift.objects.filter(owner__in=dead).delete()


def _lost_for_good(running: Sequence[Operation], now: dt.datetime) -> set[int]:
    """Close the open attempts of ``running``; those not to be repeated make their delivery unknown."""
    attempts = Attempt.objects.filter(operation__in=running, ended=None)
    lost = {attempt.operation_id: attempt for attempt in attempts if not attempt.repeatable}
    attempts.update(ended=now, outcome="lost", code="lost")
    gone = [row for row in running if row.pk in lost]
    # Where the platform can be asked, the first look is soon (publishers/reconcile.py).
    first_look = now + FIRST_LOOK
    Operation.objects.filter(pk__in=lost).update(state=OperationState.UNKNOWN, owner="", next_try=first_look)
    publishing = [row.delivery_id for row in gone if row.kind == OperationKind.PUBLISH]
    Delivery.objects.filter(pk__in=publishing, state=DeliveryState.SENDING).update(
        state=DeliveryState.UNKNOWN, error_code="lost"
    )
    outbox.record(
        ((pk, DeliveryState.SENDING, DeliveryState.UNKNOWN, "lost") for pk in publishing), by="reaper"
    )
    return set(lost)


def _free_deliveries(rows: Sequence[Operation]) -> None:
    ids = [row.delivery_id for row in rows if row.kind == OperationKind.PUBLISH]
    Delivery.objects.filter(pk__in=ids, state=DeliveryState.SENDING).update(state=DeliveryState.SCHEDULED)
    outbox.record(
        ((pk, DeliveryState.SENDING, DeliveryState.SCHEDULED, "went on") for pk in ids),
        by="reaper",
    )
