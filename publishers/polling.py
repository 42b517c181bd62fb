"""Events of platforms that may be asked instead of calling us: for sites that cannot be reached from outside.

A platform forgets what it was asked beyond, so what came is stored before it is asked on. A crash between
the two brings the same events again, and they count once (publishers/webhooks.py).
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence

from publishers import registry, webhooks
from publishers.errors import SendError
from publishers.models import Channel, DeliveryState
from publishers.platform import News, Platform
from publishers.redact import redact
from publishers.target import Target
from publishers.wire import open_wire
from publishers.work import target_of

logger = logging.getLogger(__name__)
# A hundred events a round with Telegram; what is left then comes with the next beat.
ROUNDS = 10


def collect() -> int:
    """Fetch what is new from all mailboxes; returns how many events were stored."""
    return sum(_empty(registry.get(name), targets) for (name, _box), targets in mailboxes().items())


def mailboxes() -> dict[tuple[str, str], list[Target]]:
    """Channels that have posted something, by platform and mailbox."""
    found: dict[tuple[str, str], list[Target]] = defaultdict(list)
    names = [name for name, known in registry.platforms().items() if type(known).fetch is not Platform.fetch]
    sent = Channel.objects.filter(platform__in=names, deliveries__state=DeliveryState.SENT).distinct()
    for channel in sent:
        try:
            target = target_of(channel)
        except SendError:
            continue  # The channel's check says so; nothing is to be fetched without its secrets.
        if box := registry.get(channel.platform).mailbox(target):
            found[channel.platform, box].append(target)
    return found


def _empty(platform: Platform, targets: Sequence[Target]) -> int:
    stored, after = 0, 0
    channels = {channel.pk: channel for channel in Channel.objects.filter(pk__in=[one.channel_id for one in targets])}
    for _round in range(ROUNDS):
        news = _fetched(platform, targets, after)
        for channel_id in {channel_id for channel_id, _event in news.events}:
            own = [event for one, event in news.events if one == channel_id]
            stored += len(webhooks.keep(channels[channel_id], own))
        if news.after == after:
            break
        after = news.after
    return stored


def _fetched(platform: Platform, targets: Sequence[Target], after: int) -> News:
    async def ask() -> News:
        async with open_wire(in_flight=2, threads=1) as wire:
            return await platform.fetch(targets, wire, after)

    try:
        return asyncio.run(ask())
    except SendError as error:
        logger.warning("no news of %s channel %s: %s", platform.name, targets[0].channel_id, redact(str(error)))
        return News((), after)
