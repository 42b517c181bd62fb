import datetime as dt
import io
import json
import re
import shutil
import subprocess
import zipfile

import pytest
from django.core.management import CommandError, call_command
from docx import Document
from docx.shared import Pt
from openpyxl import load_workbook

from campaigns.ledger import fold
from campaigns.models import Agency, Campaign
from campaigns.report.build import build
from campaigns.report.files import STABLE_FORMATS, file_name, offered, render
from tests.campaigns.reach_world import ReachWorld, at, reference, table_of  # noqa: F401
from tests.campaigns.test_report import busy

pytestmark = [pytest.mark.usefixtures("reference"), pytest.mark.django_db]

FIRST, LAST = dt.date(2026, 7, 1), dt.date(2026, 9, 30)


@pytest.fixture
def world() -> ReachWorld:
    made = ReachWorld()
    busy(made)
    fold()
    return made


def report_of(world: ReachWorld, **options):
    return build(world.plan, FIRST, LAST, now=at("2026-11-24"), **options)


def docx_of(report):
    return Document(io.BytesIO(render(report, "docx")))


def docx_text(document) -> str:
    parts = [paragraph.text for paragraph in document.paragraphs]
    parts += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(parts)


@pytest.mark.parametrize("form", sorted(STABLE_FORMATS))
def test_the_same_report_gives_the_same_bytes(world, form):
    report = report_of(world)
    frozen = json.loads(json.dumps(report))
    assert render(report, form) == render(frozen, form)


def test_the_page_has_the_measures_of_decree_30(world):
    section = docx_of(report_of(world)).sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert 20 <= round(section.top_margin.mm, 1) <= 25
    assert 20 <= round(section.bottom_margin.mm, 1) <= 25
    assert 30 <= round(section.left_margin.mm, 1) <= 35
    assert 15 <= round(section.right_margin.mm, 1) <= 20


def test_the_letter_is_times_new_roman_13_to_14(world):
    document = docx_of(report_of(world))
    normal = document.styles["Normal"].font
    assert normal.name == "Times New Roman"
    assert Pt(13) <= normal.size <= Pt(14)


def test_the_elements_stand_in_their_order(world):
    report = report_of(world)
    document = docx_of(report)
    head = document.tables[0]
    left, right = head.rows[0].cells
    assert left.text.startswith("ỦY BAN NHÂN DÂN TỈNH LÀO CAI")
    assert right.text.startswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc")
    assert head.rows[1].cells[0].text.startswith("Số:")
    assert head.rows[1].cells[1].paragraphs[0].runs[0].italic
    texts = [paragraph.text for paragraph in document.paragraphs if paragraph.text]
    assert texts[0] == "BÁO CÁO"
    assert texts[1] == report["head"]["title"]
    sign = document.tables[[table.rows[0].cells[0].text[:9] for table in document.tables].index("Nơi nhận:")]
    assert sign.rows[0].cells[0].text.endswith("- Lưu: VT.")
    assert "../." not in docx_text(document)
    assert "./." in docx_text(document)


def test_legal_bases_are_italic_and_end_as_the_form_says(world):
    document = docx_of(report_of(world))
    bases = [paragraph for paragraph in document.paragraphs if paragraph.text.startswith("Căn cứ ")]
    assert len(bases) == 3
    assert all(run.italic for paragraph in bases for run in paragraph.runs)
    assert [paragraph.text[-1] for paragraph in bases] == [";", ";", "."]
    assert "Quyết định số 33/QĐ-TTg ngày 07/01/2026 của Thủ tướng Chính phủ phê duyệt" in bases[-1].text


def test_the_first_page_has_no_number_and_the_others_have(world):
    section = docx_of(report_of(world)).sections[0]
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert "PAGE" not in section.first_page_header._element.xml


def test_a_draft_says_so_on_every_page_and_names_its_gaps(world):
    document = docx_of(report_of(world))
    section = document.sections[0]
    assert "DỰ THẢO" in "".join(paragraph.text for paragraph in section.header.paragraphs)
    assert "DỰ THẢO" in "".join(paragraph.text for paragraph in section.first_page_header.paragraphs)
    assert "Còn thiếu: tên cơ quan báo cáo; số văn bản" in docx_text(document)


def test_the_lead_agency_signs_where_all_campaigns_have_the_same(world):
    Campaign.objects.update(lead=Agency.objects.get(key="cong-an-tinh"))
    document = docx_of(report_of(world))
    assert "CÔNG AN TỈNH LÀO CAI" in document.tables[0].rows[0].cells[0].text


