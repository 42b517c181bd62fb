"""The outbox's services. Every change of state is one conditional update and is on the record."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from publishers import registry
from publishers.errors import Permanent
from publishers.message import Message
from publishers.models import Channel, Delivery, DeliveryState, Operation, OperationKind, OperationState, Transition
from publishers.work import target_of

S = DeliveryState
OPEN = (OperationState.READY, OperationState.RUNNING)


@dataclasses.dataclass(frozen=True)
class NewDelivery:
    """What :func:`register` is told: ``reference`` is opaque here and makes a repeated call harmless."""

    channel: Channel
    reference: str
    message: Message
    due: dt.datetime
    stop_keys: tuple[str, ...] = ()


@transaction.atomic
def register(new: Sequence[NewDelivery], *, by: str) -> dict[str, Delivery]:
    """Put deliveries into the outbox and return them by reference. Those already there are left alone."""
    references = [entry.reference for entry in new]
    there = set(Delivery.objects.filter(reference__in=references).values_list("reference", flat=True))
    fresh = [entry for entry in new if entry.reference not in there]
    Delivery.objects.bulk_create(
        [
            Delivery(
                channel=entry.channel,
                reference=entry.reference,
                message=entry.message.as_json(),
                stop_keys=list(entry.stop_keys),
                due=entry.due,
                rehearsal=entry.channel.rehearsal,
            )
            for entry in fresh
        ]
    )
    made = Delivery.objects.filter(reference__in=[entry.reference for entry in fresh])
    Operation.objects.bulk_create([Operation(delivery=row, next_try=row.due, actor=by) for row in made])
    record(((row.pk, "", S.SCHEDULED, "") for row in made), by=by)
    return {row.reference: row for row in Delivery.objects.filter(reference__in=references)}


def record(changes: Iterable[tuple[int, str, str, str]], *, by: str) -> None:
    """Write transitions: ``(delivery id, before, after, why)`` each."""
    now = timezone.now()
    Transition.objects.bulk_create(
        [
            Transition(delivery_id=pk, before=before, after=after, at=now, by=by, why=why)
            for pk, before, after, why in changes
        ]
    )


@transaction.atomic
def move(
    *, delivery_id: int, before: Sequence[str], after: str, by: str, why: str = "", **fields: Any
) -> bool:
    """Change a delivery's state if it is one of ``before``. Returns whether it was."""
    row = Delivery.objects.select_for_update().filter(pk=delivery_id, state__in=before).first()
    if row is None:
        return False
    changed = Delivery.objects.filter(pk=delivery_id, state=row.state).update(state=after, **fields)
    if changed:
        record([(delivery_id, row.state, after, why)], by=by)
    return bool(changed)


def _publish_operation(delivery_id: int) -> Any:
    return Operation.objects.filter(delivery_id=delivery_id, kind=OperationKind.PUBLISH)


@transaction.atomic
def cancel(*, delivery_id: int, by: str, why: str = "") -> bool:
    """Take a delivery that has not left out of the queue. False when it has left already."""
    still = (OperationState.READY, OperationState.HELD, OperationState.FAILED)
    waiting = _publish_operation(delivery_id).filter(state__in=still)
    if not waiting.select_for_update().exists():
        return False
    moved = move(delivery_id=delivery_id, before=(S.SCHEDULED, S.HELD, S.FAILED), after=S.CANCELLED, by=by, why=why)
    if moved:
        waiting.update(state=OperationState.CANCELLED, owner="")
    return moved


@transaction.atomic
def release(*, delivery_id: int, by: str, send_now: bool = True) -> bool:
    """Let a held delivery go. ``send_now`` makes it due now; otherwise it keeps its time and its grace."""
    row = Delivery.objects.filter(pk=delivery_id).first()
    if row is None:
        return False
    now = timezone.now()
    due = max(row.due, now) if send_now else row.due
    moved = move(
        delivery_id=delivery_id, before=(S.HELD,), after=S.SCHEDULED, by=by, due=due, error_code="", reason=""
    )
    if moved:
        _publish_operation(delivery_id).update(state=OperationState.READY, owner="", next_try=max(due, now))
    return moved


@transaction.atomic
def resend(*, delivery_id: int, by: str, why: str = "") -> bool:
    """A person decided that a failed or unknown delivery is not there: send it again, now.

    The steps that are known to be done are not done again. Refused while a recall waits for its answer.
    """
    now = timezone.now()
    if Operation.objects.filter(delivery_id=delivery_id, kind=OperationKind.DELETE, state__in=OPEN).exists():
        return False
    moved = move(
        delivery_id=delivery_id,
        before=(S.FAILED, S.UNKNOWN),
        after=S.SCHEDULED,
        by=by,
        why=why,
        due=now,
        error_code="",
        reason="",
    )
    if moved:
        _publish_operation(delivery_id).update(state=OperationState.READY, owner="", next_try=now)
    return moved


def _id_from(delivery_id: int, permalink: str) -> str:
    """The platform's id that an address names, so that the post can be recalled later; empty if unknown."""
    delivery = Delivery.objects.select_related("channel").filter(pk=delivery_id).first()
    if delivery is None or not permalink:
        return ""
    try:
        return registry.get(delivery.channel.platform).id_of(permalink, target_of(delivery.channel))
    except Permanent:  # the credentials cannot be opened here; the address alone is kept
        return ""


@transaction.atomic
def confirm_sent(
    *, delivery_id: int, by: str, permalink: str = "", external_id: str = "", sent_at: dt.datetime | None = None
) -> bool:
    """An unknown delivery is there: somebody looked, or the platform was asked."""
    known: dict[str, Any] = {"sent_at": sent_at or timezone.now(), "error_code": "", "reason": ""}
    external_id = external_id or _id_from(delivery_id, permalink)
    known |= {name: value for name, value in (("permalink", permalink), ("external_id", external_id)) if value}
    moved = move(delivery_id=delivery_id, before=(S.UNKNOWN,), after=S.SENT, by=by, why=permalink, **known)
    if moved:
        _publish_operation(delivery_id).update(state=OperationState.DONE, owner="")
    return moved


@transaction.atomic
def go_on(*, delivery_id: int, by: str, progress: dict[str, Any], permalink: str, external_id: str) -> bool:
    """An unknown delivery is there as far as ``progress`` says, by step; do the steps that are left.

    It keeps its due time, so that its grace decides whether they still make sense.
    """
    moved = move(
        delivery_id=delivery_id,
        before=(S.UNKNOWN,),
        after=S.SCHEDULED,
        by=by,
        why=permalink,
        error_code="",
        reason="",
        permalink=permalink,
        external_id=external_id,
    )
    if moved:
        _publish_operation(delivery_id).update(
            state=OperationState.READY, owner="", next_try=timezone.now(), progress=progress
        )
    return moved
