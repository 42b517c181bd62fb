"""Colours of a poster, derived from a campaign's one colour so that every text on them can be read.

Contrast is that of WCAG 2.2 (success criterion 1.4.3): at least 4.5 for each text on its ground.
"""

import colorsys
import re
from dataclasses import dataclass
from functools import cache

from .spec import PosterError

Colour = tuple[int, int, int]

# Indigo dye, brocade red, forest, rice terraces before harvest, lake, plum blossom.
COLOURS = {
    "indigo": "#243A8F",
    "red": "#B4231F",
    "forest": "#1B6B4A",
    "terrace": "#A8620E",
    "lake": "#0E6A8B",
    "plum": "#8A2C6B",
}
LEAST_CONTRAST = 4.5
CREAM: Colour = (255, 248, 234)
WHITE: Colour = (255, 255, 255)
_SUN: Colour = (255, 200, 87)
_RICE: Colour = (178, 190, 84)
_FLAME: Colour = (226, 87, 46)
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class Theme:
    """`deep` to `ground`: the field; `accent` and `cream`: text on it; `paper`: the light ground; `ink`,
    `strong`: text on paper; `flame`, `leaf`: ornament only; `on_accent`: text on the accent."""

    deep: Colour
    ground: Colour
    accent: Colour
    cream: Colour
    paper: Colour
    ink: Colour
    strong: Colour
    flame: Colour
    leaf: Colour
    on_accent: Colour


def luminance(colour: Colour) -> float:
    """Relative luminance of an sRGB colour, 0 to 1 (WCAG 2.2)."""
    parts = [(c / 255) for c in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with `share` (0 to 1) of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


@cache
def theme(colour: str) -> Theme:
    """The theme of a named colour or "#RRGGBB". Raises PosterError for anything else."""
    value = COLOURS.get(colour, colour)
    if not _HEX.fullmatch(value):
        raise PosterError("colour", f"{colour!r} is neither #RRGGBB nor one of {', '.join(COLOURS)}")
    base = int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)
    ground = _darkened(base, CREAM, 7.0)
    deep = _darkened(mix(ground, (8, 10, 30), 0.38), CREAM, 10.0)
    accent = _lightened(_SUN, ground, 5.0)
    return Theme(
        deep=deep,
        ground=ground,
        accent=accent,
        cream=CREAM,
        paper=mix(CREAM, WHITE, 0.25),
        ink=_darkened(mix((30, 26, 32), ground, 0.25), CREAM, 12.0),
        strong=_darkened(ground, CREAM, 7.5),
        flame=_apart(_FLAME, ground),
        leaf=mix(_RICE, ground, 0.45),
        on_accent=_darkened(deep, accent, 7.0),
    )


def _hls(colour: Colour, lightness: float) -> Colour:
    hue, _, saturation = colorsys.rgb_to_hls(*(c / 255 for c in colour))
    red, green, blue = (round(255 * c) for c in colorsys.hls_to_rgb(hue, lightness, saturation))
    return red, green, blue


def _darkened(colour: Colour, against: Colour, least: float) -> Colour:
    """The colour, as much darker as the contrast asks."""
    lightness = colorsys.rgb_to_hls(*(c / 255 for c in colour))[1]
    while contrast(colour, against) < least and lightness > 0:
        lightness = max(0.0, lightness - 0.01)
        colour = _hls(colour, lightness)
    return colour


def _lightened(colour: Colour, against: Colour, least: float) -> Colour:
    share = 0.0
    result = colour
    while contrast(result, against) < least and share < 1:
        share += 0.05
        result = mix(colour, WHITE, share)
    return result


def _apart(colour: Colour, ground: Colour) -> Colour:
    """An ornament's colour that does not drown in a ground of its own hue."""
    return colour if contrast(colour, ground) >= 1.9 else mix(colour, CREAM, 0.45)
