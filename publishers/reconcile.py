"""After a lost answer: ask the platforms that can be asked whether the post is there.

Found: the delivery is sent. Not found: it stays unknown for a person, with what was seen; a second
post is never made on a guess (DESIGN 4.1).
"""

import dataclasses
import datetime as dt
import logging

from django.db.models import Min
from django.utils import timezone

from publishers import outbox, registry, renewal
from publishers.errors import SendError
from publishers.message import Receipt
from publishers.models import Attempt, Delivery, DeliveryState, Operation, OperationKind
from publishers.platform import Wire
from publishers.redact import redact
from publishers.work import job_of, target_of

logger = logging.getLogger(__name__)
# Looks at growing distances after the attempt, since a platform's list may lag behind.
LOOKS = tuple(dt.timedelta(seconds=seconds) for seconds in (15, 60, 300, 1800, 7200))


def waiting(now: dt.datetime) -> list[Operation]:
    """Unknown publish operations of askable platforms whose next look is due."""
    names = [name for name, platform in registry.platforms().items() if platform.reconcilable]
    rows = Operation.objects.filter(
        kind=OperationKind.PUBLISH,
        delivery__state=DeliveryState.UNKNOWN,
        delivery__channel__platform__in=names,
        next_try__lte=now,
    )
    rows = rows.annotate(first_tried=Min("attempts__started"))
    return list(rows.select_related("delivery__channel").order_by("next_try")[:100])


async def look(operation: Operation, wire: Wire) -> tuple[Operation, object]:
    """Ask the platform once; the answer is a receipt, None or the error that came instead."""
    try:
        target = target_of(operation.delivery.channel)
        job = job_of(operation, target)
        platform = registry.get(target.platform)
        ask = lambda fresh: platform.find(dataclasses.replace(job, target=fresh), wire)  # noqa: E731
        return operation, await renewal.asking(target, wire, ask)
    except SendError as error:
        return operation, error
    except Exception as error:
        logger.exception("looking for %s failed", operation.delivery.reference)
        return operation, error


def note(operation: Operation, answer: object) -> bool:
    """Write what one look found; returns whether the post is there."""
    if isinstance(answer, Receipt) and _is_anothers(operation, answer):
        answer = None
    if isinstance(answer, Receipt) and answer.data and not _all_done(operation, answer):
        # It is there, and something is still to be done with it (an announcement to followers).
        return outbox.go_on(
            delivery_id=operation.delivery_id,
            by="reconciliation",
            progress={**operation.progress, **answer.data},
            permalink=answer.permalink,
            external_id=answer.external_id,
        )
    if isinstance(answer, Receipt):
        return outbox.confirm_sent(
            delivery_id=operation.delivery_id,
            by="reconciliation",
            permalink=answer.permalink,
            external_id=answer.external_id,
            sent_at=answer.sent_at,
        )
    looked = int(operation.progress.get("_looks", 0)) + 1
    first = Attempt.objects.filter(operation=operation).order_by("n").values_list("started", flat=True).first()
    base = first or operation.next_try
    # After the last planned look it is looked for once a day, so that staff see it was not forgotten.
    next_look = base + LOOKS[looked] if looked < len(LOOKS) else timezone.now() + dt.timedelta(days=1)
    progress = {**operation.progress, "_looks": looked}
    Operation.objects.filter(pk=operation.pk).update(progress=progress, next_try=next_look)
    seen = "the platform does not show it" if answer is None else redact(str(answer))
    text = f"looked {looked}x until {timezone.localtime():%H:%M %d/%m}: {seen}"
    Delivery.objects.filter(pk=operation.delivery_id, state=DeliveryState.UNKNOWN).update(reason=text)
    return False


def _is_anothers(operation: Operation, found: Receipt) -> bool:
    """Whether the post that was found is another delivery's: without a link of its own, the same text is no proof."""
    same = Delivery.objects.filter(channel=operation.delivery.channel_id, external_id=found.external_id)
    return bool(found.external_id) and same.exclude(pk=operation.delivery_id).exists()


def _all_done(operation: Operation, found: Receipt) -> bool:
    """Whether no step is left, given the steps that ``found`` shows to be done."""
    target = target_of(operation.delivery.channel)
    steps = registry.get(target.platform).steps(job_of(operation, target))
    return all(step.name in operation.progress or step.name in found.data for step in steps)
