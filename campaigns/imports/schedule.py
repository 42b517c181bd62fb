"""A schedule of many short messages: every cell is checked before anything is written.

Rules: DESIGN section 6. One row is one bulletin for one channel at one time. The texts meet the same
safeguards, platform limits and audience rules as everything else; nothing of the file is kept unless all
of it is right.
"""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.cards import card_for
from campaigns.fanout import station_details
from campaigns.imports.known import Known
from campaigns.imports.moments import is_month_first, is_open_to_doubt, moment_of, written_parts
from campaigns.imports.table import CannotRead, Fault, Row, read_table
from campaigns.messages import SAMPLE_MARK, Pictures, message_for
from campaigns.models import Approval, Bulletin, Campaign, Language, TargetGroup
from campaigns.models.links import TrackedLink, new_code
from campaigns.safeguards import blocks, check, current_book
from campaigns.snapshots import picture_facts
from media.models import Picture
from publishers import registry
from publishers.message import Attachment, Message
from publishers.models import Channel

__all__ = ["COLUMNS", "CannotRead", "Checked", "Fault", "ReadyRow", "check_schedule"]

COLUMNS = ("send_at", "channel", "language", "groups", "title", "text", "link", "image", "campaign")
NEEDED = ("send_at", "channel", "title", "text")
LATE_AT_MOST = dt.timedelta(minutes=5)
FAR_AT_MOST = dt.timedelta(days=3 * 366)
TITLE_LIMIT, LINK_LIMIT = 200, 500
# In which column staff can mend what a platform would refuse.
COLUMN_OF_PROBLEM = {"no-title": "title", "long-title": "title", "no-cover": "image", "too-many-pictures": "image"}
_url = URLValidator(schemes=["http", "https"])


@dataclasses.dataclass
class ReadyRow:
    """One row that may be written. ``approval`` is not stored yet and has no bulletin."""

    number: int
    due: dt.datetime
    channel: Channel
    language: Language
    groups: list[TargetGroup]
    campaign: Campaign
    picture: Picture | None
    link: str
    is_fallback: bool
    approval: Approval
    tracked: TrackedLink
    message: Message

    @property
    def key(self) -> str:
        """The same for the same message to the same channel at the same time, in any file."""
        snapshot = self.approval.snapshot
        told = (self.channel.pk, self.due.astimezone(dt.UTC).isoformat(), self.language.key)
        parts = (*told, snapshot["title"], snapshot["text"], snapshot["link"])
        return "import:" + hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


@dataclasses.dataclass
class Checked:
    """What came of a file: rows to write, or faults; ``hints`` stop nothing."""

    rows: list[ReadyRow] = dataclasses.field(default_factory=list)
    faults: list[Fault] = dataclasses.field(default_factory=list)
    hints: list[Fault] = dataclasses.field(default_factory=list)


def check_schedule(path: Path, *, author: Any, approver: Any = None, now: dt.datetime | None = None) -> Checked:
    """Read and check a whole schedule; nothing is written.

    With an ``approver`` each row has to be fit for being sent; without one the rows become drafts, and are
    checked just the same.

    :raises CannotRead: when the file is no schedule at all.
    :raises OSError: when there is no such file.
    """
    rows = read_table(path, COLUMNS, NEEDED)
    checker = Checker(author=author, approver=approver, now=now or timezone.now())
    checked = Checked(faults=[fault for row in rows for fault in row.faults])
    checker.doubt_dates(rows)
    for row in rows:
        ready = checker.ready(row)
        if ready is not None:
            checked.rows.append(ready)
    checked.faults += [*checker.faults, *_repetitions(checked.rows)]
    checked.faults += checker.known.already_there(checked.rows)
    checked.faults.sort(key=lambda fault: (fault.row, COLUMNS.index(fault.column) if fault.column in COLUMNS else -1))
    checked.hints = checker.hints
    return checked


def recheck(bulletins: Sequence[Bulletin], *, approver: Any) -> Checked:
    """Check stored drafts of a schedule as if they came in now; ``row`` of a fault is the bulletin's number.

    Their groups and channels have to be at hand.
    """
    checker = Checker(author=None, approver=approver, now=timezone.now())
    found = [checker.ready(row_of(bulletin)) for bulletin in bulletins]
    return Checked(rows=[row for row in found if row is not None], faults=checker.faults, hints=checker.hints)


