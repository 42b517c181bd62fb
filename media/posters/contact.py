"""Where to turn to: hotlines as large as their room allows, and the QR code with its caption."""

from .faces import STRONG
from .hotlines import hotlines
from .qr import qr_tile
from .spec import Rect
from .stage import Stage
from .themes import Colour
from .typesetting import Block

_MOST_QR = 250


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
            # Two or three lines beside the code.
            wide = min(max(line * 0.5, *(word.advance * caption.least * 1.1 for word in caption.tokens)), stage.px(150))
            room = Rect(frame.left - wide - stage.px(12), frame.top, frame.left - stage.px(12), frame.bottom)
            stage.column([caption], room, 0.5)
            left = room.left - stage.px(24)
    else:
        foot = stage.px(42 if line < area.height else 70)
        side = min(area.height - foot, area.width * 0.36, stage.px(_MOST_QR))
        column = max(side, min(line, area.height, area.width * 0.4))
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
