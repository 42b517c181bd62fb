"""Tables of the DOCX: ruled, with a heading row that repeats, wide ones in several parts."""

from collections.abc import Iterator
from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from campaigns.report.layout import Cell, Table
from campaigns.report.wording import say

TEXT = Pt(11)
LABEL_SHARE = 0.3
DASH = "–"


def add_table(
    out: Any, table: Table, *, width: Any, columns: int, align: Any = WD_TABLE_ALIGNMENT.CENTER
) -> None:
    """Add ``table`` with its title and note; more than ``columns`` value columns make several tables."""
    dashed = False
    for number, (start, stop) in enumerate(_parts(len(table.header) - 1, columns)):
        title = out.add_paragraph()
        title.paragraph_format.space_before, title.paragraph_format.space_after = Pt(10), Pt(4)
        title.paragraph_format.keep_with_next = True
        run = title.add_run(table.title if number == 0 else f"{table.title} (tiếp)")
        run.bold, run.font.size = True, Pt(13)
        dashed |= _grid(out, table, start, stop, width, align)
    notes = [table.note] if table.note else []
    if dashed:
        notes.append(say("dash_note"))
    if notes:
        note = out.add_paragraph()
        note.paragraph_format.space_before = Pt(3)
        text = note.add_run(" ".join(notes))
        text.italic, text.font.size = True, TEXT


def _parts(values: int, columns: int) -> Iterator[tuple[int, int]]:
    """Even parts of at most ``columns`` value columns."""
    parts = max(1, -(-values // columns))
    size = -(-values // parts)
    for start in range(0, max(values, 1), max(size, 1)):
        yield 1 + start, 1 + min(start + size, values)


def _grid(out: Any, table: Table, start: int, stop: int, width: Any, align: Any) -> bool:
    """One grid with the label column and the columns ``start`` to ``stop``; True when a dash stands in it."""
    rows = [*table.rows, *([table.total] if table.total else [])]
    grid = out.add_table(rows=1 + len(rows), cols=1 + stop - start)
    grid.style, grid.alignment, grid.autofit = "Table Grid", align, False
    wide = table.annex and stop - start > 3
    widths = _widths(table, stop - start, int(width))
    for column, size in zip(grid.columns, widths, strict=True):
        column.width = size
    heads = [table.header[0], *table.header[start:stop]]
    grid_cells = [list(row.cells) for row in grid.rows]
    for column, text in enumerate(heads):
        _write(grid_cells[0][column], Cell(text), widths[column], bold=True, centre=True)
    _repeat(grid.rows[0])
    dashed = False
    for number, row in enumerate(rows, start=1):
        shown = [row[0], *row[start:stop]]
        last = table.total is not None and number == len(rows)
        dashed |= _row(grid_cells[number], shown, widths, bold=last, dash=wide)
        _keep_whole(grid.rows[number])
    return dashed


def _widths(table: Table, values: int, width: int) -> list[int]:
    """Absolute widths of the label column and of ``values`` further ones."""
    weights = table.weights
    if len(weights) != 1 + values:
        share = LABEL_SHARE if values > 1 else 0.66
        weights = (share, *[(1 - share) / max(values, 1)] * values)
    return [int(width * weight / sum(weights)) for weight in weights]


def _row(cells: list[Any], row: list[Cell], widths: list[int], *, bold: bool, dash: bool) -> bool:
    """Write a row; one without a single figure says so in words across its columns."""
    _write(cells[0], row[0], widths[0], bold=bold)
    if dash and all(cell.kind == "missing" for cell in row[1:]):
        merged = cells[1].merge(cells[-1])
        _write(merged, Cell(say("missing")), sum(widths[1:]), centre=True)
        return False
    dashed = False
    for cell, shown, width in zip(cells[1:], row[1:], widths[1:], strict=True):
        missing = dash and shown.kind == "missing"
        dashed |= missing
        _write(cell, Cell(DASH, "number") if missing else shown, width, bold=bold)
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
