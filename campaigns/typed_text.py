"""What people type on a phone, put in order: one line of text, a whole number, a time of day."""

import datetime as dt
import re
import unicodedata

_TIME = re.compile(r"^(\d{1,2})\s*(?:[:.hg]|giờ)\s*(\d{1,2})?\s*(?:p|phút)?$", re.IGNORECASE)
_GROUPED = re.compile(r"^\d{1,3}(?:[.,' ]\d{3})+$")


def one_line(text: str) -> str:
    """``text`` as one NFC line without control, format or bidirectional marks."""
    kept = "".join(
        " " if unicodedata.category(mark)[0] in "CZ" else mark for mark in unicodedata.normalize("NFC", text)
    )
    return " ".join(kept.split())


def whole_number(text: str) -> int | None:
    """The count that ``text`` says, None for an empty one. "1.234", "1,234" and "1 234" are 1234.

    Any decimal digits are understood (full-width ones from a keyboard set to Chinese too).

    :raises ValueError: for anything that is no whole number from 0 up.
    """
    line = one_line(unicodedata.normalize("NFKC", text))
    if not line:
        return None
    if _GROUPED.match(line):
        line = re.sub(r"[.,' ]", "", line)
    if not line.isdecimal():
        raise ValueError(f"not a whole number: {line[:20]}")
    return int(line)


def time_of_day(text: str) -> dt.time:
    """The time that ``text`` says: "05:15", "5h15", "5 giờ 15", "17g", "17.30".

    :raises ValueError: for anything else.
    """
    found = _TIME.match(one_line(unicodedata.normalize("NFKC", text)))
    if not found:
        raise ValueError(f"not a time of day: {text[:20]}")
    return dt.time(int(found[1]), int(found[2] or 0))
