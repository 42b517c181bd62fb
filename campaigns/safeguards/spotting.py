"""Runs the pattern rules over a passage."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from campaigns.safeguards.finding import Finding
from campaigns.safeguards.identity import names_without_role
from campaigns.safeguards.passage import Passage
from campaigns.safeguards.pattern import Pattern, compiled, is_figure
from campaigns.safeguards.rulebook import Rule, Wording, per_book, rules
from campaigns.safeguards.shapes import begins_inside_name

MOST_PER_RULE = 100
AROUND = 20


@dataclass(frozen=True, slots=True)
class Spot:
    """One match of a rule."""

    rule: Rule
    wording: Wording
    first: int
    after: int


@dataclass(slots=True)
class _Surroundings:
    """In which sentences the patterns of ``unless`` and ``near`` match; each is looked for once."""

    text: Passage
    seen: dict[str, frozenset[int]] = field(default_factory=dict)

    def matches(self, patterns: Iterable[str], sentences: range) -> bool:
        return any(not self._sentences(pattern).isdisjoint(sentences) for pattern in patterns)

    def _sentences(self, pattern: str) -> frozenset[int]:
        if pattern not in self.seen:
            places = compiled(pattern).matches(self.text)
            self.seen[pattern] = frozenset(self.text.sentence[first] for first, _ in places)
        return self.seen[pattern]


def spot(text: Passage, day: date) -> list[Finding]:
    """What the pattern rules that hold on ``day`` find in ``text``."""
    around = _Surroundings(text)
    spots = [found for found in _candidates(text, day) if _stands(found, around)]
    spots += [
        Spot(rules()["identity-name-without-role" if told else "name-without-role"], Wording(""), first, after)
        for first, after, told in islice(names_without_role(text), MOST_PER_RULE)
    ]
    kept = _without_yielding(_without_overlap(spots), text)
    return [found.rule.finding(*text.origin(found.first, found.after), found.wording) for found in kept]


@per_book
def _index() -> tuple[dict[str, list[tuple[Rule, Wording, Pattern]]], list[tuple[Rule, Wording, Pattern]]]:
    """Patterns by the word they begin with; and those that begin with a shape."""
    by_word: dict[str, list[tuple[Rule, Wording, Pattern]]] = {}
    by_shape: list[tuple[Rule, Wording, Pattern]] = []
    for rule in rules().values():
        for wording in rule.patterns:
            pattern = compiled(wording.pattern)
            if not pattern.firsts:
                by_shape.append((rule, wording, pattern))
            for word in pattern.firsts:
                by_word.setdefault(word, []).append((rule, wording, pattern))
    return by_word, by_shape


def _candidates(text: Passage, day: date) -> list[Spot]:
    by_word, by_shape = _index()
    found: list[Spot] = []
    counts: dict[str, int] = {}
    for start, word in enumerate(text.words):
        entries = by_word.get(word, [])
        if (text.capital[start] or is_figure(word)) and not begins_inside_name(text, start):
            entries = entries + [entry for entry in by_shape if entry[2].may_begin(text, start)]
        for rule, wording, pattern in entries:
            if counts.get(rule.id, 0) >= MOST_PER_RULE or not _holds(rule, wording, day):
                continue
            after = pattern.match(text, start)
            if after is not None:
                found.append(Spot(rule, wording, start, after))
                counts[rule.id] = counts.get(rule.id, 0) + 1
    return found


def _holds(rule: Rule, wording: Wording, day: date) -> bool:
    since = wording.valid_from or rule.valid_from
    return since is None or since <= day


def _stands(found: Spot, around: _Surroundings) -> bool:
    here = around.text.sentence[found.first]
    if around.matches(found.rule.unless, range(here, here + 1)):
        return False
    if _is_around(found, around.text):
        return False
    reach = int(found.rule.options.get("near_reach", 1))
    return not found.rule.near or around.matches(found.rule.near, range(here - reach, here + reach + 1))


def _is_around(found: Spot, text: Passage) -> bool:
    """Whether a phrase of the list ``options.unless_around`` stands near the match, in its sentence."""
    name = found.rule.options.get("unless_around")
    if not name:
        return False
    first, after = text.sentence_span(found.first)
    first, after = max(first, found.first - AROUND), min(after, found.after + AROUND)
    pattern = compiled(f"@{name}")
    return any(pattern.match(text, token) is not None for token in range(first, after))


def _without_overlap(spots: list[Spot]) -> list[Spot]:
    """Of the matches under one code that overlap, the first and longest."""
    last: dict[str, Spot] = {}
    kept: list[Spot] = []
    for found in sorted(spots, key=lambda item: (item.first, -item.after)):
        before = last.get(found.rule.code)
        if before is not None and found.first < before.after:
            continue
        last[found.rule.code] = found
        kept.append(found)
    return kept


def _without_yielding(spots: list[Spot], text: Passage) -> list[Spot]:
    """A rule gives way, in the same sentence, to the rules that its option ``yields_to`` names."""
    there = {(found.rule.code, text.sentence[found.first]) for found in spots}
    return [
        found
        for found in spots
        if not any((other, text.sentence[found.first]) in there for other in found.rule.options.get("yields_to", ()))
    ]
