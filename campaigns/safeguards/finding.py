"""What a safeguard found."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["block", "warn"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in a text that a rule objects to.

    ``start`` and ``end`` count characters (code points) of the text as it was given, whatever its Unicode
    form; a finding about the text as a whole has both at 0. ``message``, ``cure`` and ``source`` are
    Vietnamese, for the person who writes, and never repeat the words found: they may be somebody's name.
    ``use`` are words that may be put in place of what was found.
    """

    level: Level
    code: str
    start: int
    end: int
    message: str
    cure: str
    source: str
    use: tuple[str, ...] = ()
