"""RSS and Atom of the feed channels. What is sent is in the feed; what is withdrawn is not."""

import mimetypes
from urllib.parse import urljoin

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed, Enclosure, Rss201rev2Feed, SyndicationFeed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from publishers.message import Attachment, Message
from publishers.models import Channel, Delivery, DeliveryState, OperationKind

MAX_ITEMS = 50
KINDS: dict[str, type[Rss201rev2Feed] | type[Atom1Feed]] = {"xml": Rss201rev2Feed, "atom": Atom1Feed}


def absolute(address: str) -> str:
    """The address with the site's own name before it, if it has none."""
    return urljoin(f"{settings.SITE_URL}/", address)


def _channel(slug: str, *, rehearsal: bool) -> Channel:
    channels = Channel.objects.filter(platform="feed", rehearsal=rehearsal, options__slug=slug)
    channel = channels.order_by("pk").first()
    if channel is None:
        raise Http404(f"no feed {slug}")
    return channel


def paragraphs(message: Message) -> str:
    """The message as HTML paragraphs; a blank line parts two, as in ``Message.html``."""
    text = message.html or escape(message.text)
    pieces = (piece.strip().replace("\n", "<br>") for piece in text.split("\n\n"))
    return "".join(f"<p>{piece}</p>" for piece in pieces if piece)


def enclosures(message: Message) -> list[Enclosure]:
    """Pictures first, then the recording, each with its size in bytes (0 when it is not known)."""
    files = [*message.images, *([message.audio] if message.audio else [])]
    return [Enclosure(absolute(file.url), str(_size(file)), _mime(file)) for file in files if file.url]


def _mime(file: Attachment) -> str:
    return file.mime or mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def _size(file: Attachment) -> int:
    try:
        return default_storage.size(file.name)
    except (OSError, ValueError, NotImplementedError):
        return 0


def build_feed(channel: Channel, kind: str, address: str) -> Rss201rev2Feed | Atom1Feed:
    """The feed of ``channel`` in ``kind`` (``xml`` for RSS 2.0, ``atom``), as served at ``address``."""
    title = f"[{_('REHEARSAL')}] {channel.name}" if channel.rehearsal else channel.name
    feed = KINDS[kind](
        title=title,
        link=absolute("/"),
        description=_("News of the campaign against human trafficking"),
        language="vi",
        feed_url=absolute(address),
        feed_guid=absolute(address),
    )
    sent = Delivery.objects.filter(channel=channel, state=DeliveryState.SENT, rehearsal=channel.rehearsal)
    # What is being recalled is gone from here at once, though no worker has got to it yet.
    sent = sent.exclude(operations__kind=OperationKind.DELETE)
    for delivery in sent.order_by("-sent_at", "-pk")[:MAX_ITEMS]:
        _add(feed, delivery, only_one_file=kind == "xml")
    return feed


def _add(feed: SyndicationFeed, delivery: Delivery, *, only_one_file: bool) -> None:
    """Add one delivery. RSS allows one enclosure an item."""
    message = Message.from_json(delivery.message)
    files = enclosures(message)
    title = f"[{_('REHEARSAL')}] {message.title}" if delivery.rehearsal else message.title
    feed.add_item(
        title=title,
        link=absolute(message.link or "/"),
        description=paragraphs(message),
        unique_id=f"urn:loa:{delivery.reference}",
        unique_id_is_permalink=False,
        pubdate=delivery.sent_at,
        updateddate=delivery.sent_at,
        enclosures=files[:1] if only_one_file else files,
    )


@require_safe
def feed(request: HttpRequest, slug: str, kind: str, rehearsal: bool = False) -> HttpResponse:
    """Serve one feed. A rehearsal channel's stands under its own address and nowhere else."""
    built = build_feed(_channel(slug, rehearsal=rehearsal), kind, request.path)
    response = HttpResponse(built.writeString("utf-8"), content_type=built.content_type)
    response["Cache-Control"] = "no-store" if rehearsal else "public, max-age=60"
    response["Referrer-Policy"] = "no-referrer"
    if rehearsal:
        response["X-Robots-Tag"] = "noindex, nofollow"
    return response
