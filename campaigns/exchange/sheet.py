"""The translator's sheet: one row a text, source and translation beside each other, only the latter open.

Going out, a text is always text: what begins with ``=`` never becomes a formula. Coming back, every cell
is checked before anything is written.
"""

import io
from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection

from campaigns.exchange.pairs import Exchange, Pair, exchange_of, newest_draft, source_text_page
from campaigns.models import Language

SHEET = "Bản dịch"
GUIDE = "Hướng dẫn"
MARK_KEY = "loa.phieu"
SALT = "loa.exchange.sheet"
# What Excel keeps in one cell.
LONGEST = 32_767
WIDTHS = (16, 30, 60, 60)


class CannotExport(Exception):
    """Why there is no sheet for this page."""


def language_of(page: Any) -> Language:
    """The campaign language of ``page``."""
    return Language.objects.get(code=page.locale.language_code)


def columns(language: Language) -> tuple[str, ...]:
    """The header: fixed words and the name of the language."""
    return ("Mã", "Chỗ", "Tiếng Việt (không sửa)", f"Bản dịch: {language.name_vi}")


def refuse_no_text(page: Any) -> None:
    """Raise CannotExport for Vietnamese, and for a language that is only spoken."""
    if page.locale.language_code == "vi":
        raise CannotExport(_("This is the Vietnamese version: there is nothing to translate."))
    if language_of(page).spoken_only:
        raise CannotExport(_("This language is only spoken: its version is a recording, not a sheet."))


def write_sheet(page: Any) -> bytes:
    """The workbook for the translation ``page``, as it stands in its newest draft.

    :raises CannotExport: for Vietnamese, a spoken-only language, or a text longer than a cell.
    """
    refuse_no_text(page)
    exchange = exchange_of(newest_draft(page), source_text_page(page))
    language = language_of(page)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    _head(sheet, columns(language))
    _put(sheet, 2, (MARK_KEY, "", mark_of(page, exchange), ""), open_last=False)
    sheet.row_dimensions[2].hidden = True
    for number, pair in enumerate(exchange.pairs, 3):
        if max(len(pair.source), len(pair.target)) > LONGEST:
            raise CannotExport(_("“%(place)s” is too long for one cell.") % {"place": pair.place})
        _put(sheet, number, (pair.key, pair.place, pair.source, pair.target))
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True
    _guide(book.create_sheet(GUIDE), page, language)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def mark_of(page: Any, exchange: Exchange) -> str:
    """Which page, language and texts the sheet was made of; nobody else can write one."""
    values = (page.pk, page.locale.language_code, exchange.source_digest[:24], exchange.target_digest[:24])
    return signing.Signer(salt=SALT, sep="|").sign("|".join(map(str, values)))


def read_mark(text: str) -> tuple[int, str, str, str]:
    """Page, language, digest of the source, digest of the translation.

    :raises ValueError: when it was not written by this site.
    """
    try:
        page, language, source, target = signing.Signer(salt=SALT, sep="|").unsign(text.strip()).split("|")
    except signing.BadSignature as error:
        raise ValueError(text[:20]) from error
    return int(page), language, source, target


def _head(sheet: Any, names: Sequence[str]) -> None:
    for column, name in enumerate(names, 1):
        cell = sheet.cell(1, column, name)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="0D4A45")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[cell.column_letter].width = WIDTHS[column - 1]


def _put(sheet: Any, row: int, values: Sequence[str], *, open_last: bool = True) -> None:
    """One row of text cells; the last one may be written in."""
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row, column)
        cell.value = value
        # openpyxl takes "=…" for a formula; and a person who retypes the cell gets text again.
        cell.data_type = "s"
        cell.quotePrefix = True
        cell.number_format = "@"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        last = open_last and column == len(values)
        cell.protection = Protection(locked=not last)
        if last:
            cell.fill = PatternFill("solid", fgColor="FFF9E5")
        elif column < 3:
            cell.font = Font(color="777777", size=9)


def _guide(sheet: Any, page: Any, language: Language) -> None:
    """What a translator has to know, on a sheet of its own."""
    lines = (
        f"{page.title} – {language.name_vi}",
        f"Bộ chữ: {language.orthography or 'chưa ghi'}. Mã ngôn ngữ: {language.code}.",
        "",
        "1. Chỉ viết vào cột D (màu vàng nhạt). Ba cột A, B, C đã khóa: đừng sửa, đừng xóa, đừng thêm dòng.",
        "2. Dòng nào có chữ ở cột C thì phải có bản dịch ở cột D.",
        "3. Giữ nguyên các thẻ như <p>…</p>, <b>…</b>, <a1>…</a1>: mỗi thẻ mở phải có thẻ đóng. "
        "Đặt thẻ quanh đúng chữ tương ứng trong bản dịch.",
        "4. Giữ nguyên số điện thoại, ngày tháng, tên cơ quan. Đừng dịch số 111 và 113 thành chữ.",
        "5. Viết chữ thường, đừng dùng công thức. Lưu lại đúng dạng Excel (.xlsx) rồi gửi trả.",
        "6. Bản dịch sẽ được người bản ngữ đọc lại và người khác duyệt trước khi đăng.",
        "7. Đừng gửi tệp này cho người khác: bài chưa được duyệt.",
    )
    sheet.column_dimensions["A"].width = 100
    for number, line in enumerate(lines, 1):
        cell = sheet.cell(number, 1)
        cell.value = line
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=number == 1, size=12)
    sheet.protection.sheet = True


def pairs_by_key(exchange: Exchange) -> dict[str, Pair]:
    return {pair.key: pair for pair in exchange.pairs}
