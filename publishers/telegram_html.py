"""Rich text as the HTML that Telegram takes: nothing of the text is lost, marks that it cannot show become words.

Telegram knows b, i, u, s, a, code, pre and blockquote (core.telegram.org/bots/api#html-style). Headings become
bold lines, lists lines with a bullet or number, table cells are set apart by a bar, a picture is its description.
"""

import html
import re
from functools import lru_cache
from html.parser import HTMLParser

MARKS = {
    **{"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "ins": "u"},
    **{"s": "s", "strike": "s", "del": "s", "code": "code", "pre": "pre", "blockquote": "blockquote"},
    **{f"h{level}": "b" for level in range(1, 7)},
}
BLOCKS = {"p", "div", "section", "article", "figure", "figcaption", "ul", "ol", "table", "pre", "blockquote", "hr"}
BLOCKS |= {f"h{level}" for level in range(1, 7)}
LINES = {"li", "tr", "dt", "dd"}
UNSEEN = {"script", "style", "template", "head", "title"}
LONGEST_LINK = 2000
SCHEMES = ("http://", "https://", "tg://", "mailto:", "tel:")
BLOCK = re.compile(r"<(?:p|br|div|li|table|pre|h\d)\b", re.IGNORECASE)
SPACE = re.compile(r"[ \t\r\n\f]+")


@lru_cache(maxsize=64)  # asked of the same text at save, in previews, for each channel and by the sender
def telegram_html(markup: str) -> str:
    """``markup`` in Telegram's tags, blocks set apart by blank lines.

    Markup without any block (marks within plain lines) keeps its line breaks.
    """
    if not BLOCK.search(markup):
        markup = markup.replace("\n", "<br>")
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[tuple[str, str]] = []
        self.lists: list[int | None] = []
        self.unseen = 0
        self.gap = ""

    def text(self) -> str:
        while self.open:
            self._close()
        return "".join(self.out).strip()

    # --- tags -------------------------------------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in UNSEEN:
            self.unseen += 1
        elif tag == "br":
            self._break("\n", more=True)
        elif tag == "img" and given.get("alt"):
            self._write(f"[{html.escape(given['alt'], quote=False)}]")
        elif tag in ("td", "th") and self.out and not self.gap:
            self.out.append(" | ")
        if tag in BLOCKS:
            self._break("\n" if tag in ("ul", "ol") and self.lists else "\n\n")
        if tag in ("ul", "ol"):
            self.lists.append(0 if tag == "ol" else None)
        if tag in LINES:
            self._break("\n")
            if tag == "li":
                self._write(self._bullet())
        self._open(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        if any(name == tag for name, _mark in self.open):
            while self._close() != tag:
                pass
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        if tag in BLOCKS:
            self._break("\n" if tag in ("ul", "ol") and self.lists else "\n\n")
        elif tag in LINES:
            self._break("\n")

    def handle_data(self, data: str) -> None:
        if self.unseen:
            return
        in_pre = any(name == "pre" for name, _mark in self.open)
        words = data if in_pre else SPACE.sub(" ", data)
        if not in_pre and (self.gap or not self.out or self.out[-1].endswith((" ", "\n"))):
            words = words.lstrip(" ")
        if words:
            self._write(html.escape(words, quote=False))

    # --- writing ----------------------------------------------------------------------------------

    def _open(self, tag: str, given: dict[str, str]) -> None:
        href = given.get("href", "")
        if tag == "a" and href.lower().startswith(SCHEMES) and len(href) <= LONGEST_LINK:
            self._mark("a", f'<a href="{html.escape(href)}">')
        elif tag in MARKS and not any(mark == MARKS[tag] for _name, mark in self.open):
            self._mark(tag, f"<{MARKS[tag]}>")

    def _mark(self, tag: str, text: str) -> None:
        self._flush()
        self.out.append(text)
        self.open.append((tag, MARKS.get(tag, tag)))

    def _close(self) -> str:
        tag, mark = self.open.pop()
        if self.out and self.out[-1].startswith(f"<{mark}"):
            self.out.pop()  # Nothing stood within.
        else:
            trailing = self.out[-1][len(self.out[-1].rstrip(" ")) :] if self.out and tag in BLOCKS else ""
            if trailing:
                self.out[-1] = self.out[-1].rstrip(" ")
            self.out.append(f"</{mark}>")
        return tag

    def _bullet(self) -> str:
        depth = "  " * max(0, len(self.lists) - 1)
        if self.lists and self.lists[-1] is not None:
            self.lists[-1] += 1
            return f"{depth}{self.lists[-1]}. "
        return f"{depth}• "

    def _break(self, gap: str, *, more: bool = False) -> None:
        """Ask for a break before the next words; the longer one counts, ``more`` adds to it."""
        if more:
            self.gap = (self.gap + gap)[:2] if len(self.gap) < 2 else self.gap
        elif len(gap) > len(self.gap):
            self.gap = gap

    def _flush(self) -> None:
        if self.gap and any(not piece.startswith("<") for piece in self.out):
            self.out[-1] = self.out[-1].rstrip(" ")
            self.out.append(self.gap)
        self.gap = ""

    def _write(self, words: str) -> None:
        self._flush()
        self.out.append(words)
