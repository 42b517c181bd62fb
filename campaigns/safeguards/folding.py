"""One form for every spelling of the same Vietnamese text, with the way back to the original.

NFC or NFD, full-width figures, old or new tone placement (hòa/hoà), i or y (kỳ/kì), look-alike letters and
invisible marks must not change what a rule finds. Linear in the length of the text.
"""

import re
import unicodedata
from array import array
from dataclasses import dataclass

_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PLAIN = "\n\r\t\x20-\x7eÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9“”‘’–—"
# A character and its marks; never more than 16 at once, since canonical ordering is quadratic in them.
_AWKWARD = re.compile(rf"(?:.(?=[{_MARKS}])|[^{_PLAIN}])[{_MARKS}]{{0,16}}", re.DOTALL)
_SAME = {
    ord(char): plain
    for plain, chars in {
        '"': "“”„«»",
        "'": "‘’ʼ`´",
        "-": "–—‐‑‒−",
        " ": "\r\t",
        "\n": "\u2028\u2029",
        "Đ": "ÐƉ",
        "đ": "ð",
        # Cyrillic letters that look like Latin ones
        **dict(zip("aeopcyxiAEOPCXIBMHTK", "аеорсухіАЕОРСХІВМНТК", strict=True)),
    }.items()
    for char in chars
}
_TONED = {
    first + second: plain + toned
    for plain, marked, second, moved in (
        ("o", "òóỏõọ", "a", "àáảãạ"),
        ("o", "òóỏõọ", "e", "èéẻẽẹ"),
        ("u", "ùúủũụ", "y", "ỳýỷỹỵ"),
    )
    for first, toned in zip(marked, moved, strict=True)
}
_TONE_PAIR = re.compile("[òóỏõọ][ae]|[ùúủũụ]y")
_FINAL_Y = re.compile(r"(?<=[hklmstv])[yỳýỷỹỵ](?!\w)")
_I_FOR_Y = dict(zip("yỳýỷỹỵ", "iìíỉĩị", strict=True))


@dataclass(frozen=True, slots=True)
class Folded:
    """``cased`` and ``lower`` have one length; ``starts`` and ``ends`` lead back to the original."""

    cased: str
    lower: str
    starts: "array[int] | range"
    ends: "array[int] | range"

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of the folded characters from ``start`` up to ``end``."""
        if start >= end:
            return 0, 0
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """The folded form of ``text``."""
    cased, starts, ends = _composed(text)
    cased = cased.translate(_SAME)
    lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in cased)
    lower = _TONE_PAIR.sub(lambda found: _TONED[found.group()], lower)
    lower = _FINAL_Y.sub(lambda found: _I_FOR_Y[found.group()], lower)
    return Folded(cased, lower, starts, ends)


def _composed(text: str) -> "tuple[str, array[int] | range, array[int] | range]":
    if _AWKWARD.search(text) is None:
        return text, range(len(text)), range(1, len(text) + 1)
    pieces: list[str] = []
    starts, ends = array("l"), array("l")
    last = 0
    for found in _AWKWARD.finditer(text):
        begin, end = found.span()
        pieces.append(text[last:begin])
        starts.extend(range(last, begin))
        ends.extend(range(last + 1, begin + 1))
        piece = "".join(char for char in unicodedata.normalize("NFKC", found.group()) if _is_shown(char))
        pieces.append(piece)
        starts.extend([begin] * len(piece))
        ends.extend([end] * len(piece))
        last = end
    pieces.append(text[last:])
    starts.extend(range(last, len(text)))
    ends.extend(range(last + 1, len(text) + 1))
    return "".join(pieces), starts, ends


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in ("Cf", "Cc", "Co", "Cn")
