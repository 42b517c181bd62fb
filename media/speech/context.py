"""What the words around a figure say about it: a hotline or a count, a date or a fraction."""

import re
from typing import NamedTuple


class Item(NamedTuple):
    """Something read from the text: its words, where it ends, and what it was."""

    words: str
    end: int
    kind: str
    """number, day, month, date, time, phone, document, fraction, ordinal, roman or code."""


def word_set(words: str) -> frozenset[str]:
    """The words of a space-separated list."""
    return frozenset(words.split())


HOTLINES = frozenset(("111", "112", "113", "114", "115"))
_WORD = re.compile(r"[^\W_]+")
_LAST_WORD = re.compile(r"([^\W_]+) *\Z")
_NEXT_WORD = re.compile(r" ?([^\W\d_]+)")
_SENTENCE_END = re.compile(r"[.!?…\n](?!\d)")
_JOINT = re.compile(r" ?(?:[,;/–-]|,? ?(?:và|hoặc|hay|đến|với)) ?(?:số )?\Z")

_COUNTED = word_set(
    """xã phường huyện thôn bản tổ hộ người trường đơn tỉnh vụ đại phiếu em học sinh điểm cụm khu gia đồng nhiệm
    mục lớp giáo cán chi đảng hội nạn doanh câu bài lượt cuộc buổi đoàn tuần tháng năm giờ phút giây triệu tỷ nghìn
    tin tờ băng chiếc cái bộ cuốn quyển bạn chị anh ông bà cháu trẻ phụ lao công đối tượng thành viên nước
    quốc dân cơ trạm đài loa ki héc mét cây con lần tuổi tiếng tấn tạ kg km cuốn áp pa pano bức tấm mô lời
    hình ảnh video trang đầu suất phần hoạt đợt chương ca trăm thị cặp đội hội chốt đồn mẫu ngày đêm vị số"""
)
_NOT_COUNTED_AFTER_HOTLINE = frozenset(("số", "hoạt", "năm", "tổ", "ca", "đài", "hội"))
_PARTS_OF_WHOLE = word_set("số dân diện tổng thời quãng chặng quân nhân sản lượng khối giá thu")
_DATE_CUES = word_set("""ngày sáng trưa chiều tối đêm hôm từ đến tới trước sau vào dịp lễ mùng mồng hết hạn nhật kể rạng
    tháng và""")
_NAMED_DAY = re.compile(r"Ngày (?:[A-ZĐ](?!hủ|hứ)|thế giới|toàn dân|quốc tế)[^\d.;:\n]*\Z")
_NO_DAY_WORD = word_set("ngày mùng mồng hôm dịp lễ")
_FRACTION_CUES = word_set("đạt chiếm hơn gần quá lệ khoảng bằng giảm tăng phân còn được mới với")
_WHOLE_CUES = word_set("hơn gần quá chiếm giảm tăng bằng")
_ADDRESS_CUES = word_set("nhà ngõ ngách hẻm kiệt")
_QUANTITY_CUES = word_set("có tổng khoảng gần hơn trên đạt với cả là thêm chỉ của được gồm và từ đến còn")
_PHONE_CUE = re.compile(
    r"gọi|tổng đài|đường dây|hotline|điện thoại|đầu số|nhắn|bấm (?:máy|số)|quay số|liên hệ|liên lạc|\bđt\b|sđt|\bsos\b",
    re.IGNORECASE,
)
_DOCUMENT_KINDS = word_set("định hoạch thị tư nghị quyết lệnh văn báo trình án điện luật điều khoản khối")
_NUMBERED = _DOCUMENT_KINDS | word_set(
    "tổng trong có nhà xe phòng lô thửa đường tờ trạm mốc cột tuyến trường tổ đội cửa"
)
_SERIAL_CUES = word_set("mã cccd cmnd cmt khoản stk otp pin imei series")
_AFTER_HOTLINE = word_set("hoặc và hay để khi nếu miễn ngay nhé trực hoạt phục hỗ tiếp của luôn bất cứ là được sẽ đã")


def words_before(text: str, start: int, count: int) -> list[str]:
    """The last `count` words before `start`, lower-case, oldest first."""
    return [w.lower() for w in _WORD.findall(text[max(0, start - 12 * count) : start])[-count:]]


