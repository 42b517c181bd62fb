"""The campaigns' own Celery tasks: a few lines each, the work is in services."""

from celery import shared_task

from campaigns.ledger import fold_changes


@shared_task(name="campaigns.fold_ledger")
def fold_ledger() -> int:
    """Bring the reach ledger up to date."""
    return fold_changes()