def test_a_rehearsal_is_marked_in_every_form(world):
    report = report_of(world, include_rehearsal=True)
    document = docx_of(report)
    assert all("DIỄN TẬP" in s.header.paragraphs[-1].text for s in document.sections)
    assert "không được gửi đi làm báo cáo" in docx_text(document)
    book = load_workbook(io.BytesIO(render(report, "xlsx")))
    assert all("DIỄN TẬP" in sheet["A2"].value for sheet in book)
    assert "DIỄN TẬP" in render(report, "html").decode()
    assert "dien-tap" in file_name(report, "docx")


def test_missing_figures_are_words_in_the_docx(world):
    assert "không có số liệu" in docx_text(docx_of(report_of(world)))


def test_the_workbook_has_real_numbers_and_sums_as_formulas(world):
    report = report_of(world)
    book = load_workbook(io.BytesIO(render(report, "xlsx")))
    sheet = book["Ngôn ngữ"]
    table = table_of(report, "language")
    labels = {sheet.cell(row, 1).value: row for row in range(4, sheet.max_row + 1)}
    mong = labels[world.mong.name_vi]
    values = next(row["cells"] for row in table["rows"] if row["label"] == world.mong.name_vi)
    for number, column in enumerate(table["columns"], start=2):
        value = values[column["id"]]
        shown = sheet.cell(mong, number).value
        if value is None:
            assert shown == "không có số liệu"
        else:
            assert shown == pytest.approx(value / column["scale"])
        assert sheet.cell(labels["Cộng"], number).value.startswith("=SUM(")
    assert sheet.freeze_panes == "B4"


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_the_workbooks_formulas_come_to_the_reports_totals(world, tmp_path):
    report = report_of(world)
    (tmp_path / "r.xlsx").write_bytes(render(report, "xlsx"))
    _convert(tmp_path, "r.xlsx", "ods")
    _convert(tmp_path, "r.ods", "xlsx:Calc MS Excel 2007 XML")
    book = load_workbook(tmp_path / "r.xlsx", data_only=True)
    for key, sheet_name in (("language", "Ngôn ngữ"), ("place", "Địa bàn"), ("group", "Nhóm đối tượng")):
        sheet, table = book[sheet_name], table_of(report, key)
        row = next(n for n in range(4, sheet.max_row + 1) if sheet.cell(n, 1).value == "Cộng")
        for number, column in enumerate(table["columns"], start=2):
            expected = table["total"]["cells"][column["id"]] / column["scale"]
            assert sheet.cell(row, number).value == pytest.approx(expected)


def test_text_in_the_workbook_is_never_a_formula(world):
    world.women.name = '=HYPERLINK("http://x.test";"bấm")'
    world.women.save()
    data = render(report_of(world), "xlsx")
    book = load_workbook(io.BytesIO(data))
    cells = [cell for row in book["Đơn vị"].iter_rows() for cell in row if cell.value == world.women.name]
    assert cells
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/" in name]
    assert not any(
        "HYPERLINK" in formula for sheet in sheets for formula in re.findall(r"<f>(.*?)</f>", sheet)
    )


def test_the_html_needs_nothing_from_elsewhere_and_escapes(world):
    world.women.name = "<script>alert(1)</script>"
    world.women.save()
    page = render(report_of(world), "html").decode()
    assert "<script" not in page
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page)
    assert 'role="img"' in page
    assert "<desc" in page


