"""Telegram's HTML parse mode, with the server's own errors and byte offsets.

Written from the documented behaviour of the Bot API ("can't parse entities: …", facts B4): offsets in
errors count bytes of UTF-8, offsets in entities count UTF-16 units.
"""

import functools
import re
from dataclasses import dataclass, field
from typing import Any

Entity = dict[str, Any]

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
_CHARACTER = re.compile(rb"&(?:#x([0-9a-fA-F]{1,8})|#([0-9]{1,10})|([a-z]+));?")
_SPACES = b" \t\n\r\v\f"


@functools.cache
def _up_to(stops: bytes) -> re.Pattern[bytes]:
    return re.compile(b"[^" + re.escape(stops) + b"]*")


class ParseError(Exception):
    """The text cannot be parsed; the message is the part after "can't parse entities: "."""


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, the unit of Telegram's entities."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    start: int


@dataclass
class _Parser:
    source: bytes
    at: int = 0
    pieces: list[str] = field(default_factory=list)
    offset: int = 0
    open_tags: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def byte(self) -> bytes:
        return self.source[self.at : self.at + 1]

    def emit(self, text: str) -> None:
        self.pieces.append(text)
        self.offset += utf16_length(text)

    def skip_spaces(self) -> None:
        while self.byte() and self.byte() in _SPACES:
            self.at += 1

    def until(self, stops: bytes) -> bytes:
        found = _up_to(stops).match(self.source, self.at)
        assert found is not None  # the pattern matches nothing at all, too
        self.at = found.end()
        return found[0]

    def character(self) -> str | None:
        """The character a reference stands for, moving past it; None when it is only an ampersand."""
        match = _CHARACTER.match(self.source, self.at)
        if match is None:
            return None
        if match[3] is not None:
            decoded = _NAMED.get(match[3])
        else:
            code = int(match[1], 16) if match[1] is not None else int(match[2])
            decoded = chr(code) if 0 < code < 0x10FFFF and not 0xD800 <= code <= 0xDFFF else None
        if decoded is not None:
            self.at = match.end()
        return decoded


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Return the plain text and its entities. Raises ParseError."""
    parser = _Parser(source.encode())
    while parser.at < len(parser.source):
        here = parser.byte()
        if here == b"<":
            _tag(parser)
        elif here == b"&" and (decoded := parser.character()) is not None:
            parser.emit(decoded)
        else:
            start = parser.at
            parser.at += 1
            parser.until(b"<&")
            parser.emit(parser.source[start : parser.at].decode())
    if parser.open_tags:
        raise ParseError(f'Can\'t find end tag corresponding to start tag "{parser.open_tags[-1].tag}"')
    return "".join(parser.pieces), sort_entities(parser.entities)


def sort_entities(entities: list[Entity]) -> list[Entity]:
    """Outer entities before inner ones, as the platform returns them; inner ones were closed, and so come, first."""
    outer_first = entities[::-1]
    outer_first.sort(key=lambda e: (e["offset"], -e["length"]))
    return outer_first


def _tag(parser: _Parser) -> None:
    begin = parser.at
    parser.at += 1
    if parser.byte() == b"/":
        parser.at += 1
        _end_tag(parser, begin)
        return
    name = parser.until(_SPACES + b">").decode().lower()
    if not parser.byte():
        raise ParseError(f"Unclosed start tag at byte offset {begin}")
    if name not in _TYPES:
        raise ParseError(f'Unsupported start tag "{name}" at byte offset {begin}')
    argument = _attributes(parser, name, begin)
    if name == "span" and argument != "tg-spoiler":
        raise ParseError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
    if name == "tg-emoji" and not argument.isdigit():
        raise ParseError(f'Tag "tg-emoji" must have attribute "emoji-id" at byte offset {begin}')
    parser.open_tags.append(_Open(name, argument, parser.offset, len(parser.pieces)))


def _attributes(parser: _Parser, tag: str, begin: int) -> str:
    argument = ""
    while True:
        parser.skip_spaces()
        if parser.byte() == b">":
            parser.at += 1
            return argument
        name = parser.until(_SPACES + b"=>").decode().lower()
        if not parser.byte():
            raise ParseError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        if not name:
            raise ParseError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        parser.skip_spaces()
        value: str | None = None
        if parser.byte() == b"=":
            parser.at += 1
            value = _attribute_value(parser, tag, begin)
        argument = _argument(tag, name, value, argument)


def _attribute_value(parser: _Parser, tag: str, begin: int) -> str:
    parser.skip_spaces()
    quote = parser.byte()
    if quote not in (b'"', b"'"):
        start = parser.at
        token = re.compile(rb"[A-Za-z0-9.-]*").match(parser.source, parser.at)
        parser.at = token.end() if token else parser.at
        if parser.byte() and parser.byte() not in _SPACES + b">":
            raise ParseError(f"Unexpected end of name token at byte offset {start}")
        value = parser.source[start : parser.at].decode().lower()
    else:
        parser.at += 1
        value = ""
        while parser.byte() and parser.byte() != quote:
            if parser.byte() == b"&" and (decoded := parser.character()) is not None:
                value += decoded
            else:
                start = parser.at
                parser.at += 1
                parser.until(quote + b"&")
                value += parser.source[start : parser.at].decode()
        parser.at += 1
    if not parser.byte():
        raise ParseError(f'Unclosed start tag "{tag}" at byte offset {begin}')
    return value


def _argument(tag: str, name: str, value: str | None, before: str) -> str:
    if tag == "blockquote" and name == "expandable":
        return "expandable"
    if value is None:
        return before
    if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "unix")}:
        return value
    if tag == "code" and name == "class" and value.startswith("language-"):
        return value.removeprefix("language-")
    if tag == "span" and name == "class" and value.startswith("tg-"):
        return value
    return before


def _end_tag(parser: _Parser, begin: int) -> None:
    if not parser.open_tags:
        raise ParseError(f"Unexpected end tag at byte offset {begin}")
    name = parser.until(_SPACES + b">").decode()
    parser.skip_spaces()
    if parser.byte() != b">":
        raise ParseError(f"Unclosed end tag at byte offset {begin}")
    parser.at += 1
    opened = parser.open_tags.pop()
    if name and name != opened.tag:
        raise ParseError(f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{name}>"')
    length = parser.offset - opened.offset
    if length:
        entity = _entity(opened, length, "".join(parser.pieces[opened.start :]))
        if entity is not None:
            parser.entities.append(entity)


def _entity(opened: _Open, length: int, text: str) -> Entity | None:
    entity: Entity = {"type": _TYPES[opened.tag], "offset": opened.offset, "length": length}
    if opened.tag == "a":
        address = (opened.argument or text).strip()
        if "://" not in address and re.match(r"[\w-]+(\.[\w-]+)+", address):
            address = f"http://{address}/" if "/" not in address else f"http://{address}"
        if not re.match(r"(https?|tg|ton|tonsite):", address, re.IGNORECASE):
            return None
        entity["url"] = address
    elif opened.tag == "code" and opened.argument:
        entity["language"] = opened.argument
    elif opened.tag == "blockquote" and opened.argument == "expandable":
        entity["type"] = "expandable_blockquote"
    elif opened.tag == "tg-emoji":
        entity["custom_emoji_id"] = opened.argument
    return entity
