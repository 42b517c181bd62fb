"""Posting by hand: ready text and picture, copied or shared in two taps, and "posted" said once."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import manual_posts
from campaigns.models import ManualPost, PersonalLink, PostingItem
from campaigns.models.links import LinkPurpose
from campaigns.personal.access import personal_page
from campaigns.personal.programmes import file_url, standing_stops
from campaigns.sheets import is_withdrawn, language_of, message_of, title_of
from campaigns.typed_text import time_of_day
from publishers import registry
from publishers.models import Channel, DeliveryState

WEEKS_BACK = 4


@personal_page(LinkPurpose.MANUAL)
def manual(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """What is to be posted, what was posted, and what has to be deleted."""
    channel = channel_of(link)
    since = timezone.now() - dt.timedelta(weeks=WEEKS_BACK)
    stops = standing_stops()
    posts = [ready_post(item, stops) for item in _items(channel).filter(delivery__due__gte=since)]
    context = {
        **common(link, channel),
        "recalled": [post for post in posts if post["withdrawn"]],
        "to_post": [post for post in posts if not post["withdrawn"] and not post["done"]],
        "done": [post for post in posts if not post["withdrawn"] and post["done"]],
        "notice": notice(request, channel),
        "nonce": request.script_nonce,  # type: ignore[attr-defined]
    }
    return render(request, "campaigns/personal/manual.html", context)


@personal_page(LinkPurpose.MANUAL)
def posted(request: HttpRequest, link: PersonalLink, item: int) -> HttpResponse:
    """The second tap: who posted it and when."""
    channel = channel_of(link)
    found = _items(channel).filter(pk=item).first()
    if found is None:
        raise Http404("not this channel's post")
    error = ""
    if request.method == "POST":
        try:
            post, created = manual_posts.record(item=found, **typed(request))
        except ValidationError as refused:
            error = refused.messages[0]
        else:
            home = reverse("personal_manual", args=[link.token])
            return HttpResponseRedirect(f"{home}?{'xong' if created else 'co-roi'}={post.pk}")
    now = timezone.localtime()
    context = {
        **common(link, channel),
        "post": ready_post(found, standing_stops()),
        "days": [now.date() - dt.timedelta(days=back) for back in range(15)],
        "day": request.POST.get("day") or now.date().isoformat(),
        "clock": request.POST.get("clock") or f"{now:%H:%M}",
        "name": request.POST.get("name") or last_name(channel, link),
        "link": request.POST.get("link", ""),
        "error": error,
    }
    return render(request, "campaigns/personal/posted.html", context, status=422 if error else 200)


def typed(request: HttpRequest) -> dict[str, Any]:
    """What the form says. The time that was filled in, untouched, means now.

    :raises ValidationError: when day or time cannot be read.
    """
    try:
        day = dt.date.fromisoformat(request.POST.get("day", ""))
        clock = time_of_day(request.POST.get("clock", ""))
    except ValueError:
        raise ValidationError(_("Please write the time like 05:15."), code="time") from None
    return {
        "posted_at": timezone.make_aware(dt.datetime.combine(day, clock)),
        "declared_by": request.POST.get("name", ""),
        "link": request.POST.get("link", ""),
    }


def ready_post(item: PostingItem, stops: set[str]) -> dict[str, Any]:
    """One post as its page shows it: the text exactly as the platform composes it."""
    assert item.delivery is not None
    message, language = message_of(item), language_of(item)
    text = "\n\n".join(str(piece) for piece in registry.get("manual").compose(message))
    done = getattr(item, "manual_post", None)
    return {
        "item": item,
        "title": title_of(item),
        "text": text,
        "rows": min(14, 2 + text.count("\n") + len(text) // 34),
        "language": language.name_vi if language else "",
        "language_tag": message.language,
        "pictures": [(file_url(image), image.alt) for image in message.images],
        "documents": [(file_url(file), file.alt) for file in message.documents],
        "due": item.delivery.due,
        "done": done,
        "withdrawn": is_withdrawn(item),
        "stopped": not stops.isdisjoint({"all", item.channel.stop_key, *item.delivery.stop_keys}),
        "is_sample": bool(item.approval and item.approval.is_sample),
        "rehearsal": item.channel.rehearsal or item.delivery.rehearsal,
    }


def _items(channel: Channel) -> Any:
    return (
        PostingItem.objects.filter(channel=channel, delivery__state__in=[DeliveryState.SENT, DeliveryState.WITHDRAWN])
        .select_related(
            "posting__bulletin", "posting__page", "delivery", "channel", "language", "approval__language", "manual_post"
        )
        .order_by("-delivery__due", "-pk")
    )


def channel_of(link: PersonalLink) -> Channel:
    if link.channel is None or link.channel.platform != "manual":
        raise Http404("the link's channel is not posted to by hand")
    return link.channel


def common(link: PersonalLink, channel: Channel) -> dict[str, Any]:
    return {"token": link.token, "channel": channel, "rehearsal": channel.rehearsal, "now": timezone.localtime()}


def last_name(channel: Channel, link: PersonalLink) -> str:
    """Who posted last here, else who holds the link, else the channel's contact."""
    last = ManualPost.objects.filter(item__channel=channel).order_by("-pk").first()
    audience = getattr(channel, "audience", None)
    return (last.declared_by if last else "") or link.holder or (audience.contact_name if audience else "")


def notice(request: HttpRequest, channel: Channel) -> dict[str, Any] | None:
    """What the page says of the tap that led here."""
    for kind in ("xong", "co-roi"):
        said = request.GET.get(kind, "")
        if said.isdecimal() and len(said) < 19:
            found = ManualPost.objects.filter(pk=int(said), item__channel=channel).first()
            return {"kind": kind, "post": found} if found else None
    return None
