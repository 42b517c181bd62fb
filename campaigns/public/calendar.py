"""An event as an iCalendar file (RFC 5545), to be kept in the phone's own calendar."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.models import EventPage
from campaigns.public import page_cache
from campaigns.public.feeds import absolute

LINE_OCTETS = 75
DEFAULT_LENGTH = dt.timedelta(hours=2)


def escaped(text: str) -> str:
    """TEXT as RFC 5545 section 3.3.11 wants it."""
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def folded(line: str) -> str:
    """The line cut to 75 octets a piece (section 3.1), never inside a character."""
    pieces, piece, room = [], "", LINE_OCTETS
    for mark in line:
        size = len(mark.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", LINE_OCTETS - 1  # the space that begins a continued line counts
        piece += mark
        room -= size
    return "\r\n ".join([*pieces, piece])


def _moment(when: dt.datetime) -> str:
    return when.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def calendar_text(event: EventPage) -> str:
    """The event as the text of an ``.ics`` file; a sample says so in its title."""
    title = f"[{_('SAMPLE – not official content')}] {event.title}" if event.is_sample else event.title
    changed = event.last_published_at or event.starts_at
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Loa//Loa//VI",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{event.translation_key}@loa",
        f"DTSTAMP:{_moment(changed)}",
        f"DTSTART:{_moment(event.starts_at)}",
        f"DTEND:{_moment(event.ends_at or event.starts_at + DEFAULT_LENGTH)}",
        f"SUMMARY:{escaped(title)}",
        f"LOCATION:{escaped(', '.join(part for part in (event.venue, event.place.name) if part))}",
        f"DESCRIPTION:{escaped(event.summary)}",
        f"URL:{absolute(event.url or '/')}",
        *(["STATUS:TENTATIVE"] if event.is_sample else []),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


@require_safe
def event_calendar(request: HttpRequest, page_id: int) -> HttpResponse:
    """Serve a live event's calendar file."""
    event = get_object_or_404(EventPage.objects.live().public().select_related("place"), pk=page_id)
    response = HttpResponse(calendar_text(event), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{event.slug}.ics"'
    response["Cache-Control"] = f"public, max-age={page_cache.SECONDS}"
    response["Referrer-Policy"] = "no-referrer"
    return response
