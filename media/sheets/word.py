"""Read-aloud sheets as Word documents, for stations that change the text before they read it."""

import io
from collections.abc import Iterable

import segno
from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from media.sheets.pdf import log_rows, mark
from media.sheets.spec import Part, Priority, Script, SheetSpec, clean, make_script, sheet_date, slot_words

FACE = "Times New Roman"
"""The face of administrative documents (Decree 30/2020/ND-CP)."""
READING_SIZE = Pt(17)
_QUIET = RGBColor(0x5A, 0x5A, 0x5A)


def render_docx(spec: SheetSpec) -> bytes:
    """One sheet as a Word document (A4)."""
    document = Document()
    script = make_script(spec)
    _set_up(document, spec)
    _head(document, spec)
    _facts(document, spec, script)
    for title, text in _notices(spec):
        paragraph = _paragraph(document, before=6)
        _run(paragraph, f"{title} ", bold=True)
        _run(paragraph, text)
    for part in script.parts:
        _part(document, part)
    _signatures(document, spec)
    _log(document, spec)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _set_up(document: WordDocument, spec: SheetSpec) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(22), Mm(17)
    section.top_margin, section.bottom_margin = Mm(22), Mm(18)
    section.header_distance, section.footer_distance = Mm(9), Mm(9)
    style = document.styles["Normal"]
    style.font.name, style.font.size = FACE, Pt(12)
    style.paragraph_format.space_after = Pt(0)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FACE)
    document.core_properties.title = clean(spec.title)
    document.core_properties.author = clean(spec.unit)
    document.core_properties.language = "vi-VN"
    header = section.header.paragraphs[0]
    if mark(spec):
        header.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _shade(_run(header, f"  {mark(spec)}  ", bold=True, size=Pt(14), colour=RGBColor(0xFF, 0xFF, 0xFF)))
        header = section.header.add_paragraph()
    _run(header, f"{clean(spec.station)} · Số {clean(spec.number)} · {clean(spec.title)}", size=Pt(9), colour=_QUIET)
    header.paragraph_format.space_after = Pt(8)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _run(footer, "Trang ", size=Pt(10))
    _page_field(footer, "PAGE")
    _run(footer, "/", size=Pt(10))
    _page_field(footer, "NUMPAGES")


def _head(document: WordDocument, spec: SheetSpec) -> None:
    table = _table(document, 1, (Mm(105), Mm(66)), grid=False)
    left, right = table.rows[0].cells
    _run(left.paragraphs[0], clean(spec.unit).upper(), size=Pt(11))
    _run(left.add_paragraph(), clean(spec.station), bold=True, size=Pt(13))
    for paragraph, text, italic in (
        (right.paragraphs[0], f"Số: {clean(spec.number)}", False),
        (right.add_paragraph(), sheet_date(spec.date), True),
    ):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _run(paragraph, text, size=Pt(11), italic=italic)
    label = _paragraph(document, before=10, align=WD_ALIGN_PARAGRAPH.CENTER)
    _run(label, "BẢN ĐỌC TRÊN LOA TRUYỀN THANH", size=Pt(9), colour=_QUIET)
    title = _paragraph(document, after=8, align=WD_ALIGN_PARAGRAPH.CENTER)
    _run(title, clean(spec.title), bold=True, size=Pt(20))


