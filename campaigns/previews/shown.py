"""One channel's post as its platform will have it: pieces, counts, pictures, and what speaks against it.

The preview in the editor, the screen that decides a posting and the sender all call ``message_for`` and
the platform's own ``compose``: what is shown is what leaves.
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.html import strip_tags

from campaigns import gate
from campaigns.admin.delivery_words import shown_piece
from campaigns.fanout import station_details
from campaigns.messages import Pictures, message_for
from campaigns.models import Approval, Station, TrackedLink
from campaigns.versions import PlannedItem
from publishers import registry
from publishers.message import Measure, Message
from publishers.models import Channel

# The tracked link is made when the posting is decided; one of the same length stands for it until then.
STAND_IN = "xxxxxxxx"


@dataclasses.dataclass(frozen=True)
class Shown:
    """One channel's row. ``refused``: the platform would; ``held``: the gate would; ``hints`` harm nothing.

    ``raw`` are the pieces as they go out, ``pieces`` the same as readers see them.
    """

    planned: PlannedItem
    message: Message | None = None
    raw: tuple[Any, ...] = ()
    refused: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def platform(self) -> Any:
        return registry.get(self.planned.channel.platform)

    @property
    def pieces(self) -> tuple[Any, ...]:
        """The pieces, with the marks that readers see as marks."""
        if not self.platform.composes_html:
            return tuple(str(piece) for piece in self.raw)
        return tuple(shown_piece(str(piece)) for piece in self.raw)

    @property
    def measures(self) -> list[Measure]:
        """How much of the platform's room it takes, in the platform's own units."""
        return self.platform.measures(self.message, self.planned.channel.options) if self.message else []

    @property
    def title(self) -> str:
        """The title, unless the text as it is sent begins with it anyway."""
        title = self.message.title if self.message else ""
        return "" if any(title in strip_tags(str(piece)) for piece in self.pieces) else title

    @property
    def blocked(self) -> bool:
        """Whether it would not reach its readers as it stands."""
        return bool(self.refused or self.held)

    @property
    def folded(self) -> tuple[str, str]:
        """What readers see of the first piece, and what they see after “see more” only."""
        text, fold = str(self.pieces[0]) if self.pieces else "", self.platform.fold
        if not fold or len(text) <= fold:
            return text, ""
        cut = text.rfind(" ", 0, fold)
        cut = cut if cut > fold // 2 else fold
        return text[:cut], text[cut:]


class Stage:
    """Makes rows for many channels: what is the same for two of them is made and judged once."""

    def __init__(self, planned: Sequence[PlannedItem], due: dt.datetime | None = None, pictures: Any = None) -> None:
        self.due = due or timezone.now()
        self.pictures = pictures or Pictures()
        self.library = gate.Library.read([item.approval for item in planned if item.approval])
        numbers = [item.channel.pk for item in planned if item.channel.pk]
        stations = Station.objects.filter(channel__in=numbers).prefetch_related("slots")
        # By channel; None stands for a channel that is not stored.
        self.details: dict[int | None, dict[str, Any]] = {row.channel_id: station_details(row) for row in stations}
        self._held: dict[Any, tuple[str, ...]] = {}
        self._made: dict[Any, Shown] = {}

    def show(self, planned: PlannedItem) -> Shown:
        """The row of one channel."""
        if planned.approval is None:
            return Shown(planned)
        key = self.kind(planned)
        if key not in self._made:
            self._made[key] = self._make(planned, planned.approval)
        made, channel = self._made[key], planned.channel
        own = tuple(str(found.text) for found in registry.get(channel.platform).hints(channel.options, self.due))
        return dataclasses.replace(made, planned=planned, hints=made.hints + own)

    def kind(self, planned: PlannedItem) -> Any:
        """The same for two channels that get the very same text."""
        channel, approval = planned.channel, planned.approval
        details = self.details.get(channel.pk, {})
        group = planned.group.pk if planned.group else None
        version = (approval.pk or id(approval)) if approval else None
        return (version, group, channel.rehearsal, repr(details), *self._judged_as(channel))

    def _judged_as(self, channel: Channel) -> tuple[Any, ...]:
        """People in pictures agree to platforms, or to single channels."""
        return (channel.platform, channel.pk if self.library.agreed.by_channel else None)

    def _make(self, planned: PlannedItem, approval: Approval) -> Shown:
        channel, platform = planned.channel, registry.get(planned.channel.platform)
        message = message_for(
            approval=approval,
            channel=channel,
            group=planned.group,
            link=TrackedLink(code=STAND_IN).url,
            details=self.details.get(channel.pk, {}),
            pictures=self.pictures,
        )
        problems = platform.problems(message)
        return Shown(
            planned,
            message,
            raw=tuple(platform.compose(message)),
            refused=tuple(str(found.text) for found in problems if found.blocks),
            held=self._objections(approval, channel, message),
            hints=tuple(str(found.text) for found in problems if not found.blocks),
        )

    def _objections(self, approval: Approval, channel: Channel, message: Message) -> tuple[str, ...]:
        key = (approval.pk or id(approval), channel.rehearsal, message.title, message.text, *self._judged_as(channel))
        if key not in self._held:
            found = gate.objections(approval=approval, channel=channel, message=message, library=self.library)
            self._held[key] = tuple(found)
        return self._held[key]
