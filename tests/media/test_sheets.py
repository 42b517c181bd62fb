"""Read-aloud sheets: what an independent reader finds in the PDF and DOCX that we write."""

import io
import shutil
import subprocess
import unicodedata
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import zxingcpp
from docx import Document
from PIL import Image

from media.fonts import MissingGlyphs, covers, find, missing_glyphs
from media.sheets import SheetSpec, make_script, render_docx, render_many_pdf, render_pdf, render_zip
from media.sheets.bundle import ascii_name
from media.sheets.spec import date_words, length_words, slot_words
from media.speech import seconds

needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext (poppler-utils) is not installed")
needs_office = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")

BODY = (
    "Từ ngày 01/7 đến hết ngày 30/9/2026, UBND xã tổ chức 1.059 buổi tuyên truyền. Tối 30/7, lúc 19h30, "
    "mời bà con đến nhà văn hóa thôn.\nĐồng bào DTTS cần giúp đỡ xin gọi 111."
)
SPEC = SheetSpec(
    unit="UBND xã Mẫu Sơn",
    station="Đài truyền thanh xã Mẫu Sơn",
    number="12/BT-ĐTT",
    date=date(2026, 7, 5),
    title="Cảnh giác với lời mời việc nhẹ, lương cao",
    body=BODY,
    programme="Phòng, chống mua bán người",
    slots=(datetime(2026, 7, 29, 22, 5, tzinfo=UTC), datetime(2026, 7, 30, 17, 15)),
    priority="ưu tiên",
    hotlines=(("111", "Tổng đài quốc gia"), ("113", "Công an")),
    editor="Nguyễn Thị Mẫu",
    approver="Trần Văn Thử",
    reader_note="Đọc chậm phần số điện thoại.",
    qr_url="https://loa.example.vn/tram/mau-son",
)


