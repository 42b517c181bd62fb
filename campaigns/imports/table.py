"""A CSV or XLSX file as rows of cells, each knowing its row and column, before anybody asks what it means."""

import csv
import dataclasses
import datetime as dt
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.cell import Cell as SheetCell

MAX_FILE = 50 * 1024 * 1024
MAX_UNPACKED = 500 * 1024 * 1024
MAX_ROWS = 20_000
DELIMITERS = (",", ";", "\t")
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: ``row`` as a spreadsheet counts (the header is 1), ``column`` by its name."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        if not self.row:
            return self.text
        where = _("row %(row)d, column %(column)s") if self.column else _("row %(row)d")
        return f"{where % {'row': self.row, 'column': self.column}}: {self.text}"


class CannotRead(Exception):
    """The file is not what it should be; ``faults`` say where and why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


@dataclasses.dataclass
class Row:
    """One row: text by column name, a moment where the spreadsheet had one, and what cannot be read at all."""

    number: int
    cells: dict[str, Any]
    faults: list[Fault] = dataclasses.field(default_factory=list)

    def text(self, column: str) -> str:
        """The cell's text, "" for an empty or missing one."""
        value = self.cells.get(column)
        return "" if value is None else str(value)


def read_table(path: Path, known: Sequence[str], needed: Sequence[str]) -> list[Row]:
    """The rows of ``path`` below its header. Empty rows are left out, but counted.

    :raises CannotRead: for a file that is no table, or a header with unknown or missing columns.
    :raises OSError: when there is no such file.
    """
    if path.stat().st_size > MAX_FILE:
        raise CannotRead(Fault(0, "", _("The file is too large.")))
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise CannotRead(Fault(0, "", _("Only CSV and XLSX files can be read.")))
    lines = _csv_rows(path, known) if kind == ".csv" else _sheet_rows(path)
    first = next(lines, [])
    header = [_header(value) for value in first]
    while header and not header[-1]:
        header.pop()
    _check_header(header, known, needed)
    rows: list[Row] = []
    for number, values in enumerate(lines, 2):
        if all(_is_empty(value) for value in values):
            continue
        if len(rows) >= MAX_ROWS:
            raise CannotRead(Fault(number, "", _("The file has more than %(count)d rows.") % {"count": MAX_ROWS}))
        rows.append(_row(number, header, values))
    if not rows:
        raise CannotRead(Fault(0, "", _("The file has no row below its header.")))
    return rows


def _check_header(header: Sequence[str], known: Sequence[str], needed: Sequence[str]) -> None:
    faults = [
        Fault(1, name or "?", _("There is no such column. The columns are: %(names)s.") % {"names": ", ".join(known)})
        for name in header
        if name not in known
    ]
    twice = [name for place, name in enumerate(header) if name in known and name in header[:place]]
    faults += [Fault(1, name, _("The column stands there twice.")) for name in twice]
    faults += [Fault(1, name, _("The column is missing.")) for name in needed if name not in header]
    if faults:
        raise CannotRead(*faults)


def _header(value: Any) -> str:
    return str("" if value is None else value).strip().lower()


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _row(number: int, header: Sequence[str], values: Sequence[Any]) -> Row:
    row = Row(number, {})
    if any(not _is_empty(value) for value in values[len(header) :]):
        row.faults.append(Fault(number, "", _("The row has more cells than the header.")))
    for name, value in zip(header, values, strict=False):
        try:
            row.cells[name] = _plain(value)
        except ValueError as error:
            row.faults.append(Fault(number, name, str(error)))
            row.cells[name] = None
    return row


def _plain(value: Any) -> Any:
    """A moment as it is; everything else as clean text.

    :raises ValueError: for formulas, error values and characters that no text has.
    """
    if isinstance(value, SheetError):
        raise ValueError(value.why)
    if value is None or isinstance(value, dt.datetime | dt.date | dt.time):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n").replace("\r", "\n").strip()
    if text.startswith("="):
        raise ValueError(_("This is a formula. Put in the value itself."))
    if any(unicodedata.category(mark) == "Cc" and mark not in "\n\t" for mark in text) or "\ufffd" in text:
        raise ValueError(_("There are characters in it that are no text; save the file anew."))
    return text


# --- CSV ----------------------------------------------------------------------------------------------


def _csv_rows(path: Path, known: Sequence[str]) -> Iterator[list[Any]]:
    text = _decoded(path.read_bytes())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, known), strict=True)
    number = 0
    try:
        for values in reader:
            number += 1
            yield list(values)
    except csv.Error as error:
        raise CannotRead(Fault(number + 1, "", _("The row cannot be read: a quotation mark is not closed."))) from error


def _decoded(raw: bytes) -> str:
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeError as error:
        raise CannotRead(Fault(0, "", _("The file is not UTF-8. Save it as “CSV UTF-8”."))) from error


def _delimiter(text: str, known: Sequence[str]) -> str:
    """The one that splits the first line into most known columns: Excel in Vietnamese writes semicolons."""
    first = text.splitlines()[0] if text else ""

    def columns(delimiter: str) -> int:
        return sum(name.strip().strip('"').lower() in known for name in first.split(delimiter))

    return max(DELIMITERS, key=columns)


# --- XLSX ---------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class SheetError:
    """A cell that holds no value."""

    why: str


def _sheet_rows(path: Path) -> Iterator[list[Any]]:
    """The first sheet. Formulas are read as such, so that nobody sends what somebody else's sheet computed."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise CannotRead(Fault(0, "", _("The file is too large.")))
        book = load_workbook(path, read_only=True, data_only=False)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise CannotRead(Fault(0, "", _("This is no XLSX file that can be read."))) from error
    try:
        sheet = book.worksheets[0]
        # Some programs write a wrong extent; all cells are wanted.
        sheet.reset_dimensions()
        yield from _by_position(sheet.iter_rows())
    finally:
        book.close()


def _by_position(lines: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    for line in lines:
        yield [_sheet_value(cell) for cell in line]


def _sheet_value(cell: SheetCell) -> Any:
    if cell.data_type == "f":
        return SheetError(_("This is a formula. Put in the value itself."))
    if cell.data_type == "e":
        return SheetError(_("The spreadsheet shows an error here."))
    value = cell.value
    if isinstance(value, dt.datetime) and "h" not in str(cell.number_format).lower():
        return value.date()
    return value
