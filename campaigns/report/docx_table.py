"""Tables of the DOCX: ruled, with a heading row that repeats, wide ones in several parts."""

from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from campaigns.report.layout import Cell, Table, parts_of
from campaigns.report.wording import say

TEXT = Pt(11)
LABEL_SHARE = 0.3
DASH = "–"


def add_table(
    out: Any, table: Table, *, width: Any, columns: int, align: Any = WD_TABLE_ALIGNMENT.CENTER
) -> None:
    """Add ``table`` with its title and note; more than ``columns`` value columns make several tables."""
    dashed = False
    for part in parts_of(table, columns):
        title = out.add_paragraph()
        title.paragraph_format.space_before, title.paragraph_format.space_after = Pt(10), Pt(4)
        title.paragraph_format.keep_with_next = True
        run = title.add_run(part.title)
        run.bold, run.font.size = True, Pt(13)
        dashed |= _grid(out, part, width, align)
    notes = [table.note] if table.note else []
    if dashed:
        notes.append(say("dash_note"))
    if notes:
        note = out.add_paragraph()
        note.paragraph_format.space_before = Pt(3)
        text = note.add_run(" ".join(notes))
        text.italic, text.font.size = True, TEXT


def _grid(out: Any, table: Table, width: Any, align: Any) -> bool:
    """One grid; True when a dash stands in it."""
    rows = [*table.rows, *([table.total] if table.total else [])]
    values = len(table.header) - 1
    grid = out.add_table(rows=1 + len(rows), cols=1 + values)
    grid.style, grid.alignment, grid.autofit = "Table Grid", align, False
    widths = _widths(table, values, int(width))
    for column, size in zip(grid.columns, widths, strict=True):
        column.width = size
    cells = [list(row.cells) for row in grid.rows]
    for cell, text, size in zip(cells[0], table.header, widths, strict=True):
        _write(cell, Cell(text), size, bold=True, centre=True)
    _repeat(grid.rows[0])
    dashed = False
    for number, row in enumerate(rows, start=1):
        last = table.total is not None and number == len(rows)
        dashed |= _row(cells[number], row, widths, bold=last, dash=table.annex and values > 3)
        _keep_whole(grid.rows[number])
    return dashed


def _widths(table: Table, values: int, width: int) -> list[int]:
    """Absolute widths of the label column and of ``values`` further ones."""
    weights = table.weights
    if len(weights) != 1 + values:
        share = LABEL_SHARE if values > 1 else 0.66
        weights = (share, *[(1 - share) / max(values, 1)] * values)
    return [int(width * weight / sum(weights)) for weight in weights]


def _row(cells: list[Any], row: tuple[Cell, ...], widths: list[int], *, bold: bool, dash: bool) -> bool:
    """Write a row; True when a dash stands for a missing figure in it."""
    dashed, column = False, 0
    for shown in row:
        end = column + shown.span
        cell = cells[column].merge(cells[end - 1]) if shown.span > 1 else cells[column]
        short = dash and shown.kind == "missing" and shown.span == 1
        dashed |= short
        _write(cell, Cell(DASH, "number") if short else shown, sum(widths[column:end]), bold=bold)
        column = end
    return dashed


def _write(cell: Any, shown: Cell, width: int, *, bold: bool = False, centre: bool = False) -> None:
    cell.width = width
    paragraph = cell.paragraphs[0]
    if centre or shown.kind == "missing":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif shown.kind == "number":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(shown.text)
    run.bold, run.font.size = bold, TEXT


def _repeat(row: Any) -> None:
    """The heading row stands on every page that the table runs over."""
    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", "w:tblHeader"):
        properties.append(OxmlElement(name))


def _keep_whole(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def borderless(grid: Any, widths: list[Any]) -> None:
    """A table that only places its cells side by side."""
    grid.autofit, grid.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    for row in grid.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    layout = grid._tbl.tblPr
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(int(Mm(1).pt * 20)))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    layout.append(margins)
