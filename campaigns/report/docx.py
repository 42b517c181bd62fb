"""The report as an administrative document in the form of Decree 30/2020/ND-CP (annex I).

A4; margins top and bottom 20 mm, left 30 mm, right 15 mm; Times New Roman 13–14; page numbers centred in
the top margin, none on the first page; the agency at the left, the motto at the right; legal bases in
italics; the signature at the right, the recipients at the left. Annex tables stand on landscape pages.
"""

import datetime as dt
import io
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table as Table_
from docx.text.paragraph import Paragraph as Paragraph_

from campaigns.report.docx_table import add_table, borderless
from campaigns.report.layout import Bullets, Heading, Paragraph, Table, blocks_of
from campaigns.report.stable_zip import stable
from campaigns.report.wording import say, wording

FONT = "Times New Roman"
BODY = Pt(14)
LEFT, RIGHT, TOP, BOTTOM = Mm(30), Mm(15), Mm(20), Mm(20)
HEADER_DISTANCE = Mm(10)
FIRST_LINE = Mm(10)
ANNEX_COLUMNS = 7
BODY_COLUMNS = 6


def document(report: dict[str, Any]) -> bytes:
    """The DOCX file. The same report gives the same bytes."""
    out = Document()
    _page_setup(out.sections[0])
    _base_style(out)
    _properties(out, report)
    _marks(out.sections[0], report)
    _letterhead(out, report)
    _title(out, report)
    _legal_bases(out, report)
    _paragraph(out, report["head"]["intro"])
    blocks = blocks_of(report)
    for block in blocks:
        if not (isinstance(block, Table) and block.annex):
            _add(out, block)
    _closing(out)
    _keep_end(out)
    _signature(out, report)
    annex = [block for block in blocks if isinstance(block, Table) and block.annex]
    if annex:
        _annex(out, report, annex)
    buffer = io.BytesIO()
    out.save(buffer)
    return stable(buffer.getvalue())


def _page_setup(section: Any) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = LEFT, RIGHT
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.header_distance = section.footer_distance = HEADER_DISTANCE
    section.different_first_page_header_footer = True


def _base_style(out: Any) -> None:
    style = out.styles["Normal"]
    style.font.name, style.font.size = FONT, BODY
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.rPr.append(language)
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.space_before = Pt(0)


def _properties(out: Any, report: dict[str, Any]) -> None:
    made = dt.datetime.fromisoformat(report["made_at"]).astimezone(dt.UTC).replace(tzinfo=None)
    out.core_properties.author = report["head"]["agency"] or "Loa"
    out.core_properties.last_modified_by = "Loa"
    out.core_properties.title = report["head"]["title"]
    out.core_properties.comments = ""
    out.core_properties.language = "vi-VN"
    out.core_properties.created = out.core_properties.modified = made
    out.core_properties.revision = 1


def _marks(section: Any, report: dict[str, Any]) -> None:
    """Page number centred in the top margin, from the second page on; DỰ THẢO and DIỄN TẬP on each."""
    number = section.header.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(number, "PAGE")
    text = mark_of(report)
    if text:
        for header in (section.header, section.first_page_header):
            line = header.paragraphs[0] if header is section.first_page_header else header.add_paragraph()
            _mark(line, text)


def mark_of(report: dict[str, Any]) -> str:
    """What stands on every page of a draft or a rehearsal."""
    marks = [say("draft")] if report["draft"] else []
    return " – ".join([*marks, say("rehearsal")] if report["rehearsal"] else marks)


def _mark(line: Any, text: str) -> None:
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = line.add_run(text)
    run.bold, run.font.size = True, Pt(12)


