"""The sample content that ships with Loa passes its own safeguards."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaigns.safeguards import blocks
from tests.campaigns.safeguards.labelled import REFERENCE, findings

SAMPLES = sorted((REFERENCE / "samples").rglob("*.json"))
CHANNEL_TEXTS = ("social_text", "message_text", "loudspeaker_text")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield re.sub(r"<[^>]+>", " ", value)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in ("type", "slug"):
                yield from _strings(item)


def test_there_are_samples() -> None:
    assert len(SAMPLES) >= 8


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_each_channel_text_stands_alone(path: Path) -> None:
    page = json.loads(path.read_text(encoding="utf-8"))
    for source in (page, *page["group_texts"]):
        for text in (source[key] for key in CHANNEL_TEXTS if source.get(key)):
            assert blocks(findings(text, fragment=False)) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_string_is_clean_as_a_fragment(path: Path) -> None:
    page = json.loads(path.read_text(encoding="utf-8"))
    assert blocks(findings("\n\n".join(_strings(page)))) == []
