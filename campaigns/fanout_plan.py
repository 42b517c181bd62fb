"""The plan of a fan-out before it is decided: what each channel gets of each content, and when.

The screen shows this plan, its digest goes with the form, and what is stored is made from the same plan
again: when anything changed in between (an approval, a taken slot), it is said and shown anew.
"""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Urgency
from campaigns.posting_times import Agenda, Moment
from campaigns.slots import Lengths, Load
from campaigns.versions import PlannedItem, plan_items
from publishers.models import Channel

NOW, AT, BEST = "now", "at", "best"


class StalePlan(ValidationError):
    """What was shown is not what would be stored: show it again."""


@dataclasses.dataclass(frozen=True)
class PlannedPost:
    """One content for one channel. ``moment`` is None where the channel gets nothing."""

    content: Any
    item: PlannedItem
    moment: Moment | None = None


@dataclasses.dataclass(frozen=True)
class Plan:
    """All of it, content by content in the order of the channels."""

    when: str
    posts: tuple[PlannedPost, ...]

    def of(self, content: Any) -> list[PlannedPost]:
        return [post for post in self.posts if post.content.pk == content.pk]

    @property
    def digest(self) -> str:
        """Changes with the version, the group or (unless it is “now”) the time of any post."""
        told = [
            [
                post.content.pk,
                post.item.channel.pk,
                post.item.approval.pk if post.item.approval else None,
                post.item.group.pk if post.item.group else None,
                post.moment.due.astimezone(dt.UTC).isoformat() if post.moment and self.when != NOW else None,
                [slot.astimezone(dt.UTC).isoformat() for slot in post.moment.slots] if post.moment else None,
            ]
            for post in self.posts
        ]
        return hashlib.sha256(json.dumps([self.when, told]).encode()).hexdigest()


def make_plan(
    *,
    contents: Sequence[Any],
    channels: Sequence[Channel],
    when: str,
    at: dt.datetime | None = None,
    urgency: int = Urgency.NORMAL,
    days: int = 1,
) -> Plan:
    """Plan ``contents`` for ``channels``. ``at`` is the chosen time, or the earliest for best slots.

    ``urgency`` and ``days`` (told daily, on so many) concern stations. The number of queries does not grow
    with the channels.

    :raises ValidationError: when a channel has no free best slot, or a station no slot with room.
    """
    now = timezone.now()
    agenda = Agenda(channels, now)
    lengths = Lengths()
    posts, full = [], []
    for content in contents:
        for item in plan_items(content, channels):
            try:
                load = _load(agenda, lengths, item, urgency, days)
                moment = _moment(agenda, item.channel, when, at or now, load) if item.approval else None
            except ValidationError as error:
                full += error.messages
                continue
            posts.append(PlannedPost(content, item, moment))
    if full:
        raise ValidationError([*dict.fromkeys(full), _("Leave these channels out, or choose a time.")])
    return Plan(when, tuple(posts))


def _load(agenda: Agenda, lengths: Lengths, item: PlannedItem, urgency: int, days: int) -> Load | None:
    """What the programme asks of a station's slot; None for any other channel."""
    station = agenda.table.stations.get(item.channel.pk) if agenda.table else None
    if station is None or item.approval is None:
        return None
    return Load(lengths.of_planned(item, station), urgency, days)


def _moment(agenda: Agenda, channel: Channel, when: str, at: dt.datetime, load: Load | None) -> Moment:
    if when == BEST:
        return agenda.best_for(channel, at, load)
    return agenda.now_for(channel, load) if when == NOW else agenda.at_for(channel, at, load)
