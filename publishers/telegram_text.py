"""Text for Telegram: its HTML, its lengths, and where a long text may be cut.

Lengths are UTF-16 units of what the reader sees. A cut never falls inside a word, a tag, an entity or
an emoji; a mark that is open at a cut is closed before it and opened again after it. A piece also keeps to
the hundred marks that Telegram shows and to the bytes that it reads before it looks for marks.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from publishers.message import Message
from publishers.telegram_html import telegram_html

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
# Further marks are not shown; a raw text above 32,768 bytes is refused (facts B3). Both with a little room.
MARKS_LIMIT = 95
BYTES_LIMIT = 30_000
JOINERS = {"\u200d", *map(chr, range(0x1F3FB, 0x1F400))}
FLAG_LETTERS = set(map(chr, range(0x1F1E6, 0x1F200)))
TAG = re.compile(r"<(/?)([a-z-]+)([^>]*)>")
TOKEN = re.compile(r"<[^>]+>|&[#\w]+;|\s+|[^\s<&]+|[<&]")


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def visible_text(text: str) -> str:
    """An HTML text as the reader sees it."""
    return html.unescape(TAG.sub("", text))


def visible_length(text: str) -> int:
    """Length of an HTML text as the reader sees it, in UTF-16 units."""
    return utf16_length(visible_text(text))


def html_of(message: Message) -> str:
    """The whole post as Telegram's HTML: title in bold, text, link."""
    body = telegram_html(message.html) if message.html else html.escape(message.text, quote=False)
    title = f"<b>{html.escape(message.title.strip(), quote=False)}</b>" if message.title.strip() else ""
    link = html.escape(message.link, quote=False)
    parts = [part for part in (title, body.strip(), link) if part]
    return unicodedata.normalize("NFC", "\n\n".join(parts))


def fits(text: str, limit: int) -> bool:
    """Whether an HTML text can be one message of at most ``limit`` visible units."""
    marks = sum(not tag.group(1) for tag in TAG.finditer(text))
    return visible_length(text) <= limit and marks <= MARKS_LIMIT and len(text.encode()) <= BYTES_LIMIT


def split_html(text: str, limit: int, first_limit: int | None = None) -> list[str]:
    """Cut ``text`` into pieces of at most ``limit`` visible units, the first of ``first_limit``."""
    return list(_pieces(text, limit, first_limit or limit))


# A long text is asked for again at each of its steps.
@lru_cache(maxsize=64)
def _pieces(text: str, limit: int, room: int) -> tuple[str, ...]:
    pieces: list[str] = []
    while not fits(text, room):
        head, rest = _cut(text, room)
        if len(visible_text(rest)) >= len(visible_text(text)):
            break  # One mark alone is too long; nothing can be cut.
        text = rest
        pieces.append(head)
        room = limit
    return (*pieces, text) if text.strip() or not pieces else tuple(pieces)


class Cut(NamedTuple):
    """A place where the text may be cut: how much is before it, and the marks open there."""

    position: int
    used: int
    marks: tuple[str, ...]


def _cut(text: str, limit: int) -> tuple[str, str]:
    """Return the longest good head and the rest, with open marks closed and opened again."""
    used = shown = raw = 0
    marks: tuple[str, ...] = ()
    spaces: dict[int, Cut] = {}
    word_end = Cut(0, 0, ())
    for found in TOKEN.finditer(text):
        token = found.group()
        raw += len(token.encode())
        if tag := TAG.fullmatch(token):
            shown += not tag.group(1)
            if used and (shown > MARKS_LIMIT or raw > BYTES_LIMIT):
                word_end = Cut(found.start(), used, marks)
                break
            marks = marks[:-1] if tag.group(1) else (*marks, token)
            continue
        size = utf16_length(html.unescape(token))
        if used + size > limit and not token.isspace():
            fitting = _fitting(token, limit - used) if used < limit or not used else 0
            word_end = Cut(found.start() + fitting, used, marks)
            break
        if token.isspace():
            spaces[_rank(token, text[: found.start()])] = Cut(found.start(), used, marks)
        used += size
    cut = _best(spaces, limit) or word_end
    closing = "".join(f"</{name}>" for name in (_tag_name(mark) for mark in reversed(cut.marks)))
    return text[: cut.position].rstrip() + closing, "".join(cut.marks) + text[cut.position :].lstrip()


def _tag_name(mark: str) -> str:
    found = TAG.fullmatch(mark)
    return found.group(2) if found else ""


def _rank(space: str, before: str) -> int:
    """3 for a paragraph's end, 2 for a line's or a sentence's, 1 for a word's."""
    if space.count("\n") > 1:
        return 3
    ended = TAG.sub("", before[-20:]).endswith((".", "!", "?", "…"))
    return 2 if "\n" in space or ended else 1


def _best(spaces: dict[int, Cut], limit: int) -> Cut | None:
    """The best-ranked cut that leaves the piece at least half full, else the latest one."""
    for rank in (3, 2):
        if rank in spaces and spaces[rank].used * 2 >= limit:
            return spaces[rank]
    return max(spaces.values(), default=None)


def _fitting(token: str, room: int) -> int:
    """How many characters of one word fit into ``room`` units, whole clusters only; at least one cluster."""
    count = used = 0
    for cluster in clusters(token):
        used += utf16_length(cluster)
        if used > room and count:
            break
        count += len(cluster)
    return count


def clusters(text: str) -> Iterator[str]:
    """What a reader takes for one character: a base with its marks, a joined emoji, a flag."""
    current = ""
    for mark in text:
        joins = unicodedata.category(mark).startswith("M") or mark in JOINERS or current.endswith("\u200d")
        flag = len(current) == 1 and current in FLAG_LETTERS and mark in FLAG_LETTERS
        if current and not (joins or flag):
            yield current
            current = ""
        current += mark
    if current:
        yield current