def _field(paragraph: Any, instruction: str) -> None:
    run = paragraph.add_run()
    run.font.size = Pt(13)
    for kind, text in (("begin", None), (None, instruction), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _letterhead(out: Any, report: dict[str, Any]) -> None:
    head = report["head"]
    agency = (head["agency"] or say("agency_gap")).upper()
    grid = out.add_table(rows=2, cols=2)
    borderless(grid, [Mm(73), Mm(92)])
    left, right = grid.rows[0].cells
    if head["superior"]:
        _line(left, head["superior"], Pt(12), first=True)
    _line(left, agency, Pt(12), bold=True, first=not head["superior"])
    _rule(left, Mm(20))
    country, motto = wording()["motto"]
    _line(right, country, Pt(12), bold=True, first=True)
    _line(right, motto, Pt(13), bold=True)
    _rule(right, Mm(55))
    left, right = grid.rows[1].cells
    _line(left, number_line(report), Pt(13), first=True)
    _line(right, date_line(report), Pt(13), italic=True, first=True)


def number_line(report: dict[str, Any]) -> str:
    """Number and sign; room for them where the registry has given none yet."""
    signature = report["signature"]
    if signature and signature["number"]:
        return say("number_line_signed", number=signature["number"])
    return say("number_line", sign=say("sign_gap"))


def date_line(report: dict[str, Any]) -> str:
    """Place and day. Days under 10 and months 1 and 2 have two digits (Decree 30/2020/ND-CP)."""
    head, signature = report["head"], report["signature"]
    if not signature:
        return say("date_line", place=head["place"], year=head["year"])
    on = dt.date.fromisoformat(signature["day"])
    month = f"{on.month:02d}" if on.month < 3 else str(on.month)
    return say("date_line_signed", place=head["place"], day=f"{on.day:02d}", month=month, year=on.year)


def _line(
    cell: Any, text: str, size: Any, *, bold: bool = False, italic: bool = False, first: bool = False
) -> None:
    paragraph = cell.paragraphs[0] if first else cell.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, size


def _rule(cell: Any, length: Any) -> None:
    """The thin line under the agency's name and under the motto: a narrow paragraph with a top border."""
    paragraph = cell.add_paragraph()
    width = cell.width
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = int(
        (width - length) / 2
    ) - Mm(2)
    paragraph.paragraph_format.line_spacing = Pt(8)
    border, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    border.append(top)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(border, "w:spacing", "w:ind", "w:jc", "w:rPr")


def _title(out: Any, report: dict[str, Any]) -> None:
    for text, before in ((say("document_type"), Pt(14)), (report["head"]["title"], Pt(0))):
        paragraph = out.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_before = before
        paragraph.add_run(text).bold = True
    rule = out.add_paragraph()
    rule.paragraph_format.space_before = Pt(3)
    _center_rule(rule)
    if report["rehearsal"]:
        note = out.add_paragraph()
        note.paragraph_format.space_before = Pt(6)
        note.add_run(say("rehearsal_note")).bold = True
    if report["gaps"]:
        note = _paragraph(out, say("gaps.title", gaps="; ".join(report["gaps"])), first_line=False)
        note.runs[0].text = f"{say('draft')} – {note.runs[0].text}"
        note.runs[0].font.size = Pt(12)


def _center_rule(paragraph: Any) -> None:
    class _Body:
        width = Mm(165)

        @staticmethod
        def add_paragraph() -> Any:
            return paragraph

    _rule(_Body, Mm(50))


def _legal_bases(out: Any, report: dict[str, Any]) -> None:
    """Each on its own line in italics, ending with a semicolon, the last with a full stop."""
    plan = report["plan"]
    own = [text.rstrip(" ;.") for text in wording()["extra_bases"]]
    texts = [say("basis_intro", text=text) for text in (*plan["legal_bases"], plan["reference"], *own)]
    for number, text in enumerate(texts):
        paragraph = _paragraph(out, text + ("." if number == len(texts) - 1 else ";"))
        paragraph.runs[0].italic = True


def _paragraph(out: Any, text: str, *, first_line: bool = True) -> Any:
    paragraph = out.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    shape = paragraph.paragraph_format
    shape.space_before, shape.line_spacing = Pt(6), 1.15
    if first_line:
        shape.first_line_indent = FIRST_LINE
    paragraph.add_run(text)
    return paragraph


def _add(out: Any, block: Any) -> None:
    if isinstance(block, Heading):
        paragraph = _paragraph(out, block.text)
        paragraph.runs[0].bold = True
        paragraph.paragraph_format.keep_with_next = True
    elif isinstance(block, Paragraph):
        _paragraph(out, block.text)
    elif isinstance(block, Bullets):
        for item in block.items:
            _paragraph(out, f"- {item}")
    else:
        add_table(out, block, width=Mm(165), columns=BODY_COLUMNS)


def _closing(out: Any) -> None:
    last = next((p for p in reversed(out.paragraphs) if p.text), None)
    if last is not None and out.element.body[-2] is last._p:
        last.runs[-1].text = last.runs[-1].text.removesuffix(".") + say("end_mark")
        return
    _paragraph(out, say("end_mark"), first_line=False).alignment = WD_ALIGN_PARAGRAPH.RIGHT


def recipients_of(report: dict[str, Any]) -> list[str]:
    """Those that the signer named, else the template's."""
    signature = report["signature"] or {}
    return list(signature.get("recipients") or wording()["recipients"])


def _keep_end(out: Any) -> None:
    """The signature never stands alone on a page: the last lines, or rows, of the text go with it."""
    body = [element for element in out.element.body if element.tag in (qn("w:p"), qn("w:tbl"))][-3:]
    last = [Paragraph_(element, out) for element in body if element.tag == qn("w:p")]
    for table in (Table_(element, out) for element in body if element.tag == qn("w:tbl")):
        last += [paragraph for row in table.rows[-2:] for cell in row.cells for paragraph in cell.paragraphs]
    for paragraph in last:
        paragraph.paragraph_format.keep_with_next = True


def _signature(out: Any, report: dict[str, Any]) -> None:
    out.add_paragraph().paragraph_format.keep_with_next = True
    grid = out.add_table(rows=1, cols=2)
    borderless(grid, [Mm(75), Mm(90)])
    left, right = grid.rows[0].cells
    title = left.paragraphs[0].add_run(say("recipients_title"))
    title.bold = title.italic = True
    title.font.size = Pt(12)
    for line in recipients_of(report):
        left.add_paragraph().add_run(line).font.size = Pt(11)
    signature = report["signature"] or {"title": say("signer"), "name": say("signer_name")}
    _line(right, signature["title"], BODY, bold=True, first=True)
    for _gap in range(4):
        right.add_paragraph()
    _line(right, signature["name"], BODY, bold=True)
    tail = grid.rows[0]._tr.get_or_add_trPr()
    keep = OxmlElement("w:cantSplit")
    tail.append(keep)


def annex_reference(report: dict[str, Any]) -> str:
    signature = report["signature"]
    if signature and signature["number"]:
        return say("annex_reference_signed", number=signature["number"])
    return say("annex_reference", sign=say("sign_gap"))


def _annex(out: Any, report: dict[str, Any], tables: list[Table]) -> None:
    section = out.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin, section.right_margin = LEFT, RIGHT
    section.different_first_page_header_footer = False
    for text, bold, italic in (
        (say("annex"), True, False),
        (say("annex_title", period=report["period"]["label"]), True, False),
        (annex_reference(report), False, True),
    ):
        paragraph = out.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(text)
        run.bold, run.italic = bold, italic
    for table in tables:
        add_table(out, table, width=Mm(252), columns=ANNEX_COLUMNS, align=WD_TABLE_ALIGNMENT.CENTER)
