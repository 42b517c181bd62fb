"""What the staff's home shows of alerts: the button to write one, those that wait for me, and the loud alarm."""

from typing import Any

from django.db.models import Q

from campaigns import bulletins
from campaigns.admin.alerts import waiting_batches
from campaigns.models import Bulletin, BulletinState, Language
from publishers import health
from publishers.models import Delivery, DeliveryState

SHOWN = 6


def waiting_for(user: Any) -> dict[str, Any]:
    """The short messages that ``user`` has to decide on or got back. A constant number of queries."""
    waiting = Bulletin.objects.filter(state=BulletinState.WAITING).select_related("submitted_by", "language")
    decides = bulletins.is_approver(user)
    mine: Any = Bulletin.objects.none()
    if decides:
        mine = waiting.filter(batch="")
    else:
        # A native reader is asked first where the text is in their language.
        read = Language.objects.filter(reviewers__in=user.groups.all())
        mine = waiting.filter(batch="", language__in=read, read_by=None).exclude(language__code=bulletins.SOURCE)
    wrote = Q(author=user) | Q(writers=user) | Q(submitted_by=user)
    own = set(Bulletin.objects.filter(wrote, state=BulletinState.WAITING).values_list("pk", flat=True))
    rows = list(mine.order_by("-is_alert", "submitted_at")[:SHOWN])
    returned = Bulletin.objects.filter(author=user, state=BulletinState.RETURNED).select_related("decided_by")
    return {
        "to_decide": [{"one": row, "wrote": row.pk in own} for row in rows],
        "batches": waiting_batches() if decides else [],
        "returned": list(returned[:SHOWN]),
        "own_waiting": list(waiting.filter(author=user, batch="")[:SHOWN]),
    }


def alarm() -> dict[str, Any]:
    """Whether nothing is being sent, and how many deliveries nobody knows the outcome of."""
    unknown = Delivery.objects.filter(state=DeliveryState.UNKNOWN).count()
    return {"sender_is_silent": health.sender_is_silent(), "unknown": unknown}
