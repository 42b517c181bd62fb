"""Cleaning text for reading: composed letters, no emoji, no list marks, even spaces."""

import re
from unicodedata import is_normalized, normalize

_KEYCAP = re.compile("[0-9#*]?\ufe0f?\u20e3")
_UNSPOKEN = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
    "\u2122\u00a9\u00ae\u2139\u2194-\u21ff\u231a-\u23ff\u24c2\u2500-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001faff\U000e0000-\U000e007f\ufffc\ufffd\ue000-\uf8ff]+"
)
_ARROWS = re.compile(r" ?(?:[→⇒]|[-=]>) ?")
_LINE_MARK = re.compile(r"[ \t]*(?:[-–—•·*+▪‣◦]|#{1,6}|>)[ \t]+")
_PLAINER = (
    ("\u00a0", " "),
    ("\u2009", " "),
    ("\u202f", " "),
    ("\u2007", " "),
    ("\u3000", " "),
    ("\r", ""),
    ("\u2212", "-"),
)
_STRAY_SPACES = (*((f" {mark}", mark) for mark in ",.;:!?…)"), ("( ", "("))


def tidy(text: str) -> str:
    """NFC text without what no one says: emoji, invisible and private characters, list and bold marks."""
    if not is_normalized("NFC", text):
        text = normalize("NFC", text)
    for odd, plain in _PLAINER:
        if odd in text:
            text = text.replace(odd, plain)
    if "\u20e3" in text:
        text = _KEYCAP.sub(" ", text)
    text = _UNSPOKEN.sub(_gap, text)
    if "→" in text or "⇒" in text or "->" in text or "=>" in text:
        text = _ARROWS.sub(", ", text)
    if "**" in text or "__" in text:
        text = text.replace("**", "").replace("__", "")
    return "\n".join([_without_mark(line) for line in text.split("\n")])


def _gap(found: re.Match[str]) -> str:
    """Soft hyphens and joiners vanish; a picture between two words leaves a space."""
    inside = found[0].strip("\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0f")
    return " " if inside else ""


def _without_mark(line: str) -> str:
    mark = _LINE_MARK.match(line)
    while mark:
        line = line[mark.end() :]
        mark = _LINE_MARK.match(line)
    return line


def tidy_spaces(text: str) -> str:
    """Single spaces, none before punctuation, none at the ends of lines."""
    text = text.replace("\t", " ")
    while "  " in text:
        text = text.replace("  ", " ")
    for stray, kept in _STRAY_SPACES:
        if stray in text:
            text = text.replace(stray, kept)
    return "\n".join([_without_mark(line).strip() for line in text.split("\n")]).strip("\n")
