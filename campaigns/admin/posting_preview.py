"""What each channel would get of a content, made by the very functions that send it, with the gate's word on it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from campaigns import fanout
from campaigns.models import Approval
from campaigns.previews.shown import Shown, Stage
from publishers.models import Channel


def previews(
    content: Any,
    channels: Sequence[Channel],
    due: dt.datetime | None = None,
    *,
    approvals: dict[str, Approval] | None = None,
) -> list[Shown]:
    """One row for each channel, in a number of queries that does not grow with the channels.

    ``due`` is now when None: platforms warn by the time of day. ``approvals`` as in ``versions.plan_items``.
    """
    planned = fanout.plan_items(content, channels, approvals=approvals)
    stage = Stage(planned, due)
    return [stage.show(item) for item in planned]
