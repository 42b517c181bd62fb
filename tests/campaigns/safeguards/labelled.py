"""Reads the labelled sentences and texts, and measures the safeguards on them."""

import csv
import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from campaigns.safeguards import Finding, check
from campaigns.safeguards.rulebook import shipped

LABELLED = Path(__file__).parent / "labelled"
DAY = dt.date(2026, 11, 24)
HOTLINES = ("111", "113")
REFERENCE = Path(__file__).parents[3] / "campaigns" / "data"


def rights() -> list[str]:
    row = json.loads((REFERENCE / "rights.json").read_text(encoding="utf-8"))
    return [row["sentence"], row["passage"]]


def findings(text: str, *, fragment: bool = True, day: dt.date = DAY) -> list[Finding]:
    return check(text, fragment=fragment, hotlines=HOTLINES, rights=rights(), on=day, book=shipped())


def codes_of(text: str, *, fragment: bool = True, day: dt.date = DAY) -> set[str]:
    return {finding.code for finding in findings(text, fragment=fragment, day=day)}


@dataclass(frozen=True)
class Text:
    """A whole text: ``sentences`` are (start, end, codes); ``whole`` the codes about all of it."""

    name: str
    text: str
    sentences: tuple[tuple[int, int, frozenset[str]], ...]
    whole: frozenset[str]


@dataclass
class Score:
    """Counts per code over all judged units (a sentence, or a text as a whole)."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def judge(self, expected: set[str], found: set[str], text: str) -> None:
        self.right.update(expected & found)
        self.wrong.update(found - expected)
        self.missed.update(expected - found)
        if expected != found:
            self.faults.append(f"+{sorted(found - expected)} -{sorted(expected - found)} {text}")

    def precision(self, code: str | None = None) -> float:
        return _share(self._count(self.right, code), self._count(self.wrong, code))

    def recall(self, code: str | None = None) -> float:
        return _share(self._count(self.right, code), self._count(self.missed, code))

    @staticmethod
    def _count(counts: Counter[str], code: str | None) -> int:
        return counts[code] if code else counts.total()


def _share(right: int, other: int) -> float:
    return right / (right + other) if right + other else 1.0


def levels() -> dict[str, str]:
    with (LABELLED / "codes.tsv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["level"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


def sentences(pattern: str = "sentences_*.tsv") -> Iterator[tuple[str, frozenset[str]]]:
    for path in sorted(LABELLED.glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            codes, text = line.split("\t")
            yield text, _codes(codes)


def texts() -> Iterator[Text]:
    for block in (LABELLED / "texts.txt").read_text(encoding="utf-8").split("\n# ")[1:]:
        name, whole, *lines = block.splitlines()
        text, gap, parts = "", "", []
        for line in lines:
            if not line:
                gap = "\n\n"
                continue
            codes, sentence = line.split("\t")
            text += gap if text else ""
            parts.append((len(text), len(text) + len(sentence), _codes(codes)))
            text, gap = text + sentence, " "
        yield Text(name, text, tuple(parts), _codes(whole.removeprefix("! ")))


def _codes(cell: str) -> frozenset[str]:
    return frozenset(cell.split()) - {"-"}


@cache
def measured(level: str, pattern: str = "sentences_*.tsv", *, with_texts: bool = True) -> Score:
    """The score of one level on the sentences of ``pattern`` and, if wanted, the whole texts."""
    wanted = {code for code, of in levels().items() if of == level}
    score = Score()
    for sentence, codes in sentences(pattern):
        score.judge(set(codes & wanted), {f.code for f in findings(sentence) if f.level == level}, sentence)
    for text in texts() if with_texts else ():
        found = [finding for finding in findings(text.text, fragment=False) if finding.level == level]
        whole = {finding.code for finding in found if finding.end == 0}
        score.judge(set(text.whole & wanted), whole, text.name)
        for start, end, codes in text.sentences:
            here = {finding.code for finding in found if finding.end and start <= finding.start < end}
            score.judge(set(codes & wanted), here, text.text[start:end])
    return score
