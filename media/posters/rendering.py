"""From a spec to a file."""

import io
from dataclasses import dataclass

from django.utils.translation import gettext
from PIL import Image

from . import layouts
from .pdf import image_pdf
from .spec import Form, PosterError, PosterSpec, Rect, alt_text
from .stage import Stage
from .themes import theme
from .typesetting import TextBox

PDF_MIME = "application/pdf"


@dataclass(frozen=True)
class Rendered:
    """A finished poster: file, pixels (bleed included), what it says in words, and where its texts stand."""

    data: bytes
    mime: str
    width: int
    height: int
    alt: str
    safe: Rect
    boxes: tuple[TextBox, ...]


def compose(spec: PosterSpec) -> Stage:
    """The poster without its text drawn, and the text as it will stand.

    Raises TextTooLong, PosterError, `media.fonts.MissingGlyphs`, `media.images.RefusedPicture`.
    """
    form, colours = spec.size, theme(spec.colour)
    stage = Stage(spec, form, colours, layouts.field(form, colours))
    layouts.draw(stage)
    return stage


def render(spec: PosterSpec) -> Rendered:
    """JPEG for screens (Zalo's cover at most 1 MB), PNG of 300 dpi with bleed for print. Raises as `compose`."""
    image, stage = _drawn(spec)
    return _rendered(_encoded(image, spec.size), spec.size.mime, stage)


def render_pdf(spec: PosterSpec) -> Rendered:
    """One page for print in true size: 300 dpi, bleed 3 mm, TrimBox and BleedBox set. Raises as `compose`.

    Also PosterError "not-print" for a form of the screen.
    """
    if not spec.size.print:
        raise PosterError("not-print", f"{spec.form} is a form for screens; take poster-a3 or poster-a4")
    image, stage = _drawn(spec)
    pdf = image_pdf(image, spec.size, title=spec.title, language=spec.language)
    return _rendered(pdf, PDF_MIME, stage)


def _drawn(spec: PosterSpec) -> tuple[Image.Image, Stage]:
    stage = compose(spec)
    stage.text(stage.image)
    return stage.image, stage


def _rendered(data: bytes, mime: str, stage: Stage) -> Rendered:
    width, height = stage.form.full
    return Rendered(data, mime, width, height, alt_text(stage.spec), stage.form.safe, tuple(stage.boxes))


def _encoded(image: Image.Image, form: Form) -> bytes:
    """The file; a JPEG loses quality step by step until it is small enough for its platform."""
    out = io.BytesIO()
    if form.mime == "image/png":
        image.save(out, "PNG", dpi=(form.dpi, form.dpi), compress_level=4)
        return out.getvalue()
    for quality in (90, 84, 76, 66, 55):
        out = io.BytesIO()
        # Full colour resolution: thin coloured letters smear without it.
        image.save(out, "JPEG", quality=quality, subsampling=0)
        if out.tell() <= form.most_bytes:
            return out.getvalue()
    raise PosterError("too-many-bytes", gettext("This photo has too much detail for the size that the platform takes."))
