"""Sheets for many stations as one zip, with names that a FAT32 stick and an old receiver can read."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Sequence

from media.sheets.pdf import render_pdf
from media.sheets.spec import SheetSpec, slot_words

_NAME_LENGTH = 60
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""A fixed time for every entry, so that the same sheets give the same zip."""


def render_zip(specs: Sequence[SheetSpec]) -> bytes:
    """One PDF a sheet, numbered in the given order: 01_0505_dai-truyen-thanh-xa-bac-ha.pdf.

    Raises ValueError for no sheets, `media.fonts.MissingGlyphs` as `render_pdf` does.
    """
    if not specs:
        raise ValueError("no sheets to render")
    width = max(2, len(str(len(specs))))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, spec in enumerate(specs, start=1):
            entry = zipfile.ZipInfo(f"{index:0{width}d}_{file_name(spec)}.pdf", _EPOCH)
            archive.writestr(entry, render_pdf(spec), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def file_name(spec: SheetSpec) -> str:
    """The first slot and the station in plain ASCII, without an extension."""
    time = f"{slot_words(spec.slots[0])[1].replace(':', '')}_" if spec.slots else ""
    return f"{time}{ascii_name(spec.station)}"


def ascii_name(text: str) -> str:
    """`text` as lower-case ASCII words joined by hyphens; "ban-tin" where nothing is left."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return "-".join(words)[:_NAME_LENGTH].strip("-") or "ban-tin"