@pytest.mark.skipif(
    not shutil.which("soffice") or not shutil.which("pdftotext"), reason="needs LibreOffice and poppler"
)
def test_the_converted_pages_hold_the_measures(world, tmp_path):
    (tmp_path / "r.docx").write_bytes(render(report_of(world), "docx"))
    _convert(tmp_path, "r.docx", "pdf")
    ran = subprocess.run(
        ["pdftotext", "-bbox", "r.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    pages = re.findall(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', ran.stdout, re.DOTALL)
    first = pages[0]
    assert (round(float(first[0]) / 72 * 25.4), round(float(first[1]) / 72 * 25.4)) == (210, 297)
    words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<', first[2])
    body = [word for word in words if float(word[1]) / 72 * 25.4 >= 19]
    assert min(float(word[0]) for word in body) / 72 * 25.4 >= 29.5
    assert max(float(word[2]) for word in body) / 72 * 25.4 <= 195.5
    assert max(float(word[3]) for word in body) / 72 * 25.4 <= 278
    heads = [
        [
            word[4]
            for word in re.findall(
                r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<', page[2]
            )
            if float(word[1]) < 55
        ]
        for page in pages
    ]
    assert "1" not in heads[0]
    assert [head[0] for head in heads[1:]] == [str(number) for number in range(2, len(pages) + 1)]
    _check_letters_and_order(tmp_path / "r.pdf")


def _check_letters_and_order(pdf) -> None:
    """Fonts, sizes and the order of the elements, as they stand on the pages."""
    ran = subprocess.run(
        ["pdftohtml", "-xml", "-i", "-stdout", str(pdf)], capture_output=True, text=True, check=True
    )
    fonts = dict(re.findall(r'<fontspec id="(\d+)" size="(\d+)"', ran.stdout))
    families = set(re.findall(r'family="(?:[A-Z]{6}\+)?([^"]+)"', ran.stdout))
    # Liberation Serif has the widths of Times New Roman and stands for it where that is not installed.
    assert families <= {"LiberationSerif", "TimesNewRoman", "TimesNewRomanPSMT"}
    shape = r'<text top="(\d+)" left="(\d+)" width="\d+" height="\d+" font="(\d+)">(.*?)</text>'
    pages = [
        [(int(top), int(left), int(fonts[font]) / 1.5, re.sub(r"</?[bi]>", "", text)) for top, left, font, text in
         re.findall(shape, page)]
        for page in re.findall(r"<page .*?</page>", ran.stdout, re.DOTALL)
    ]  # fmt: skip

    def where(start: str) -> tuple[int, int, int, float]:
        for number, page in enumerate(pages):
            for top, left, size, text in page:
                if text.startswith(start):
                    return number, top, left, size
        raise AssertionError(start)

    down = ["CỘNG HÒA", "Độc lập", "Số:", "BÁO CÁO", "Căn cứ", "I. KẾ HOẠCH", "II. KẾT QUẢ", "III. ĐIỂM"]
    stands = [where(text)[:2] for text in [*down, "Nơi nhận", "PHỤ LỤC"]]
    assert stands == sorted(stands)
    assert where("ỦY BAN NHÂN DÂN")[2] < where("CỘNG HÒA")[2]
    assert where("Nơi nhận")[2] < where("[CHỨC VỤ")[2]
    assert where("Nơi nhận")[0] == where("[Họ và tên")[0]
    for text, low, high in (("CỘNG HÒA", 12, 13), ("Độc lập", 13, 14), ("Số:", 13, 13.5), ("BÁO CÁO", 13, 14)):
        assert low - 0.4 <= where(text)[3] <= high, text
    body = [size for top, _left, size, text in pages[0] if top > where("Căn cứ")[1] and len(text) > 40]
    assert all(13 <= size <= 14 for size in body)
    # The signature has words of the text above it on its page.
    assert any(top < where("Nơi nhận")[1] - 20 and top > 60 for top, *_rest in pages[where("Nơi nhận")[0]])


def _convert(folder, name: str, form: str) -> None:
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", form, name]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=180)


# --- the command ------------------------------------------------------------------------------------


def ask(tmp_path, form: str, *more: str, plan: str = "33/QĐ-TTg"):
    target = tmp_path / f"out.{form}"
    call_command(
        "reach_report",
        "--plan",
        plan,
        "--from",
        "2026-07-01",
        "--to",
        "2026-09-30",
        "--format",
        form,
        "--output",
        str(target),
        *more,
    )
    return target.read_bytes()


def test_the_command_folds_first_and_writes_json(world, tmp_path):
    world.result(world.activity(world.place("Xã Y Tý"), "2026-08-01"), "pledge", 45)
    report = json.loads(ask(tmp_path, "json"))
    assert report["plan"]["number"] == "33/QĐ-TTg"
    pledge = next(one for one in report["indicators"] if one["code"] == "pledge")
    assert pledge["bases"]["counted"]["value"] == 45


@pytest.mark.parametrize(("form", "start"), [("docx", b"PK"), ("xlsx", b"PK"), ("html", b"<!doctype html>")])
def test_the_command_writes_every_form(world, tmp_path, form, start):
    assert ask(tmp_path, form).startswith(start)


def test_the_command_marks_a_rehearsal(world, tmp_path):
    assert json.loads(ask(tmp_path, "json", "--rehearsal"))["rehearsal"] is True


def test_the_command_refuses_an_unknown_plan_and_names_the_known(world, tmp_path):
    with pytest.raises(CommandError, match="84/KH-UBND") as refused:
        ask(tmp_path, "json", plan="99/KH-UBND")
    assert refused.value.returncode == 2
    assert not (tmp_path / "out.json").exists()


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_the_command_writes_a_pdf(world, tmp_path):
    assert ask(tmp_path, "pdf").startswith(b"%PDF-")


def test_a_pdf_without_libreoffice_is_refused_with_the_cure(world, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "pdf" not in offered()
    with pytest.raises(CommandError, match="LibreOffice") as refused:
        ask(tmp_path, "pdf")
    assert refused.value.returncode == 1
    assert not (tmp_path / "out.pdf").exists()
