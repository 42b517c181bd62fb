"""Setting a channel's webhook up: our address, a secret that Loa makes, telling the platform, what came lately."""

import asyncio
import secrets
from typing import Any

from django.conf import settings
from django.db.models import Count, Max
from django.urls import reverse

from publishers import registry
from publishers.models import Channel, WebhookEvent
from publishers.platform import Option
from publishers.wire import open_wire
from publishers.work import target_of


def address_of(channel: Channel) -> str:
    """The address that the platform has to call."""
    return f"{settings.SITE_URL}{reverse('webhook', args=[channel.platform, channel.pk])}"


def secret_of(channel: Channel) -> Option | None:
    """The secret that proves the platform's calls, or None when it has none of its own."""
    declared = registry.get(channel.platform).secrets
    return next((secret for secret in declared if secret.incoming), None)


def make_secret(channel: Channel) -> str:
    """Make up a new webhook secret, store it, and return it: it cannot be read again.

    :raises LookupError: when the platform makes its secret itself.
    """
    option = secret_of(channel)
    if option is None or not option.ours:
        raise LookupError(f"{channel.platform} has no webhook secret of ours")
    made = secrets.token_urlsafe(32)
    channel.secrets = channel.secrets | {option.name: made}
    channel.save(update_fields=["sealed"])
    return made


def register(channel: Channel) -> None:
    """Tell the platform our address, with a secret: one is made when there is none.

    :raises SendError: when it refuses, or could not be asked.
    """
    option = secret_of(channel)
    if option is not None and option.ours and not channel.secrets.get(option.name):
        make_secret(channel)

    async def tell() -> None:
        async with open_wire(in_flight=2, threads=1) as wire:
            await registry.get(channel.platform).listen(target_of(channel), wire, address_of(channel))

    asyncio.run(tell())


def lately(channel: Channel) -> list[dict[str, Any]]:
    """What came, by kind: how many events, when the last, and how many are not worked on yet."""
    rows = WebhookEvent.objects.filter(channel=channel).values("kind").order_by("kind")
    return [{**row} for row in rows.annotate(count=Count("pk"), last=Max("received_at"), done=Count("done_at"))]
