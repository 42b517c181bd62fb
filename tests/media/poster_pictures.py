"""The pictures of docs/posters.md, which are the golden images too.

Run as `python -m tests.media.poster_pictures` after a change of the drawing, and look at what came out.
"""

import io
import os
from dataclasses import replace
from pathlib import Path

import django
from PIL import Image

from media.posters import COLOURS, FORMS, LAYOUTS, PosterSpec, render
from tests.media.poster_cases import CARD, case, drawable

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
HEIGHTS = {"facebook": 330, "zalo-cover": 330}
GAP = 16


def shown(form: str, layout: str, **changes: object) -> PosterSpec:
    """The sample card; a wide one with a single sentence."""
    lines = CARD.lines[:1] if FORMS[form].wide and layout != "steps" else CARD.lines
    return replace(CARD, form=form, layout=layout, lines=lines, **changes)


def sheets() -> dict[str, list[PosterSpec]]:
    """Every picture by its name: each form in each layout, the colours, and what is marked as no real poster."""
    found = {f"poster-{form.removeprefix('poster-')}": [shown(form, layout) for layout in LAYOUTS] for form in FORMS}
    found["poster-colours"] = [shown("square", "colour", colour=colour) for colour in COLOURS]
    found["poster-marks"] = [shown("square", "steps", mark="BẢN MẪU"), shown("square", "photo", mark="DIỄN TẬP")]
    return found


def scripts() -> list[PosterSpec]:
    """One card for each script that this machine can draw (words for their letters only)."""
    names = [script for script in ("vietnamese", "hmong", "tai-viet", "han") if drawable(script)]
    return [case("square", "colour", script, 2 if script == "han" else 5) for script in names]


def sheet(specs: list[PosterSpec]) -> Image.Image:
    """Posters side by side, reduced."""
    images = []
    for spec in specs:
        image = Image.open(io.BytesIO(render(spec).data))
        height = HEIGHTS.get(spec.form, 480)
        images.append(image.resize((round(image.width * height / image.height), height), Image.Resampling.LANCZOS))
    width = sum(image.width for image in images) + GAP * (len(images) - 1)
    page = Image.new("RGB", (width, images[0].height), "white")
    left = 0
    for image in images:
        page.paste(image, (left, 0))
        left += image.width + GAP
    return page


def main() -> None:
    """Write all pictures."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
    django.setup()
    FOLDER.mkdir(exist_ok=True)
    for name, specs in {**sheets(), "poster-scripts": scripts()}.items():
        sheet(specs).quantize(255).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
