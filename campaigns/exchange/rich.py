"""Rich text in a cell of a sheet: the tags stay visible and short, their attributes stay at home.

``<p data-block-key="k"><a linktype="page" id="3">đây</a></p>`` is shown as ``<p><a1>đây</a1></p>``.
"""

import html
import re
from collections import Counter
from html.parser import HTMLParser

from django.utils.translation import gettext as _

TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)\s*(/?)>")
VOID = frozenset({"br", "hr", "embed", "img"})
# Inside these only other tags stand; white space between them is layout.
FRAMES = frozenset({"ul", "ol"})
BREAK_AFTER = frozenset({"</p>", "</li>", "</ul>", "</ol>", "<ul>", "<ol>", *(f"</h{n}>" for n in range(1, 7))})


class Tags:
    """The tags of one text: a short label for each that has attributes, numbered in the order met."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}

    def label(self, name: str, attributes: str) -> str:
        """``a`` with attributes is ``a1``, ``a2`` …; a tag without any is its name."""
        if not attributes:
            return name
        whole = f"{name} {attributes}"
        for label, known in self._labels.items():
            if known == whole:
                return label
        number = 1 + sum(known.split(" ", 1)[0] == name for known in self._labels.values())
        self._labels[f"{name}{number}"] = whole
        return f"{name}{number}"

    def opening(self, label: str) -> str:
        """What stands between the angle brackets in the page: name and attributes."""
        return self._labels.get(label, label)

    def name(self, label: str) -> str:
        return self.opening(label).split(" ", 1)[0]


class _Reader(HTMLParser):
    """Stored rich text as the text of a cell."""

    def __init__(self, tags: Tags) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.parts, self.open = tags, [], []  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = " ".join(f'{name}="{html.escape(value or "")}"' for name, value in attrs if name != "data-block-key")
        label = self.tags.label(tag, kept)
        if tag in VOID:
            self.parts.append(f"<{label}/>")
        else:
            self.open.append((tag, label))
            self.parts.append(f"<{label}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        label = tag
        if self.open and self.open[-1][0] == tag:
            label = self.open.pop()[1]
        self.parts.append(f"</{label}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(html.escape(data, quote=False))


def to_cell(stored: str, tags: Tags) -> str:
    """Stored rich text as a translator sees it, one paragraph or list item a line."""
    reader = _Reader(tags)
    reader.feed(stored)
    reader.close()
    lines = "".join(f"{part}\n" if part in BREAK_AFTER else part for part in reader.parts)
    return lines.strip("\n")


def signature(cell: str) -> Counter[str]:
    """Which tags a cell has and how often; ``text`` counts where words stand outside every tag."""
    found: Counter[str] = Counter()
    depth, end = 0, 0
    for match in TAG.finditer(cell):
        if depth == 0 and cell[end : match.start()].strip():
            found["text"] += 1
        end = match.end()
        closing, label, void = match[1], match[2].lower(), match[3]
        if closing:
            depth -= 1
        else:
            found[label] += 1
            depth += 0 if void else 1
    if cell[end:].strip():
        found["text"] += 1
    return found


def from_cell(cell: str, tags: Tags) -> str:
    """A translator's cell as rich text to store. Which tags it may have is the caller's business.

    :raises ValueError: when tags are not closed in the order in which they were opened.
    """
    parts: list[str] = []
    opened: list[str] = []
    end = 0
    for match in TAG.finditer(cell):
        parts.append(_words(cell[end : match.start()], opened, tags))
        end = match.end()
        closing, label, void = match[1], match[2].lower(), match[3]
        if closing:
            if not opened or opened.pop() != label:
                raise ValueError(_("The tag %(tag)s closes nothing here.") % {"tag": match[0]})
            parts.append(f"</{tags.name(label)}>")
        elif void or tags.name(label) in VOID:
            parts.append(f"<{tags.opening(label)}/>")
        else:
            opened.append(label)
            parts.append(f"<{tags.opening(label)}>")
    if opened:
        raise ValueError(_("The tag %(tag)s is never closed.") % {"tag": f"<{opened[-1]}>"})
    parts.append(_words(cell[end:], opened, tags))
    return "".join(parts)


def _words(text: str, opened: list[str], tags: Tags) -> str:
    """The words between two tags. A bracket or an ampersand that is no tag stays what it is: text."""
    if not text.strip() and (not opened or tags.name(opened[-1]) in FRAMES):
        return ""
    return html.escape(html.unescape(text.replace("\n", " ")), quote=False)