def _facts(document: WordDocument, spec: SheetSpec, script: Script) -> None:
    table = _table(document, 3, (Mm(48), Mm(48), Mm(45), Mm(30)))
    urgent = spec.priority == Priority.URGENT
    facts = (
        ("Thời lượng đọc", script.length),
        ("Mức ưu tiên", str(spec.priority).upper() if urgent else str(spec.priority)),
        ("Ngôn ngữ", clean(spec.language)),
        ("Người biên tập", clean(spec.editor)),
        ("Người duyệt", clean(spec.approver)),
        ("Chuyên mục", clean(spec.programme)),
    )
    for index, (name, value) in enumerate(facts):
        _fact(table.cell(index // 3, index % 3), name, [value])
    slots = [f"{time} {day}" for day, time in map(slot_words, spec.slots)]
    _fact(table.cell(2, 0).merge(table.cell(2, 2)), "Khung giờ phát", slots or ["theo lịch của đài"])
    corner = table.cell(0, 3).merge(table.cell(2, 3))
    if spec.qr_url:
        paragraph = corner.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_before = Pt(4)
        paragraph.add_run().add_picture(_qr_png(spec.qr_url), width=Mm(24))
        caption = corner.add_paragraph()
        caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(caption, "Quét để mở trang của đài, báo đã phát", size=Pt(8), colour=_QUIET)


def _fact(cell: _Cell, name: str, values: list[str]) -> None:
    _run(cell.paragraphs[0], name, size=Pt(9), colour=_QUIET)
    cell.paragraphs[0].paragraph_format.space_before = Pt(4)
    for value in values:
        _run(cell.add_paragraph(), value, bold=True)
    cell.paragraphs[-1].paragraph_format.space_after = Pt(5)


def _notices(spec: SheetSpec) -> Iterable[tuple[str, str]]:
    language = clean(spec.language)
    if spec.transcript:
        yield (
            f"Phát bản ghi âm {language}.",
            "Phần dưới là bản dịch tiếng Việt để đối chiếu, không đọc lên loa.",
        )
    if not spec.vietnamese:
        yield f"Bản đọc bằng {language}.", f"Người đọc phải biết {language}; không tự dịch lại."
    if spec.reader_note:
        yield "Lưu ý người đọc:", clean(spec.reader_note)


def _part(document: WordDocument, part: Part) -> None:
    label = _paragraph(document, before=10, after=3)
    label.paragraph_format.keep_with_next = not part.is_cue
    _run(label, part.label.upper(), bold=True, size=Pt(10.5), colour=_QUIET)
    if part.is_cue:
        _run(label, f"   {part.sentences[0][0]}", italic=True, size=Pt(13))
        return
    for sentence in part.sentences:
        for index, line in enumerate(sentence):
            paragraph = _paragraph(document, after=8 if index == len(sentence) - 1 else 2)
            paragraph.paragraph_format.left_indent = Pt(14)
            paragraph.paragraph_format.first_line_indent = Pt(-14)
            paragraph.paragraph_format.keep_with_next = index < len(sentence) - 1
            paragraph.paragraph_format.keep_together = True
            _run(paragraph, line, bold=part.is_hotline, size=READING_SIZE)


def _signatures(document: WordDocument, spec: SheetSpec) -> None:
    _paragraph(document, before=8)
    table = _table(document, 1, (Mm(57), Mm(57), Mm(57)), grid=False)
    people = (("Người biên tập", spec.editor), ("Người duyệt", spec.approver), ("Người đọc", ""))
    for cell, (title, name) in zip(table.rows[0].cells, people, strict=True):
        lines = ((title.upper(), True, False), ("(ký, ghi rõ họ tên)", False, True), ("\n\n", False, False))
        for index, (text, bold, italic) in enumerate((*lines, (clean(name), True, False))):
            paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.keep_with_next = True
            _run(paragraph, text, bold=bold, italic=italic)


def _log(document: WordDocument, spec: SheetSpec) -> None:
    heading = _paragraph(document, before=12, after=4)
    heading.paragraph_format.keep_with_next = True
    _run(heading, "NHẬT KÝ PHÁT", bold=True)
    rows = log_rows([slot_words(slot) for slot in spec.slots])
    table = _table(document, len(rows) + 1, (Mm(37), Mm(19), Mm(23), Mm(46), Mm(46)))
    names = ("Ngày", "Giờ phát", "Thời lượng", "Người vận hành (ký)", "Sự cố, ghi chú")
    for cell, name in zip(table.rows[0].cells, names, strict=True):
        _run(cell.paragraphs[0], name, bold=True, size=Pt(10))
    for row, planned in zip(table.rows[1:], rows, strict=True):
        row.height = Mm(10)
        text = f"{planned['day']}\ntheo lịch: {planned['time']}" if planned["day"] else ""
        _run(row.cells[0].paragraphs[0], text, size=Pt(10))
    for row in table.rows[:-1]:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def _table(document: WordDocument, rows: int, widths: tuple[int, ...], *, grid: bool = True) -> Table:
    table = document.add_table(rows=rows, cols=len(widths))
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    table.autofit = False
    if grid:
        table.style = "Table Grid"
    for index, width in enumerate(widths):  # Word reads the cells' widths, LibreOffice the columns'
        table.columns[index].width = width
        for cell in table.columns[index].cells:
            cell.width = width
    return table


def _paragraph(
    document: WordDocument, *, before: float = 0, after: float = 0, align: WD_ALIGN_PARAGRAPH | None = None
) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
    if align is not None:
        paragraph.alignment = align
    return paragraph


def _run(
    paragraph: Paragraph,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    size: Pt | None = None,
    colour: RGBColor | None = None,
) -> Run:
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, size
    if colour is not None:
        run.font.color.rgb = colour
    return run


def _shade(run: Run) -> None:
    """A black ground behind the run, so that the mark is seen in print."""
    shading = OxmlElement("w:shd")
    shading.set(qn("w:val"), "clear")
    shading.set(qn("w:fill"), "141414")
    run._r.get_or_add_rPr().append(shading)


def _page_field(paragraph: Paragraph, name: str) -> None:
    run = _run(paragraph, "", size=Pt(10))
    for kind, text in (("begin", None), (None, name), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _qr_png(url: str) -> io.BytesIO:
    out = io.BytesIO()
    segno.make_qr(url, error="m").save(out, kind="png", scale=8, border=2)
    out.seek(0)
    return out
