"""The gate: asked for each batch just before the wire, failing closed.

Whoever registers deliveries registers a gate too; it alone knows what a reference stands for.
"""

import dataclasses
import logging
from collections.abc import Callable, Sequence
from typing import Literal

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """``allow`` sends, ``hold`` keeps it back for a person, ``drop`` cancels it."""

    decision: Literal["allow", "hold", "drop"]
    reason: str = ""


Gate = Callable[[Sequence[str]], dict[str, Verdict]]
ALLOW = Verdict("allow")
_registered: list[Gate] = []


def register(gate: Gate) -> None:
    """Make ``gate`` the one that is asked."""
    _registered[:] = [gate]


def ask(references: Sequence[str]) -> dict[str, Verdict]:
    """Return a verdict for each reference. No gate, an error or a missing answer holds."""
    if not references:
        return {}
    closed = Verdict("hold", "no safety gate answered")
    if not _registered:
        return dict.fromkeys(references, closed)
    try:
        answers = _registered[0](references)
    except Exception:
        logger.exception("the gate failed; everything it was asked about is held")
        return dict.fromkeys(references, Verdict("hold", "the safety gate failed"))
    return {reference: answers.get(reference, closed) for reference in references}
