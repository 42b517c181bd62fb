"""The lexicon of abbreviations, document codes and units, and what an installation adds to it.

`lexicon.csv` beside this file is the base. Its columns: what is written, what is said, and where
the entry holds: `anywhere`, in a `document` number (193/QĐ-TTg), or directly after a `number`.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unicodedata import normalize

BASE = Path(__file__).with_name("lexicon.csv")
PLACES = ("anywhere", "document", "number")


@cache
def base_entries() -> tuple[tuple[str, str, str], ...]:
    """The rows of the base lexicon: written, spoken, where."""
    with BASE.open(encoding="utf-8", newline="") as rows:
        entries = tuple((row["written"], row["spoken"], row["where"]) for row in csv.DictReader(rows))
    for written, _, where in entries:
        if where not in PLACES:
            raise ValueError(f"{BASE.name}: {written!r} has the unknown place {where!r}")
    return entries


def needs_search(key: str) -> bool:
    """Whether the reader's scan passes `key` by, because it does not begin like an abbreviation."""
    return not re.match(r"[A-ZĐ][A-ZĐ0-9.&:-]", key)


@dataclass(frozen=True)
class Lexicon:
    """Entries made ready for looking up."""

    words: Mapping[str, str]
    documents: Mapping[str, str]
    units: Mapping[str, str]
    buckets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys that the scan meets, by their first two characters, longest first."""
    searched: tuple[tuple[str, re.Pattern[str]], ...] = ()
    """The other keys, with the pattern that finds each as a whole word."""

    def word_at(self, text: str, start: int) -> str | None:
        """The longest entry that stands in `text` at `start` as a whole word."""
        for key in self.buckets.get(text[start : start + 2], ()):
            if text.startswith(key, start):
                after = text[start + len(key) : start + len(key) + 1]
                if not (key[-1].isalnum() and (after.isalnum() or after == "_")):
                    return key
        return None

    def without(self, key: str) -> "Lexicon":
        """The same lexicon less one word, to read that word's own spoken form with."""
        return build({k: v for k, v in self.words.items() if k != key}, self.documents, self.units)


def build(words: Mapping[str, str], documents: Mapping[str, str], units: Mapping[str, str]) -> Lexicon:
    """Index the entries."""
    buckets: dict[str, list[str]] = {}
    searched = []
    for key in sorted(words, key=len, reverse=True):
        if needs_search(key):
            searched.append((key, re.compile(rf"(?<![^\W_]){re.escape(key)}(?![^\W_])")))
        else:
            buckets.setdefault(key[:2], []).append(key)
    return Lexicon(words, documents, units, {k: tuple(v) for k, v in buckets.items()}, tuple(searched))


def _clean(entries: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for written, spoken in entries.items():
        key, value = normalize("NFC", written).strip(), normalize("NFC", spoken).strip()
        if key:
            yield key, value


def lexicon_with(overrides: Mapping[str, str]) -> Lexicon:
    """The base lexicon with `overrides` (written to spoken) laid over it, for words anywhere."""
    sections: dict[str, dict[str, str]] = {place: {} for place in PLACES}
    for written, spoken, where in base_entries():
        sections[where][normalize("NFC", written)] = normalize("NFC", spoken)
    words = sections["anywhere"] | dict(_clean(overrides))
    return build(words, sections["document"], sections["number"])
