"""A poster being made: its picture, its measures, and the texts already set."""

from dataclasses import dataclass, field

from PIL import Image, ImageDraw

from .faces import HEAVY, PLAIN, STRONG, font_named
from .ornament import rhomb_mask, round_mask
from .spec import Form, PosterSpec, Rect, TextTooLong
from .themes import Colour, Theme
from .typesetting import Block, Placed, TextBox, set_column


@dataclass
class Stage:
    """`image` holds everything but the text; `boxes` the text, in the order of reading."""

    spec: PosterSpec
    form: Form
    colours: Theme
    image: Image.Image
    boxes: list[TextBox] = field(default_factory=list)
    qr_area: Rect | None = None

    def px(self, measure: float) -> float:
        """A measure given for a card 1080 pixels wide, in this form's pixels."""
        return measure * self.form.scale

    def block(
        self, role: str, text: str, most: float, least: float, colour: Colour, weight: str = PLAIN, **more: object
    ) -> Block:
        """A text with its sizes given for a card 1080 pixels wide."""
        return Block(role, text, weight, self.px(most), self.px(least), colour, **more)  # type: ignore[arg-type]

    def column(self, blocks: list[Block], area: Rect, at: float = 0.0) -> list[Placed]:
        """Set blocks and keep their text; returns them for what must be drawn under them."""
        placed = set_column(blocks, area, at=at)
        self.boxes.extend(item.text for item in placed)
        return placed

    def fill(self, area: Rect, colour: Colour, radius: float = 0.0) -> None:
        """A plain area, with round corners if asked."""
        left, top, right, bottom = area.box()
        if radius:
            self.image.paste(colour, (left, top), round_mask((right - left, bottom - top), round(radius)))
        else:
            self.image.paste(colour, (left, top, right, bottom))

    def eyebrow(self, colour: Colour) -> Block:
        return self.block("organiser", self.spec.organiser, 30, 25, colour, STRONG)

    def title(self, colour: Colour, most: float, least: float, gap: float = 0.42) -> Block:
        return self.block("title", self.spec.title, most, least, colour, HEAVY, gap=gap, lead=1.17)

    def sentences(self, colour: Colour, most: float = 44, least: float = 29) -> list[Block]:
        """The lines, each with room for its mark if there are several."""
        indent = (0.85, 0.0, 0.0, 0.0) if len(self.spec.lines) > 1 else (0.0,) * 4
        return [
            self.block("line", text, most, least, colour, PLAIN, gap=0.62 if i else 0.8, lead=1.3, pad=indent)
            for i, text in enumerate(self.spec.lines)
        ]

    def call(self, colour: Colour, most: float = 44) -> Block:
        return self.block(
            "call", self.spec.call, most, 30, colour, STRONG, gap=0.85, pad=(0.75, 0.5, 0.75, 0.5), snug=True
        )

    def dress(self, placed: list[Placed], mark: Colour, pill: Colour) -> None:
        """Draw what stands under set texts: a rhomb before each of several lines, the field of the call."""
        lines = [item for item in placed if item.block.role == "line"]
        for item in lines if len(lines) > 1 else []:
            side = round(item.text.size * 0.42)
            middle = item.text.lines[0].baseline - item.text.size * 0.34
            spot = (round(item.area.left), round(middle - side / 2))
            self.image.paste(mark, spot, rhomb_mask(side))
        for item in placed:
            if item.block.role == "call":
                self.fill(item.area, pill, radius=min(item.text.size * 0.6, item.area.height / 2))

    def text(self, image: Image.Image) -> None:
        """Draw every text of the stage on `image`."""
        draw = ImageDraw.Draw(image)
        for box in self.boxes:
            for line in box.lines:
                for run in line.runs:
                    face = font_named(run.font, box.weight, box.size)
                    draw.text((run.x, line.baseline), run.text, box.colour, face, anchor="ls")


def roomy(blocks: list[Block], rooms: list[tuple[float, Rect]], least: float = 0.3) -> float:
    """The key of the first room in which the title stands at ease, else of the last in which all fits.

    `least`: how far from its least size to its greatest the title must come. Raises TextTooLong if none fits.
    """
    fits: float | None = None
    for key, room in rooms:
        try:
            title = next(item for item in set_column(blocks, room) if item.block.role == "title")
        except TextTooLong as problem:
            error = problem
            continue
        fits = key
        if title.text.size >= title.block.least + least * (title.block.most - title.block.least):
            break
    if fits is None:
        raise error
    return fits
