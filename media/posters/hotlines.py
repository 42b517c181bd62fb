"""Telephone numbers as large as their room allows, each with the name of who answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from .faces import HEAVY, STRONG
from .spec import Rect, TextTooLong
from .stage import Stage
from .themes import Colour
from .typesetting import Block, Placed, set_column

_STEPS = 16
_MOST, _LEAST = 104, 42  # size of a number
_NAME, _NAME_LEAST = 0.40, 25  # of a name: in sizes of its number, and at least
Pair = tuple[Block, Block]
Rows = Callable[[Sequence[Pair], Rect], list[Placed]]


def hotlines(stage: Stage, area: Rect, number: Colour, name: Colour) -> list[Placed]:
    """Names beside their numbers or below them, in one column or two: whatever gives the largest numbers.

    Raises TextTooLong.
    """
    error: TextTooLong | None = None
    for step in range(_STEPS, -1, -1):
        size = stage.px(_LEAST + (_MOST - _LEAST) * step / _STEPS)
        pairs = [_pair(stage, row, size, number, name) for row in stage.spec.hotlines]
        for columns in (1, 2) if len(pairs) > 2 else (1,):
            for rows in (_beside, _below):
                try:
                    return _grid(pairs, area, stage.px(30), columns, rows)
                except TextTooLong as problem:
                    error = problem
    assert error is not None
    raise error


def _pair(stage: Stage, row: tuple[str, str], size: float, number: Colour, name: Colour) -> Pair:
    least = stage.px(_NAME_LEAST)
    figure = Block("hotline", row[0], HEAVY, size, size, number, lead=1.05)
    return figure, Block("hotline-name", row[1], STRONG, max(least, size * _NAME), least, name, lead=1.16, gap=0.3)


def _grid(pairs: list[Pair], area: Rect, gutter: float, columns: int, rows: Rows) -> list[Placed]:
    """The pairs in columns of equal width, filled one after the other."""
    each = -(-len(pairs) // columns)
    width = (area.width - gutter * (columns - 1)) / columns
    found: list[Placed] = []
    top = None
    for index in range(columns):
        left = area.left + index * (width + gutter)
        placed = rows(pairs[index * each : (index + 1) * each], Rect(left, area.top, left + width, area.bottom))
        top = placed[0].area.top if top is None else top
        found += [_moved(item, top - placed[0].area.top) for item in placed]
    return found


def _beside(pairs: Sequence[Pair], area: Rect) -> list[Placed]:
    """Rows of number and name on a common middle, where the numbers are of like length and leave room."""
    size = pairs[0][0].most
    widths = [sum(token.advance for token in figure.tokens) * size for figure, _ in pairs]
    start = area.left + max(widths) * 1.03 + 2 + size * 0.32
    if max(widths) > 2 * min(widths) or area.right - start < 0.36 * area.width:
        raise TextTooLong("hotline-name", 1)
    for share in (1.0, 0.75, 0.5, 0.25, 0.0):
        rows = [_row(pair, Rect(area.left, 0, area.right, area.height), start, share) for pair in pairs]
        heights = [max(item.area.height for item in row) for row in rows]
        gap = size * 0.26
        spare = area.height - sum(heights) - gap * (len(rows) - 1)
        if spare >= 0:
            break
    else:
        raise TextTooLong("hotline-name", 1)
    top = area.top + spare / 2
    found: list[Placed] = []
    for height, row in zip(heights, rows, strict=True):
        found += [_moved(item, top + (height - item.area.height) / 2) for item in row]
        top += height + gap
    return found


def _row(pair: Pair, area: Rect, start: float, share: float) -> list[Placed]:
    """A number, and from `start` its name, between its least size (`share` 0) and its greatest (1)."""
    figure, label = pair
    size = label.least + (label.most - label.least) * share
    name = replace(label, most=size, least=size)
    return [
        *_on_one_line(set_column([figure], Rect(area.left, area.top, start, area.bottom))),
        *set_column([name], Rect(start, area.top, area.right, area.bottom)),
    ]


def _below(pairs: Sequence[Pair], area: Rect) -> list[Placed]:
    """Each number with its name under it."""
    blocks = [block for figure, label in pairs for block in (replace(figure, gap=0.34), label)]
    return _on_one_line(set_column(blocks, area, at=0.5))


def _on_one_line(placed: list[Placed]) -> list[Placed]:
    """What was placed, if no number was broken. Raises TextTooLong."""
    if any(len(item.text.lines) > 1 for item in placed if item.block.role == "hotline"):
        raise TextTooLong("hotline", 1)
    return placed


def _moved(item: Placed, down: float) -> Placed:
    down = round(down)
    lines = tuple(replace(line, baseline=line.baseline + down) for line in item.text.lines)
    area = Rect(item.area.left, item.area.top + down, item.area.right, item.area.bottom + down)
    ink = item.text.area
    text = replace(item.text, lines=lines, area=Rect(ink.left, ink.top + down, ink.right, ink.bottom + down))
    return Placed(item.block, area, text)
