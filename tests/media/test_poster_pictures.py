"""The pictures in docs/ are what the code draws today."""

from dataclasses import replace

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.media.poster_pictures import FOLDER, sheet, sheets

SHEETS = sheets()


def worst_patch(one: Image.Image, other: Image.Image) -> float:
    """The greatest mean difference of a patch of 12 × 12 pixels, 0 to 255."""
    difference = ImageChops.difference(one, other).convert("L")
    small = difference.resize((-(-difference.width // 12), -(-difference.height // 12)), Image.Resampling.BOX)
    return float(ImageStat.Stat(small).extrema[0][1])


@pytest.mark.parametrize("name", SHEETS)
def test_a_poster_looks_as_its_picture_in_the_documents(name: str) -> None:
    golden = Image.open(FOLDER / f"{name}.png").convert("RGB")
    drawn = sheet(SHEETS[name])
    assert drawn.size == golden.size
    assert worst_patch(drawn, golden) < 22, "look at the change; then: python -m tests.media.poster_pictures"


def test_the_comparison_sees_one_word_moved() -> None:
    specs = SHEETS["poster-square"]
    golden = Image.open(FOLDER / "poster-square.png").convert("RGB")
    changed = [replace(specs[0], call="Nghi ngờ? Gọi ngay, miễn phí, đêm ngày."), *specs[1:]]
    assert worst_patch(sheet(changed), golden) > 22
