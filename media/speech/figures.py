"""Readers for what begins with a digit: dates, times, phones, document numbers, plain numbers.

Each reader takes the text, where to start, the last item read and the lexicon, and returns an
`Item` or None. `READERS` tells which may apply, by the character after the first run of digits.
"""

import re
from collections.abc import Callable

from media.speech import context
from media.speech.context import Item, word_set
from media.speech.lexicon import Lexicon
from media.speech.numbers import DIGITS, cardinal, decimal, digits, ordinal
from media.speech.syllables import spell

Reader = Callable[[str, int, Item | None, Lexicon], Item | None]

_DMY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?![\d/])")
_YMD = re.compile(r"(\d{4})([/-])(\d{1,2})\2(\d{1,2})(?![\d/])")
_DAY_RANGE = re.compile(r"(\d{1,2}) ?[-–—] ?(\d{1,2})/(\d{1,2})(?:/(\d{4}))?(?![\d/])")
_MONTH_YEAR = re.compile(r"(\d{1,2})[/-](\d{4})(?![\d/-])")
_SLASHED = re.compile(r"\d{1,9}/\d{1,9}(?:/\d{1,9}){0,4}(?![\d/])")
_HOUR = re.compile(r"(\d{1,2})(?:h(\d{2}|\d(?=['′p]))?|g(\d{2}))(?:['′p]| phút)?(?![^\W_])")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?![\d:])")
_RATIO = re.compile(r"(\d+):(\d+)(?![\d:])")
_GROUPED = re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d+))?(?!\d|\.\d)")
_SPACED = re.compile(r"([1-9]\d{0,2}(?: \d{3})+)(?:,(\d+))?(?![\d/:]|[.,]\d|h\d)")
_ENGLISH = re.compile(r"([1-9]\d{0,2}(?:,\d{3}){2,})(?:\.(\d+))?(?!\d|,\d)")
_DECIMAL = re.compile(r"(\d+)([.,])(\d+)(?![\d]|[.,]\d)")
_CHAIN = re.compile(r"\d+(?:([.,])\d+)(?:\1\d+)+(?!\d)")
_PHONE = re.compile(
    r"0\d{8,10}(?!\d)|0\d{2,4}(?:\) ?\d{3,4}(?:[ .-]?\d{2,4}){1,2}|(?:[ .-]\d{2,4}){2,3})(?![\d/]|[.,]\d)"
    r"|1[89]00(?:[ .]?\d{2,4}){1,3}(?![\d/]|[.,]\d)"
)
_HOTLINE_PAIR = re.compile(r"(11[1-5])/(11[1-5])(?![\d/])")
_DOCUMENT = re.compile(
    r"(\d{1,5})([a-zđ]?)(?:/(\d{4}))?(?:/|-(?=[A-ZĐ][A-Za-zĐđ]+/))"
    r"([A-ZĐ][A-Za-zĐđ&]+\d*(?:[-–/][A-ZĐ][A-Za-zĐđ&]*\d*)*)(?![^\W_])"
)
_CODE_PART = re.compile(r"([A-Za-zĐđ&]+?)(\d*)\Z")
_MILLIONS = re.compile(r"(\d+)tr(\d)?(?![^\W_])")
_LETTERED = re.compile(r"(\d+)([A-ZĐ]{1,2})(\d*)(?![^\W_])")
_PLAIN = re.compile(r"\d+")
_CENTED = frozenset(("đô la Mỹ", "ơ-rô"))
_UNIT_LENGTHS = (6, 4, 3, 2, 1)
_LIST_CUES = word_set("lớp khối điều khoản ngày tháng thứ số các nhóm")
_POINT_CUES = word_set("mục bản phần bảng hình chương điểm nghiệp")


_SHORT_DATE = re.compile(r"(\d{1,2})[-.](\d{1,2})(?![\d/-]|[.,]\d| tháng)")
_DAY_CUES = word_set("ngày sáng trưa chiều tối đêm hôm rạng")
_MINUTES = re.compile(r"(\d{1,3})p(\d{1,2})s(?![^\W_])")
_YEAR = re.compile(r" ((?:19|20)\d{2})(?!\d|[.,/:]\d|[%-]|[^\W_])")
_METRES = re.compile(r"(\d{1,2})m(\d{1,2})(?![^\W_])")
_PLATE = re.compile(r"(\d{2})([A-ZĐ]{1,2}\d?)-(\d{3}\.?\d{2}|\d{4})(?!\d)")
_MONEY_WORDS = word_set("đồng đ vnđ vnd")


def month_words(month: int) -> str:
    """The month in words; April is "tháng tư"."""
    return f"tháng {'tư' if month == 4 else cardinal(month)}"


