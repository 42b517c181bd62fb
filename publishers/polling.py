"""Events of platforms that may be asked instead of calling us: for sites that cannot be reached from outside.

A platform forgets what it was asked beyond, so what came is stored before it is asked on. A crash between
the two brings the same events again, and they count once (publishers/webhooks.py).
"""

import asyncio
import dataclasses
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef

from publishers import registry, webhooks
from publishers.errors import SendError
from publishers.models import Channel, Delivery, DeliveryState
from publishers.platform import News, Platform, Wire
from publishers.redact import redact
from publishers.target import Target
from publishers.wire import open_wire
from publishers.work import target_of

logger = logging.getLogger(__name__)
# A hundred events a round with Telegram; what is left then comes with the next beat.
ROUNDS = 10
# In seconds: a worker that fetches sends nothing, so that neither a mailbox nor all of them may take long.
PATIENCE = 5.0
LONGEST = 10.0


@dataclasses.dataclass(frozen=True)
class Box:
    """A mailbox to be emptied: the channels it is of, and how far it was read."""

    platform: Platform
    targets: Sequence[Target]
    after: int = 0


def collect() -> int:
    """Fetch what is new from all mailboxes, side by side; returns how many events were stored."""
    boxes = [Box(registry.get(name), targets) for (name, _box), targets in mailboxes().items()]
    stored, begun = 0, time.monotonic()
    for _round in range(ROUNDS):
        if not boxes or time.monotonic() - begun > LONGEST:
            break
        news = asyncio.run(_fetch_all(boxes))
        stored += sum(_keep(box, new) for box, new in zip(boxes, news, strict=True))
        read_on = zip(boxes, news, strict=True)
        boxes = [dataclasses.replace(box, after=new.after) for box, new in read_on if new.after != box.after]
    return stored


def mailboxes() -> dict[tuple[str, str], list[Target]]:
    """Channels that have posted something, by platform and mailbox."""
    found: dict[tuple[str, str], list[Target]] = defaultdict(list)
    names = [name for name, known in registry.platforms().items() if type(known).fetch is not Platform.fetch]
    posted = Delivery.objects.filter(channel=OuterRef("pk"), state=DeliveryState.SENT)
    for channel in Channel.objects.filter(Exists(posted), platform__in=names):
        try:
            target = target_of(channel)
        except SendError:
            continue  # The channel's check says so; nothing is to be fetched without its secrets.
        if box := registry.get(channel.platform).mailbox(target):
            found[channel.platform, box].append(target)
    return found


def _keep(box: Box, news: News) -> int:
    """Store the events of one mailbox; returns how many were new."""
    events: dict[int, list[Any]] = defaultdict(list)
    for channel_id, event in news.events:
        events[channel_id].append(event)
    channels = Channel.objects.in_bulk(events) if events else {}
    return sum(len(webhooks.keep(channels[pk], own)) for pk, own in events.items())


async def _fetch_all(boxes: Sequence[Box]) -> list[News]:
    async with open_wire(in_flight=8, threads=1) as wire:
        return await asyncio.gather(*(_fetched(box, wire) for box in boxes))


async def _fetched(box: Box, wire: Wire) -> News:
    """One page of a mailbox; none when its platform refuses or does not answer in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await box.platform.fetch(box.targets, wire, box.after)
    except (SendError, TimeoutError) as error:
        channel = box.targets[0].channel_id
        logger.warning("no news of %s channel %s: %s", box.platform.name, channel, redact(repr(error)))
        return News((), box.after)
