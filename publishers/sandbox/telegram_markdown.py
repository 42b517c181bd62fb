"""Telegram's MarkdownV2 and legacy Markdown parse modes, with the server's own errors (facts B4)."""

from typing import Any

from publishers.sandbox.telegram_html import Entity, ParseError, sort_entities, utf16_length

_RESERVED = "_*[]()~`>#+-=|{}.!"
_MARKS = {
    "*": ("bold", "Bold"),
    "_": ("italic", "Italic"),
    "__": ("underline", "Underline"),
    "~": ("strikethrough", "Strikethrough"),
    "||": ("spoiler", "Spoiler"),
    "`": ("code", "Code"),
    "```": ("pre", "Pre"),
    "[": ("text_link", "TextUrl"),
}


def parse_markdown(source: str, *, version: int) -> tuple[str, list[Entity]]:
    """Return the plain text and its entities. Raises ParseError."""
    return _Markdown(source, version).parse()


class _Markdown:
    def __init__(self, source: str, version: int) -> None:
        self.source = source
        self.version = version
        self.at = 0
        self.out: list[str] = []
        self.offset = 0
        self.open: list[tuple[str, int, int]] = []
        self.entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            self._step()
        if self.open:
            mark, begin, _ = self.open[-1]
            if self.version == 1:
                raise ParseError(f"Can't find end of the entity starting at byte offset {begin}")
            raise ParseError(f"Can't find end of {_MARKS[mark][1]} entity at byte offset {begin}")
        return "".join(self.out), sort_entities(self.entities)

    def _bytes_before(self) -> int:
        return len(self.source[: self.at].encode())

    def _emit(self, text: str) -> None:
        self.out.append(text)
        self.offset += utf16_length(text)

    def _step(self) -> None:
        char = self.source[self.at]
        following = self.source[self.at + 1 : self.at + 2]
        escapable = "_*`[" if self.version == 1 else None
        if char == "\\" and following and (following in escapable if escapable else 0 < ord(following) < 127):
            self._emit(following)
            self.at += 2
            return
        inside = self.open[-1][0] if self.open else ""
        mark = self._mark(inside)
        if inside == "[" and char == "]":
            self._close_link()
        elif mark and inside == mark and mark != "[":
            self._close(mark)
        elif mark and inside not in ("`", "```") and (self.version == 2 or not inside):
            self.open.append((mark, self._bytes_before(), self.offset))
            self.at += len(mark)
            if mark == "```":
                self._language()
        elif self._plain(char, inside):
            self._emit(char)
            self.at += 1
        else:
            raise ParseError(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")

    def _language(self) -> None:
        """The word after ``` names the language when a line break follows it."""
        line, newline, _ = self.source[self.at :].partition("\n")
        if newline and "`" not in line and " " not in line:
            self.at += len(line) + 1

    def _plain(self, char: str, inside: str) -> bool:
        if self.version == 1 or inside in ("`", "```"):
            return True
        if char == ">" and (self.at == 0 or self.source[self.at - 1] == "\n"):
            return True
        return char not in _RESERVED

    def _mark(self, inside: str) -> str:
        rest = self.source[self.at : self.at + 3]
        if inside in ("`", "```"):
            return inside if rest.startswith(inside) else ""
        marks = ("```", "`", "__", "||", "*", "_", "~", "[") if self.version == 2 else ("```", "`", "*", "_", "[")
        for mark in marks:
            if rest.startswith(mark):
                return mark
        return ""

    def _close(self, mark: str) -> None:
        _, _, offset = self.open.pop()
        self.at += len(mark)
        self._add({"type": _MARKS[mark][0]}, offset)

    def _close_link(self) -> None:
        _, _, offset = self.open.pop()
        self.at += 1
        if self.source[self.at : self.at + 1] != "(":
            return
        begin = self._bytes_before()
        end = self.at + 1
        url = ""
        while end < len(self.source) and self.source[end] != ")":
            if self.source[end] == "\\" and self.version == 2:
                end += 1
            url += self.source[end : end + 1]
            end += 1
        if end >= len(self.source):
            raise ParseError(f"Can't find end of a URL at byte offset {begin}")
        self.at = end + 1
        self._add({"type": "text_link", "url": url}, offset)

    def _add(self, entity: dict[str, Any], offset: int) -> None:
        length = self.offset - offset
        if length and (entity["type"] != "text_link" or "://" in entity["url"]):
            self.entities.append({**entity, "offset": offset, "length": length})
