"""The fonts of this machine: where they are, and whether they can draw a text.

The sheets' own face, Libertinus Serif, travels inside the typst package and has every Vietnamese
letter; other scripts need fonts of the system (Debian: fonts-noto-core, fonts-noto-cjk). Nothing
is copied into the repository.
"""

import struct
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

import typst
from django.utils.translation import gettext

SHEET_FACE = "Libertinus Serif"
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_PROBE = b"#set page(width: auto, height: auto)\n#sys.inputs.text"
_lock = Lock()
_drawable: set[str] = set()


class MissingGlyphs(ValueError):
    """No font of this machine draws some characters; `characters` are they."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = "".join(characters)
        named = ", ".join(f"{c} ({_name(c)})" for c in self.characters)
        super().__init__(
            gettext("No font on this machine can draw: %(characters)s. Remove them, or install a font that has them.")
            % {"characters": named}
        )


def _name(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()


@cache
def engine_fonts() -> typst.Fonts:
    """The fonts typst draws with: its own and the system's, read once."""
    return typst.Fonts()


@cache
def font_files() -> dict[str, Path]:
    """The font files of the system by stem ("NotoSans-Bold")."""
    found: dict[str, Path] = {}
    for folder in map(Path, _FOLDERS):
        for path in sorted(folder.expanduser().rglob("*.[ot]t[fc]")):
            found.setdefault(path.stem, path)
    return found


def find(*stems: str) -> Path | None:
    """The first font file present among `stems`, in order of preference."""
    files = font_files()
    return next((files[stem] for stem in stems if stem in files), None)


def covers(font: Path, text: str) -> bool:
    """Whether `font` (TTF, OTF; the first face of a TTC) has a glyph for every visible character of `text`.

    Raises ValueError where the file is no such font.
    """
    points = _code_points(str(font))
    return all(ord(c) in points for c in text if not _invisible(c))


def _invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


def missing_glyphs(text: str) -> list[str]:
    """The characters of `text` that typst cannot draw with any font here, each once, in order."""
    unknown = [c for c in dict.fromkeys(text) if c not in _drawable and not _invisible(c)]
    missing = _undrawable(unknown)
    _drawable.update(c for c in unknown if c not in missing)
    return missing


def _undrawable(characters: list[str]) -> list[str]:
    """Those that the engine refuses, found by halves: PDF/A forbids a blank box, so it refuses loudly."""
    if not characters or _draws(characters):
        return []
    if len(characters) == 1:
        return characters
    half = len(characters) // 2
    return _undrawable(characters[:half]) + _undrawable(characters[half:])


@cache
def _probe() -> typst.Compiler:
    return typst.Compiler(font_paths=engine_fonts())


def _draws(characters: list[str]) -> bool:
    # A mark that combines needs a letter to stand on; a space keeps the characters from joining up.
    text = " ".join(f"o{c}" if unicodedata.combining(c) else c for c in characters)
    try:
        with _lock:
            _probe().compile(input=_PROBE, format="pdf", sys_inputs={"text": text}, pdf_standards="a-2b")
    except typst.TypstError as error:
        if "could not be displayed" in str(error):
            return False
        raise
    return True


@lru_cache(maxsize=64)
def _code_points(path: str) -> frozenset[int]:
    """All code points of the font's character map (OpenType `cmap`, formats 4 and 12)."""
    data = Path(path).read_bytes()
    try:
        base = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
        table = _table(data, base, b"cmap")
        points: set[int] = set()
        for index in range(struct.unpack_from(">H", data, table + 2)[0]):
            start = table + struct.unpack_from(">I", data, table + 8 + 8 * index)[0]
            kind = struct.unpack_from(">H", data, start)[0]
            if kind == 4:
                points.update(_format_4(data, start))
            elif kind == 12:
                points.update(_format_12(data, start))
    except (struct.error, IndexError) as error:
        raise ValueError(f"{path} is not a readable font") from error
    return frozenset(points)


def _table(data: bytes, base: int, tag: bytes) -> int:
    for index in range(struct.unpack_from(">H", data, base + 4)[0]):
        name, _, offset, _ = struct.unpack_from(">4sIII", data, base + 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise struct.error(f"no {tag!r} table")


def _format_4(data: bytes, start: int) -> Iterable[int]:
    double = struct.unpack_from(">H", data, start + 6)[0]
    count = double // 2
    ends = struct.unpack_from(f">{count}H", data, start + 14)
    starts = struct.unpack_from(f">{count}H", data, start + 16 + double)
    deltas = struct.unpack_from(f">{count}H", data, start + 16 + 2 * double)
    ranges_at = start + 16 + 3 * double
    ranges = struct.unpack_from(f">{count}H", data, ranges_at)
    for i in range(count):
        for point in range(starts[i], ends[i] + 1):
            glyph = point
            if ranges[i]:
                at = ranges_at + 2 * i + ranges[i] + 2 * (point - starts[i])
                glyph = struct.unpack_from(">H", data, at)[0] if at + 2 <= len(data) else 0
                if not glyph:
                    continue
            if (glyph + deltas[i]) & 0xFFFF:
                yield point


def _format_12(data: bytes, start: int) -> Iterable[int]:
    for index in range(struct.unpack_from(">I", data, start + 12)[0]):
        first, last, glyph = struct.unpack_from(">III", data, start + 16 + 12 * index)
        yield from range(first if glyph else first + 1, last + 1)
