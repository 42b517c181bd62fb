"""The report's own Vietnamese, kept as data (campaigns/data/report_wording.json).

The document's language is set by law, not by the reader's interface, so it does not go through the
translation catalogues. Every text is put into the report when it is made: what was signed keeps its words.
"""

import functools
import json
from pathlib import Path
from typing import Any

WORDING_FILE = Path(__file__).resolve().parent.parent / "data" / "report_wording.json"


@functools.cache
def wording() -> dict[str, Any]:
    """All texts of the report, by section and key."""
    loaded: dict[str, Any] = json.loads(WORDING_FILE.read_text(encoding="utf-8"))
    return loaded


def say(path: str, **values: Any) -> str:
    """The text at ``path`` (``section.key``) with its placeholders filled."""
    found: Any = wording()
    for key in path.split("."):
        found = found[key]
    return str(found).format(**values) if values else str(found)
