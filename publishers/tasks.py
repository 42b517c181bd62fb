"""Celery tasks: a few lines each, they call a service."""

import asyncio

from celery import shared_task
from django.utils import timezone

from publishers import health, polling, readings, reconcile, renewal, webhooks
from publishers.models import Operation
from publishers.sender import work_a_shift
from publishers.wire import open_wire


@shared_task(name="publishers.send_due")
def send_due() -> int:
    """Work a shift if there is a free seat. Beat asks every second; the database says what is due."""
    health.beat("sender")
    return work_a_shift()


@shared_task(name="publishers.reconcile")
def clear_up() -> int:
    """Ask the platforms about deliveries whose answer was lost."""
    rows = reconcile.waiting(timezone.now())
    if not rows:
        return 0

    async def look_all() -> list[tuple[Operation, object]]:
        async with open_wire(in_flight=8, threads=4) as wire:
            return await asyncio.gather(*(reconcile.look(row, wire) for row in rows))

    answers = asyncio.run(look_all())
    return sum(reconcile.note(operation, answer) for operation, answer in answers)


@shared_task(name="publishers.collect_readings")
def collect_readings() -> int:
    """Ask the platforms for the figures that are due."""
    return readings.collect()


@shared_task(name="publishers.check_channels")
def check_channels() -> int:
    """Check every channel with something due in the next three days."""
    return health.check_needed_soon()


@shared_task(name="publishers.refresh_tokens")
def refresh_tokens() -> int:
    """Renew what runs out once a day, so that the clock of the refresh tokens starts anew."""
    return renewal.renew_all()


@shared_task(name="publishers.work_on_webhook")
def work_on_webhook(event_ids: list[int]) -> int:
    """Do what the platforms' calls with these ids ask for."""
    return webhooks.work_on(event_ids)


@shared_task(name="publishers.webhooks_left")
def webhooks_left() -> int:
    """Take up calls whose task got lost with the broker."""
    return webhooks.work_on(webhooks.left())


@shared_task(name="publishers.fetch_news")
def fetch_news() -> int:
    """Ask the platforms that do not call us what happened to our posts."""
    return polling.collect()
