"""Are beat and the workers alive, and do the channels' credentials work?"""

import asyncio
import dataclasses
import datetime as dt
import logging

from django.utils import timezone

from publishers import registry, renewal
from publishers.errors import SendError
from publishers.models import Channel, DeliveryState, Heartbeat
from publishers.platform import Check
from publishers.wire import open_wire
from publishers.work import target_of

logger = logging.getLogger(__name__)
SILENT_AFTER = dt.timedelta(seconds=60)


def beat(name: str) -> None:
    """Say that ``name`` lives. Written at most every five seconds, to keep the database quiet."""
    now = timezone.now()
    fresh = Heartbeat.objects.filter(name=name, at__gt=now - dt.timedelta(seconds=5)).exists()
    if not fresh:
        Heartbeat.objects.update_or_create(name=name, defaults={"at": now})


def sender_is_silent(now: dt.datetime | None = None) -> bool:
    """Whether no tick of beat was worked on for a minute: nothing would be sent."""
    now = now or timezone.now()
    return not Heartbeat.objects.filter(name="sender", at__gt=now - SILENT_AFTER).exists()


def check(channel: Channel) -> Check:
    """Ask the platform about one channel and keep the answer with it."""

    async def ask() -> Check:
        async with open_wire(in_flight=4, threads=2) as wire:
            platform = registry.get(channel.platform)
            return await renewal.asking(target, wire, lambda fresh: platform.check(fresh, wire))

    try:
        target = target_of(channel)
        found = asyncio.run(ask())
    except SendError as error:
        found = Check(False, problems=(registry.get(channel.platform).explain(error.code).words,))
    except Exception:
        logger.exception("checking channel %s failed", channel.pk)
        found = Check(False, problems=(registry.get(channel.platform).explain("check-failed").words,))
    channel.checked_at = timezone.now()
    channel.check_report = dataclasses.asdict(found)
    channel.save(update_fields=["checked_at", "check_report"])
    return found


def check_needed_soon(hours: int = 72) -> int:
    """Check every channel that has something due in the next hours; returns how many are not well."""
    soon = timezone.now() + dt.timedelta(hours=hours)
    waiting = (DeliveryState.SCHEDULED, DeliveryState.HELD)
    channels = Channel.objects.filter(deliveries__state__in=waiting, deliveries__due__lte=soon).distinct()
    return sum(not check(channel).ok for channel in channels)
