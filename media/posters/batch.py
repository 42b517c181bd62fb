"""Many posters into a folder, each named by its content hash: what is there already is never drawn again."""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from media.fonts import MissingGlyphs
from media.images import RefusedPicture

from .rendering import compose, render, render_pdf
from .spec import PosterError, PosterSpec, TextTooLong, cache_key

_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg"}


@dataclass
class Batch:
    """`files` in the order of the specs, None where one failed; `failures` says why, by the spec's index."""

    files: list[Path | None] = field(default_factory=list)
    failures: dict[int, ValueError] = field(default_factory=dict)
    drawn: int = 0


def first_that_fits(specs: Sequence[PosterSpec]) -> PosterSpec:
    """The first spec whose text fits: give the fullest first, then the same without what can be left out.

    Raises TextTooLong of the last if none fits, and at once whatever else `compose` raises.
    """
    for spec in specs[:-1]:
        try:
            compose(spec)
        except TextTooLong:
            continue
        return spec
    compose(specs[-1])
    return specs[-1]


def kept_file(spec: PosterSpec, folder: Path, *, pdf: bool = False) -> Path:
    """Where the poster of this content is kept, whether or not it is there yet."""
    return folder / (cache_key(spec) + (".pdf" if pdf else _ENDINGS[spec.size.mime]))


def render_to(spec: PosterSpec, folder: Path, *, pdf: bool = False) -> Path:
    """The poster's file in `folder`, drawn if it is not there. Nothing half-written ever has its name.

    Raises as `render` and `render_pdf` do, OSError where the folder cannot be written.
    """
    target = kept_file(spec, folder, pdf=pdf)
    if target.exists():
        return target
    data = (render_pdf if pdf else render)(spec).data
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".unfinished-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def render_batch(
    specs: Sequence[PosterSpec],
    folder: Path,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    pdf: bool = False,
) -> Batch:
    """All posters; started again after a stop, it goes on where it was. A poster that fails stops no other.

    `on_progress(done, total)` is called after each. Raises OSError where the folder cannot be written.
    """
    result = Batch()
    for index, spec in enumerate(specs):
        try:
            result.drawn += not kept_file(spec, folder, pdf=pdf).exists()
            result.files.append(render_to(spec, folder, pdf=pdf))
        except (PosterError, MissingGlyphs, RefusedPicture) as problem:
            result.files.append(None)
            result.failures[index] = problem
        if on_progress:
            on_progress(index + 1, len(specs))
    return result
