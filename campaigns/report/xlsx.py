"""The annex tables as a workbook: real numbers, frozen headings, totals as formulas."""

import datetime as dt
import io
import re
import zipfile
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from campaigns.report.numbers import day
from campaigns.report.stable_zip import stable
from campaigns.report.wording import by_basis, say, wording

WHOLE, DECIMAL = "#,##0", "#,##0.0"
HEAD_FILL = PatternFill("solid", fgColor="FFEFEFEC")
MISSING_FONT = Font(color="FF5A5A5A", italic=True)
# What a spreadsheet takes for the beginning of a formula.
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")


def workbook(report: dict[str, Any]) -> bytes:
    """The XLSX file. The same report gives the same bytes."""
    book = Workbook()
    _summary(book.active, report)
    _indicators(book, report)
    _coverage(book, report)
    for table in report["tables"]:
        if table["columns"]:
            _dimension(book, report, table)
    _comparison(book, report)
    _findings(book, report)
    _provenance(book, report)
    made = dt.datetime.fromisoformat(report["made_at"]).astimezone(dt.UTC).replace(tzinfo=None)
    book.properties.creator = "Loa"
    book.properties.created = book.properties.modified = made
    book.properties.title = report["head"]["title"]
    buffer = io.BytesIO()
    # openpyxl sets the time of saving on its own; the writer is told the report's instead.
    book.save(buffer)
    return stable(_with_time(buffer.getvalue(), made))


def _with_time(archive: bytes, made: dt.datetime) -> bytes:
    """The file with ``made`` as the time of its last change, which openpyxl overwrites when it saves."""
    target = io.BytesIO()
    stamp = f"{made:%Y-%m-%dT%H:%M:%SZ}".encode()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            out.writestr(info, data)
    return target.getvalue()


