"""Recall: stop what is not out, delete what is, and keep trying while the platform fails."""

import dataclasses

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from publishers import outbox, registry
from publishers.models import Delivery, DeliveryState, Operation, OperationKind

WAITING = (DeliveryState.SCHEDULED, DeliveryState.HELD, DeliveryState.FAILED)


@dataclasses.dataclass(frozen=True)
class Recalled:
    """What came of one delivery: ``stopped``, ``deleting``, ``withdrawn`` or ``cannot``, in words."""

    delivery_id: int
    outcome: str
    text: str


@transaction.atomic
def recall_delivery(*, delivery_id: int, by: str, why: str = "") -> Recalled:
    """Recall one delivery. Calling it again does nothing more.

    :raises Delivery.DoesNotExist: when there is none with this id.
    """
    delivery = Delivery.objects.select_related("channel").get(pk=delivery_id)
    # With an id of the platform's, a part of it is out already, though later steps failed.
    partly_out = bool(delivery.external_id) and delivery.state in WAITING
    if outbox.cancel(delivery_id=delivery_id, by=by, why=why) and not partly_out:
        return Recalled(delivery_id, "stopped", _("It had not left and will not."))
    delivery.refresh_from_db()
    if delivery.state in (DeliveryState.CANCELLED, DeliveryState.WITHDRAWN) and not partly_out:
        return Recalled(delivery_id, "withdrawn", _("It was recalled before."))
    if not registry.get(delivery.channel.platform).can_delete:
        return Recalled(delivery_id, "cannot", _("This platform cannot take a post back."))
    if delivery.state == DeliveryState.SENT and not delivery.external_id:
        text = _("Loa does not know the post's number: delete it by hand. %(link)s")
        return Recalled(delivery_id, "cannot", text % {"link": delivery.permalink})
    deletes = Operation.objects.filter(delivery=delivery, kind=OperationKind.DELETE)
    if not deletes.filter(state__in=outbox.OPEN).exists():
        Operation.objects.create(delivery=delivery, kind=OperationKind.DELETE, next_try=timezone.now(), actor=by)
        outbox.record([(delivery.pk, delivery.state, delivery.state, why or "recall")], by=by)
    if delivery.state == DeliveryState.UNKNOWN:
        text = _("Whether it is there is not known yet. Look at the channel; Loa deletes it once it is found there.")
        return Recalled(delivery_id, "deleting", text)
    return Recalled(delivery_id, "deleting", _("It is being deleted; Loa keeps trying until it is gone."))


def edit_delivery(*, delivery_id: int, message: dict[str, object], by: str) -> Operation:
    """Replace the text of a sent delivery by ``message`` (``Message.as_json()``)."""
    return Operation.objects.create(
        delivery_id=delivery_id,
        kind=OperationKind.EDIT,
        next_try=timezone.now(),
        actor=by,
        payload=message,
    )