def row_of(bulletin: Bulletin) -> Row:
    """A stored draft as the row that it came from."""
    mark = SAMPLE_MARK if bulletin.is_sample else ""
    cells = {
        "send_at": bulletin.due,
        "channel": ",".join(str(channel.pk) for channel in bulletin.channels.all()),
        "language": bulletin.language.key,
        "groups": ",".join(group.key for group in bulletin.groups.all()),
        "title": f"{mark}{bulletin.title}",
        "text": bulletin.text,
        "link": bulletin.link,
        "image": str(bulletin.image_id or ""),
        "campaign": bulletin.campaign.key,
    }
    return Row(bulletin.pk, cells)


def _repetitions(rows: Iterable[ReadyRow]) -> list[Fault]:
    first: dict[str, int] = {}
    found = []
    for row in rows:
        earlier = first.setdefault(row.key, row.number)
        if earlier != row.number:
            text = _("The same message to the same channel at the same time stands in row %(row)d.")
            found.append(Fault(row.number, "text", text % {"row": earlier}))
    return found


class GivenPicture(Pictures):
    """The picture that a row names, found once for the whole file, and no other."""

    def __init__(self, given: tuple[Attachment, ...]) -> None:
        super().__init__()
        self.given = given

    def of(self, approval: Approval, form: str) -> tuple[Attachment, ...]:
        return self.given


