"""The report's own Vietnamese, kept as data (campaigns/data/report_wording.json).

The document's language is set by law, not by the reader's interface, so it does not go through the
translation catalogues. The texts in use are put into the report when it is made, and every form of it is
drawn with those: what was signed keeps its words, whatever staff write into the template afterwards.
"""

import contextlib
import copy
import functools
import json
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

WORDING_FILE = Path(__file__).resolve().parent.parent / "data" / "report_wording.json"
BASES = ("measured", "counted", "declared", "estimated")
_spoken: ContextVar[dict[str, Any] | None] = ContextVar("report_wording", default=None)


@functools.cache
def defaults() -> dict[str, Any]:
    """All texts that Loa comes with, by section and key."""
    loaded: dict[str, Any] = json.loads(WORDING_FILE.read_text(encoding="utf-8"))
    return loaded


def wording() -> dict[str, Any]:
    """All texts of the report being made or drawn; outside of one, those that Loa comes with."""
    return _spoken.get() or defaults()


@contextlib.contextmanager
def spoken(texts: dict[str, Any]) -> Iterator[None]:
    """Within, ``wording`` and ``say`` answer with ``texts``."""
    token = _spoken.set(texts)
    try:
        yield
    finally:
        _spoken.reset(token)


def at(texts: dict[str, Any], path: str) -> Any:
    """What stands at ``path`` (``section.key``).

    :raises KeyError: where there is nothing.
    """
    found: Any = texts
    for key in path.split("."):
        found = found[key]
    return found


def replaced(changes: dict[str, Any]) -> dict[str, Any]:
    """The texts that Loa comes with, with ``changes`` (path → text) in their places."""
    texts = copy.deepcopy(defaults())
    for path, text in changes.items():
        section, _dot, key = path.rpartition(".")
        (at(texts, section) if section else texts)[key] = text
    return texts


def by_basis(parts: dict[str, Any]) -> list[tuple[str, Any]]:
    """``parts`` by basis, the firmest first: canonical JSON sorts its keys, a document does not."""
    return [(basis, parts[basis]) for basis in BASES if basis in parts]


def say(path: str, **values: Any) -> str:
    """The text at ``path`` (``section.key``) with its placeholders filled."""
    found = at(wording(), path)
    return str(found).format(**values) if values else str(found)
