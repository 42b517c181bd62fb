"""Read-aloud sheets as PDF/A-2b, by one typst compiler kept warm."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any

import segno
import typst

from media.fonts import MissingGlyphs, engine_fonts, missing_glyphs
from media.sheets.spec import (
    REHEARSAL_MARK,
    SAMPLE_MARK,
    Priority,
    SheetSpec,
    clean,
    make_script,
    sheet_date,
    slot_words,
)
from media.speech.breaths import LONGEST
from media.speech.syllables import count_syllables

TEMPLATE = Path(__file__).with_name("sheet.typ")
LOG_LINES = 3
"""The log has at least so many lines to fill by hand, and two more than there are slots."""
_SHORT_TITLE = 60
_QUIET_ZONE = 2
_GAP = "\u2003\u2003"

_lock = Lock()


def render_pdf(spec: SheetSpec) -> bytes:
    """One sheet as PDF/A-2b. Raises `media.fonts.MissingGlyphs` for a character no font here can draw."""
    return render_many_pdf([spec])


def render_many_pdf(specs: Sequence[SheetSpec]) -> bytes:
    """Several sheets as one PDF, each with its own page numbers. Raises ValueError for none at all."""
    if not specs:
        raise ValueError("no sheets to render")
    payload = [sheet_data(spec) for spec in specs]
    return compile_sheets(json.dumps(payload, ensure_ascii=False))


def compile_sheets(payload: str) -> bytes:
    """The bare engine: the template over a JSON list made of `sheet_data`."""
    try:
        with _lock:
            pdf = _compiler().compile(format="pdf", sys_inputs={"sheets": payload}, pdf_standards="a-2b")
    except typst.TypstError as error:
        if "could not be displayed" in str(error) and (missing := missing_glyphs(_strings(json.loads(payload)))):
            raise MissingGlyphs(missing) from error
        raise
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no PDF")
    return pdf


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=engine_fonts())


def _strings(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(_strings(v) for v in value.values())
    if isinstance(value, list):
        return "".join(_strings(v) for v in value)
    return value if isinstance(value, str) else ""


def mark(spec: SheetSpec) -> str:
    """What the sheet is marked with on every page, or ""."""
    return REHEARSAL_MARK if spec.rehearsal else SAMPLE_MARK if spec.sample else ""


def sheet_data(spec: SheetSpec) -> dict[str, Any]:
    """`spec` as the template takes it."""
    script = make_script(spec)
    slots = [slot_words(slot) for slot in spec.slots]
    title = clean(spec.title)
    return {
        "unit": clean(spec.unit),
        "station": clean(spec.station),
        "number": clean(spec.number),
        "date": sheet_date(spec.date),
        "title": title,
        "short_title": title if len(title) <= _SHORT_TITLE else f"{title[:_SHORT_TITLE].rsplit(' ', 1)[0]}…",
        "programme": clean(spec.programme),
        "slots": [{"day": day, "times": times} for day, times in by_day(slots)],
        "language": clean(spec.language),
        "priority": str(spec.priority),
        "urgent": spec.priority == Priority.URGENT,
        "length": script.length,
        "editor": clean(spec.editor),
        "approver": clean(spec.approver),
        "note": clean(spec.reader_note),
        "transcript": spec.transcript,
        "other_language": not spec.vietnamese,
        "mark": mark(spec),
        "footer": f"Tốc độ đọc tính: {spec.syllables_per_minute:g} tiếng một phút",
        "qr": qr_svg(spec.qr_url) if spec.qr_url else None,
        "log": log_rows(slots),
        "parts": [
            {"label": part.label, "cue": part.is_cue, "hotline": part.is_hotline, "sentences": on_lines(part.sentences)}
            for part in script.parts
        ],
    }


def by_day(slots: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The times of each day on one line, so that a week of slots stays small."""
    times: dict[str, list[str]] = {}
    for day, time in slots:
        times.setdefault(day, []).append(time)
    return [(day, ", ".join(each)) for day, each in times.items()]


def on_lines(sentences: list[list[str]]) -> list[list[str]]:
    """Neighbouring sentences that fit one breath together share a line, with a gap wide enough to pause at."""
    lines: list[list[str]] = []
    room = 0
    for sentence in sentences:
        length = count_syllables(sentence[0])
        if lines and len(sentence) == 1 and length <= room:
            lines[-1] = [f"{lines[-1][0]}{_GAP}{sentence[0]}"]
            room -= length
        else:
            lines.append(sentence)
            room = LONGEST - length if len(sentence) == 1 else 0
    return lines


def log_rows(slots: list[tuple[str, str]]) -> list[dict[str, str]]:
    """Lines of the log: one for each slot, then empty ones."""
    planned = [{"day": day, "time": time} for day, time in slots]
    return planned + [{"day": "", "time": ""}] * max(1, LOG_LINES - len(planned))


@lru_cache(maxsize=1024)
def qr_svg(url: str) -> str:
    """A QR code as SVG, level M, with a quiet zone; kept, because a station's address stays the same."""
    modules = segno.make_qr(url, error="m").matrix
    size = len(modules) + 2 * _QUIET_ZONE
    runs = "".join(
        f"M{x + _QUIET_ZONE} {y + _QUIET_ZONE}h{length}v1h-{length}z"
        for y, row in enumerate(modules)
        for x, length in _dark_runs(row)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{runs}"/></svg>'


def _dark_runs(row: Iterable[int]) -> Iterator[tuple[int, int]]:
    position = 0
    for dark, group in groupby(row):
        length = len(list(group))
        if dark:
            yield position, length
        position += length
