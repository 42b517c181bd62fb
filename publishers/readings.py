"""Readings: what the platforms report of what was sent, asked for and kept."""

import asyncio
import dataclasses
import datetime as dt
import logging
from collections.abc import Collection, Sequence

from asgiref.sync import sync_to_async
from django.db.models import Max, Q
from django.utils import timezone

from publishers import registry, renewal
from publishers.errors import SendError
from publishers.message import Metric
from publishers.models import Channel, Delivery, DeliveryState, Operation, OperationKind, Pace, Reading
from publishers.platform import Job, Platform, Wire
from publishers.redact import redact
from publishers.wire import open_wire
from publishers.work import job_of, target_of

logger = logging.getLogger(__name__)
# Young posts are read often, old ones seldom: (age up to, at most this often).
RHYTHM = (
    (dt.timedelta(days=2), dt.timedelta(minutes=15)),
    (dt.timedelta(days=14), dt.timedelta(hours=6)),
    (dt.timedelta(days=90), dt.timedelta(days=1)),
)


def due_for_reading(now: dt.datetime, *, everything: bool = False) -> list[Delivery]:
    """Sent deliveries of platforms that report something, whose last reading is old enough."""
    names = [name for name, platform in registry.platforms().items() if type(platform).read is not Platform.read]
    sent = Delivery.objects.filter(state=DeliveryState.SENT, channel__platform__in=names).exclude(external_id="")
    if everything:
        return list(sent.select_related("channel"))
    wanted = Q(pk__in=[])
    younger = now
    for age, pause in RHYTHM:
        band = Q(sent_at__lte=younger, sent_at__gt=now - age)
        wanted |= band & (Q(last=None) | Q(last__lte=now - pause))
        younger = now - age
    return list(sent.annotate(last=Max("readings__read_at")).filter(wanted).select_related("channel"))


async def _ask(job: Job, wire: Wire) -> Sequence[Metric]:
    """One delivery's metrics; a refusal is logged and counts as "no figure"."""
    try:
        platform = registry.get(job.target.platform)
        ask = lambda fresh: platform.read(dataclasses.replace(job, target=fresh), wire)  # noqa: E731
        return await renewal.asking(job.target, wire, ask)
    except SendError as error:
        logger.warning("no reading of %s: %s", job.reference, redact(str(error)))
    except Exception:
        logger.exception("reading %s failed", job.reference)
    return ()


async def _collect(
    jobs: Sequence[Job], channels: Sequence[Channel]
) -> tuple[list[Sequence[Metric]], list[Sequence[Metric]]]:
    async with open_wire(in_flight=16) as wire:
        of_posts = await asyncio.gather(*(_ask(job, wire) for job in jobs))
        of_channels = await asyncio.gather(*(_ask_channel(channel, wire) for channel in channels))
    return list(of_posts), list(of_channels)


async def _ask_channel(channel: Channel, wire: Wire) -> Sequence[Metric]:
    try:
        target = await sync_to_async(target_of)(channel)
        platform = registry.get(channel.platform)
        return await renewal.asking(target, wire, lambda fresh: platform.read_channel(fresh, wire))
    except Exception as error:
        logger.warning("no figures of channel %s: %s", channel.pk, redact(repr(error)))
        return ()


def _not_paused(jobs: Sequence[Job], asked: Sequence[Delivery]) -> tuple[list[Job], list[Delivery]]:
    """Without those whose platform wants a pause: what room it leaves is for posts, not for figures."""
    keys = {job.target.channel_id: _paces(job) for job in jobs}
    wanted = {key for found in keys.values() for key in found}
    full = Pace.objects.filter(key__in=wanted, until__gt=timezone.now().timestamp())
    paused = set(full.values_list("key", flat=True))
    kept = [(job, row) for job, row in zip(jobs, asked, strict=True) if not keys[job.target.channel_id] & paused]
    return [job for job, _row in kept], [row for _job, row in kept]


def _paces(job: Job) -> set[str]:
    return {limit.key for limit in registry.get(job.target.platform).limits(job.target, job.message)}


def collect(*, everything: bool = False, only: Collection[int] = ()) -> int:
    """Ask for what is due and store it; returns how many readings were added.

    ``only`` names deliveries that are asked about whether due or not (a platform told of something new).
    """
    now = timezone.now()
    deliveries = due_for_reading(now, everything=everything or bool(only))
    if only:
        deliveries = [delivery for delivery in deliveries if delivery.pk in only]
    jobs, asked = [], []
    for delivery in deliveries:
        operation = Operation(delivery=delivery, kind=OperationKind.PUBLISH)
        try:
            jobs.append(job_of(operation, target_of(delivery.channel)))
            asked.append(delivery)
        except SendError as error:
            logger.warning("no reading of %s: %s", delivery.reference, redact(str(error)))
    jobs, asked = _not_paused(jobs, asked)
    channels = list({delivery.channel_id: delivery.channel for delivery in asked}.values())
    if not jobs:
        return 0
    of_posts, of_channels = asyncio.run(_collect(jobs, channels))
    rows = [
        Reading(channel=d.channel, delivery=d, metric=m.name, value=m.value, approximate=m.approximate, read_at=now)
        for d, metrics in zip(asked, of_posts, strict=True)
        for m in metrics
    ]
    rows += [
        Reading(channel=c, metric=m.name, value=m.value, approximate=m.approximate, read_at=now)
        for c, metrics in zip(channels, of_channels, strict=True)
        for m in metrics
    ]
    Reading.objects.bulk_create(rows)
    return len(rows)
