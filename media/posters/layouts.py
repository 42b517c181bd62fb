"""The three layouts, upright and wide: a field of colour, a picture, and points one by one."""

from functools import lru_cache

from PIL import Image, ImageOps

from media.images import open_picture, turn_upright

from .contact import contact, contact_height
from .faces import HEAVY
from .ornament import brocade, gradient, mountains, ridge_mask
from .spec import Form, Rect
from .stage import Stage, roomy
from .themes import WHITE, Colour, Theme
from .typesetting import Block

BAND = 46


def draw(stage: Stage) -> None:
    """Put everything on the stage. Raises TextTooLong, PosterError, MissingGlyphs, RefusedPicture."""
    kind = "wide" if stage.form.wide else "tall"
    _DRAWERS[stage.spec.layout, kind](stage)
    _mark(stage)


def _mark_height(stage: Stage) -> float:
    return stage.px(68) if stage.spec.mark else 0.0


def _mark(stage: Stage) -> None:
    """What is no real poster says so across its whole width."""
    if not stage.spec.mark:
        return
    colours, safe = stage.colours, stage.form.safe
    strip = Rect(0, safe.top, stage.form.full[0], safe.top + stage.px(50))
    edge = stage.px(6)  # keeps the strip apart from whatever it crosses
    stage.fill(Rect(0, strip.top - edge, strip.right, strip.bottom + edge), colours.on_accent)
    stage.fill(strip, colours.accent)
    block = stage.block("mark", stage.spec.mark, 33, 33, colours.on_accent, HEAVY)
    width = sum(token.advance for token in block.tokens) * block.most * 1.15
    middle = (safe.left + safe.right) / 2
    stage.column([block], Rect(middle - width / 2, strip.top, middle + width / 2, strip.bottom), at=0.5)


def _body(stage: Stage) -> Rect:
    """The safe area below the mark."""
    safe = stage.form.safe
    return Rect(safe.left, safe.top + _mark_height(stage), safe.right, safe.bottom)


def _band(stage: Stage, top: float, height: float, left: float = 0.0, right: float | None = None) -> None:
    right = stage.form.full[0] if right is None else right
    stage.image.paste(brocade(round(right - left), round(height), stage.colours), (round(left), round(top)))


def _standing_band(stage: Stage, left: float, width: float) -> None:
    band = brocade(stage.form.full[1], round(width), stage.colours)
    stage.image.paste(band.transpose(Image.Transpose.ROTATE_90), (round(left), 0))


# What is drawn once is kept: two dozen pictures for screens, but of print's, of 50 MB each, only the last.
_SCREEN_PIXELS = 3_000_000


def _landscape(size: tuple[int, int], colours: Theme, sky: Colour, sun: float) -> Image.Image:
    keeper = _screen_landscape if size[0] * size[1] <= _SCREEN_PIXELS else _print_landscape
    return keeper(size, colours, sky, sun)


def _paint_landscape(size: tuple[int, int], colours: Theme, sky: Colour, sun: float) -> Image.Image:
    image = Image.new("RGB", size)
    mountains(image, Rect(0, 0, *size), colours, sky, sun=sun)
    return image


_screen_landscape = lru_cache(maxsize=24)(_paint_landscape)
_print_landscape = lru_cache(maxsize=1)(_paint_landscape)
_screen_field = lru_cache(maxsize=24)(gradient)
_print_field = lru_cache(maxsize=1)(gradient)


def _scene(stage: Stage, area: Rect, sky: Colour, sun: float = 0.78) -> None:
    left, top, right, bottom = area.box()
    stage.image.paste(_landscape((right - left, bottom - top), stage.colours, sky, sun), (left, top))


def field(form: Form, colours: Theme) -> Image.Image:
    """The ground that every poster starts from, deep above and lighter below."""
    return _field(form.full, colours).copy()


def _field(size: tuple[int, int], colours: Theme) -> Image.Image:
    keeper = _screen_field if size[0] * size[1] <= _SCREEN_PIXELS else _print_field
    return keeper(size, colours.deep, colours.ground)


def _contact_panel(stage: Stage, ground: Colour, number: Colour, name: Colour) -> float:
    """The foot of a tall poster; returns where it begins, its band included."""
    safe, colours = stage.form.safe, stage.colours
    height = contact_height(stage, 200 if stage.form.height < 1.1 * stage.form.width else 226)
    top = safe.bottom - height
    pad = stage.px(34)
    below = stage.form.full[1]
    story = stage.form.height - stage.form.safe.bottom > stage.px(200)
    if story:
        below = round(safe.bottom + stage.px(44))
        _scene(stage, Rect(0, below + round(stage.px(BAND)), *stage.form.full), colours.ground)
        _band(stage, below, stage.px(BAND))
    stage.fill(Rect(0, top - pad, stage.form.full[0], below), ground)
    contact(stage, Rect(safe.left, top, safe.right, safe.bottom), number, name)
    band = top - pad - stage.px(BAND)
    _band(stage, band, stage.px(BAND))
    return band


