"""What receivers and radio software pull by themselves: podcast, playlist, files, bulletins; and their logs.

The operator's link opens the lists as well. Only the receiver's own link takes logs: what comes in there counts
as measured.
"""

import datetime as dt
import json
import mimetypes
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Enclosure, Rss201rev2Feed
from django.utils.translation import gettext as _

from campaigns import receiver_log
from campaigns.models import PersonalLink, Station
from campaigns.models.links import LinkPurpose
from campaigns.personal import programmes, take_away
from campaigns.personal.access import personal_page
from campaigns.personal.exports import as_json, document
from campaigns.personal.programmes import Programme
from campaigns.personal.station import station_of
from campaigns.sheets import message_of
from campaigns.typed_text import one_line

DAYS_BACK = 14
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"


class PodcastFeed(Rss201rev2Feed):
    """RSS 2.0 with Apple's podcast tags. ``itunes:block`` keeps a station's feed out of directories."""

    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:itunes": ITUNES}

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("itunes:author", self.feed["author_name"])
        handler.addQuickElement("itunes:summary", self.feed["description"])
        handler.addQuickElement("itunes:explicit", "false")
        handler.addQuickElement("itunes:block", "Yes")
        handler.addQuickElement("itunes:type", "episodic")
        handler.addQuickElement("itunes:category", attrs={"text": "Government"})
        handler.addQuickElement("ttl", "15")

    def add_item_elements(self, handler: Any, item: Any) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("itunes:duration", str(item["seconds"]))
        handler.addQuickElement("itunes:explicit", "false")
        handler.addQuickElement("itunes:summary", item["description"])


def has_sound(one: Programme) -> bool:
    """Whether it may be played and its recording is there."""
    return not one.withdrawn and not one.stopped and take_away.extension_of(one) != "pdf"


def titled(one: Programme) -> str:
    """The title with what has to be known before it goes on air."""
    marks = [f"[{_('REHEARSAL')}] "] * one.rehearsal + [f"[{_('SAMPLE TEXT')}] "] * one.is_sample
    return one_line("".join([*marks, one.title]))


def file_address(link: PersonalLink, one: Programme) -> str:
    """A programme's sound at this link: its name tells the programme, so that logs can be matched to it."""
    view = "receiver_file" if link.purpose == LinkPurpose.RECEIVER else "personal_file"
    path = reverse(view, args=[link.token, one.item.pk, take_away.extension_of(one)])
    return f"{settings.SITE_URL}{path}"


def podcast(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """The recordings of the last two weeks and of those to come, the newest first."""
    place = station_of(link)
    address = f"{settings.SITE_URL}{request.path}"
    words = _("Programmes for %(station)s.") % {"station": place}
    feed = PodcastFeed(
        title=str(place), link=address, description=words, language="vi", feed_url=address, author_name=str(place)
    )
    since = take_away.start_of_today() - dt.timedelta(days=DAYS_BACK)
    for one in sorted(programmes.week_of(place, since), key=lambda one: (one.due, one.item.pk), reverse=True):
        if has_sound(one):
            _add(feed, link, one)
    return HttpResponse(feed.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8")


def _add(feed: PodcastFeed, link: PersonalLink, one: Programme) -> None:
    audio = message_of(one.item).audio
    assert audio is not None
    address = file_address(link, one)
    kind = mimetypes.guess_type(audio.name)[0] or "audio/mpeg"
    times = ", ".join(f"{play.at:%H:%M %d/%m/%Y}" for play in one.planned)
    feed.add_item(
        title=titled(one),
        link=address,
        description=f"{one.language} · {one.length} · {times}",
        unique_id=f"loa-item-{one.item.pk}",
        unique_id_is_permalink=False,
        pubdate=one.due,
        enclosures=[Enclosure(address, str(default_storage.size(audio.name)), kind)],
        seconds=one.seconds,
    )


def playlist(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """Extended M3U in playing order: the coming seven days, or the one of ``?ngay=2026-07-30``."""
    place = station_of(link)
    day = request.GET.get("ngay", "")
    lines = ["#EXTM3U", f"#PLAYLIST:{one_line(str(place))}"]
    for entry in take_away.plays_ahead(place):
        if has_sound(entry.programme) and day in ("", entry.at.date().isoformat()):
            when = f"{entry.at:%H:%M %d/%m}"
            lines += [f"#EXTINF:{entry.programme.seconds},{when} {titled(entry.programme)}"]
            lines += [file_address(link, entry.programme)]
    answer = HttpResponse("\r\n".join([*lines, ""]), content_type="audio/x-mpegurl; charset=utf-8")
    answer["Content-Disposition"] = f'inline; filename="tram-{place.pk}.m3u"'
    return answer


def sound(request: HttpRequest, link: PersonalLink, item: int, extension: str) -> HttpResponseBase:
    """One recording; what was withdrawn or stopped since is gone (410)."""
    found = programmes.programme(station_of(link), item)
    if found is None or take_away.extension_of(found) != extension:
        raise Http404("no such recording")
    if found.withdrawn or found.stopped:
        return HttpResponse(_("Withdrawn or paused: do not broadcast it."), status=410, content_type="text/plain")
    audio = message_of(found.item).audio
    assert audio is not None
    name = f"bt-{item}{PurePosixPath(audio.name).suffix.lower()}"
    kind = mimetypes.guess_type(audio.name)[0] or "application/octet-stream"
    answer = FileResponse(default_storage.open(audio.name), content_type=kind, filename=name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def bulletins(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """The station's bulletins and plays of the last two weeks and the next, as neutral JSON (docs/export.md)."""
    place = station_of(link)
    today = timezone.localdate()
    span = dt.timedelta(days=DAYS_BACK)
    told = document(today - span, today + span, stations=[place], rehearsal=place.channel.rehearsal)
    return HttpResponse(as_json(told), content_type="application/json; charset=utf-8")


@personal_page(LinkPurpose.RECEIVER)
def log(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """Take the receiver's own log: ``{"plays": [{"at", "seconds", "programme", "id"}]}``, or CSV as the body.

    Answers what was recorded and what was not, and why; sending the same again changes nothing.
    """
    if request.method != "POST":
        return JsonResponse({"error": _("Send the log with POST.")}, status=405)
    place = station_of(link)
    try:
        done = receiver_log.take(station=place, lines=_lines(request, place))
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=422)
    refused = [{"line": line, "why": why} for line, why in done.refused]
    return JsonResponse({"recorded": done.recorded, "known": done.known, "refused": refused})


def _lines(request: HttpRequest, place: Station) -> list[receiver_log.Line]:
    if not (request.content_type or "").endswith("json"):
        return receiver_log.lines_of_csv(request.body)
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        raise ValidationError(_("This is no JSON.")) from None
    rows = told.get("plays") if isinstance(told, dict) else told
    if not isinstance(rows, list):
        raise ValidationError(_("A list “plays” is needed."))
    return receiver_log.lines_of_rows(rows)


for_operator, for_receiver = personal_page(LinkPurpose.STATION), personal_page(LinkPurpose.RECEIVER)
station_podcast, receiver_podcast = for_operator(podcast), for_receiver(podcast)
station_playlist, receiver_playlist = for_operator(playlist), for_receiver(playlist)
station_file, receiver_file = for_operator(sound), for_receiver(sound)
receiver_bulletins = for_receiver(bulletins)
receiver_calendar = for_receiver(take_away.calendar_of)
