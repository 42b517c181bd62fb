"""Which font draws which piece of a text.

Latin with all Vietnamese marks, Hmong and English included, is always drawn by Be Vietnam Pro, which
comes as a Python package; other scripts by fonts of the system (Debian: fonts-noto-core has Tai Viet,
fonts-noto-cjk has Han). A character that none of them has is an error, never a blank box.
"""

import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import fontpkg_be_vietnam_pro
from PIL import ImageFont

from media.fonts import MissingGlyphs, covers, font_files

HEAVY, STRONG, PLAIN = "heavy", "strong", "plain"
_PACKAGED = Path(fontpkg_be_vietnam_pro.ROOT) / "files"
_OTHERS = (
    "NotoSans-{}",
    "NotoSansTaiViet-{}",
    "NotoSansCJK-{}",
    "NotoSansSC-{}",
    "DroidSansFallbackFull",
    "DroidSansFallback",
    "wqy-zenhei",
    "wqy-microhei",
    "NotoSansPahawhHmong-{}",
    "NotoSerifNyiakengPuachueHmong-{}",
    "NotoSansSymbols2-{}",
    "DejaVuSans-{}",
    "DejaVuSans",
)
_CHAINS = {HEAVY: ("ExtraBold", "Bold"), STRONG: ("Bold", "Bold"), PLAIN: ("Medium", "Regular")}
# The first face of Debian's CJK collection draws Han as Japan writes it, the third as China does.
_FACE_OF_COLLECTION = {"NotoSansCJK-Bold": 2, "NotoSansCJK-Regular": 2}
REFERENCE = 256  # pixels; sizes scale from there


class Piece(NamedTuple):
    """A piece of text that one font draws."""

    text: str
    font: Path


class Measure(NamedTuple):
    """Extent of a text for a size of 1: advance, ink above and below the baseline and beyond the advance."""

    advance: float
    above: float
    below: float
    beyond: float  # the horn of a final ư, say


@cache
def chain(weight: str) -> tuple[Path, ...]:
    """The fonts of a weight, in order of preference: those that this machine has."""
    packaged, other = _CHAINS[weight]
    files = font_files()
    stems = [stem.format(kind) for stem in _OTHERS for kind in dict.fromkeys((other, "Regular"))]
    return (_PACKAGED / f"BeVietnamPro-{packaged}.ttf", *(files[s] for s in dict.fromkeys(stems) if s in files))


@lru_cache(maxsize=512)
def font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """A font file at a size in pixels, opened once."""
    return ImageFont.truetype(
        str(path), size, index=_FACE_OF_COLLECTION.get(path.stem, 0), layout_engine=ImageFont.Layout.RAQM
    )


@lru_cache(maxsize=65536)
def pieces(text: str, weight: str) -> tuple[Piece, ...]:
    """The text cut where the font changes. Raises MissingGlyphs naming all that no font has."""
    found: list[tuple[str, Path]] = []
    missing: list[str] = []
    for cluster in _clusters(text):
        path = _font_of(cluster, weight)
        if path is None:
            missing.append(cluster)
        elif found and found[-1][1] == path:
            found[-1] = (found[-1][0] + cluster, path)
        else:
            found.append((cluster, path))
    if missing:
        first = chain(weight)
        bare = (c for cluster in missing for c in cluster if not any(covers(path, c) for path in first))
        raise MissingGlyphs(dict.fromkeys(bare) or dict.fromkeys("".join(missing)))
    return tuple(Piece(*pair) for pair in found)


def _clusters(text: str) -> list[str]:
    """Each character with the marks that stand on it."""
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.category(character)[0] == "M":
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


@lru_cache(maxsize=16384)
def _font_of(cluster: str, weight: str) -> Path | None:
    return next((path for path in chain(weight) if covers(path, cluster)), None)


@lru_cache(maxsize=65536)
def measure(text: str, weight: str) -> Measure:
    """How much room a text takes for a size of 1; with Raqm it grows evenly with the size. Raises MissingGlyphs."""
    advance = above = below = end = 0.0
    for piece in pieces(text, weight):
        face = font(piece.font, REFERENCE)
        _, top, right, bottom = face.getbbox(piece.text, anchor="ls")
        end = max(end, advance + right)
        advance += face.getlength(piece.text)
        above, below = max(above, -top), max(below, bottom)
    return Measure(advance / REFERENCE, above / REFERENCE, below / REFERENCE, max(0.0, end - advance) / REFERENCE)


def font_named(stem: str, weight: str, size: int) -> ImageFont.FreeTypeFont:
    """The font of a chain by its file's stem, as a laid-out run names it."""
    return font(next(path for path in chain(weight) if path.stem == stem), size)
