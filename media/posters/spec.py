"""What a poster or card is made of, and the forms in which it can be made."""

import hashlib
import json
import math
import string
from dataclasses import asdict, dataclass
from typing import NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

LAYOUTS = ("photo", "colour", "steps")
SAMPLE, REHEARSAL, DRAFT = "BẢN MẪU", "DIỄN TẬP", "DỰ THẢO"
MARKS = ("", SAMPLE, REHEARSAL, DRAFT)
MM = 300 / 25.4  # pixels of a millimetre at 300 dpi
BLEED_MM = 3
# Raised by hand when the drawing changes, so that nothing made by an older drawing is taken for new.
DESIGN = 1


_NOTHING = string.whitespace + "\u00a0\u200b\u200c\u200d\ufeff"
# The parts of a poster, as people call them.
ROLES = {
    "title": _("poster title"),
    "line": _("poster text"),
    "point": _("poster text"),
    "call": _("call to action"),
    "organiser": _("organiser"),
    "caption": _("text beside the QR code"),
    "hotline": _("hotline number"),
    "hotline-name": _("name of a hotline"),
}


class Rect(NamedTuple):
    """A rectangle in pixels: left, top, right, bottom; right and bottom lie outside it."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def holds(self, other: "Rect", slack: float = 0.0) -> bool:
        """Whether `other` lies inside, give or take `slack` pixels."""
        return (
            self.left <= other.left + slack
            and self.top <= other.top + slack
            and self.right >= other.right - slack
            and self.bottom >= other.bottom - slack
        )

    def meets(self, other: "Rect") -> bool:
        """Whether the two share any area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def box(self) -> tuple[int, int, int, int]:
        """As Pillow takes it."""
        return round(self.left), round(self.top), round(self.right), round(self.bottom)


@dataclass(frozen=True)
class Form:
    """A size to make a poster in: trimmed pixels, bleed and safe margins (left, top, right, bottom) in pixels."""

    name: str
    width: int
    height: int
    margins: tuple[int, int, int, int]
    scale: float  # of all measures that are given for a card 1080 pixels wide
    bleed: int = 0
    dpi: int = 72
    mime: str = "image/jpeg"
    most_bytes: int = 8_000_000

    @property
    def print(self) -> bool:
        return self.bleed > 0

    @property
    def wide(self) -> bool:
        return self.width > 1.2 * self.height

    @property
    def full(self) -> tuple[int, int]:
        """Pixels with the bleed on both sides."""
        return self.width + 2 * self.bleed, self.height + 2 * self.bleed

    @property
    def safe(self) -> Rect:
        """Where text may stand, in the picture with its bleed."""
        left, top, right, bottom = self.margins
        return Rect(
            self.bleed + left, self.bleed + top, self.bleed + self.width - right, self.bleed + self.height - bottom
        )


def _print(name: str, width_mm: int, height_mm: int, margin_mm: int, scale: float) -> Form:
    margin = round(margin_mm * MM)
    return Form(
        name,
        round(width_mm * MM),
        round(height_mm * MM),
        (margin,) * 4,
        scale,
        bleed=math.ceil(BLEED_MM * MM),
        dpi=300,
        mime="image/png",
        most_bytes=80_000_000,
    )


FORMS = {
    form.name: form
    for form in (
        _print("poster-a3", 297, 420, 17, 3.3),
        _print("poster-a4", 210, 297, 12, 2.33),
        Form("facebook", 1200, 630, (48, 40, 48, 40), 0.78),
        Form("square", 1080, 1080, (60, 56, 60, 56), 0.9),
        Form("portrait", 1080, 1350, (64, 64, 64, 60), 1.0),
        # Apps lay their own buttons over the top 14 % and the bottom 18 % of a story.
        Form("story", 1080, 1920, (64, 270, 64, 350), 1.0),
        # Zalo OA: the cover of an article is a JPEG or PNG of at most 1 MB, shown about 16:9.
        Form("zalo-cover", 1280, 720, (52, 46, 52, 46), 0.88, most_bytes=1_000_000),
    )
}


class PosterError(ValueError):
    """Why a poster cannot be made; `code` for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class TextTooLong(PosterError):
    """A text does not fit at the smallest readable size. `role` says which, `excess` by about how many characters."""

    def __init__(self, role: str, excess: int) -> None:
        self.role, self.excess = role, excess
        message = gettext("The text does not fit this poster: shorten it by about %(excess)d characters (%(role)s).")
        super().__init__("too-long", message % {"excess": excess, "role": ROLES.get(role, role)})


@dataclass(frozen=True)
class PosterSpec:
    """Everything a poster shows. Nothing is added to it: each visible word stands here.

    `form` is one of FORMS, `layout` one of LAYOUTS, `mark` one of MARKS; `lines` are sentences or, in
    the layout "steps", the points; `hotlines` are (number, name); `colour` is a name of
    `themes.COLOURS` or "#RRGGBB"; `language` is a BCP 47 tag; `photo` is a picture file's bytes.
    """

    form: str
    title: str
    lines: tuple[str, ...] = ()
    call: str = ""
    hotlines: tuple[tuple[str, str], ...] = ()
    qr_url: str = ""
    qr_caption: str = ""
    organiser: str = ""
    language: str = "vi"
    colour: str = "indigo"
    layout: str = "colour"
    photo: bytes | None = None
    photo_alt: str = ""
    mark: str = ""

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise PosterError("form", f"unknown form {self.form!r}: one of {', '.join(FORMS)}")
        if self.layout not in LAYOUTS:
            raise PosterError("layout", f"unknown layout {self.layout!r}: one of {', '.join(LAYOUTS)}")
        if self.mark not in MARKS:
            raise PosterError("mark", f"unknown mark {self.mark!r}")
        if not self.title.strip(_NOTHING):
            raise PosterError("no-title", gettext("A poster needs a title."))
        if not all(number.strip(_NOTHING) for number, _name in self.hotlines):
            raise PosterError("no-number", gettext("A hotline needs a number."))
        if self.photo and not self.photo_alt.strip():
            raise PosterError("no-alt", gettext("Say in one sentence what the picture shows."))

    @property
    def size(self) -> Form:
        return FORMS[self.form]


def cache_key(spec: PosterSpec) -> str:
    """SHA-256 of all that decides how the poster looks: its content and the version of the drawing."""
    fields = asdict(spec)
    fields["photo"] = hashlib.sha256(spec.photo).hexdigest() if spec.photo else None
    canonical = json.dumps([DESIGN, fields], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def alt_text(spec: PosterSpec) -> str:
    """What the poster says and shows, in one text for those who cannot see it."""
    parts = [spec.title, *spec.lines, spec.call, *(f"{number}: {name}" for number, name in spec.hotlines)]
    shown = [spec.photo_alt] if spec.photo and spec.layout == "photo" else []
    return "\n".join(part.strip() for part in [*parts, *shown, spec.organiser, spec.mark] if part.strip())
