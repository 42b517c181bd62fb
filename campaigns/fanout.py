"""Fan-out: one approved content to many channels, each with its own version, link and time."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.models import Page

from campaigns.messages import Pictures, message_for
from campaigns.models import Bulletin, Campaign, Posting, PostingItem, Station, TrackedLink, Urgency
from campaigns.models.links import new_code
from campaigns.slots import Lengths, make_room
from campaigns.versions import PlannedItem, plan_items
from publishers import outbox, registry
from publishers.models import Channel

__all__ = ["PlannedItem", "plan_items", "post", "register", "station_details", "store"]


@transaction.atomic
def post(
    *,
    key: str,
    campaign: Campaign,
    page: Page | None = None,
    bulletin: Bulletin | None = None,
    channels: Sequence[Channel],
    due: dt.datetime | dict[int, dt.datetime],
    by: Any,
) -> Posting:
    """Decide that a content goes to ``channels`` and put its deliveries into the outbox.

    ``due`` is one time, or one by channel id. ``key`` makes a repeated call return the first posting.
    Channels for which there is no usable version get an item that says why, and no delivery. Who may decide
    alone is not asked here: people come through ``campaigns.posting_decisions``.

    :raises ValidationError: when a platform would refuse a text; nothing is stored then.
    """
    there = Posting.objects.filter(key=key).first()
    if there is not None:
        return there
    content = page or bulletin
    if content is None:
        raise ValueError("a page or a bulletin is needed")
    urgency = Urgency.URGENT if bulletin is not None and bulletin.is_alert else Urgency.NORMAL
    posting = Posting.objects.create(
        key=key, campaign=campaign, page=page, bulletin=bulletin, created_by=by, urgency=urgency
    )
    planned = plan_items(content, channels)
    store(posting, planned, {item.channel.pk: _due_of(due, item.channel.pk) for item in planned if item.approval})
    register(posting, by=str(by))
    return posting


def _due_of(due: dt.datetime | dict[int, dt.datetime], channel: int) -> dt.datetime:
    return due[channel] if isinstance(due, dict) else due


def store(
    posting: Posting,
    planned: Iterable[PlannedItem],
    due: dict[int, dt.datetime],
    slots: Mapping[int, Sequence[dt.datetime]] | None = None,
    lengths: Mapping[int, int] | None = None,
) -> None:
    """Write the items of a posting, with the time of each by channel id and, for stations, slots and seconds."""
    slots, lengths = slots or {}, lengths or {}
    PostingItem.objects.bulk_create(
        [
            PostingItem(
                posting=posting,
                channel=entry.channel,
                approval=entry.approval,
                language=entry.language,
                group=entry.group,
                is_fallback=entry.is_fallback,
                why=entry.why,
                due=due.get(entry.channel.pk),
                slot=next(iter(slots.get(entry.channel.pk, ())), None),
                slots=[slot.isoformat() for slot in slots.get(entry.channel.pk, ())],
                seconds=lengths.get(entry.channel.pk),
            )
            for entry in planned
        ]
    )


def items_of(posting: Posting) -> list[PostingItem]:
    """The stored items, with what a message is made from."""
    rows = PostingItem.objects.filter(posting=posting)
    return list(rows.select_related("channel", "approval__language", "approval__page", "language", "group"))


def register(posting: Posting, *, by: str) -> None:
    """Put the deliveries of a decided posting into the outbox, each with its own tracked link.

    :raises ValidationError: when a platform would refuse a text.
    """
    items = [item for item in items_of(posting) if item.approval]
    links = _links(items, _address(posting))
    stations = {
        station.channel_id: station
        for station in Station.objects.filter(channel__in=[item.channel_id for item in items])
        .select_related("place")
        .prefetch_related("slots")
    }
    lengths = Lengths()
    new, refused = [], []
    pictures = Pictures()
    for item in items:
        assert item.approval is not None
        assert item.due is not None
        message = message_for(
            approval=item.approval,
            channel=item.channel,
            group=item.group,
            link=links[item.pk].url,
            details=details_of(item, stations.get(item.channel_id)),
            pictures=pictures,
        )
        station = stations.get(item.channel_id)
        if station is not None:
            language = item.language or item.approval.language
            item.seconds = lengths.of_message(message, language, station, item.approval.is_sample)
        problems = [found for found in registry.get(item.channel.platform).problems(message) if found.blocks]
        refused += [f"{item.channel}: {found.text}" for found in problems]
        stop_keys = (posting.campaign.stop_key, f"posting:{posting.pk}")
        new.append(outbox.NewDelivery(item.channel, f"item:{item.pk}", message, item.due, stop_keys))
    if refused:
        raise ValidationError(refused)
    deliveries = outbox.register(new, by=by)
    pictures.order_sound()
    for item in items:
        item.delivery = deliveries.get(f"item:{item.pk}")
    PostingItem.objects.bulk_update(items, ["delivery", "seconds"])
    if stations and posting.urgency > Urgency.NORMAL:
        make_room(stations)


def _address(posting: Posting) -> str:
    if posting.bulletin is not None:
        return posting.bulletin.link or f"{settings.SITE_URL}/"
    assert posting.page is not None
    return posting.page.get_full_url() or f"{settings.SITE_URL}/"


def _links(items: Sequence[PostingItem], fallback: str) -> dict[int, TrackedLink]:
    """One tracked link per delivery, to the page of the version that the channel gets."""
    pages = Page.objects.filter(pk__in={item.approval.page_id for item in items if item.approval}).specific()
    urls = {page.pk: page.get_full_url() or fallback for page in pages}
    TrackedLink.objects.bulk_create(
        [
            TrackedLink(
                code=new_code(),
                item=item,
                target=_with_group(urls.get(item.approval.page_id, fallback) if item.approval else fallback, item),
            )
            for item in items
        ]
    )
    return {link.item_id: link for link in TrackedLink.objects.filter(item__in=items) if link.item_id}


def _with_group(url: str, item: PostingItem) -> str:
    return f"{url}#nhom-{item.group.key}" if item.group else url


def details_of(item: PostingItem, station: Station | None) -> dict[str, Any]:
    """What the item's message carries of its station: the slots that it was given, else all of them."""
    details = station_details(station)
    return {**details, "slots": item.slots or [item.slot.isoformat()]} if item.slot else details


def station_details(station: Station | None) -> dict[str, Any]:
    """What a loudspeaker's message carries of its station."""
    if station is None:
        return {}
    return {
        "slots": [f"{slot.at:%H:%M}" for slot in station.slots.all()],
        "max_minutes": station.max_minutes,
    }
