"""What the ledger has to know of channels and of what was posted to them, in a few queries."""

import dataclasses
from collections import Counter
from typing import Any

from campaigns.ledger.entries import Dimensions
from campaigns.models import Approval, Audience, PosterLink, PostingItem
from publishers.models import Channel


@dataclasses.dataclass(frozen=True)
class ChannelFacts:
    """A channel's name, platform, form, run by whom, and its place when it has exactly one."""

    name: str
    platform: str
    form: str
    rehearsal: bool
    place_id: int | None
    agency_id: int | None


def channel_facts() -> dict[int, ChannelFacts]:
    """Every channel by its id."""
    places: dict[int, list[int]] = {}
    rows = Audience.places.through.objects.values_list("audience__channel_id", "place_id")
    for channel_id, place_id in rows:
        places.setdefault(channel_id, []).append(place_id)
    agencies: dict[int, int | None] = dict(Audience.objects.values_list("channel_id", "agency_id"))
    found = {}
    for pk, name, platform, form, rehearsal in Channel.objects.values_list(
        "pk", "name", "platform", "form", "rehearsal"
    ):
        own = places.get(pk, [])
        only = own[0] if len(own) == 1 else None
        found[pk] = ChannelFacts(name, platform, form, rehearsal, only, agencies.get(pk))
    return found


def heads_of_approvals() -> dict[int, tuple[int, ...]]:
    """The content heads (numbers 1–8) that each approved snapshot names."""
    rows = Approval.objects.values_list("pk", "snapshot__heads")
    return {pk: tuple(sorted(heads)) for pk, heads in rows if isinstance(heads, list) and heads}


@dataclasses.dataclass(frozen=True)
class PostedItem:
    """A posting item as the ledger sees it: its dimensions and a label for people."""

    channel: ChannelFacts
    dimensions: Dimensions
    label: str


class PostedItems:
    """Looks up posting items; channels and content heads are read once."""

    FIELDS = (
        "pk",
        "channel_id",
        "language_id",
        "group_id",
        "approval_id",
        "posting__campaign_id",
        "posting__page__title",
        "posting__bulletin__title",
        "delivery__rehearsal",
    )

    def __init__(self) -> None:
        self.channels = channel_facts()
        self.heads = heads_of_approvals()

    def of(self, item_ids: set[int]) -> dict[int, PostedItem]:
        """The items with these ids, in one query."""
        return {
            row[0]: self._item(row)
            for row in PostingItem.objects.filter(pk__in=item_ids).values_list(*self.FIELDS)
        }

    def of_posters(self, link_ids: set[int]) -> dict[int, Dimensions]:
        """Where and for whom the posters are whose codes these tracked links stand for, in one query."""
        rows = PosterLink.objects.filter(link__in=link_ids).values_list(
            "link_id", "place_id", "language_id", "group_id", "campaign_id", "approval_id", "sample"
        )
        return {
            link: Dimensions(
                place_id=place,
                language_id=language,
                group_id=group,
                campaign_id=campaign,
                heads=self.heads.get(approval, ()),
                rehearsal=sample,
            )
            for link, place, language, group, campaign, approval, sample in rows
        }

    def _item(self, row: tuple[Any, ...]) -> PostedItem:
        _pk, channel_id, language_id, group_id, approval_id, campaign_id, page, bulletin, rehearsal = row
        channel = self.channels[channel_id]
        dimensions = Dimensions(
            place_id=channel.place_id,
            language_id=language_id,
            group_id=group_id,
            agency_id=channel.agency_id,
            campaign_id=campaign_id,
            form=channel.form,
            heads=self.heads.get(approval_id, ()),
            rehearsal=channel.rehearsal or bool(rehearsal),
        )
        return PostedItem(channel, dimensions, f"{channel.name} · {bulletin or page or ''}".rstrip(" ·"))

    def bare(self, channel_id: int, rehearsal: bool) -> PostedItem:
        """For a delivery that no posting item stands behind."""
        channel = self.channels[channel_id]
        dimensions = Dimensions(
            place_id=channel.place_id,
            agency_id=channel.agency_id,
            form=channel.form,
            rehearsal=channel.rehearsal or rehearsal,
        )
        return PostedItem(channel, dimensions, channel.name)


def roots(corrects: dict[int, int]) -> dict[int, int]:
    """For every row that corrects another: the first row of its chain.

    :param corrects: row → the row it corrects.
    """
    first: dict[int, int] = {}
    for pk in corrects:
        root, seen = corrects[pk], Counter([pk])
        while root in corrects and not seen[root]:
            seen[root] += 1
            root = corrects[root]
        first[pk] = root
    return first
