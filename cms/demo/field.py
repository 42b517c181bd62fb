"""What comes back in the demo, over real HTTP as people outside do it: readers, operators, reporters."""

import json
import re
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.utils import timezone

from campaigns.models import ClickCount, EventPage, ManualPost, Playback, PostingItem, Station, TrackedLink
from campaigns.personal.links import field_link, manual_link, station_link, url_of
from publishers.models import Channel, DeliveryState

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 13; Mobile) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"}
TIMEOUT = 20


def published(log_path: Path) -> list[dict[str, Any]]:
    """What the sandbox's own log says was posted; a line torn by a kill is left out."""
    entries = []
    for line in log_path.read_text(encoding="utf-8").splitlines() if log_path.exists() else []:
        try:
            entries.append(json.loads(line))
        except ValueError:
            continue
    return [entry for entry in entries if entry.get("action") == "publish"]


def get(url: str) -> requests.Response:
    return requests.get(url, headers=PHONE, timeout=TIMEOUT, allow_redirects=False)


def submit(url: str, **values: str) -> requests.Response:
    """Fill in the form of a page and send it, as a phone without script does.

    Asked back "is that right?", for instance because the event is still to come, it answers yes.
    """
    page = requests.get(url, headers=PHONE, timeout=TIMEOUT)
    page.raise_for_status()
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    answer = requests.post(url, data=hidden | values, headers=PHONE, timeout=TIMEOUT)
    sure = re.search(r'name="sure" value="([^"]+)"', answer.text)
    if sure:
        answer = requests.post(url, data=hidden | values | {"sure": sure[1]}, headers=PHONE, timeout=TIMEOUT)
    answer.raise_for_status()
    return answer


def click(limit: int) -> None:
    """Readers follow links that nobody followed yet."""
    sent = TrackedLink.objects.filter(item__delivery__state=DeliveryState.SENT, item__channel__rehearsal=True)
    followed = ClickCount.objects.filter(link__in=sent).count()
    for link in sent.filter(clicks=None).order_by("pk")[: max(0, limit - followed)]:
        get(link.url)


def confirm_plays() -> None:
    """Each station's operator confirms the first programme, just now."""
    now = timezone.localtime()
    for station in Station.objects.filter(channel__rehearsal=True):
        if Playback.objects.filter(station=station).exists():
            continue
        item = _first_sent(station.channel)
        if item is not None:
            url = f"{url_of(station_link(station.channel))}phat/{item.pk}/"
            submit(url, slot="other", day=now.date().isoformat(), clock=f"{now:%H:%M}", operator=station.operator_name)


def _first_sent(channel: Channel) -> PostingItem | None:
    sent = PostingItem.objects.filter(channel=channel, delivery__state=DeliveryState.SENT)
    return sent.order_by("pk").first()


def post_by_hand() -> None:
    """The contact of each manual channel says of one post that it is in the group."""
    for channel in Channel.objects.filter(platform="manual", rehearsal=True):
        item = _first_sent(channel)
        if item is not None and not ManualPost.objects.filter(item__channel=channel).exists():
            now = timezone.localtime()
            values = {"day": now.date().isoformat(), "clock": f"{now:%H:%M}", "name": channel.audience.contact_name}
            submit(f"{url_of(manual_link(channel))}da-dang/{item.pk}/", **values)


def count_event(event: EventPage) -> None:
    """The reporter of an event counts who came."""
    if event.activities.exists():
        return
    submit(url_of(field_link(event)), **{"n-attendance": "85", "n-leaflet": "60", "name": "Người báo mẫu"})


def site_is_up() -> bool:
    """Whether the site answers."""
    try:
        return requests.get(settings.SITE_URL, timeout=2).ok
    except requests.RequestException:
        return False