def _tall_colour(stage: Stage) -> None:
    colours, body = stage.colours, _body(stage)
    band = _contact_panel(stage, colours.paper, colours.strong, colours.ink)
    rise = stage.px({"square": 104, "story": 0}.get(stage.form.name, 190))
    if rise:
        _scene(stage, Rect(0, band - rise, stage.form.full[0], band), _sky(stage, band - rise))
    room = Rect(body.left, body.top, body.right, band - rise - stage.px(18 if rise else 40))
    blocks = [
        stage.eyebrow(colours.accent),
        stage.title(colours.cream, 176 if len(stage.spec.title) < 40 else 128, 56),
        *stage.sentences(colours.cream),
        stage.call(colours.on_accent),
    ]
    stage.dress(stage.column(blocks, room, at=0.35), colours.accent, colours.accent)


def _sky(stage: Stage, at: float) -> Colour:
    """The field's colour at a height, so that a scene begins without a seam."""
    pixel = stage.image.getpixel((0, max(0, round(at) - 1)))
    assert isinstance(pixel, tuple)
    return int(pixel[0]), int(pixel[1]), int(pixel[2])


def _picture(stage: Stage, area: Rect, sky: Colour) -> None:
    """The photo, cut to the area and kept upright; a landscape of our own where there is none."""
    if not stage.spec.photo:
        _scene(stage, area, sky, sun=0.7)
        return
    left, top, right, bottom = area.box()
    size = (right - left, bottom - top)
    photo = open_picture(stage.spec.photo, least=size)
    turn_upright(photo)
    photo = photo if photo.mode == "RGB" else flat(photo)
    stage.image.paste(_fitted(photo, size), (left, top))


_CENTRE = (0.5, 0.4)


