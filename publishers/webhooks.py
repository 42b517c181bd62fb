"""What platforms tell by themselves: one address for all, verified, kept once, answered fast, worked on later.

Nothing that names a person is stored: the platform file boils a call down to things to count, figures, and
posts whose figures should be asked for, before anything reaches the database.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt

from publishers import readings, registry
from publishers.errors import SendError
from publishers.models import Channel, Delivery, Reading, WebhookEvent
from publishers.platform import Call, Event
from publishers.work import target_of

logger = logging.getLogger(__name__)

# The largest call that a platform makes by its documents is far below this.
MAX_BODY = 256 * 1024
MAX_EVENTS = 200
# A lost task is taken up by beat; an event that could not be worked on for a day is left.
LEFT_AFTER = dt.timedelta(minutes=5)
LOOK_EVERY = dt.timedelta(minutes=1)
LEFT_UNTIL = dt.timedelta(days=1)


@csrf_exempt
def receive(request: HttpRequest, platform: str, channel_id: int) -> HttpResponse:
    """``/webhook/<platform>/<channel_id>/``. Whoever is not the platform learns nothing, not even who exists."""
    if request.method not in ("GET", "POST"):
        return _nobody()
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            return HttpResponse(status=413)
    except ValueError:
        return HttpResponse(status=400)
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return HttpResponse(status=413)
    if request.method == "POST" and not body:
        # Zalo's console tries the address with an empty call; the same answer for every address tells nothing.
        return HttpResponse(status=200)
    headers = {name.lower(): value for name, value in request.headers.items()}
    call = Call(request.method, {name: str(value) for name, value in request.GET.items()}, headers, body)
    return _answer(platform, channel_id, call)


def _answer(platform: str, channel_id: int, call: Call) -> HttpResponse:
    channel = Channel.objects.filter(pk=channel_id, platform=platform).first()
    if channel is None:
        return _nobody()
    try:
        known, target = registry.get(platform), target_of(channel)
    except (LookupError, SendError):
        return _nobody()
    if call.method == "GET":
        challenge = known.challenge(target, call)
        return _nobody() if challenge is None else HttpResponse(challenge, content_type="text/plain")
    if not known.recognises(target, call):
        return _nobody()
    try:
        events = list(known.events(target, call))[:MAX_EVENTS]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return HttpResponse(status=400)
    keep(channel, events)
    return HttpResponse(status=200)


def _nobody() -> HttpResponse:
    return HttpResponse(status=404)


@transaction.atomic
def keep(channel: Channel, events: Iterable[Event]) -> list[int]:
    """Store what is new of ``events`` and queue it; return the new rows' ids."""
    rows = {}
    for event in events:
        # Keyed: what a platform's key is made of cannot be guessed back from the database.
        digest = salted_hmac("loa.webhook", f"{channel.pk}:{event.key}", algorithm="sha256").hexdigest()
        rows[digest] = WebhookEvent(
            channel=channel, kind=event.kind[:40], digest=digest, at=event.at, data=_data(event)
        )
    there = set(WebhookEvent.objects.filter(digest__in=rows).values_list("digest", flat=True))
    fresh = [row for digest, row in rows.items() if digest not in there]
    WebhookEvent.objects.bulk_create(fresh, ignore_conflicts=True)
    stored = WebhookEvent.objects.filter(digest__in=[row.digest for row in fresh])
    ids = list(stored.values_list("pk", flat=True))
    if ids:
        transaction.on_commit(lambda: _queue(ids), robust=True)
    return ids


def _data(event: Event) -> dict[str, Any]:
    metrics = [[metric.name, metric.value, metric.approximate] for metric in event.metrics]
    return {"external_id": event.external_id, "metrics": metrics, "look": event.look}


def _queue(ids: Sequence[int]) -> None:
    """The broker is a hint: without it beat takes the rows up (``left``)."""
    from publishers.tasks import work_on_webhook

    try:
        work_on_webhook.apply_async([list(ids)], retry=False, ignore_result=True)
    except Exception as error:
        logger.warning("the broker did not take %d webhook events: %s", len(ids), type(error).__name__)


def left() -> list[int]:
    """Events that nobody has worked on although it is time."""
    now = timezone.now()
    waiting = WebhookEvent.objects.filter(done_at=None, received_at__lt=now - LEFT_AFTER)
    return list(waiting.filter(received_at__gt=now - LEFT_UNTIL).values_list("pk", flat=True)[:1000])


def work_on(event_ids: Sequence[int]) -> int:
    """Make readings of the events with these ids. Each is worked on once; returns how many readings came."""
    with transaction.atomic():
        rows = WebhookEvent.objects.select_for_update(of=("self",)).filter(pk__in=event_ids, done_at=None)
        events = list(rows.select_related("channel"))
        posts = _posts(events)
        told = [
            Reading(
                channel=event.channel,
                delivery=posts.get((event.channel_id, event.data["external_id"])),
                metric=name,
                value=value,
                approximate=approximate,
                read_at=event.at,
            )
            for event in events
            for name, value, approximate in event.data["metrics"]
            if not event.data["external_id"] or (event.channel_id, event.data["external_id"]) in posts
        ]
        Reading.objects.bulk_create(told)
        WebhookEvent.objects.filter(pk__in=[event.pk for event in events]).update(done_at=timezone.now())
    wanted = {posts[key].pk for event in events if event.data["look"] and (key := _key(event)) in posts}
    # Each comment is told; the figures are asked for once a minute at most.
    fresh = Reading.objects.filter(delivery__in=wanted, read_at__gt=timezone.now() - LOOK_EVERY)
    wanted -= set(fresh.values_list("delivery_id", flat=True))
    return len(told) + (readings.collect(only=wanted) if wanted else 0)


def _key(event: WebhookEvent) -> tuple[int, str]:
    return event.channel_id, event.data["external_id"]


def _posts(events: Sequence[WebhookEvent]) -> dict[tuple[int, str], Delivery]:
    """The deliveries that the events tell of, by channel and id at the platform. Others' posts are not ours."""
    channels = {event.channel_id for event in events}
    ids = {event.data["external_id"] for event in events if event.data["external_id"]}
    found = Delivery.objects.filter(channel__in=channels, external_id__in=ids).select_related("channel")
    known = {(row.channel_id, row.external_id): row for row in found}
    for channel_id, wanted in {_key(event) for event in events} - set(known):
        # A post of several pieces keeps all their ids; what is told of one of them is told of the post.
        if wanted:
            pieces = Delivery.objects.filter(channel=channel_id, external_id__contains=wanted).select_related("channel")
            match = [row for row in pieces[:50] if wanted in row.external_id.split(",")]
            known |= {(channel_id, wanted): match[0]} if match else {}
    return known
