"""Tracked links: one redirect, one count, and nothing of who followed it (DESIGN 4.7)."""

import logging
import re
import time

from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import ClickCount, TrackedLink

logger = logging.getLogger(__name__)

# Programs that look at a link without a person behind them. Zalo's and Facebook's own browsers
# (“Zalo android/…”, “FBAN/FBIOS”) are people and are not among them.
MACHINES = re.compile(
    r"bot\b|bot[/_ ;-]|crawl|spider|slurp|preview|scan|monitor|fetch|headless|phantomjs|archiver"
    r"|externalhit|facebookcatalog|meta-external|whatsapp/|vkshare|embedly|iframely|lighthouse"
    r"|^curl|^wget|python|aiohttp|httpx|go-http-client|java/|okhttp|libwww|node-fetch|axios|^ruby",
    re.IGNORECASE,
)
# Seconds between tries while another writer has the database.
PAUSES = (0.02, 0.05, 0.1, 0.2)
PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


def is_reader(request: HttpRequest) -> bool:
    """Whether a person seems to follow the link: no preview, no prefetch, no bot, no HEAD."""
    agent = request.headers.get("User-Agent", "")
    if request.method != "GET" or not agent or MACHINES.search(agent):
        return False
    purposes = (request.headers.get(name, "").lower() for name in PREFETCH_HEADERS)
    return not any("prefetch" in purpose or "preview" in purpose for purpose in purposes)


def count_click(link: TrackedLink) -> None:
    """Add one to the link's count of today; a database that is busy for a moment is asked again."""
    for pause in PAUSES:
        try:
            _count(link)
            return
        except OperationalError:
            time.sleep(pause)
    _count(link)


def _count(link: TrackedLink) -> None:
    """Add one to the link's count of today, in the staff's time zone."""
    today = timezone.localdate()
    counts = ClickCount.objects.filter(link=link, day=today)
    if counts.update(count=F("count") + 1):
        return
    try:
        with transaction.atomic():
            ClickCount.objects.create(link=link, day=today, count=1)
    except IntegrityError:  # another reader was first today
        counts.update(count=F("count") + 1)


@require_safe
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """Send the reader on to the link's stored target. Counting never keeps a reader waiting in vain."""
    link = get_object_or_404(TrackedLink, code=code.lower())
    if is_reader(request):
        try:
            count_click(link)
        except DatabaseError:
            logger.exception("a click was not counted")
    response = HttpResponseRedirect(link.target)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