def text_cell(sheet: Any, row: int, column: int, text: str, *, bold: bool = False) -> Any:
    """Write text that no spreadsheet will take for a formula, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = text
    if text.startswith(FORMULA_MARKS):
        cell.data_type = "s"
        cell.quotePrefix = True
    cell.font = Font(bold=bold)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def number_cell(sheet: Any, row: int, column: int, value: int | None, scale: int = 1) -> Any:
    """A real number; the words for a missing one, which sums pass over."""
    if value is None:
        cell = text_cell(sheet, row, column, say("missing"))
        cell.font = MISSING_FONT
        return cell
    cell = sheet.cell(row, column, value if scale == 1 else value / scale)
    cell.number_format = WHOLE if scale == 1 else DECIMAL
    return cell


def _sheet(book: Any, title: str, report: dict[str, Any]) -> Any:
    sheet = book.create_sheet(title[:31])
    _print_setup(sheet, report)
    return sheet


def _print_setup(sheet: Any, report: dict[str, Any]) -> None:
    marks = [say("draft")] if report["draft"] else []
    if report["rehearsal"]:
        marks.append(say("rehearsal"))
    sheet.oddHeader.right.text = " – ".join(marks)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    if report["rehearsal"]:
        sheet.sheet_properties.tabColor = "FF7A1512"


def _headed(sheet: Any, report: dict[str, Any], title: str, header: list[str]) -> int:
    """Title, marks and column headings; returns the row of the first figure. Headings stay in view."""
    text_cell(sheet, 1, 1, title, bold=True).alignment = Alignment(wrap_text=False)
    marks = say("rehearsal_note") if report["rehearsal"] else say("draft") if report["draft"] else ""
    text_cell(sheet, 2, 1, marks, bold=True).alignment = Alignment(wrap_text=False)
    for column, name in enumerate(header, start=1):
        cell = text_cell(sheet, 3, column, name, bold=True)
        cell.fill = HEAD_FILL
        sheet.column_dimensions[get_column_letter(column)].width = 44 if column == 1 else 16
    # Spreadsheets do not grow a row by themselves when a file is opened: room for the longest heading.
    longest = max((len(name) for name in header[1:]), default=0)
    sheet.row_dimensions[3].height = 15 * max(1, -(-longest // 14))
    sheet.freeze_panes = "B4"
    sheet.print_title_rows = "1:3"
    return 4


def _grow(sheet: Any, row: int, text: str, characters: int) -> None:
    """Make the row as high as ``text`` needs at that many characters a line."""
    sheet.row_dimensions[row].height = 15 * -(-len(text) // characters)


def _summary(sheet: Any, report: dict[str, Any]) -> None:
    sheet.title = "Tóm tắt"
    _print_setup(sheet, report)
    row = _headed(sheet, report, report["head"]["title"], [say("columns.content"), ""])
    sheet.column_dimensions["A"].width = 110
    lines = [report["head"]["intro"], *(text for part in report["sentences"].values() for text in part)]
    lines += [report["targets"]["note"] or ""]
    for text in (line for line in lines if line):
        text_cell(sheet, row, 1, text)
        _grow(sheet, row, text, 105)
        row += 1


def _indicators(book: Any, report: dict[str, Any]) -> None:
    sheet = _sheet(book, "Số liệu chung", report)
    bases = dict(by_basis(wording()["bases"]))
    row = _headed(
        sheet,
        report,
        say("tables.indicators"),
        [say("columns.indicator"), say("columns.unit"), *bases.values()],
    )
    for one in report["indicators"]:
        text_cell(sheet, row, 1, one["name"])
        text_cell(sheet, row, 2, one["unit"])
        for column, basis in enumerate(bases, start=3):
            part = one["bases"].get(basis)
            number_cell(sheet, row, column, part["value"] if part else None, one["scale"])
        row += 1


def _coverage(book: Any, report: dict[str, Any]) -> None:
    coverage = report["coverage"]
    sheet = _sheet(book, "Độ phủ", report)
    header = [say(f"columns.{key}") for key in ("place", "plays", "sessions", "only_declared")]
    first = row = _headed(sheet, report, say("tables.reached"), header)
    for place in coverage["reached_places"]:
        text_cell(sheet, row, 1, place["name"])
        number_cell(sheet, row, 2, place["plays"])
        number_cell(sheet, row, 3, place["sessions"])
        text_cell(
            sheet, row, 4, say("rows.self_declared") if place["only_declared"] else say("rows.recorded")
        )
        row += 1
    if coverage["reached_places"]:
        text_cell(sheet, row, 1, say("columns.total"), bold=True)
        for column in (2, 3):
            letter = get_column_letter(column)
            sheet.cell(row, column, f"=SUM({letter}{first}:{letter}{row - 1})").font = Font(bold=True)
        row += 1
    row += 1
    on = day(dt.date.fromisoformat(coverage["on"]))
    for label, value in (
        (say("rows.communes", day=on), coverage["communes"]),
        (say("rows.reached"), coverage["reached"] or None),
        (say("rows.by_operator_only"), coverage["by_operator_only"] if coverage["reached"] else None),
        (say("rows.declared_only"), len(coverage["declared_only"]) or None),
        (say("rows.not_reached"), len(coverage["not_reached"])),
    ):
        text_cell(sheet, row, 1, label)
        number_cell(sheet, row, 2, value)
        row += 1
    text_cell(sheet, row, 1, say("rows.percent"))
    if coverage["percent"] is None:
        number_cell(sheet, row, 2, None)
    else:
        sheet.cell(row, 2, f"=B{row - 4}/B{row - 5}").number_format = "0.0%"
    row += 2
    for key in ("declared_only", "not_reached"):
        for number, place in enumerate(coverage[key]):
            text_cell(sheet, row, 1, place["name"])
            text_cell(sheet, row, 2, say(f"rows.{key}") if number == 0 else "").alignment = Alignment(
                wrap_text=False
            )
            row += 1


def _dimension(book: Any, report: dict[str, Any], table: dict[str, Any]) -> None:
    sheet = _sheet(book, table["dimension"], report)
    columns = table["columns"]
    header = [
        table["dimension"],
        *(f"{one['title']} ({one['unit']}) – {one['basis_title']}" for one in columns),
    ]
    first = row = _headed(sheet, report, table["title"], header)
    for line in table["rows"]:
        text_cell(sheet, row, 1, line["label"])
        for number, column in enumerate(columns, start=2):
            number_cell(sheet, row, number, line["cells"][column["id"]], column["scale"])
        row += 1
    if table["total"]:
        text_cell(sheet, row, 1, say("columns.total"), bold=True)
        for number, column in enumerate(columns, start=2):
            letter = get_column_letter(number)
            cell = sheet.cell(row, number, f"=SUM({letter}{first}:{letter}{row - 1})")
            cell.number_format, cell.font = WHOLE if column["scale"] == 1 else DECIMAL, Font(bold=True)
        row += 1
    if table["note"]:
        text_cell(sheet, row + 1, 1, table["note"])


def _comparison(book: Any, report: dict[str, Any]) -> None:
    rows = report["comparison"]["rows"]
    if not rows:
        return
    sheet = _sheet(book, "So sánh cùng kỳ", report)
    header = [
        say(f"columns.{key}")
        for key in ("indicator", "unit", "basis", "this_period", "previous", "difference")
    ]
    row = _headed(sheet, report, say("tables.comparison"), header)
    for one in rows:
        for column, text in enumerate((one["title"], one["unit"], one["basis_title"]), start=1):
            text_cell(sheet, row, column, text)
        number_cell(sheet, row, 4, one["now"], one["scale"])
        number_cell(sheet, row, 5, one["before"], one["scale"])
        if one["difference"] is None:
            number_cell(sheet, row, 6, None)
        else:
            sheet.cell(row, 6, f"=D{row}-E{row}").number_format = WHOLE if one["scale"] == 1 else DECIMAL
        row += 1


def _findings(book: Any, report: dict[str, Any]) -> None:
    sheet = _sheet(book, "Cần xác minh", report)
    row = _headed(sheet, report, say("headings.findings"), [say("columns.finding"), say("columns.kind")])
    sheet.column_dimensions["A"].width = 100
    for one in report["findings"]:
        text_cell(sheet, row, 1, one["text"])
        _grow(sheet, row, one["text"], 95)
        text_cell(sheet, row, 2, one["kind_title"])
        row += 1
    for line in (line for group in report["overlaps"] for line in group):
        text_cell(sheet, row, 1, f"{line['label']}: {line['indicator_title']}")
        number_cell(sheet, row, 2, line["value"], line["scale"])
        row += 1


def _provenance(book: Any, report: dict[str, Any]) -> None:
    sheet = _sheet(book, "Nguồn số liệu", report)
    header = [say(f"columns.{key}") for key in ("indicator", "basis", "source", "sources", "last_change")]
    row = _headed(sheet, report, say("tables.provenance"), header)
    for one in report["indicators"]:
        for basis, part in by_basis(one["bases"]):
            for source in part["sources"]:
                text_cell(sheet, row, 1, one["name"])
                text_cell(sheet, row, 2, say(f"bases.{basis}"))
                text_cell(sheet, row, 3, source["title"])
                number_cell(sheet, row, 4, source["count"])
                changed = dt.datetime.fromisoformat(source["last_change"]).replace(tzinfo=None)
                sheet.cell(row, 5, changed).number_format = "dd/mm/yyyy hh:mm"
                row += 1