def word_before(text: str, start: int) -> str:
    """The word just before `start` with nothing but a space between, lower-case, or ""."""
    found = _LAST_WORD.search(text, max(0, start - 12), start)
    return found[1].lower() if found else ""


def word_after(text: str, end: int) -> str:
    """The word that follows directly (one space at most), lower-case, or ""."""
    found = _NEXT_WORD.match(text, end)
    return found[1].lower() if found else ""


def joined(text: str, last: Item | None, start: int) -> bool:
    """Whether only a comma, dash or "và/hoặc" stands between the last item and `start`."""
    return last is not None and start - last.end < 12 and _JOINT.match(text, last.end, start) is not None


def is_valid_day(day: int, month: int) -> bool:
    """Whether day/month exists in some year."""
    return 1 <= month <= 12 and 1 <= day <= (29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31)


def is_date(text: str, start: int, end: int, day: int, month: int, last: Item | None) -> bool:
    """Whether day/month at `start` is a date; otherwise it is a fraction or a ratio."""
    if not is_valid_day(day, month):
        return False
    before = word_before(text, start)
    if before in _DATE_CUES or (last is not None and last.kind in ("day", "date") and joined(text, last, start)):
        return before != "từ" or word_after(text, end) not in _COUNTED
    if before in _FRACTION_CUES or before in _ADDRESS_CUES or (day, month) == (24, 7):
        return False
    following = word_after(text, end)
    return following not in _COUNTED and following not in _PARTS_OF_WHOLE


def is_part_of_whole(text: str, start: int, end: int) -> bool:
    """Whether a proper fraction is said with "phần" (một phần ba dân số), not "trên" (hai trên sáu thôn)."""
    before = word_before(text, start)
    return word_after(text, end) in _PARTS_OF_WHOLE or before in _WHOLE_CUES or before == "số"


def takes_day_word(text: str, start: int, last: Item | None) -> bool:
    """Whether "ngày" has to be put before a date at `start`."""
    if last is not None and last.kind == "day" and joined(text, last, start):
        return False
    if word_before(text, start) in _NO_DAY_WORD:
        return False
    return _NAMED_DAY.search(text, max(0, start - 70), start) is None


def is_phone(text: str, start: int, end: int, number: str, last: Item | None) -> bool:
    """Whether a short bare number is one to dial (111, 113, 1022 …) and is read digit by digit."""
    if len(number) < 3 or (len(number) == 4 and number[:2] in ("19", "20")):
        return False
    if last is not None and last.kind == "phone" and joined(text, last, start):
        return not counts(word_after(text, end))
    known = number in HOTLINES
    following = word_after(text, end)
    if counts(following) or (not known and len(number) < 4):
        return False
    before = words_before(text, start, 2)
    if before and before[-1] == "số":
        return len(before) == 1 or (known and before[0] not in _NUMBERED)
    if _has_phone_cue(text, start, known=known):
        return True
    if not known or (before and before[-1] in _QUANTITY_CUES | _DOCUMENT_KINDS):
        return False
    return not following or following in _AFTER_HOTLINE


def counts(following: str) -> bool:
    """Whether the word after a figure names what is counted."""
    return following in _COUNTED and following not in _NOT_COUNTED_AFTER_HOTLINE


def _has_phone_cue(text: str, start: int, *, known: bool) -> bool:
    """A well-known hotline may stand far behind "đường dây nóng"; other numbers close to it."""
    lead = text[max(0, start - (90 if known else 24)) : start]
    cues = list(_PHONE_CUE.finditer(lead))
    return bool(cues) and _SENTENCE_END.search(lead, cues[-1].end()) is None


def is_serial(text: str, start: int, number: str) -> bool:
    """Whether a number is a code to be read digit by digit (account, identity card, 0047 …)."""
    if number[0] == "0" and len(number) > 2:
        return True
    before = words_before(text, start, 2)
    if not before:
        return False
    if before == ["chỉ", "đạo"]:
        return len(number) == 3
    return (before[-1] in _SERIAL_CUES and len(number) > 2) or before == ["mã", "số"]
