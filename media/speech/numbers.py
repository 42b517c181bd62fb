"""Vietnamese numbers as words: cardinals, decimals, digits one by one, Roman numerals.

Northern standard forms, as the primary-school books and the national radio use them:
"linh" (not "lẻ"), "nghìn" (not "ngàn"), "mốt", "tư" and "lăm" after "mươi".
"""

import re
from functools import lru_cache

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
NUMBER_WORDS = frozenset((*DIGITS, "mười", "mươi", "mốt", "tư", "lăm", "linh", "trăm", "nghìn", "triệu", "tỷ", "phẩy"))
LONGEST_CARDINAL = 18
"""Numbers with more digits than this are read digit by digit: nobody can follow "tỷ tỷ" by ear."""

_ROMAN = re.compile(r"(?=[IVXLC])(C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})\Z")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def digits(text: str) -> str:
    """Each digit of `text` as a word; everything else in it is left out."""
    return " ".join([DIGITS[int(c)] for c in text if "0" <= c <= "9"])


def _tens(value: int) -> str:
    if value < 10:
        return DIGITS[value]
    tens, unit = divmod(value, 10)
    head = "mười" if tens == 1 else f"{DIGITS[tens]} mươi"
    if unit == 0:
        return head
    if unit == 5:
        return f"{head} lăm"
    if tens > 1 and unit in (1, 4):
        return f"{head} {'mốt' if unit == 1 else 'tư'}"
    return f"{head} {DIGITS[unit]}"


def _hundreds(value: int, *, full: bool) -> str:
    """A group of three digits; `full` says the hundreds even where they are zero."""
    hundreds, rest = divmod(value, 100)
    if not hundreds and not full:
        return _tens(rest)
    head = f"{DIGITS[hundreds]} trăm"
    if rest == 0:
        return head
    if rest < 10:
        return f"{head} linh {DIGITS[rest]}"
    return f"{head} {_tens(rest)}"


def _below_billion(value: int, *, full: bool) -> str:
    """Up to 999,999,999; an empty thousand is said only where leaving it out would mislead.

    "một triệu năm trăm" is heard as 1,500,000, so 1,000,500 keeps its "không nghìn".
    """
    millions, rest = divmod(value, 1_000_000)
    thousands, units = divmod(rest, 1000)
    words: list[str] = []
    if millions:
        words.append(f"{_hundreds(millions, full=full)} triệu")
        full = True
    if thousands:
        words.append(f"{_hundreds(thousands, full=full)} nghìn")
        full = True
    elif words and units >= 100:
        words.append("không nghìn")
    if units or not words:
        words.append(_hundreds(units, full=full))
    return " ".join(words)


@lru_cache(maxsize=4096)
def cardinal(number: int | str) -> str:
    """A whole number in words; `number` may be digits as text (leading zeros are not said).

    Negative numbers begin with "âm". Longer than `LONGEST_CARDINAL` digits: digit by digit.
    """
    text = str(number)
    if text.startswith("-"):
        return f"âm {cardinal(text[1:])}"
    if len(text) > LONGEST_CARDINAL:
        return digits(text)
    value = int(text)
    billions, rest = divmod(value, 1_000_000_000)
    if not billions:
        return _below_billion(rest, full=False)
    head = f"{_below_billion(billions, full=False)} tỷ"
    if not rest:
        return head
    gap = "không triệu " if 100_000 <= rest < 1_000_000 else ""
    return f"{head} {gap}{_below_billion(rest, full=True)}"


def decimal(whole: str, fraction: str) -> str:
    """ba phẩy hai mươi lăm; zeros after the comma one by one; long fractions digit by digit."""
    stripped = fraction.lstrip("0")
    zeros = ["không"] * (len(fraction) - len(stripped))
    tail = digits(fraction) if len(fraction) > 3 or not stripped else " ".join([*zeros, cardinal(stripped)])
    return f"{cardinal(whole)} phẩy {tail}"


def ordinal(number: int) -> str:
    """What follows "thứ": nhất, hai, ba, tư, năm …"""
    return {1: "nhất", 4: "tư"}.get(number) or cardinal(number)


def roman(text: str) -> int | None:
    """The value of a well-formed upper-case Roman numeral below 400, or None."""
    if not _ROMAN.match(text):
        return None
    values = [_ROMAN_VALUES[c] for c in text]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))
