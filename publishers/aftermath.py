"""What a receipt says beyond its own post: the channel's options have changed, or the platform is nearly full."""

import logging

from django.db import transaction
from django.utils import timezone

from publishers.message import Receipt
from publishers.models import Channel, Pace

logger = logging.getLogger(__name__)


def keep(channel_id: int, receipt: Receipt) -> None:
    """Store it. The post is out already, so that failing here must not make it look unsent."""
    try:
        _keep(channel_id, receipt)
    except Exception:
        logger.exception("what channel %s was told with a post is not kept", channel_id)


@transaction.atomic
def _keep(channel_id: int, receipt: Receipt) -> None:
    now = timezone.now().timestamp()
    for key, seconds in sorted(receipt.pauses.items()):
        row, _made = Pace.objects.select_for_update().get_or_create(key=key)
        row.until = max(row.until, now + seconds)
        row.save(update_fields=["until"])
    if receipt.options:
        channel = Channel.objects.select_for_update().get(pk=channel_id)
        # Not save(): a complaint about another option must not lose what the platform has just said.
        Channel.objects.filter(pk=channel_id).update(options={**channel.options, **receipt.options})