def pdf_text(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return unicodedata.normalize("NFC", done.stdout.decode())


def flat(text: str) -> str:
    return " ".join(text.split())


def page_texts(pdf: bytes) -> list[str]:
    return [flat(page) for page in pdf_text(pdf).split("\f")[:-1]]


def docx_text(document: bytes) -> str:
    word = Document(io.BytesIO(document))
    cells = [p.text for t in word.tables for row in t.rows for cell in row.cells for p in cell.paragraphs]
    header = [p.text for p in word.sections[0].header.paragraphs]
    return flat("\n".join([*header, *(p.text for p in word.paragraphs), *cells]))


@needs_poppler
@pytest.mark.parametrize(
    "expected",
    [
        "UBND XÃ MẪU SƠN",
        "Đài truyền thanh xã Mẫu Sơn",
        "12/BT-ĐTT",
        "Ngày 05 tháng 7 năm 2026",
        "Phòng, chống mua bán người",
        "05:05 thứ Năm, 30/7/2026",
        "17:15 thứ Năm, 30/7/2026",
        "Tiếng Việt",
        "ưu tiên",
        "Nguyễn Thị Mẫu",
        "Trần Văn Thử",
        "Đọc chậm phần số điện thoại.",
        "Đây là Đài truyền thanh xã Mẫu Sơn.",
        "một nghìn không trăm năm mươi chín buổi",
        "mười chín giờ ba mươi phút",
        "dân tộc thiểu số",
        "NHẬT KÝ PHÁT",
        "Người vận hành",
        "Sự cố",
        "(ký, ghi rõ họ tên)",
    ],
)
def test_the_pdf_carries_what_a_station_works_with(expected: str) -> None:
    assert expected in flat(pdf_text(render_pdf(SPEC)))


@needs_poppler
def test_the_hotline_is_said_twice_digit_by_digit_and_no_figure_is_left_to_guess() -> None:
    text = flat(pdf_text(render_pdf(replace(SPEC, body="Xin gọi 113."))))
    script = text[text.index("LỜI XƯỚNG") : text.index("LỜI KẾT")]
    assert script.count("gọi số: một một một.") == 1
    assert script.count("Xin nhắc lại: một một một.") == 1
    assert not any(c.isdigit() for c in script)


def test_the_length_covers_greeting_body_both_hotline_readings_and_sign_off() -> None:
    script = make_script(SPEC)
    said = " ".join(line for part in script.parts if not part.is_cue for line in part.lines)
    assert said.count("một một một") == 3
    assert script.seconds == pytest.approx(seconds(said, 190))
    assert make_script(replace(SPEC, syllables_per_minute=95)).seconds == pytest.approx(2 * script.seconds)


@pytest.mark.parametrize(
    ("length", "words"), [(9.4, "9 giây"), (59.6, "1 phút 00 giây"), (125, "2 phút 05 giây"), (0, "0 giây")]
)
def test_lengths_are_minutes_and_seconds(length: float, words: str) -> None:
    assert length_words(length) == words


def test_dates_and_slots_follow_vietnamese_habit_and_time() -> None:
    assert date_words(date(2026, 2, 5)) == "05/02/2026"
    assert date_words(date(2026, 7, 5)) == "05/7/2026"
    assert slot_words(datetime(2026, 7, 25, 22, 5, tzinfo=UTC)) == ("Chủ nhật, 26/7/2026", "05:05")


@needs_poppler
def test_a_long_body_flows_over_pages_with_numbers_and_a_repeated_header() -> None:
    long = replace(SPEC, body="\n".join([BODY] * 20))
    pages = page_texts(render_pdf(long))
    assert len(pages) >= 6
    for index, page in enumerate(pages, start=1):
        assert f"Trang {index}/{len(pages)}" in page
        if index > 1:
            assert "Đài truyền thanh xã Mẫu Sơn · Số 12/BT-ĐTT" in page
    assert flat(" ".join(pages)).count("một nghìn không trăm năm mươi chín buổi") == 20


@needs_poppler
def test_rehearsals_and_samples_are_marked_on_every_page() -> None:
    long = replace(SPEC, body="\n".join([BODY] * 8))
    for page in page_texts(render_pdf(replace(long, rehearsal=True))):
        assert "DIỄN TẬP – KHÔNG PHÁT" in page
    for page in page_texts(render_pdf(replace(long, sample=True))):
        assert "BẢN MẪU" in page
    plain = pdf_text(render_pdf(long))
    assert "DIỄN TẬP" not in plain
    assert "BẢN MẪU" not in plain


HOSTILE = (
    '#panic("x") $x^2$ *đậm* _nghiêng_ @ref <label> `code` // /* \\ #include "/etc/passwd" #sys.inputs </w:t>&amp;'
)


@needs_poppler
@pytest.mark.parametrize("name", ["unit", "station", "number", "programme", "language", "editor", "approver"])
def test_markup_in_a_field_is_printed_never_run(name: str) -> None:
    text = flat(pdf_text(render_pdf(replace(SPEC, **{name: f"Xã #{name} #panic(1) $x$ *a* @b <c> [d]"}))))
    assert f"#{name} #panic(1) $x$ *a* @b <c> [d]".lower() in text.lower()


@needs_poppler
def test_hostile_bodies_and_titles_are_rendered_as_text() -> None:
    spec = replace(SPEC, body=HOSTILE, title=HOSTILE, reader_note=HOSTILE, sign_off=HOSTILE, greeting=HOSTILE)
    text = flat(pdf_text(render_pdf(spec)))
    assert "root:" not in text
    assert 'panic("x")' in text
    assert "panic(" in docx_text(render_docx(spec))


def test_control_characters_and_emoji_vanish_from_every_field() -> None:
    dirty = "Xã\x00 Mẫu\u200b 📣 Sơn\ufe0f\x1b"
    spec = replace(
        SPEC,
        unit=dirty,
        station=dirty,
        title=dirty,
        body=dirty,
        editor=dirty,
        hotlines=(("111", dirty),),
        greeting=dirty,
    )
    assert "📣" not in docx_text(render_docx(spec))
    assert render_pdf(spec).startswith(b"%PDF-")


def test_a_character_no_font_has_is_an_error_that_names_it() -> None:
    with pytest.raises(MissingGlyphs, match=r"U\+0378") as caught:
        render_pdf(replace(SPEC, vietnamese=False, body="Chữ \u0378 lạ", language="Tiếng khác"))
    assert caught.value.characters == "\u0378"


def test_every_vietnamese_letter_can_be_drawn_without_system_fonts() -> None:
    base = "aăâeêioôơuưyđ"
    tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    letters = unicodedata.normalize("NFC", "".join(c + t for c in base + base.upper() for t in tones if c not in "đĐ"))
    assert missing_glyphs(letters + "đĐ“”…–—‘’•×²³₫") == []
    assert missing_glyphs("a\u0378b\u0379\u0378") == ["\u0378", "\u0379"]


@pytest.mark.skipif(find("NotoSans-Regular", "DejaVuSans") is None, reason="no Noto Sans or DejaVu Sans here")
def test_covers_reads_the_character_map_of_a_font() -> None:
    font = find("NotoSans-Regular", "DejaVuSans")
    assert font is not None
    assert covers(font, "Tiếng Việt: ắ ộ ữ đ\n")
    assert not covers(font, "Tiếng \U0001f600")
    assert not covers(font, "\uaa80\u0378")


def test_covers_refuses_what_is_no_font(tmp_path: Path) -> None:
    fake = tmp_path / "fake.ttf"
    fake.write_bytes(b"\x00\x01\x00\x00\x00\x10")
    with pytest.raises(ValueError, match=r"fake\.ttf"):
        covers(fake, "a")


@needs_poppler
def test_another_language_is_printed_as_written_and_never_reworded() -> None:
    spec = replace(SPEC, vietnamese=False, language="Tiếng Mông", body="Hu rau 111, 30/7, UBND.", greeting="Nyob zoo")
    text = flat(pdf_text(render_pdf(spec)))
    assert "Hu rau 111, 30/7, UBND." in text
    assert text.replace(" – ", "–").count("1–1–1") == 2
    assert "Kính thưa bà con" not in text
    assert "Bản đọc bằng Tiếng Mông." in text


@needs_poppler
def test_a_transcript_says_that_the_recording_is_what_goes_on_air() -> None:
    text = flat(pdf_text(render_pdf(replace(SPEC, transcript=True, language="Tiếng Dao"))))
    assert "Phát bản ghi âm Tiếng Dao." in text
    assert "không đọc lên loa" in text


@needs_poppler
def test_many_sheets_in_one_file_each_count_their_own_pages() -> None:
    specs = [replace(SPEC, station=f"Đài truyền thanh xã {name}") for name in ("Một", "Hai", "Ba")]
    pages = page_texts(render_many_pdf(specs))
    single = len(page_texts(render_pdf(specs[0])))
    assert len(pages) == 3 * single
    assert [f"Trang 1/{single}" in page for page in pages].count(True) == 3
    with pytest.raises(ValueError, match="no sheets"):
        render_many_pdf([])


def test_the_zip_has_names_a_usb_stick_can_hold_and_is_reproducible() -> None:
    specs = [SPEC, replace(SPEC, station="Trạm Ỷ Tý / số 2", slots=())]
    data = render_zip(specs)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["01_0505_dai-truyen-thanh-xa-mau-son.pdf", "02_tram-y-ty-so-2.pdf"]
        assert archive.read("02_tram-y-ty-so-2.pdf").startswith(b"%PDF-")
    assert ascii_name("😀") == "ban-tin"


def test_the_pdf_declares_archive_conformance_and_its_title() -> None:
    pdf = render_pdf(SPEC)
    assert b"pdfaid:part" in pdf
    assert b"pdfaid:conformance" in pdf


@pytest.mark.parametrize(
    "expected",
    [
        "DIỄN TẬP – KHÔNG PHÁT",
        "UBND XÃ MẪU SƠN",
        "một nghìn không trăm năm mươi chín",
        "Xin nhắc lại: một một một.",
        "05:05 thứ Năm, 30/7/2026",
        "ưu tiên",
        "NHẬT KÝ PHÁT",
        "Người vận hành (ký)",
        "Nguyễn Thị Mẫu",
    ],
)
def test_the_word_file_says_the_same(expected: str) -> None:
    assert expected in docx_text(render_docx(replace(SPEC, rehearsal=True)))


def test_pdf_and_word_read_the_same_script() -> None:
    word = docx_text(render_docx(SPEC))
    for part in make_script(SPEC).parts:
        for line in part.lines:
            assert flat(line) in word


@needs_office
@needs_poppler
def test_word_opens_in_libreoffice_as_a4(tmp_path: Path) -> None:
    source = tmp_path / "sheet.docx"
    source.write_bytes(render_docx(SPEC))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    text = flat(pdf_text((tmp_path / "sheet.pdf").read_bytes()))
    assert "Trang 1/" in text
    assert "một nghìn không trăm năm mươi chín buổi" in text


def qr_codes(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@needs_poppler
@pytest.mark.parametrize("mark", [{}, {"rehearsal": True}, {"sample": True}])
def test_the_printed_qr_code_leads_to_the_station(mark: dict) -> None:
    command = ["pdftoppm", "-r", "150", "-f", "1", "-l", "1", "-png", "-singlefile"]
    picture = subprocess.run(command, input=render_pdf(replace(SPEC, **mark)), check=True, capture_output=True).stdout
    assert qr_codes(Image.open(io.BytesIO(picture))) == [SPEC.qr_url]


def test_the_qr_code_in_word_leads_to_the_station() -> None:
    with zipfile.ZipFile(io.BytesIO(render_docx(SPEC))) as archive:
        pictures = [name for name in archive.namelist() if name.startswith("word/media/")]
        assert qr_codes(Image.open(io.BytesIO(archive.read(pictures[0])))) == [SPEC.qr_url]


@pytest.mark.parametrize("wrong", [{"priority": "gấp"}, {"syllables_per_minute": 0}, {"syllables_per_minute": -5}])
def test_a_nonsense_specification_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        replace(SPEC, **wrong)


def test_short_sentences_share_a_line_and_long_ones_do_not() -> None:
    from media.sheets.pdf import on_lines

    long = ["Một hai ba,", "bốn năm."]
    lines = on_lines([["Làm việc gì?"], ["Làm cho ai, ở đâu?"], ["Hợp đồng đâu?"], long, ["Đi."]])
    assert lines == [["Làm việc gì?\u2003\u2003Làm cho ai, ở đâu?\u2003\u2003Hợp đồng đâu?"], long, ["Đi."]]


def test_a_programme_of_two_minutes_with_all_its_fields_takes_two_pages() -> None:
    """As long as the samples are: two pages are one leaf."""
    spec = replace(
        SPEC,
        title="Việc nhẹ lương cao: bảy câu hỏi trước khi lên xe",
        body="Có người giục đi luôn kẻo hết chỗ. Làm việc gì? Người đó không trả lời được thì mình chưa lên xe. " * 8,
        programme="Chiến dịch hưởng ứng Ngày Toàn dân phòng, chống mua bán người 30/7/2026",
        slots=SPEC.slots * 2,
        hotlines=(("111", "Tổng đài quốc gia bảo vệ trẻ em"), ("113", "Công an"), ("112", "Cứu nạn")),
        editor="Vàng Thị Mẫu, Lý A Thử",
        sample=True,
    )
    assert make_script(spec).seconds > 75
    assert len(page_texts(render_pdf(spec))) == 2
