"""A sheet that came back: every cell is checked, then all of it becomes one draft, or nothing does."""

import datetime as dt
import io
import re
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from wagtail.models import Page

from campaigns.exchange import rich
from campaigns.exchange.pairs import Exchange, Pair, clean, exchange_of, source_text_page
from campaigns.exchange.sheet import MARK_KEY, columns, language_of, pairs_by_key, read_mark
from campaigns.exchange.texts import write_data
from campaigns.imports.table import CannotRead, Fault
from campaigns.models import OutsideTranslation
from campaigns.typed_text import one_line

MAX_FILE = 5 * 1024 * 1024
MAX_UNPACKED = 30 * 1024 * 1024
MAX_PARTS = 200
MAX_ROWS = 5_000
# A few columns more than ours are looked at, so that nothing written there is lost in silence.
COLUMNS = 12
# How Excel writes a carriage return inside a cell.
CARRIAGE_RETURN = re.compile(r"_x000[Dd]_\n?")


@transaction.atomic
def import_sheet(*, page: Any, content: bytes, user: Any, translator: str, dry_run: bool = False) -> Any:
    """Put a returned sheet into a new draft of the translation ``page``, written by ``user``.

    :param translator: the name of the outside translator; it counts among the writers.
    :return: the draft's revision; None for a dry run.
    :raises CannotRead: with every bad cell by row and column; nothing was written.
    :raises PermissionDenied: when ``user`` may not edit the page now.
    """
    name = one_line(translator)[:120]
    if not name:
        raise CannotRead(Fault(0, "", _("Please write who translated this.")))
    # Two sheets at once, or a sheet while the editor saves: the second finds that the text has changed.
    Page.objects.select_for_update().get(pk=page.pk)
    page = Page.objects.get(pk=page.pk).specific
    refuse_closed(page, user)
    draft = page.get_latest_revision_as_object()
    exchange = exchange_of(draft, source_text_page(page))
    _take_over(_rows(content), page, exchange)
    if dry_run:
        return None
    write_data(draft, exchange.data)
    revision = draft.save_revision(user=user, log_action=True)
    OutsideTranslation.objects.create(page_id=page.pk, revision=revision, translator=name, imported_by=user)
    return revision


def refuse_closed(page: Any, user: Any) -> None:
    """Raise PermissionDenied where ``user`` may not write in ``page`` now."""
    if not page.permissions_for_user(user).can_edit():
        raise PermissionDenied(_("You may not write in this version."))
    lock = page.get_lock()
    if lock is not None and lock.for_user(user):
        raise PermissionDenied(_("Somebody reads or holds this version now. Ask to have it sent back first."))
    if page.workflow_in_progress:
        raise PermissionDenied(_("This version waits for a decision. Ask to have it sent back first."))


# --- The file -----------------------------------------------------------------------------------------