class Checker:
    """Checks rows against what there is; a fault ends the row, not the file."""

    def __init__(self, *, author: Any, approver: Any, now: dt.datetime) -> None:
        self.author, self.approver, self.now = author, approver, now
        self.known, self.book = Known(), current_book()
        self.faults: list[Fault] = []
        self.hints: list[Fault] = []
        self._findings: dict[tuple[str, str, dt.date], list[str]] = {}
        self._month_first = False

    def doubt_dates(self, rows: Sequence[Row]) -> None:
        """One date with the month first makes every date of the file doubtful that can be read both ways."""
        self._month_first = any(is_month_first(written_parts(row.cells.get("send_at"))) for row in rows)

    def ready(self, row: Row) -> ReadyRow | None:
        """The row, ready to be written, or None when it has a fault."""
        before = len(self.faults)
        due, channel = self._due(row), self._cell(row, "channel", self.known.channel)
        language = self._cell(row, "language", self.known.language)
        groups = self._cell(row, "groups", self.known.groups)
        campaign = self._cell(row, "campaign", self.known.campaign)
        picture = self._cell(row, "image", self.known.picture)
        title, is_sample = self._title(row)
        text, link = row.text("text"), self._cell(row, "link", _link)
        if not text and "text" not in self._unreadable(row):
            self._fault(row, "text", _("The text is missing."))
        if len(self.faults) > before or row.faults or due is None or channel is None or language is None:
            return None
        assert campaign is not None
        place = self._reaches(row, channel, language, is_sample)
        snapshot = {
            "kind": "bulletin",
            "title": title,
            "text": text,
            "link": link,
            "language": language.code,
            "campaign": campaign.pk,
            "cover": picture_facts(picture) if picture else None,
            "groups": sorted(group.key for group in groups or ()),
            "is_sample": is_sample,
        }
        approval = Approval(language=language, snapshot=snapshot, approved_by=self.approver)
        tracked = TrackedLink(code=new_code(), target=link or f"{settings.SITE_URL}/")
        message = self._message(approval, channel, tracked.url, picture)
        self._safe(row, f"{message.title}\n\n{message.text}", language.code, due)
        self._fits(row, channel, message, due)
        if picture and (why := self.known.unagreed(picture, channel, timezone.localdate(due))):
            self._fault(row, "image", why)
        if len(self.faults) > before:
            return None
        return ReadyRow(
            row.number,
            *(due, channel, language, groups or [], campaign, picture, link or ""),
            is_fallback=place > 0,
            approval=approval,
            tracked=tracked,
            message=message,
        )

    # --- one cell ---------------------------------------------------------------------------------

    def _fault(self, row: Row, column: str, text: Any) -> None:
        self.faults.append(Fault(row.number, column, str(text)))

    @staticmethod
    def _unreadable(row: Row) -> set[str]:
        return {fault.column for fault in row.faults}

    def _cell(self, row: Row, column: str, meaning: Any) -> Any:
        """What ``meaning`` makes of the cell's text; None and a fault when it raises ValueError."""
        if column in self._unreadable(row):
            return None
        try:
            return meaning(row.text(column))
        except ValueError as error:
            self._fault(row, column, error)
            return None

    def _due(self, row: Row) -> dt.datetime | None:
        if "send_at" in self._unreadable(row):
            return None
        written = row.cells.get("send_at")
        try:
            due = moment_of(written)
        except ValueError as error:
            self._fault(row, "send_at", error)
            return None
        if self._month_first and is_open_to_doubt(written_parts(written)):
            text = _("Day or month first? Other rows have the month first. Write it like 2027-07-30 07:30.")
            self._fault(row, "send_at", text)
        elif due < self.now - LATE_AT_MOST:
            self._fault(row, "send_at", _("This time has passed."))
        elif due > self.now + FAR_AT_MOST:
            self._fault(row, "send_at", _("This is more than three years away. Is the year right?"))
        return due

    def _title(self, row: Row) -> tuple[str, bool]:
        """The title without the mark of a sample, and whether it had one."""
        title = " ".join(row.text("title").split())
        mark = SAMPLE_MARK.strip()
        is_sample = title.upper().startswith(mark)
        title = title[len(mark) :].strip() if is_sample else title
        if not title and "title" not in self._unreadable(row):
            self._fault(row, "title", _("The title is missing."))
        if len(title) > TITLE_LIMIT:
            self._fault(row, "title", _("The title is longer than 200 characters."))
        return title, is_sample

    # --- the row as a whole -----------------------------------------------------------------------

    def _reaches(self, row: Row, channel: Channel, language: Language, is_sample: bool) -> int:
        """The place of ``language`` among the channel's, with the faults of what may not be sent there."""
        languages = self.known.languages_of(channel)
        if language not in languages:
            names = ", ".join(map(str, languages)) or "–"
            text = _("The channel's languages are: %(names)s. No other one is ever sent to it.") % {"names": names}
            self._fault(row, "language", text)
        if language.spoken_only:
            self._fault(row, "language", _("This language is only spoken; it needs a recording, not a text."))
        if language.code != "vi" and self.approver is not None and not self._reads(language):
            self._fault(row, "language", _("A native reader of this language has to approve it."))
        if is_sample and not channel.rehearsal:
            self._fault(row, "channel", _("A sample goes to rehearsal channels only."))
        return languages.index(language) if language in languages else 0

    def _reads(self, language: Language) -> bool:
        return language.reviewers_id is not None and language.reviewers_id in self._approver_groups

    @cached_property
    def _approver_groups(self) -> set[int]:
        return set(self.approver.groups.values_list("pk", flat=True))

    def _message(self, approval: Approval, channel: Channel, link: str, picture: Picture | None) -> Message:
        """What the channel gets. Without a picture a card is drawn only where the platform takes no post bare."""
        platform = registry.get(channel.platform)
        pictures = GivenPicture(self.known.attachments(picture) if picture else ())
        details = station_details(self.known.stations.get(channel.pk))
        message = message_for(
            approval=approval, channel=channel, group=None, link=link, details=details, pictures=pictures
        )
        if not message.images and any(problem.code == "no-cover" for problem in platform.problems(message)):
            card = card_for(approval, platform.card) if platform.card else None
            return dataclasses.replace(message, images=(card,) if card else ())
        return message

    def _safe(self, row: Row, text: str, language: str, due: dt.datetime) -> None:
        day = timezone.localdate(due)
        seen = (text, language, day)
        if seen not in self._findings:
            found = check(
                text,
                language=language,
                hotlines=self.known.hotlines(day),
                rights=self.known.rights(day, language),
                on=day,
                book=self.book,
            )
            self._findings[seen] = [f"{finding.message} {finding.cure}".strip() for finding in blocks(found)]
        for words in self._findings[seen]:
            self._fault(row, "text", words)

    def _fits(self, row: Row, channel: Channel, message: Message, due: dt.datetime) -> None:
        platform = registry.get(channel.platform)
        for problem in [*platform.problems(message), *platform.hints(channel.options, due)]:
            column = COLUMN_OF_PROBLEM.get(problem.code, "image" if problem.code.startswith("cover") else "text")
            if problem.blocks:
                self._fault(row, column, problem.text)
            else:
                self.hints.append(Fault(row.number, column, problem.text))


def _link(text: str) -> str:
    """The address in a cell, "" for none.

    :raises ValueError: when it is none that readers could open.
    """
    if not text:
        return ""
    try:
        _url(text)
    except ValidationError:
        raise ValueError(_("This is no web address; it begins with https://.")) from None
    if len(text) > LINK_LIMIT:
        raise ValueError(_("The address is longer than 500 characters."))
    return text
