"""Posted text as safe HTML: everything is escaped, then entities and addresses become tags."""

import html
import itertools
import re
from urllib.parse import urlsplit

from publishers.sandbox.telegram_html import Entity

_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "code",
    "blockquote": "q",
    "expandable_blockquote": "q",
}
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def plain(text: str) -> str:
    """Escaped text with clickable addresses; line breaks are kept by the style sheet."""
    pieces = []
    at = 0
    for match in _ADDRESS.finditer(text):
        pieces.append(html.escape(text[at : match.start()]))
        pieces.append(anchor(match[0], html.escape(match[0])))
        at = match.end()
    pieces.append(html.escape(text[at:]))
    return "".join(pieces)


def anchor(url: str, inner: str) -> str:
    """A link to an http address that tells the target nothing; any other address stays text."""
    if urlsplit(url).scheme not in ("http", "https", "tg"):
        return inner
    return f'<a href="{html.escape(url)}" rel="noreferrer noopener nofollow">{inner}</a>'


def rich(text: str, entities: list[Entity]) -> str:
    """Escaped text with Telegram's entities applied; overlapping entities still give well-formed HTML."""
    units = text.encode("utf-16-le")
    length = len(units) // 2
    cuts = {0, length}
    for entity in entities:
        cuts |= {
            min(length, max(0, entity["offset"])),
            min(length, max(0, entity["offset"] + entity["length"])),
        }
    edges = sorted(cuts)
    pieces = []
    for start, end in itertools.pairwise(edges):
        segment = units[2 * start : 2 * end].decode("utf-16-le", errors="replace")
        active = [e for e in entities if e["offset"] <= start and end <= e["offset"] + e["length"]]
        inner = html.escape(segment) if any("url" in e for e in active) else plain(segment)
        for entity in reversed(active):
            inner = _wrapped(entity, inner)
        pieces.append(inner)
    return "".join(pieces)


def _wrapped(entity: Entity, inner: str) -> str:
    if "url" in entity:
        return anchor(str(entity["url"]), inner)
    if entity["type"] == "spoiler":
        return f'<span class="spoiler">{inner}</span>'
    tag = _TAGS.get(entity["type"])
    return f"<{tag}>{inner}</{tag}>" if tag else inner
