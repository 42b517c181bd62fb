"""Bulletins and plays as neutral JSON (docs/export.md), and the slot for a receiving system's own format."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from campaigns.models import Playback, PostingItem, Station
from campaigns.playbacks import latest
from campaigns.sheets import given_slots, is_withdrawn, language_of, length_of_item, message_of, title_of
from campaigns.slots import LOOKS_BACK
from campaigns.station_times import planned_times
from publishers.models import DeliveryState

SCHEMA = "loa-broadcasts/1"
# An adapter takes the neutral document and returns the bytes that a receiving system wants.
Adapter = Callable[[dict[str, Any]], bytes]


def as_json(document: dict[str, Any]) -> bytes:
    """The neutral form itself: UTF-8, readable by people."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def adapter_named(path: str) -> Adapter:
    """The adapter at a dotted path (``package.module.function``); none means the neutral form.

    :raises ImportError: when there is no such function.
    """
    if not path:
        return as_json
    found: Adapter = import_string(path)
    return found


def document(
    first: dt.date, last: dt.date, *, stations: list[Station] | None = None, rehearsal: bool = False
) -> dict[str, Any]:
    """Stations, their bulletins and the last word on each play from ``first`` to ``last`` (both included).

    :param rehearsal: practice instead of real work; never both in one document.
    """
    start = timezone.make_aware(dt.datetime.combine(first, dt.time.min))
    end = timezone.make_aware(dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min))
    rows = stations if stations is not None else list(Station.objects.select_related("channel", "place"))
    rows = [one for one in rows if one.channel.rehearsal == rehearsal]
    by_channel = {one.channel_id: one for one in rows}
    bulletins = [
        told
        for item in _items(by_channel, start, end)
        if (told := _bulletin(item, by_channel[item.channel_id], start, end)) is not None
    ]
    return {
        "schema": SCHEMA,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "rehearsal": rehearsal,
        "made_at": timezone.localtime().isoformat(timespec="seconds"),
        "stations": [_station(one) for one in rows],
        "bulletins": bulletins,
        "plays": [_play(play) for play in _plays(rows, start, end)],
    }


def _station(one: Station) -> dict[str, Any]:
    return {
        "id": one.pk,
        "name": one.channel.name,
        "place_code": one.place.code,
        "place": one.place.name,
        "networked": one.networked,
    }


def _items(by_channel: dict[int, Station], start: dt.datetime, end: dt.datetime) -> Any:
    handed = Q(delivery__state__in=[DeliveryState.SENT, DeliveryState.WITHDRAWN])
    rows = PostingItem.objects.filter(
        handed, channel__in=by_channel, delivery__due__gte=start - LOOKS_BACK, delivery__due__lt=end
    )
    related = ("posting__campaign", "posting__bulletin", "posting__page", "delivery", "channel__station__place")
    rows = rows.select_related(*related, "language", "approval__language", "approval__approved_by")
    return rows.prefetch_related("channel__station__slots", "approval__authors").order_by("pk")


def _bulletin(item: PostingItem, station: Station, start: dt.datetime, end: dt.datetime) -> dict[str, Any] | None:
    """One programme with its planned times of the period; None where it has none."""
    assert item.delivery is not None
    message, language = message_of(item), language_of(item)
    slots = list(item.channel.station.slots.all())
    times = planned_times(due=item.delivery.due, given=given_slots(item, message), slots=slots)
    within = [one.isoformat() for one in times if start <= one < end]
    if not within:
        return None
    return {
        "id": item.pk,
        "station": station.pk,
        "title": title_of(item),
        "text": message.text,
        "language": language.key if language else message.language,
        "priority": ("normal", "high", "urgent")[item.posting.urgency],
        "seconds": length_of_item(item),
        "audio": message.audio.url if message.audio else None,
        "planned": within,
        "approved_by": item.approval.approved_by.get_full_name() if item.approval else "",
        "approved_at": _moment(item.approval.approved_at) if item.approval else None,
        "withdrawn": is_withdrawn(item),
        "sample": bool(item.approval and item.approval.is_sample),
    }


def _plays(stations: list[Station], start: dt.datetime, end: dt.datetime) -> Any:
    rows = latest().filter(station__in=stations, played_at__gte=start, played_at__lt=end)
    return rows.order_by("played_at", "pk")


def _play(play: Playback) -> dict[str, Any]:
    return {
        "id": play.pk,
        "station": play.station_id,
        "bulletin": play.item_id,
        "planned_for": _moment(play.planned_for),
        "played_at": _moment(play.played_at),
        "seconds": play.seconds,
        "outcome": play.outcome if play.seconds or play.outcome != "played" else "not-played",
        "basis": play.basis,
        "source": play.source or "link",
        "confirmed_at": _moment(play.created_at),
    }


def _moment(moment: dt.datetime | None) -> str | None:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None
