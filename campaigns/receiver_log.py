"""What receivers wrote down themselves: measured plays, from a CSV file or sent by the receiver as JSON.

Any receiver's log will do that has a time and a length a line; which programme it was is told by its number
(that of the podcast entry, or the name of the file on the stick) or else by the planned time it lies nearest to.
"""

import csv
import dataclasses
import datetime as dt
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import playbacks
from campaigns.models import PostingItem, Station
from campaigns.models.ledger import Basis
from campaigns.play_proof import plays_of
from campaigns.typed_text import one_line
from campaigns.week_entries import Source

# A receiver's clock drifts and a reader before may be slow; two slots of one day lie hours apart.
NEAR = dt.timedelta(minutes=30)
MOST_LINES = 2000
MOST_BYTES = 2_000_000
# What makers call the columns; the first that is there counts.
NAMES = {
    "at": ("at", "time", "datetime", "start", "started_at", "thoi_gian", "thời gian", "bat_dau", "bắt đầu"),
    "seconds": ("seconds", "duration", "length", "so_giay", "số giây", "thoi_luong", "thời lượng"),
    "programme": ("programme", "program", "item", "file", "filename", "ban_tin", "bản tin", "tep", "tệp"),
    "id": ("id", "key", "log_id"),
}
DAY_FIRST = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%H:%M:%S %d/%m/%Y", "%H:%M %d/%m/%Y")
_NUMBER = re.compile(r"(?:^|[^\d])(?:bt|loa-item|item)[-_:]?(\d{1,18})(?!\d)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of a log: when, how many seconds, what (as the log calls it), and its own number."""

    at: dt.datetime
    seconds: int
    programme: str = ""
    key: str = ""


@dataclasses.dataclass
class Taken:
    recorded: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = dataclasses.field(default_factory=list)


def lines_of_csv(content: bytes) -> list[Line]:
    """The lines of a CSV log with headings: comma, semicolon or tab; UTF-8, or what Windows writes.

    :raises ValidationError: when it is too large, has no such columns, or a line cannot be read (named).
    """
    if len(content) > MOST_BYTES:
        raise ValidationError(_("The log is too large: at most 2 MB, 2,000 lines. Take a shorter period."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1258", errors="replace")
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark)
    return lines_of_rows(reader)


def lines_of_rows(rows: Iterable[Any]) -> list[Line]:
    """The same from mappings, such as the entries of a JSON list.

    :raises ValidationError: as :func:`lines_of_csv` does.
    """
    found: list[Line] = []
    try:
        for number, row in enumerate(rows, 1):
            if number > MOST_LINES:
                raise ValidationError(_("The log is too large: at most 2 MB, 2,000 lines. Take a shorter period."))
            try:
                found.append(_line(row))
            except (ValueError, TypeError, AttributeError):
                text = _("Line %(n)d cannot be read: a time (2026-07-30 05:15:00) and seconds are needed.")
                raise ValidationError(text, params={"n": number}) from None
    except csv.Error:
        raise ValidationError(_("This is no CSV file with a heading line.")) from None
    if not found:
        raise ValidationError(_("There is no line in this log."))
    return found


def _line(row: Mapping[str, Any]) -> Line:
    values = {str(name).strip().lower(): value for name, value in row.items() if name is not None}
    said = {key: next((values[name] for name in names if name in values), None) for key, names in NAMES.items()}
    return Line(
        at=_moment(said["at"]),
        seconds=_seconds(said["seconds"]),
        programme=one_line(str(said["programme"] or ""))[:200],
        key=one_line(str(said["id"] or ""))[:60],
    )


def _moment(value: Any) -> dt.datetime:
    """ISO 8601 or day first; without an offset it is Vietnam's time."""
    text = one_line(str(value))
    for pattern in DAY_FIRST:
        try:
            return timezone.make_aware(dt.datetime.strptime(text, pattern))
        except ValueError:
            continue
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else timezone.make_aware(moment)


def _seconds(value: Any) -> int:
    """“95”, 95.4, “1:35” or “0:01:35”."""
    text = str(value).strip()
    if ":" in text:
        parts = [int(part) for part in text.split(":")]
        if len(parts) > 3 or any(part < 0 for part in parts):
            raise ValueError(text)
        return sum(part * 60**power for power, part in enumerate(reversed(parts)))
    return round(float(text.replace(",", ".")))


def take(*, station: Station, lines: Iterable[Line], by: Any = None) -> Taken:
    """Record each line as a measured play of ``station``; the same line sent again changes nothing.

    A play that somebody declared for the same slot becomes measured: one play, with its correction on record.
    """
    lines = list(lines)
    done = Taken()
    if not lines:
        return done
    since, until = min(line.at for line in lines) - NEAR, max(line.at for line in lines) + NEAR
    planned = [play for play in plays_of([station], since, until) if play.planned]
    for number, line in enumerate(lines, 1):
        try:
            with transaction.atomic():
                done_now = _take(station, line, planned, by)
        except ValidationError as error:
            done.refused.append((number, error.messages[0]))
            continue
        done.recorded += done_now
        done.known += not done_now
    return done


def _take(station: Station, line: Line, planned: list[Any], by: Any) -> bool:
    near = [play for play in planned if abs(play.at - line.at) <= NEAR]
    number = _NUMBER.search(line.programme)
    if number:
        near = [play for play in near if play.item_id == int(number[1])]
        item = PostingItem.objects.filter(pk=int(number[1]), channel=station.channel_id).first()
    else:
        titles = {play.item_id for play in near}
        if len(titles) > 1:
            raise ValidationError(_("Several programmes were due then: the log has to name which one it was."))
        item = PostingItem.objects.filter(pk__in=titles).first()
    if item is None:
        raise ValidationError(_("No programme of this station was due at that time."))
    slot = min(near, key=lambda play: abs(play.at - line.at), default=None)
    _play, created = playbacks.record(
        item=item,
        planned_for=slot.at if slot else None,
        played_at=line.at,
        seconds=line.seconds,
        operator_name=str(Source.RECEIVER.label),
        basis=Basis.MEASURED,
        source=Source.RECEIVER,
        recorded_by=by,
        key=_key(line),
    )
    return created


def _key(line: Line) -> str:
    """The line's own number, else one made of what it says: sending a log twice counts nothing twice."""
    told = f"{line.key}|{line.at.astimezone(dt.UTC).isoformat()}|{line.programme if not line.key else ''}"
    return f"log-{hashlib.sha256(told.encode()).hexdigest()[:48]}"