def _fitted(photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The photo cut to `size`, a little above its middle; one that has the size in one direction is only cut."""
    spare = photo.width - size[0], photo.height - size[1]
    if min(spare) == 0:
        left, top = (round(extra * share) for extra, share in zip(spare, _CENTRE, strict=True))
        return photo.crop((left, top, left + size[0], top + size[1]))
    return ImageOps.fit(photo, size, Image.Resampling.LANCZOS, centering=_CENTRE)


def flat(photo: Image.Image) -> Image.Image:
    """A picture of any mode as plain RGB; what is transparent becomes white."""
    if "A" not in photo.getbands() and "transparency" not in photo.info:
        return photo.convert("RGB")
    photo = photo.convert("RGBA")
    ground = Image.new("RGB", photo.size, WHITE)
    ground.paste(photo, mask=photo.getchannel("A"))
    return ground


@lru_cache(maxsize=12)
def _foot_ridge(size: tuple[int, int]) -> Image.Image:
    return ridge_mask(size, 5, size[1] * 0.82, size[1] * 0.06)


def _tall_photo(stage: Stage) -> None:
    colours, body, form = stage.colours, _body(stage), stage.form
    band = _contact_panel(stage, colours.paper, colours.strong, colours.ink)
    blocks = [
        stage.eyebrow(colours.accent),
        stage.title(colours.cream, 96, 46),
        *stage.sentences(colours.cream, 40),
        stage.call(colours.on_accent, 40),
    ]

    def room(share: float) -> Rect:
        return Rect(body.left, form.full[1] * share + stage.px(14), body.right, band - stage.px(34))

    first = {"square": 0.32, "story": 0.44}.get(form.name, 0.42)
    share = roomy(blocks, [(share, room(share)) for share in (first, first * 0.86, first * 0.72, first * 0.56)])
    foot, rise = round(form.full[1] * share), round(stage.px(96))
    _picture(stage, Rect(0, 0, form.full[0], foot), colours.deep)
    mask = _foot_ridge((form.full[0], rise))
    stage.image.paste(_field(form.full, colours).crop((0, foot - rise, form.full[0], foot)), (0, foot - rise), mask)
    stage.dress(stage.column(blocks, room(share), at=0.4), colours.accent, colours.accent)


def _points(stage: Stage, most: float = 46) -> list[Block]:
    pad = (1.75, 0.12, 0.0, 0.12)
    return [
        stage.block("point", text, most, 29, stage.colours.ink, gap=0.72 if i else 0, lead=1.28, pad=pad)
        for i, text in enumerate(stage.spec.lines)
    ]


def _number_points(stage: Stage, room: Rect, blocks: list[Block]) -> None:
    """Points with their numbers in discs, and the call beneath."""
    colours = stage.colours
    placed = stage.column(blocks, room, at=0.5)
    stage.dress(placed, colours.strong, colours.strong)
    points = [item for item in placed if item.block.role == "point"]
    for index, item in enumerate(points, start=1):
        side = item.text.size * 1.32
        middle = item.text.lines[0].baseline - item.text.size * 0.34
        disc = Rect(item.area.left, middle - side / 2, item.area.left + side, middle + side / 2)
        stage.fill(disc, colours.strong, radius=side / 2)
        figure = Block("number", str(index), HEAVY, item.text.size * 0.82, item.text.size * 0.5, colours.cream)
        width = sum(token.advance for token in figure.tokens) * figure.most * 1.04
        centre = (disc.left + disc.right) / 2
        stage.column([figure], Rect(centre - width / 2, disc.top, centre + width / 2 + 1, disc.bottom), at=0.5)


def _tall_steps(stage: Stage) -> None:
    colours, body, form = stage.colours, _body(stage), stage.form
    band = _contact_panel(stage, colours.ground, colours.accent, colours.cream)
    heading = [stage.eyebrow(colours.accent), stage.title(colours.cream, 96, 46)]

    def room(height: float) -> Rect:
        return Rect(body.left, body.top, body.right, body.top + stage.px(height - 30))

    heights = [{"square": 210, "story": 300}.get(form.name, 290) * grow for grow in (1.0, 1.25, 1.5)]
    height = roomy(heading, [(height, room(height)) for height in heights], least=0.0)
    stage.column(heading, room(height), at=0.5)
    head = body.top + stage.px(height)
    _band(stage, head, stage.px(BAND))
    paper = Rect(0, head + stage.px(BAND), form.full[0], band)
    stage.fill(paper, colours.paper)
    space = Rect(body.left, paper.top + stage.px(36), body.right, paper.bottom - stage.px(36))
    _number_points(stage, space, [*_points(stage), stage.call(colours.cream, 42)])


def _wide_colour(stage: Stage) -> None:
    colours, body, form = stage.colours, _body(stage), stage.form
    width = form.full[0]
    side = width * 0.335
    left = width - side
    band = stage.px(44)
    rise = stage.px(108)
    _scene(stage, Rect(0, form.full[1] - rise, left, form.full[1]), _sky(stage, form.full[1] - rise), sun=0.86)
    stage.fill(Rect(left, 0, width, form.full[1]), colours.paper)
    _standing_band(stage, left - band, band)
    panel = Rect(left + stage.px(36), body.top, form.safe.right, body.bottom)
    contact(stage, panel, colours.strong, colours.ink, upright=True)
    room = Rect(body.left, body.top, left - band - stage.px(34), form.full[1] - rise - stage.px(10))
    blocks = [
        stage.eyebrow(colours.accent),
        stage.title(colours.cream, 92, 46),
        *stage.sentences(colours.cream, 38),
        stage.call(colours.on_accent, 40),
    ]
    stage.dress(stage.column(blocks, room, at=0.4), colours.accent, colours.accent)


def _contact_strip(stage: Stage, left: float, ground: Colour, number: Colour, name: Colour) -> float:
    """The foot of a wide card from `left` to its edge; returns where it begins."""
    safe = stage.form.safe
    top = safe.bottom - stage.px(max(214 if stage.spec.qr_url else 150, 86 * len(stage.spec.hotlines)))
    strip = top - stage.px(26)
    stage.fill(Rect(left, strip, *stage.form.full), ground)
    start = max(safe.left, left + stage.px(36))
    contact(stage, Rect(start, top, safe.right, safe.bottom), number, name)
    return strip


def _wide_photo(stage: Stage) -> None:
    colours, body, form = stage.colours, _body(stage), stage.form
    edge = round(form.full[0] * 0.36)
    band = stage.px(44)
    strip = _contact_strip(stage, edge + band, colours.paper, colours.strong, colours.ink)
    _picture(stage, Rect(0, 0, edge, form.full[1]), colours.deep)
    _standing_band(stage, edge, band)
    room = Rect(edge + band + stage.px(36), body.top, body.right, strip - stage.px(22))
    blocks = [
        stage.eyebrow(colours.accent),
        stage.title(colours.cream, 76, 42),
        *stage.sentences(colours.cream, 36),
        stage.call(colours.on_accent, 36),
    ]
    stage.dress(stage.column(blocks, room, at=0.4), colours.accent, colours.accent)


def _wide_steps(stage: Stage) -> None:
    colours, body, form = stage.colours, _body(stage), stage.form
    edge = round(form.full[0] * 0.40)
    band = stage.px(44)
    strip = _contact_strip(stage, 0, colours.ground, colours.accent, colours.cream)
    stage.fill(Rect(edge + band, 0, form.full[0], strip), colours.paper)
    column = brocade(round(strip), round(band), colours).transpose(Image.Transpose.ROTATE_90)
    stage.image.paste(column, (edge, 0))
    blocks = [stage.eyebrow(colours.accent), stage.title(colours.cream, 72, 40)]
    stage.column(blocks, Rect(body.left, body.top, edge - stage.px(24), strip - stage.px(24)), at=0.5)
    room = Rect(edge + band + stage.px(32), body.top, body.right, strip - stage.px(22))
    _number_points(stage, room, [*_points(stage, 40), stage.call(colours.cream, 36)])


_DRAWERS = {
    ("colour", "tall"): _tall_colour,
    ("colour", "wide"): _wide_colour,
    ("photo", "tall"): _tall_photo,
    ("photo", "wide"): _wide_photo,
    ("steps", "tall"): _tall_steps,
    ("steps", "wide"): _wide_steps,
}