def _date(text: str, start: int, last: Item | None, day: int, month: int, year: str | None, end: int) -> Item:
    day_word = "ngày " if context.takes_day_word(text, start, last) else ""
    year_words = f" năm {cardinal(year)}" if year else ""
    return Item(f"{day_word}{cardinal(day)} {month_words(month)}{year_words}", end, "date")


def full_date(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """30/7/2025, 30-07-2025, 30.7.2025."""
    m = _DMY.match(text, start)
    if not m or not context.is_valid_day(int(m[1]), int(m[3])):
        return None
    return _date(text, start, last, int(m[1]), int(m[3]), m[4], m.end())


def iso_date(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """2025-07-30, 2025/7/30."""
    m = _YMD.match(text, start)
    if not m or not context.is_valid_day(int(m[4]), int(m[3])):
        return None
    return _date(text, start, last, int(m[4]), int(m[3]), m[1], m.end())


def day_range(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """13-18/4/2023: the month and year belong to both days."""
    m = _DAY_RANGE.match(text, start)
    if not m:
        return None
    first, second, month = int(m[1]), int(m[2]), int(m[3])
    if not (0 < first < second and context.is_valid_day(second, month)):
        return None
    if not m[4] and not context.is_date(text, start, m.end(), second, month, last):
        return None
    whole = _date(text, start, last, first, month, m[4], m.end())
    head, tail = whole.words.split(" tháng ", 1)
    return whole._replace(words=f"{head} đến {cardinal(second)} tháng {tail}")


def month_year(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """7/2023; after "quý" the first figure is a quarter."""
    m = _MONTH_YEAR.match(text, start)
    if not m or not 1 <= int(m[1]) <= 12 or not 1800 <= int(m[2]) <= 2199:
        return None
    before = context.word_before(text, start)
    if before == "quý":
        return Item(f"{cardinal(m[1])} năm {cardinal(m[2])}", m.end(), "month")
    month = month_words(int(m[1]))
    if before == "tháng":
        month = month.removeprefix("tháng ")
    return Item(f"{month} năm {cardinal(m[2])}", m.end(), "month")


def slashed(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """30/7 as a date, 2/6 thôn as a fraction, 12/5/3 as an address."""
    pair = _HOTLINE_PAIR.match(text, start)
    if pair and not context.counts(context.word_after(text, pair.end())):
        return Item(f"{digits(pair[1])} hoặc {digits(pair[2])}", pair.end(), "phone")
    m = _SLASHED.match(text, start)
    if not m:
        return None
    parts = m[0].split("/")
    if len(parts) == 2 and max(map(len, parts)) <= 2:
        day, month = int(parts[0]), int(parts[1])
        if context.is_date(text, start, m.end(), day, month, last):
            return _date(text, start, last, day, month, None, m.end())
        if 0 < day < month <= 10 and context.is_part_of_whole(text, start, m.end()):
            return Item(f"{cardinal(day)} phần {'tư' if month == 4 else cardinal(month)}", m.end(), "fraction")
    item = Item(" trên ".join([cardinal(p) for p in parts]), m.end(), "fraction")
    if text.startswith("h", m.end()) and not text[m.end() + 1 : m.end() + 2].isalnum():
        return Item(f"{item.words} giờ", m.end() + 1, "fraction")
    return with_unit(text, item, lexicon)


def short_date(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """ngày 30-7, sáng 30.7, as newspapers write it; "các ngày 5-7" stays a range."""
    m = _SHORT_DATE.match(text, start)
    if not m or not context.is_valid_day(int(m[1]), int(m[2])):
        return None
    before = context.words_before(text, start, 2)
    if not before or before[-1] not in _DAY_CUES or before[0] in ("các", "những", "mấy"):
        return None
    return _date(text, start, last, int(m[1]), int(m[2]), None, m.end())


def hour(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """7h, 7h30, 7g30."""
    m = _HOUR.match(text, start)
    if not m:
        return None
    return _time(m[1], m[2] or m[3], None, m.end())


def clock(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """07:30, 08:30:15; anything else with a colon, or after "tỷ lệ", is a ratio."""
    m = _CLOCK.match(text, start)
    item = _time(m[1], m[2], m[3], m.end()) if m and context.word_before(text, start) != "lệ" else None
    if item is None and (ratio := _RATIO.match(text, start)):
        item = Item(f"{cardinal(ratio[1])} trên {cardinal(ratio[2])}", ratio.end(), "fraction")
    return item


def _time(hours: str, minutes: str | None, seconds: str | None, end: int) -> Item | None:
    if int(hours) > 24 or int(minutes or 0) > 59 or int(seconds or 0) > 59:
        return None
    words = f"{cardinal(hours)} giờ"
    if int(minutes or 0) or int(seconds or 0):
        words += f" {cardinal(minutes or 0)} phút"
    if int(seconds or 0):
        words += f" {cardinal(seconds or 0)} giây"
    return Item(words, end, "time")


def phone(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """Numbers of subscribers and of the 1800 and 1900 services, with or without gaps."""
    m = _PHONE.match(text, start)
    if not m or (text[start] == "1" and not 8 <= sum(map(str.isdigit, m[0])) <= 10):
        return None
    return Item(digits(m[0]), m.end(), "phone")


def document(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """193/QĐ-TTg, 53/2024/QH15, 60-NQ/TU."""
    m = _DOCUMENT.match(text, start)
    if not m:
        return None
    if m[1] == "138" and m[4] == "CP":
        return Item("một ba tám Chính phủ", m.end(), "document")
    number = digits(m[1]) if m[1][0] == "0" else cardinal(m[1])
    parts = [f"{number} {m[2]}".rstrip()]
    if m[3]:
        parts.append(cardinal(m[3]))
    parts.append(document_code(m[4], lexicon))
    return Item(" trên ".join(parts), m.end(), "document")


def document_code(code: str, lexicon: Lexicon) -> str:
    """The letters of a document number: kind and issuer from the lexicon, unknown ones spelt."""
    return " ".join([_code_part(part, lexicon) for part in re.split(r"[-–/]", code) if part])


def _code_part(part: str, lexicon: Lexicon) -> str:
    known = lexicon.documents.get(part) or lexicon.words.get(part)
    if known:
        return known
    m = _CODE_PART.match(part)
    if m is None:
        return spell(part)
    letters = lexicon.documents.get(m[1]) or lexicon.words.get(m[1]) or spell(m[1].replace("&", ""))
    return f"{letters} {cardinal(m[2])}" if m[2] else letters


def grouped(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """1.059, 13.256,92, 1,000,000."""
    m = _GROUPED.match(text, start) or _ENGLISH.match(text, start)
    return _grouped(text, m, lexicon)


def spaced(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """12 345; not after a word that announces a number of its own (gọi 111 113)."""
    m = _SPACED.match(text, start)
    if not m or m[1][:3] in context.HOTLINES or context.word_before(text, start) in _LIST_CUES | {"năm", "gọi"}:
        return None
    return _grouped(text, m, lexicon)


def _grouped(text: str, m: re.Match[str] | None, lexicon: Lexicon) -> Item | None:
    if not m:
        return None
    whole = re.sub(r"\D", "", m[1])
    if m[2]:
        return _with_fraction(text, whole, m[2], m.end(), lexicon)
    return with_unit(text, Item(cardinal(whole), m.end(), "number"), lexicon)


def _with_fraction(text: str, whole: str, fraction: str, end: int, lexicon: Lexicon) -> Item:
    """A decimal with its unit; dollars and euros with their cents: 5,99 USD."""
    item = with_unit(text, Item("", end, "number"), lexicon)
    price = with_cents(whole, fraction, item.words.strip())
    return item._replace(words=price or f"{decimal(whole, fraction)}{item.words}")


def with_cents(whole: str, fraction: str, currency: str) -> str:
    """năm đô la Mỹ chín mươi chín xu; "" where the currency has no cents that people name."""
    if currency not in _CENTED or len(fraction) > 2:
        return ""
    cents = int(fraction.ljust(2, "0"))
    parts = [f"{cardinal(whole)} {currency}"] if int(whole) or not cents else []
    return " ".join([*parts, f"{cardinal(cents)} xu"] if cents else parts)


def fractional(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """49,5 and 7.5; after "lớp" or "Mục" the mark only separates."""
    m = _DECIMAL.match(text, start)
    if not m:
        return None
    before = context.word_before(text, start)
    if m[2] == "," and _groups_thousands(m, context.word_after(text, m.end())):
        return with_unit(text, Item(cardinal(m[1] + m[3]), m.end(), "number"), lexicon)
    if m[2] == "," and before in _LIST_CUES:
        return Item(f"{cardinal(m[1])}, {cardinal(m[3])}", m.end(), "number")
    if m[2] == "." and (before in _POINT_CUES or m[3] == "0"):
        return Item(f"{cardinal(m[1])} chấm {cardinal(m[3])}", m.end(), "number")
    return _with_fraction(text, m[1], m[3], m.end(), lexicon)


def _groups_thousands(m: re.Match[str], following: str) -> bool:
    """10,000 người and 1,500 đồng: the comma of English habit, for nobody pays a thousandth of a đồng.

    Where nothing is counted, the comma is what Vietnamese law makes it: the decimal mark (60,000 = 60 to three places).
    """
    return len(m[3]) == 3 and m[1][0] != "0" and ((m[3] == "000" and following != "") or following in _MONEY_WORDS)


def chain(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """1.2.3 (a section or version) and 6,7,8 (a list)."""
    m = _CHAIN.match(text, start)
    if not m:
        return None
    joint = " chấm " if m[1] == "." else ", "
    return Item(joint.join([cardinal(part) for part in m[0].split(m[1])]), m.end(), "code")


def millions(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """5tr, 2tr5 (colloquial: 2.500.000)."""
    m = _MILLIONS.match(text, start)
    if not m:
        return None
    rest = f" {DIGITS[int(m[2])]} trăm nghìn" if m[2] and m[2] != "0" else ""
    return with_unit(text, Item(f"{cardinal(m[1])} triệu{rest}", m.end(), "number"), lexicon)


def minutes(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """3p20s; minutes or seconds alone are units of the lexicon."""
    m = _MINUTES.match(text, start)
    if not m:
        return None
    rest = f" {cardinal(m[2])} giây" if int(m[2]) else ""
    return Item(f"{cardinal(m[1])} phút{rest}", m.end(), "time")


def lettered(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item | None:
    """4G, 24A, the plate 24A-123.45: the letters are named. 1m65 is one metre sixty-five."""
    if plate := _PLATE.match(text, start):
        words = f"{digits(plate[1])} {_letters_and_digits(plate[2])}, {digits(plate[3])}"
        return Item(words, plate.end(), "code")
    if (metres := _METRES.match(text, start)) and f"m{metres[2]}" not in lexicon.units:
        return Item(f"{cardinal(metres[1])} mét {cardinal(metres[2])}", metres.end(), "number")
    m = _LETTERED.match(text, start)
    if not m or m[2] in lexicon.units:
        return None
    return Item(f"{cardinal(m[1])} {spell(m[2])} {cardinal(m[3]) if m[3] else ''}".rstrip(), m.end(), "code")


def _letters_and_digits(code: str) -> str:
    return " ".join([digits(c) if c.isdigit() else spell(c) for c in code])


def plain(text: str, start: int, last: Item | None, lexicon: Lexicon) -> Item:
    """A bare run of digits, by what stands around it."""
    m = _PLAIN.match(text, start)
    assert m is not None
    number, end = m[0], m.end()
    if context.is_phone(text, start, end, number, last):
        return Item(digits(number), end, "phone")
    if context.is_serial(text, start, number):
        return Item(digits(number), end, "code")
    before = context.word_before(text, start)
    if before == "tháng" and len(number) < 3 and 1 <= int(number) <= 12 and (year := _YEAR.match(text, end)):
        month = month_words(int(number)).removeprefix("tháng ")
        return Item(f"{month} năm {cardinal(year[1])}", year.end(), "month")
    kind = {"ngày": "day", "tháng": "month", "thứ": "ordinal"}.get(before, "number")
    if kind == "number" and last is not None and last.kind in ("ordinal", "day") and context.joined(text, last, start):
        kind = last.kind
    if len(number) < 3 and (
        kind == "ordinal" or (before == "tháng" and int(number) == 4) or (before == "hạng" and int(number) == 1)
    ):
        return Item(ordinal(int(number)), end, kind)
    return with_unit(text, Item(cardinal(number), end, kind), lexicon)


def with_unit(text: str, item: Item, lexicon: Lexicon) -> Item:
    """`item` with the unit that follows it, if one does."""
    start = item.end + 1 if text.startswith(" ", item.end) else item.end
    for length in _UNIT_LENGTHS:
        unit = text[start : start + length]
        if unit not in lexicon.units:
            continue
        after = text[start + length : start + length + 1]
        if (unit[-1].isalnum() and (after.isalnum() or after == "_")) or (unit == "'" and _closes_quote(text, item)):
            continue
        return Item(f"{item.words} {lexicon.units[unit]}", start + length, item.kind)
    return item


def _closes_quote(text: str, item: Item) -> bool:
    return "'" in text[max(0, item.end - 40) : item.end] or text[item.end - 3 : item.end].isdigit()


ALWAYS: tuple[Reader, ...] = (millions, minutes, lettered)
READERS: dict[str, tuple[Reader, ...]] = {
    "/": (document, full_date, iso_date, month_year, slashed),
    "-": (phone, full_date, iso_date, day_range, document, month_year, short_date),
    "–": (day_range,),
    "—": (day_range,),
    ".": (phone, full_date, grouped, chain, short_date, fractional),
    ",": (grouped, chain, fractional),
    ":": (clock,),
    "h": (hour,),
    "g": (hour,),
    " ": (phone, day_range, spaced),
    ")": (phone,),
}
