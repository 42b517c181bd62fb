"""How far a recall is, read from the outbox: what is gone, what is still tried, and what nobody but people can do."""

import dataclasses
import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from publishers import registry
from publishers.models import Attempt, Delivery, DeliveryState, Operation, OperationKind, OperationState
from publishers.recall_notice import was_replaced

S = DeliveryState
OPEN = (OperationState.READY, OperationState.RUNNING)


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where the recall of one delivery stands.

    ``outcome``: ``stopped`` before it left, ``withdrawn``, ``replaced`` by a notice, ``deleting``, ``failing``
    (tried in vain so far), ``cannot`` or ``none`` (not recalled). ``text`` says it in words; ``tries`` and
    ``next_try`` while it is tried.
    """

    delivery_id: int
    outcome: str
    text: str
    tries: int = 0
    next_try: dt.datetime | None = None


def progress(deliveries: Iterable[Delivery]) -> dict[int, Progress]:
    """The standing of each delivery's recall by its id, in two queries. Channels have to be at hand."""
    rows = list(deliveries)
    deletes: dict[int, Operation] = {}
    for operation in Operation.objects.filter(delivery__in=rows, kind=OperationKind.DELETE).order_by("pk"):
        deletes[operation.delivery_id] = operation
    tried = Attempt.objects.filter(operation__in=deletes.values()).exclude(outcome="").order_by("pk")
    last = {attempt.operation_id: attempt for attempt in tried}
    return {row.pk: _standing(row, deletes.get(row.pk), last) for row in rows}


def _standing(row: Delivery, delete: Operation | None, last: dict[int, Attempt]) -> Progress:
    if row.state == S.WITHDRAWN:
        return _gone(row, delete)
    if delete is not None and delete.state in OPEN:
        return _under_way(row, delete, last.get(delete.pk))
    if delete is not None and delete.state == OperationState.FAILED:
        attempt = last.get(delete.pk)
        words = registry.get(row.channel.platform).explain(attempt.code if attempt else "refused")
        text = _("The platform does not delete it: %(cause)s Take it down by hand.") % {"cause": words.cause}
        return Progress(row.pk, "cannot", text, delete.tries)
    if row.state == S.CANCELLED:
        return Progress(row.pk, "stopped", _("It had not left and will not."))
    known = registry.get(row.channel.platform)
    if row.state == S.SENT and not (known.can_delete and row.external_id):
        return Progress(row.pk, "cannot", _("Loa cannot take it back. Take it down by hand."))
    return Progress(row.pk, "none", _("It was not recalled."))


def _gone(row: Delivery, delete: Operation | None) -> Progress:
    """Deleted, or turned into a notice (``publishers.recall_notice``)."""
    has_notice, left = was_replaced(delete.progress) if delete is not None else (False, False)
    if left:
        text = _(
            "The platform does not delete it any more. Its words now say that it was recalled, but its pictures, "
            "files or the preview of its link are still there. Take it down by hand."
        )
        return Progress(row.pk, "cannot", text)
    if has_notice:
        text = _("The platform does not delete it any more; it now says that it was recalled, and nothing else.")
        return Progress(row.pk, "replaced", text)
    if registry.get(row.channel.platform).recall_by_people:
        text = _("Loa hands it out no more. Where somebody posted or played it, only that person can take it back.")
        return Progress(row.pk, "withdrawn", text)
    return Progress(row.pk, "withdrawn", _("It is gone."))


def _under_way(row: Delivery, delete: Operation, attempt: Attempt | None) -> Progress:
    if row.state == S.UNKNOWN:
        text = _("Whether it is there is not known yet. Look at the channel; Loa deletes it once it is found there.")
        return Progress(row.pk, "failing", text, delete.tries, delete.next_try)
    if attempt is None or attempt.outcome == "ok":
        return Progress(row.pk, "deleting", _("It is being deleted; Loa keeps trying until it is gone."), delete.tries)
    words = registry.get(row.channel.platform).explain(attempt.code)
    text = _("Not deleted yet: %(cause)s Loa keeps trying until it is gone.") % {"cause": words.cause}
    return Progress(row.pk, "failing", text, delete.tries, delete.next_try)
