"""Web and mail addresses and hashtags, as far as they are worth saying."""

import re

from media.speech.numbers import digits

_HINTS = ("://", "www.", "@", ".vn", ".com", ".org", ".net", ".info", ".edu", ".gov")
_ADDRESS = re.compile(
    r"(?:https?://|ftp://)(?:www\.)?(?P<host>[^\s/?#<>\"“”()]+)[^\s<>\"“”()]*"
    r"|(?P<mail>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})"
    r"|\b(?:www\.(?P<www>[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})|(?P<bare>[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:vn|com|org|net|info|edu|gov)))\b"
    r"(?:/[^\s<>\"“”()]*)?"
)
_LAST_LABELS = {"vn": "vê-nờ", "com": "com", "gov": "gov", "org": "o-rờ-gờ", "edu": "e-đu", "net": "nét"}
_TRAILING = ".,;:!?…"
_TAG_RUN = re.compile(r"(?:[ \t]*#\w+)+[ \t]*(?=\n|\Z)")
_TAG = re.compile(r"#([^\W\d_]\w*)")
_CAMEL = re.compile(r"[A-ZĐ]?[^\W\d_A-ZĐ]+|[A-ZĐ]+|\d+")


def say_addresses(text: str) -> str:
    """Each address as "tên chấm gov chấm vê-nờ": the host only, since nobody can note a path by ear."""
    if not any(hint in text for hint in _HINTS):
        return text
    return _ADDRESS.sub(_say_address, text)


def _say_address(found: re.Match[str]) -> str:
    end = found[0][len(found[0].rstrip(_TRAILING)) :]
    host = found["host"] or found["mail"] or found["www"] or found["bare"]
    name, _, server = host.rstrip(_TRAILING).rpartition("@")
    said = _say_host(server)
    return (f"{_say_host(name)} a còng {said}" if name else said) + end


def _say_host(host: str) -> str:
    labels = [label for label in re.split(r"[.:]", host) if label]
    return " chấm ".join([_say_label(label) for label in labels])


def _say_label(label: str) -> str:
    known = _LAST_LABELS.get(label.lower())
    if known:
        return known
    parts = re.findall(r"[^\W\d_]+|\d+|[-_+]", label.lower())
    said = [digits(p) if p.isdigit() else {"-": "gạch ngang", "_": "gạch dưới", "+": "cộng"}.get(p, p) for p in parts]
    return " ".join(said)


def say_hashtags(text: str) -> str:
    """Hashtags that end a line are dropped; one inside a sentence is read as its words."""
    text = _TAG_RUN.sub("", text)
    return _TAG.sub(lambda tag: " ".join(_CAMEL.findall(tag[1])).lower(), text)
