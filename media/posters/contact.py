"""Where to turn to: hotlines as large as their room allows, and the QR code with its caption."""

from dataclasses import replace

from .faces import HEAVY, STRONG
from .qr import qr_tile
from .spec import Rect, TextTooLong
from .stage import Stage
from .themes import Colour
from .typesetting import Block, Placed, set_column

_STEPS = 16
_MOST, _LEAST = 104, 42  # size of a number
_NAME, _NAME_LEAST = 0.40, 25


def contact_height(stage: Stage, full: float = 226) -> float:
    """How high the contact area of a tall poster is: more hotlines need more room."""
    rows = len(stage.spec.hotlines)
    full += 34 if stage.spec.qr_caption and stage.spec.qr_url else 0
    return stage.px(max(full, 84 * rows + 20 * (rows - 1)))


def contact(stage: Stage, area: Rect, number: Colour, name: Colour, *, upright: bool = False) -> None:
    """Hotlines on the left and QR on the right of `area`; `upright`: QR above, hotlines below.

    Raises TextTooLong, PosterError "qr".
    """
    spec = stage.spec
    if spec.qr_url:
        area = _qr_above(stage, area, name) if upright else _qr_right(stage, area, name)
    if spec.hotlines:
        for item in hotlines(stage, area, number, name):
            stage.boxes.append(item.text)


def _least_module(stage: Stage) -> int:
    """Pixels: 0.6 mm in print; on a screen what a phone's camera still tells apart."""
    return 7 if stage.form.print else 3


def _paste_qr(stage: Stage, area: Rect, x: float = 1.0, y: float = 0.5) -> Rect:
    """The code as large as the area allows; `x` and `y` say where what is left over lies (0: all behind it)."""
    side = int(min(area.width, area.height))
    tile = qr_tile(stage.spec.qr_url, side, _least_module(stage))
    left = round(area.left + (area.width - tile.width) * x)
    top = round(area.top + (area.height - tile.height) * y)
    stage.image.paste(tile, (left, top))
    stage.qr_area = Rect(left, top, left + tile.width, top + tile.height)
    return stage.qr_area


def _caption_block(stage: Stage, colour: Colour) -> Block:
    return stage.block("caption", stage.spec.qr_caption, 28, 24, colour, STRONG, lead=1.14)


def _qr_right(stage: Stage, area: Rect, colour: Colour) -> Rect:
    """The caption stands below the code; where that would make the code small, beside it."""
    caption = _caption_block(stage, colour)
    line = sum(word.advance for word in caption.tokens) * caption.least * 1.1
    gap = stage.px(36)
    if not caption.tokens or area.height < stage.px(230):
        frame = _paste_qr(stage, Rect(area.right - min(area.height, area.width * 0.36), *area[1:]))
        left = frame.left - gap
        if caption.tokens:
            room = Rect(frame.left - stage.px(150), frame.top, frame.left - stage.px(16), frame.bottom)
            stage.column([caption], room, 0.5)
            left = room.left - gap
    else:
        foot = stage.px(42 if line < area.height else 70)
        side = min(area.height - foot, area.width * 0.36)
        column = max(side, min(line, area.height))
        frame = _paste_qr(stage, Rect(area.right - column, area.top, area.right, area.bottom - foot), 0.0, 0.0)
        below = frame.bottom + stage.px(10)
        stage.column([caption], Rect(frame.left, below, frame.left + column, below + foot))
        left = area.right - column - gap
    return Rect(area.left, area.top, left, area.bottom)


def _qr_above(stage: Stage, area: Rect, colour: Colour) -> Rect:
    foot = stage.px(66) if stage.spec.qr_caption else 0.0
    share = 0.5 if len(stage.spec.hotlines) < 3 else 0.38
    frame = _paste_qr(stage, Rect(area.left, area.top, area.right, area.top + area.height * share), 0.0, 0.0)
    below = frame.bottom + stage.px(10)
    if foot:
        stage.column([_caption_block(stage, colour)], Rect(area.left, below, area.right, below + foot))
    return Rect(area.left, below + foot + stage.px(14), area.right, area.bottom)


def hotlines(stage: Stage, area: Rect, number: Colour, name: Colour) -> list[Placed]:
    """Numbers with their names beside them or, where that is larger, below. Raises TextTooLong."""
    error: TextTooLong | None = None
    for step in range(_STEPS, -1, -1):
        size = stage.px(_LEAST + (_MOST - _LEAST) * step / _STEPS)
        for rows in (_beside, _below):
            try:
                return rows(stage, area, size, number, name)
            except TextTooLong as problem:
                error = problem
    assert error is not None
    raise error


def _blocks(stage: Stage, row: tuple[str, str], size: float, number: Colour, name: Colour) -> tuple[Block, Block]:
    least = stage.px(_NAME_LEAST)
    figure = Block("hotline", row[0], HEAVY, size, size, number, lead=1.05)
    return figure, Block("hotline-name", row[1], STRONG, max(least, size * _NAME), least, name, lead=1.16, gap=0.3)


def _beside(stage: Stage, area: Rect, size: float, number: Colour, name: Colour) -> list[Placed]:
    """Rows of number and name on a common middle."""
    pairs = [_blocks(stage, row, size, number, name) for row in stage.spec.hotlines]
    widest = max(sum(token.advance for token in figure.tokens) for figure, _ in pairs) * size * 1.03 + 2
    start = area.left + widest + size * 0.32
    gap = size * 0.26
    room = (area.height - gap * (len(pairs) - 1)) / len(pairs)
    found: list[Placed] = []
    heights: list[tuple[list[Placed], float]] = []
    for figure, label in pairs:
        one = set_column([figure], Rect(area.left, 0, area.left + widest, room))
        if len(one[0].text.lines) > 1:
            raise TextTooLong("hotline", 1)
        two = set_column([label], Rect(start, 0, area.right, room)) if label.tokens else []
        heights.append((one, max(item.area.height for item in [*one, *two])))
        heights.append((two, heights[-1][1]))
    tops = area.top + (area.height - sum(h for _, h in heights[::2]) - gap * (len(pairs) - 1)) / 2
    for index, (row, height) in enumerate(heights):
        for item in row:
            found.append(_moved(item, tops + (height - item.area.height) / 2))
        tops += height + gap if index % 2 else 0
    return found


def _below(stage: Stage, area: Rect, size: float, number: Colour, name: Colour) -> list[Placed]:
    """Each number with its name under it."""
    blocks: list[Block] = []
    for row in stage.spec.hotlines:
        figure, label = _blocks(stage, row, size, number, name)
        blocks += [replace(figure, gap=0.34), label]
    placed = set_column(blocks, area, at=0.5)
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
