"""Text into lines and boxes: wrapped by measured width, as large as it fits, never cut."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from .faces import HEAVY, font, measure, pieces
from .spec import Rect, TextTooLong
from .themes import Colour

_HAN = re.compile(r"[\u2E80-\u2FDF\u3000-\u30FF\u3400-\u9FFF\uF900-\uFAFF\uFF00-\uFFEF\U00020000-\U0003FFFF]")
_NOT_FIRST = set("，。、！？：；）》」』】〉％,.!?:;)]}”’…")
_NOT_LAST = set("（《「『【〈([{“‘")
_PAUSES = set(",.:;!?…–—，。：；！？")
# Vietnamese words that open a phrase: a line begins well with them.
_OPENERS = frozenset(
    ("ở", "và", "của", "cho", "khi", "để", "trước", "sau", "vì", "với", "nhưng", "hãy", "không", "đừng", "hoặc")
) | frozenset(("là", "bị", "được", "từ", "trong", "nếu", "tại", "đến"))
# Spaces that may break, and control characters.
_BREAKS = re.compile(r"[\x00-\x20\x7F-\x9F\u2028\u2029]+")
_JOINERS = "\u200b\u200c\u200d"
_DIGIT_GROUPS = re.compile(r"(?<=\d) (?=\d)")
_STEPS = 40


class Token(NamedTuple):
    """What a line may not break inside; `spaced`: a space parts it from the one before."""

    text: str
    spaced: bool
    advance: float
    above: float
    below: float
    beyond: float


@dataclass(frozen=True)
class Run:
    """A piece of a line in one font (file stem), from `x`, in pixels."""

    text: str
    font: str
    x: float
    width: float


@dataclass(frozen=True)
class Line:
    baseline: float
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class TextBox:
    """A text as it was laid out: the area its ink and advances take, size in pixels, lines."""

    role: str
    area: Rect
    size: int
    weight: str
    colour: Colour
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Block:
    """A text to set: `most` and `least` size in pixels; `pad` (left, top, right, bottom) and `gap` above in its sizes.

    `snug` shrinks the padded area to the text instead of filling the column; `lead` is the least
    distance of baselines in sizes.
    """

    role: str
    text: str
    weight: str
    most: float
    least: float
    colour: Colour
    gap: float = 0.0
    lead: float = 1.2
    pad: tuple[float, float, float, float] = (0, 0, 0, 0)
    snug: bool = False
    tokens: tuple[Token, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", tokens(self.text, self.weight))


@dataclass(frozen=True)
class Placed:
    """A block in its place: the area with padding, and the text."""

    block: Block
    area: Rect
    text: TextBox


def cleaned(text: str) -> str:
    """The text composed (NFC), with single spaces; those between digits, and the author's own, do not break.

    Controls are dropped: one that turns the direction would show a telephone number backwards.
    """
    kept = (c for c in unicodedata.normalize("NFC", text) if c in _JOINERS or unicodedata.category(c) != "Cf")
    words = _BREAKS.split("".join(kept).replace("\u202f", "\u00a0"))
    return _DIGIT_GROUPS.sub("\u00a0", " ".join(word for word in words if word))


@lru_cache(maxsize=4096)
def tokens(text: str, weight: str) -> tuple[Token, ...]:
    """The words of a text; each Han character is one, punctuation stays with its neighbour. Raises MissingGlyphs."""
    found: list[Token] = []
    for word in cleaned(text).split(" "):
        for index, part in enumerate(_parts(word)):
            found.append(Token(part, index == 0 and bool(found), *measure(part, weight)))
    return tuple(found)


def _parts(word: str) -> list[str]:
    parts = [""]
    for character in word:
        if character == "\u200b":
            parts.append("")
            continue
        here, before = _HAN.match(character), parts[-1][-1:]
        breaks = before and (here or _HAN.match(before))
        if breaks and character not in _NOT_FIRST and before not in _NOT_LAST:
            parts.append("")
        parts[-1] += character
    return [part for part in parts if part]


def wrap(words: Sequence[Token], space: float, width: float) -> list[list[Token]]:
    """Words into lines of at most `width`; one word wider than that stands alone."""
    lines: list[list[Token]] = []
    used = 0.0
    for word in words:
        step = word.advance + (space if word.spaced else 0.0)
        if lines and used + step + word.beyond <= width:
            lines[-1].append(word)
            used += step
        else:
            lines.append([word])
            used = word.advance
    return lines


def balanced(words: Sequence[Token], space: float, width: float, *, display: bool) -> list[list[Token]]:
    """As few lines as `wrap` makes, broken where it looks best: after punctuation rather than elsewhere.

    `display` (titles): all lines of even length; otherwise full lines, and no lonely word at the end.
    """
    count = len(wrap(words, space, width))
    if count < 2:
        return [list(words)]
    ends = list(accumulate(word.advance + (space if word.spaced else 0.0) for word in words))
    starts = [end - word.advance for end, word in zip(ends, words, strict=True)]
    target = sum(word.advance for word in words) / count if display else width

    def cost(first: int, last: int) -> float:
        used = ends[last] - starts[first]
        if used + words[last].beyond > width and last > first:
            return math.inf
        final = last == len(words) - 1
        if not display and final:
            return 0.0 if used > width * 0.3 else width**2
        gain = 0.0 if final else _pause(words[last].text, words[last + 1].text) * (1.0 if display else 0.2)
        return (used - target) ** 2 - gain * width**2

    # best[i]: least cost of the first i words in the lines so far, with where each of those lines begins
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for _ in range(count):
        following: dict[int, tuple[float, list[int]]] = {}
        for first, (so_far, breaks) in best.items():
            for last in range(first, len(words)):
                price = so_far + cost(first, last)
                if price == math.inf:
                    break
                if last + 1 not in following or price < following[last + 1][0]:
                    following[last + 1] = (price, [*breaks, first])
        best = following
    breaks = [*best[len(words)][1], len(words)]
    return [list(words[first:last]) for first, last in pairwise(breaks)]


def _pause(last: str, first: str) -> float:
    """How well a line may end between two words, 0 to 0.3."""
    return (0.16 if last[-1] in _PAUSES else 0.0) + (0.14 if first.lower() in _OPENERS else 0.0)


class _Shape(NamedTuple):
    size: int
    lines: list[list[Token]]
    pitch: float
    above: float
    height: float  # padding included


def _shape(block: Block, size: float, width: float, even: bool = False) -> _Shape | None:
    """The block at a size no larger than asked; None if a word is wider than the column at its least size."""
    side = block.pad[0] + block.pad[2]
    widest = max(word.advance + word.beyond for word in block.tokens)
    pixels = math.floor(min(size, width / (widest + side)))
    if pixels < math.floor(block.least):
        return None
    space = measure(" ", block.weight).advance
    limit = width / pixels - side
    if even:
        lines = balanced(block.tokens, space, limit, display=block.weight == HEAVY)
    else:
        lines = wrap(block.tokens, space, limit)
    # Whole pixels, and one more: glyphs are fitted to pixels when they are drawn.
    above = math.ceil(max(word.above for word in block.tokens) * pixels) + 1
    below = math.ceil(max(word.below for word in block.tokens) * pixels) + 1
    pitch = max(block.lead * pixels, (above + below) * 1.02)
    height = above + below + (block.pad[1] + block.pad[3]) * pixels + pitch * (len(lines) - 1)
    return _Shape(pixels, lines, pitch, above, height)


def set_column(blocks: Sequence[Block], area: Rect, *, at: float = 0.0) -> list[Placed]:
    """Blocks below each other, as large as the area allows; what is left over goes above them by the share `at`.

    Raises TextTooLong when they do not fit at their least sizes, MissingGlyphs.
    """
    blocks = [block for block in blocks if block.tokens]
    if not blocks:
        return []
    share = _largest(blocks, area)
    top = area.top + at * (area.height - _height(blocks, area.width, share))
    placed = []
    for index, block in enumerate(blocks):
        shape = _shape(block, _size(block, share), area.width, even=True)
        assert shape is not None  # the height was finite
        top += _gap(block, share) if index else 0.0
        placed.append(_place(block, shape, Rect(area.left, top, area.right, top + shape.height)))
        top += shape.height
    return placed


def _largest(blocks: Sequence[Block], area: Rect) -> float:
    """How far from the least sizes (0) to the greatest (1) the blocks can go. Raises TextTooLong."""
    if _height(blocks, area.width, 0) > area.height:
        raise _too_long(blocks, area)
    low, high = 0, _STEPS
    while low < high:
        middle = (low + high + 1) // 2
        if _height(blocks, area.width, middle / _STEPS) <= area.height:
            low = middle
        else:
            high = middle - 1
    return low / _STEPS


def _size(block: Block, share: float) -> float:
    return block.least + (block.most - block.least) * share


def _gap(block: Block, share: float) -> float:
    return block.gap * _size(block, share)


def _height(blocks: Sequence[Block], width: float, share: float) -> float:
    total = sum(_gap(block, share) for block in blocks[1:])
    for block in blocks:
        shape = _shape(block, _size(block, share), width)
        if shape is None:
            return math.inf
        total += shape.height
    return total


def _too_long(blocks: Sequence[Block], area: Rect) -> TextTooLong:
    """Which text is at fault, a word too wide or else the longest text, and by about how many characters."""
    shapes: list[tuple[Block, _Shape]] = []
    for block in blocks:
        shape = _shape(block, block.least, area.width)
        if shape is None:
            widest = max(block.tokens, key=lambda word: word.advance)
            room = area.width / block.least - block.pad[0] - block.pad[2]
            excess = math.ceil(len(widest.text) * (1 - max(0.0, room) / widest.advance))
            return TextTooLong(block.role, max(1, excess))
        shapes.append((block, shape))
    block, shape = max(shapes, key=lambda pair: pair[1].height)
    lines = math.ceil((_height(blocks, area.width, 0.0) - area.height) / shape.pitch)
    return TextTooLong(block.role, max(1, math.ceil(len(block.text) * lines / len(shape.lines))))


def _place(block: Block, shape: _Shape, area: Rect) -> Placed:
    size, pad = shape.size, block.pad
    left = area.left + pad[0] * size
    baseline = area.top + pad[1] * size + shape.above
    lines = []
    for index, words in enumerate(shape.lines):
        text = "".join((" " if i and w.spaced else "") + w.text for i, w in enumerate(words))
        lines.append(Line(round(baseline + index * shape.pitch), runs(text, block.weight, size, left)))
    ends = [words[-1].beyond * size for words in shape.lines]
    right = max(line.runs[-1].x + line.runs[-1].width + end for line, end in zip(lines, ends, strict=True))
    bottom = area.bottom - pad[3] * size
    ink = Rect(left, area.top + pad[1] * size, right, bottom)
    outer = Rect(area.left, area.top, right + pad[2] * size if block.snug else area.right, area.bottom)
    return Placed(block, outer, TextBox(block.role, ink, size, block.weight, block.colour, tuple(lines)))


def runs(text: str, weight: str, size: int, left: float) -> tuple[Run, ...]:
    """A line's text in the fonts it needs, from `left`. Raises MissingGlyphs."""
    found, x = [], left
    for piece in pieces(text, weight):
        width = font(piece.font, size).getlength(piece.text)
        found.append(Run(piece.text, piece.font.stem, x, width))
        x += width
    return tuple(found)