def _rows(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    """Number and cells of each row of the first sheet that is not empty.

    :raises CannotRead: for what is no workbook, or too large when unpacked.
    """
    if len(content) > MAX_FILE:
        raise CannotRead(Fault(0, "", _("The file is too large: a sheet of texts has at most 5 MB.")))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise CannotRead(Fault(0, "", _("The file is too large: a sheet of texts has at most 5 MB.")))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()
        lines = sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=COLUMNS)
        for number, line in enumerate(lines, 1):
            if number > MAX_ROWS:
                raise CannotRead(Fault(number, "", _("The file has more than %(count)d rows.") % {"count": MAX_ROWS}))
            cells = list(line)
            if any(cell.value not in (None, "") for cell in cells):
                yield number, cells
    except CannotRead:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError, TypeError, AttributeError) as error:
        raise CannotRead(Fault(0, "", _("This is no XLSX file that can be read."))) from error
    except (ElementTree.ParseError, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise CannotRead(Fault(0, "", _("This is no XLSX file that can be read."))) from error


def _cell_text(cells: Sequence[Any], place: int) -> str:
    """The words of one cell.

    :raises ValueError: for formulas, errors and what a spreadsheet made of the words.
    """
    if place >= len(cells) or cells[place].value is None:
        return ""
    cell = cells[place]
    if cell.data_type == "f":
        raise ValueError(_("This is a formula. Put in the value itself."))
    if cell.data_type == "e":
        raise ValueError(_("The spreadsheet shows an error here."))
    if isinstance(cell.value, bool | dt.date | dt.time | dt.timedelta):
        raise ValueError(_("The spreadsheet made a date or a yes/no of this. Format the cell as text and retype it."))
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = clean(CARRIAGE_RETURN.sub("\n", str(value)))
    if "\ufffd" in text:
        raise ValueError(_("There are characters in it that are no text; save the file anew."))
    return text


# --- What it says -------------------------------------------------------------------------------------


def _take_over(rows: Iterator[tuple[int, list[Any]]], page: Any, exchange: Exchange) -> None:
    """Write the translations into the exchange's data.

    :raises CannotRead: with all that is wrong; the data may then be half written and is to be dropped.
    """
    names = columns(language_of(page))
    refuse_header(next(rows, (1, [])), names)
    known = pairs_by_key(exchange)
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    mark = ""
    for number, cells in rows:
        try:
            key = _cell_text(cells, 0).strip()
        except ValueError as error:
            faults.append(Fault(number, names[0], str(error)))
            continue
        if key == MARK_KEY and not mark:
            mark = str(cells[2].value or "") if len(cells) > 2 else ""
            refuse_other_sheet(mark, page, exchange)
            continue
        faults += _row_faults(number, key, cells, names, known, seen)
    if not mark:
        raise CannotRead(Fault(0, "", _("The sheet's own mark is missing. Take the sheet out anew and use that.")))
    faults += [
        Fault(0, "", _("The row “%(key)s” (%(place)s) is missing.") % {"key": key, "place": pair.place})
        for key, pair in known.items()
        if key not in seen
    ]
    if faults:
        raise CannotRead(*faults)


def refuse_header(first: tuple[int, list[Any]], names: Sequence[str]) -> None:
    """Raise CannotRead when the columns are not those of our sheet for this language."""
    number, cells = first
    said = [str(cell.value or "").strip() for cell in cells]
    wrong = [name for place, name in enumerate(names) if place >= len(said) or clean(said[place]) != clean(name)]
    if wrong or number != 1:
        text = _("The first row is not that of our sheet. It has: %(names)s.") % {"names": ", ".join(names)}
        raise CannotRead(Fault(1, wrong[0] if wrong else names[0], text))


def refuse_other_sheet(mark: str, page: Any, exchange: Exchange) -> None:
    """Raise CannotRead for a sheet of another page or language, or of texts that changed since."""
    try:
        number, language, source, target = read_mark(mark)
    except ValueError as error:
        text = _("The sheet's own mark is damaged or not ours. Take the sheet out anew and use that.")
        raise CannotRead(Fault(2, "", text)) from error
    if language != page.locale.language_code:
        raise CannotRead(Fault(2, "", _("This sheet is for another language (%(code)s).") % {"code": language}))
    if number != page.pk:
        raise CannotRead(Fault(2, "", _("This sheet belongs to another page.")))
    if source != exchange.source_digest[:24]:
        text = _("The Vietnamese text changed since this sheet went out. Take it out anew; copy over what still holds.")
        raise CannotRead(Fault(2, "", text))
    if target != exchange.target_digest[:24]:
        text = _("Somebody changed this version since the sheet went out, and would lose that. Take it out anew.")
        raise CannotRead(Fault(2, "", text))


def _row_faults(
    number: int, key: str, cells: list[Any], names: Sequence[str], known: dict[str, Pair], seen: dict[str, int]
) -> list[Fault]:
    """What is wrong with one row; a row with nothing wrong is written into its slot."""
    pair = known.get(key)
    if pair is None:
        text = _("There is no text “%(key)s” on this page. Rows are neither added nor renamed.")
        return [Fault(number, names[0], text % {"key": key[:60]})]
    if key in seen:
        text = _("“%(key)s” stood in row %(row)d already.") % {"key": key, "row": seen[key]}
        return [Fault(number, names[0], text)]
    seen[key] = number
    faults = []
    if any(cell.value not in (None, "") for cell in cells[len(names) :]):
        faults.append(Fault(number, "", _("The row has more cells than the header.")))
    try:
        if _cell_text(cells, 2).strip() != pair.source.strip():
            faults.append(Fault(number, names[2], _("The Vietnamese text was changed here. It has to stay as it was.")))
    except ValueError as error:
        faults.append(Fault(number, names[2], str(error)))
    try:
        take_text(pair, _cell_text(cells, 3))
    except ValueError as error:
        faults.append(Fault(number, names[3], str(error)))
    return faults


def take_text(pair: Pair, text: str) -> None:
    """Write one translated text into its slot; a text that nobody touched stays as it is, to the byte.

    :raises ValueError: when it is missing, too long for its field, or its tags are not those of the source.
    """
    if text == pair.target or text.strip() == pair.target.strip() != "":
        return
    said = text.strip()
    if not said:
        raise ValueError(_("The translation is missing."))
    if not pair.slot.rich:
        if pair.slot.limit and len(said) > pair.slot.limit:
            values = {"limit": pair.slot.limit, "length": len(said)}
            raise ValueError(_("Too long: %(length)d characters, at most %(limit)d.") % values)
        pair.slot.write(said)
        return
    found = rich.signature(said)
    if found not in (rich.signature(pair.source), rich.signature(pair.target)):
        raise ValueError(_tag_difference(pair, found))
    pair.slot.write(rich.from_cell(said, pair.tags))


def _tag_difference(pair: Pair, found: Any) -> str:
    """Which tags are missing and which are too many, by name."""
    wanted = rich.signature(pair.source or pair.target)
    missing = [f"<{tag}>" for tag in (wanted - found) if tag != "text"]
    more = [f"<{tag}>" for tag in (found - wanted) if tag != "text"]
    parts = []
    if missing:
        parts.append(_("missing: %(tags)s") % {"tags": " ".join(missing)})
    if more:
        parts.append(_("too many: %(tags)s") % {"tags": " ".join(more)})
    if not parts:
        parts.append(_("words stand outside the tags"))
    return _("The tags are not those of the Vietnamese text (%(what)s).") % {"what": "; ".join(parts)}
