"""What stands behind the text, drawn by code: dawn over the ridges of the north-west, terraces, woven bands.

The bands take from brocade only its geometry (rhombs, steps, zigzags); no people's own sign is copied.
"""

import random
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from math import sin

from PIL import Image, ImageDraw

from .spec import Rect
from .themes import CREAM, Colour, Theme, mix

DAWN: Colour = (247, 163, 112)
Point = tuple[float, float]
Paint = Callable[[ImageDraw.ImageDraw, int], None]


def smooth(size: tuple[int, int], paint: Paint, factor: int = 3) -> Image.Image:
    """A mask with soft edges: `paint` draws at `factor` times the size."""
    mask = Image.new("L", (size[0] * factor, size[1] * factor))
    paint(ImageDraw.Draw(mask), factor)
    return mask.reduce(factor)


def _polygon(points: list[Point]) -> Paint:
    return lambda draw, factor: draw.polygon([(x * factor, y * factor) for x, y in points], fill=255)


def _ellipse(box: tuple[float, ...]) -> Paint:
    return lambda draw, factor: draw.ellipse([value * factor for value in box], fill=255)


def gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    """A vertical run from one colour to another."""
    column = Image.new("RGB", (1, size[1]))
    column.putdata([mix(top, bottom, y / max(1, size[1] - 1)) for y in range(size[1])])
    return column.resize(size, Image.Resampling.NEAREST)


def skyline(seed: int, rough: float = 0.52) -> list[float]:
    """129 heights of a ridge from 0 to 1, by halving a line and moving its middle; the same for a seed."""
    chance = random.Random(seed)
    heights = [chance.uniform(0.2, 0.6), chance.uniform(0.75, 1.0), chance.uniform(0.2, 0.7), chance.uniform(0.5, 0.9)]
    heights.append(chance.uniform(0.2, 0.5))
    swing = 0.30
    while len(heights) < 129:
        between = [(a + b) / 2 + chance.uniform(-swing, swing) for a, b in pairwise(heights)]
        heights = [h for pair in zip(heights, between, strict=False) for h in pair] + [heights[-1]]
        swing *= rough
    low, high = min(heights), max(heights)
    return [(h - low) / (high - low) for h in heights]


def _ridge(heights: list[float], size: tuple[int, int], rise: float, base: float) -> list[Point]:
    """A ridge across an area, as a closed outline: `base` is its foot and `rise` its height, both from the bottom."""
    width, height = size
    step = width / (len(heights) - 1)
    line = [(i * step, height - base - h * rise) for i, h in enumerate(heights)]
    return [(0, height), *line, (width, height)]


def ridge_mask(size: tuple[int, int], seed: int, rise: float, base: float) -> Image.Image:
    """Where a ridge stands in an area of `size`."""
    outline = _ridge(skyline(seed), size, rise, base)
    return smooth(size, _polygon(outline), 2)


def mountains(image: Image.Image, area: Rect, colours: Theme, sky: Colour, *, sun: float = 0.76) -> None:
    """Dawn in `area`: a sky that grows lighter from `sky`, a sun at `sun` of the width, three ridges, terraces."""
    left, top, right, bottom = area.box()
    width, height = size = (right - left, bottom - top)
    glow = mix(sky, DAWN, 0.62)
    image.paste(gradient(size, sky, glow), (left, top))
    radius = height * 0.40
    centre = (width * sun, height * 0.46)
    for grow, share in ((1.55, 0.16), (1.26, 0.3), (1.0, 1.0)):
        reach = min(radius * grow, centre[1])
        box = tuple(v for c in (-1, 1) for v in (centre[0] + c * reach, centre[1] + c * reach))
        mask = smooth(size, _ellipse(box), 2)
        image.paste(mix(glow, colours.accent, share), (left, top), mask)
    for seed, rise, base, tint in ((11, 0.52, 0.30, 0.26), (5, 0.46, 0.14, 0.5), (23, 0.34, 0.0, 0.82)):
        mask = ridge_mask(size, seed, rise * height, base * height)
        image.paste(mix(glow, colours.deep, tint), (left, top), mask)
    _terraces(image, (left, top), size, colours)


def _terraces(image: Image.Image, corner: tuple[int, int], size: tuple[int, int], colours: Theme) -> None:
    """Fields in steps on the nearest slope: the same gentle line again and again, closer towards the top."""
    height = size[1]
    chance = random.Random(7)
    phases = [(chance.uniform(0, 6.28), 1.0 + 0.8 * i) for i in range(3)]
    hill = [0.5 + sum(sin(f * 3.1 * i / 128 + p) / (3 + 2 * k) for k, (p, f) in enumerate(phases)) for i in range(129)]
    tints = (mix(colours.deep, colours.leaf, 0.34), colours.deep)
    drop = 0.0
    for index in range(9):
        outline = _ridge(hill, size, height * 0.16, height * (0.20 - drop))
        mask = smooth(size, _polygon(outline), 2)
        image.paste(tints[index % 2], corner, mask)
        drop += 0.024 if index % 2 else 0.030 + 0.004 * index


@lru_cache(maxsize=16)
def brocade(length: int, height: int, colours: Theme) -> Image.Image:
    """A woven band: rhombs between rows of steps, with a whole number of repeats over its length."""
    repeats = max(1, round(length / (height * 1.15)))
    factor = 4
    tile = _tile(max(8, round(length / repeats * factor)), height * factor, colours)
    band = Image.new("RGB", (tile.width * repeats, tile.height))
    for index in range(repeats):
        band.paste(tile, (index * tile.width, 0))
    return band.resize((length, height), Image.Resampling.BOX)


def _tile(width: int, height: int, colours: Theme) -> Image.Image:
    tile = Image.new("RGB", (width, height), colours.deep)
    draw = ImageDraw.Draw(tile)
    middle, line = (width / 2, height / 2), height * 0.07
    for top in (0, height - line):
        draw.rectangle((0, top, width, top + line), fill=colours.accent)
    teeth = 4
    for index in range(teeth):
        left, right = width * index / teeth, width * (index + 1) / teeth
        for foot, tip in ((line * 1.6, line * 3.3), (height - line * 1.6, height - line * 3.3)):
            draw.polygon([(left, foot), (right, foot), ((left + right) / 2, tip)], fill=colours.flame)

    def rhomb(centre: Point, half_width: float, half_height: float, colour: Colour) -> None:
        x, y = centre
        corners = [(x - half_width, y), (x, y - half_height), (x + half_width, y), (x, y + half_height)]
        draw.polygon(corners, fill=colour)

    for grow, colour in ((1.0, CREAM), (0.76, colours.deep), (0.56, colours.flame), (0.26, colours.accent)):
        rhomb(middle, width * 0.33 * grow, height * 0.265 * grow, colour)
    for x in (0, width):
        rhomb((x, middle[1]), width * 0.10, height * 0.12, colours.accent)
        rhomb((x, middle[1]), width * 0.045, height * 0.055, colours.deep)
    return tile


def rhomb_mask(side: int) -> Image.Image:
    """A small rhomb, the mark before a sentence."""
    half = side / 2
    return smooth((side, side), _polygon([(half, 0), (side, half), (half, side), (0, half)]), 4)


@lru_cache(maxsize=128)
def round_mask(size: tuple[int, int], radius: float) -> Image.Image:
    """A rectangle with round corners (a circle, if the radius is half its side)."""
    return smooth(
        size,
        lambda d, f: d.rounded_rectangle((0, 0, size[0] * f - 1, size[1] * f - 1), radius * f, fill=255),
        4 if max(size) < 600 else 2,
    )
