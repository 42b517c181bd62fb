"""What each channel would get of a content, made by the very functions that send it, with the gate's word on it."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.html import strip_tags

from campaigns import fanout, gate
from campaigns.admin.delivery_words import shown_piece
from campaigns.messages import Pictures, message_for
from campaigns.models import Station, TrackedLink
from campaigns.models.links import new_code
from publishers import registry
from publishers.message import Message
from publishers.models import Channel


@dataclasses.dataclass(frozen=True)
class Preview:
    """One channel's row. ``refused``: the platform would; ``held``: the gate would; ``hints`` harm nothing."""

    planned: fanout.PlannedItem
    message: Message | None = None
    pieces: tuple[Any, ...] = ()
    refused: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The title, unless the text as it is sent begins with it anyway."""
        title = self.message.title if self.message else ""
        return "" if any(title in strip_tags(str(piece)) for piece in self.pieces) else title

    @property
    def blocked(self) -> bool:
        """Whether it would not reach its readers as it stands."""
        return bool(self.refused or self.held)


def previews(content: Any, channels: Sequence[Channel], due: dt.datetime | None = None) -> list[Preview]:
    """One row for each channel, in a number of queries that does not grow with the channels.

    ``due`` is now when None: platforms warn by the time of day.
    """
    planned = fanout.plan_items(content, channels)
    library = gate.Library.read({item.approval for item in planned if item.approval})
    stations = {
        station.channel_id: station
        for station in Station.objects.filter(channel__in=channels).prefetch_related("slots")
    }
    pictures = Pictures()
    return [_preview(item, stations.get(item.channel.pk), pictures, library, due or timezone.now()) for item in planned]


def _preview(
    planned: fanout.PlannedItem, station: Station | None, pictures: Pictures, library: gate.Library, due: dt.datetime
) -> Preview:
    if planned.approval is None:
        return Preview(planned)
    platform = registry.get(planned.channel.platform)
    message = message_for(
        approval=planned.approval,
        channel=planned.channel,
        group=planned.group,
        # The tracked link is made when the posting is decided; one of the same length stands for it.
        link=TrackedLink(code=new_code()).url,
        details=fanout.station_details(station),
        pictures=pictures,
    )
    problems = platform.problems(message)
    mild = [*(found for found in problems if not found.blocks), *platform.hints(planned.channel.options, due)]
    return Preview(
        planned,
        message,
        pieces=tuple(shown_piece(str(piece)) for piece in platform.compose(message)),
        refused=tuple(str(found.text) for found in problems if found.blocks),
        held=tuple(
            gate.objections(approval=planned.approval, channel=planned.channel, message=message, library=library)
        ),
        hints=tuple(str(found.text) for found in mild),
    )
