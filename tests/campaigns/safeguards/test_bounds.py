"""Hostile input: the work grows with the length of the text and no faster, and it ends."""

import sys
from types import FrameType

import pytest

from campaigns.safeguards.passage import passage
from tests.campaigns.safeguards.labelled import codes_of, findings

HOSTILE = {
    "pronouns": "chị ",
    "figures": "1 ",
    "names": "Vàng ",
    "half a sale": "bị bán giá ",
    "initials": "em A. ",
    "marks": "a\u0301\u0323",
    "stacked marks": "\u0301\u0323",
    "brackets": "((",
    "half a victim": "nạn nhân là em ",
    "spoken figures": "gọi một hai ",
    "gaps": "nạn nhân trú tại ",
}


def _calls(text: str) -> int:
    """How many Python calls checking ``text`` takes: a measure of work that no clock disturbs."""
    count = 0

    def tally(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(tally)
    try:
        findings(text, fragment=False)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_work_grows_in_proportion(unit: str) -> None:
    findings("Gọi 111.")
    short, long = _calls(unit * 400), _calls(unit * 800)
    assert long <= 2.3 * short + 2000


def test_a_megabyte_is_refused_and_its_beginning_checked() -> None:
    text = "Gọi 0912 000 345. " + "a" * 1_000_000
    assert codes_of(text, fragment=False) == {"phone-unregistered", "text-too-long"}


def test_a_heap_of_marks_on_one_letter_keeps_its_places() -> None:
    text = "a" + "\u0301\u0323" * 5000 + " gọi 0912 000 345"
    (finding,) = findings(text)
    assert text[finding.start : finding.end] == "0912 000 345"


def test_odd_input_is_simply_read() -> None:
    for text in ("", " ", "\n\n", "\u200b", "\x00", "\ud800", "🤷‍♀️", ".", "111", "+", "H.", "(" * 50):
        assert findings(text) is not None
        assert passage(text) is not None
