"""Emergency stops: one switch per key. They are read in the transaction that starts a send."""

from django.db import transaction

from publishers import outbox
from publishers.models import Delivery, DeliveryState, Stop

ALL = "all"


def standing() -> set[str]:
    """The keys that are stopped now."""
    return set(Stop.objects.values_list("key", flat=True))


def keys_of(delivery: Delivery) -> set[str]:
    """Every key that can stop ``delivery``."""
    return {ALL, f"channel:{delivery.channel_id}", *delivery.stop_keys}


def stop(key: str, by: str, why: str) -> Stop:
    """Stop everything with ``key`` from now on. What is on the wire already cannot be called back here."""
    found, _created = Stop.objects.update_or_create(key=key, defaults={"by": by, "reason": why})
    return found


@transaction.atomic
def lift(key: str, by: str) -> int:
    """Lift a stop; what only it had held goes back to its schedule. Returns how many deliveries did."""
    Stop.objects.filter(key=key).delete()
    left = standing()
    freed = 0
    for delivery in Delivery.objects.filter(state=DeliveryState.HELD, error_code="stopped"):
        if not keys_of(delivery) & left:
            freed += outbox.release(delivery_id=delivery.pk, by=by, send_now=False)
    return freed
