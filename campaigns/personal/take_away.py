"""The week's programmes to take away: a zip for a USB stick, all sheets in one PDF, a calendar file."""

import dataclasses
import datetime as dt
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import PersonalLink, Station
from campaigns.models.links import LinkPurpose
from campaigns.personal import programmes
from campaigns.personal.access import personal_page
from campaigns.personal.programmes import Programme
from campaigns.personal.station import station_of
from campaigns.public.calendar import escaped, folded
from campaigns.sheets import message_of, sheet_pdf, sheet_spec, station_name
from campaigns.sound.programmes import FOLDER as PROGRAMMES
from campaigns.sound.programmes import for_station
from media.models import AUDIO_EXTENSIONS
from media.sheets import render_many_pdf

DAYS = 7


@dataclasses.dataclass(frozen=True)
class Entry:
    """One play of the coming days and its name on the stick."""

    name: str
    at: dt.datetime
    programme: Programme


@personal_page(LinkPurpose.STATION)
def usb(request: HttpRequest, link: PersonalLink) -> FileResponse:
    """A zip in playing order: one folder a day, the recording where there is one, else the sheet."""
    place = station_of(link)
    entries = list(plays_ahead(place))
    if not entries:
        raise Http404("nothing to take away")
    # Recordings are large and the stick's zip may be larger than the memory of a small server.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    write_zip(file, entries)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"usb-{timezone.localdate():%Y%m%d}.zip")


@personal_page(LinkPurpose.STATION)
def sheets(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """The sheets of the coming days in one file to print."""
    seen = {entry.programme.item.pk: entry.programme for entry in plays_ahead(station_of(link))}
    if not seen:
        raise Http404("nothing to print")
    content = render_many_pdf([sheet_spec(one.item) for one in seen.values()])
    shown = f'inline; filename="phieu-{timezone.localdate():%Y%m%d}.pdf"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": shown})


def calendar_of(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """The planned plays as iCalendar (RFC 5545); withdrawn ones are cancelled there too."""
    place = station_of(link)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Loa//Loa//VI", "METHOD:PUBLISH"]
    for one in programmes.week_of(place, start_of_today()):
        lines += [line for play in one.planned for line in calendar_event(one, play.at)]
    text = "\r\n".join(folded(line) for line in [*lines, "END:VCALENDAR", ""])
    shown = f'attachment; filename="tram-{place.pk}.ics"'
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": shown})


calendar = personal_page(LinkPurpose.STATION)(calendar_of)


def plays_ahead(place: Station) -> Iterator[Entry]:
    """The plays from today on, in order, numbered anew each day; nothing withdrawn or paused."""
    end = start_of_today() + dt.timedelta(days=DAYS)
    plays = [
        (play.at, one)
        for one in programmes.week_of(place, start_of_today())
        if not one.withdrawn and not one.stopped
        for play in one.planned
        if start_of_today() <= play.at < end
    ]
    count: dict[dt.date, int] = {}
    for at, one in sorted(plays, key=lambda play: (play[0], play[1].item.pk)):
        count[at.date()] = count.get(at.date(), 0) + 1
        name = f"{at:%Y%m%d}/{count[at.date()]:02d}_{at:%H%M}.{extension_of(one)}"
        yield Entry(name=name, at=at, programme=one)


def extension_of(one: Programme) -> str:
    """The recording's extension where it is there to take along, else "pdf" for the sheet."""
    audio = message_of(one.item).audio
    found = PurePosixPath(audio.name).suffix.lower().lstrip(".") if audio else ""
    return found if audio and found in AUDIO_EXTENSIONS and default_storage.exists(audio.name) else "pdf"


def write_zip(file: IO[bytes], entries: list[Entry]) -> None:
    """Write ``entries`` and a list of them in plain words. Names are ASCII, as FAT32 and old players want."""
    sheets_made: dict[int, bytes] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            item, audio = entry.programme.item, message_of(entry.programme.item).audio
            if audio is not None and not entry.name.endswith(".pdf"):
                if audio.name.startswith(f"{PROGRAMMES}/"):
                    with default_storage.open(audio.name) as source:
                        archive.writestr(entry.name, for_station(audio.name, source.read(), station_name(item)))
                    continue
                with default_storage.open(audio.name) as source, archive.open(entry.name, "w") as target:
                    for chunk in source.chunks():
                        target.write(chunk)
            else:
                if item.pk not in sheets_made:
                    sheets_made[item.pk] = sheet_pdf(item)
                archive.writestr(entry.name, sheets_made[item.pk])
        archive.writestr("danh-sach.txt", contents(entries), zipfile.ZIP_DEFLATED)


def contents(entries: list[Entry]) -> bytes:
    """The list of the stick, with a byte order mark and line ends that any Windows shows right."""
    text = io.StringIO(newline="\r\n")
    for entry in entries:
        one = entry.programme
        marks = [_("REHEARSAL")] * one.rehearsal + [_("SAMPLE TEXT")] * one.is_sample
        words = [entry.name, f"{entry.at:%d/%m/%Y %H:%M}", *marks, one.title, one.language, one.length]
        text.write(" | ".join(words) + "\n")
    return text.getvalue().encode("utf-8-sig")


def calendar_event(one: Programme, at: dt.datetime) -> list[str]:
    """One play as a VEVENT. It holds no address: calendars are shared more freely than links."""
    begin = at.astimezone(dt.UTC)
    marks = [f"[{_('REHEARSAL')}] "] * one.rehearsal + [f"[{_('SAMPLE TEXT')}] "] * one.is_sample
    title = f"[{_('WITHDRAWN – DO NOT BROADCAST')}] {one.title}" if one.withdrawn else "".join([*marks, one.title])
    return [
        "BEGIN:VEVENT",
        f"UID:play-{one.item.pk}-{begin:%Y%m%dT%H%M}@loa",
        f"DTSTAMP:{one.due.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{int(one.withdrawn)}",
        f"DTSTART:{begin:%Y%m%dT%H%M%SZ}",
        f"DURATION:PT{one.seconds}S",
        f"SUMMARY:{escaped(title)}",
        f"DESCRIPTION:{escaped(f'{one.language} · {one.length}')}",
        f"STATUS:{'CANCELLED' if one.withdrawn else 'CONFIRMED'}",
        "END:VEVENT",
    ]


def start_of_today() -> dt.datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
