"""The small pattern language of the rule files, matched word by word in bounded steps.

A pattern is a row of items parted by spaces, matched inside one sentence:

=================  ==================================================================================
``nạn nhân``       these words (any case, any spelling that ``folding`` makes equal)
``(a|b c)``        one of these phrases
``@list``          one of the phrases of a list in ``rules/words.json``
``<name>``         a shape: see ``shapes``
``~6``             up to six words of any kind; ``~6!@list``: none of which begins a phrase of the list
``item?``          the item may be missing
``!item``          what follows here does not match the item
``!<@list``        what stands directly before is no phrase of the list (at the start of a pattern only)
=================  ==================================================================================

There is no repetition without an upper bound, and a set of places instead of backtracking: the work at one
word is at most (items) × (places within the gaps), whatever the text.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from campaigns.safeguards.passage import Passage, passage
from campaigns.safeguards.rulebook import RuleError, per_book, words
from campaigns.safeguards.shapes import BEGIN_WITH_FIGURES, SHAPES, Shape

LONGEST_GAP = 15
# The longest shipped pattern has 12 items; with gaps the places to look at grow with each one.
MOST_ITEMS = 20
LONGEST_PATTERN = 2_000
# A list that names lists that name lists would grow without end.
MOST_PHRASES = 20_000
_REGEX_MARKS = re.compile(r"[\\\[\]{}^$*]|\)\+|\.\+")
_ITEM = re.compile(r"!?<?(?:\([^)]*\)|@\w+|<\w+>|~\d+(?:!@\w+)?|[^\s?()|]+)\??")
_END = ""
Trie = dict[str, Any]
Step = Callable[[Passage, int, int], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Pattern:
    """``firsts``: the words a match can begin with; empty when a shape begins it, with a figure or a capital."""

    text: str
    steps: tuple[Step, ...]
    firsts: frozenset[str]
    figures: bool = False

    def may_begin(self, text: Passage, token: int) -> bool:
        """A quick look at one word, before the match itself."""
        if self.firsts:
            return text.words[token] in self.firsts
        return is_figure(text.words[token]) if self.figures else text.capital[token]

    def match(self, text: Passage, start: int) -> int | None:
        """The token after the shortest match that begins at token ``start``; ``None`` without one."""
        limit = text.sentence_span(start)[1]
        places: set[int] = {start}
        for step in self.steps:
            places = {after for place in places for after in step(text, place, limit)}
            if not places:
                return None
        shortest = min(places)
        return shortest if shortest > start else None

    def matches(self, text: Passage) -> Iterator[tuple[int, int]]:
        """Every match as (first token, token after), none overlapping another."""
        after = 0
        for start in range(len(text)):
            if start < after or not self.may_begin(text, start):
                continue
            end = self.match(text, start)
            if end is not None:
                yield start, end
                after = end


_FIGURE_WORDS = frozenset(("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"))


def is_figure(word: str) -> bool:
    """Whether ``word`` is a number, in figures or in words."""
    return word[0].isdigit() or word in _FIGURE_WORDS


@per_book
def compiled(text: str) -> Pattern:
    """The pattern that ``text`` describes. ``RuleError`` names what is wrong with it."""
    if len(text) > LONGEST_PATTERN:
        raise RuleError(
            _("A pattern may have %(most)d characters; this one has %(count)d.")
            % {"most": LONGEST_PATTERN, "count": len(text)}
        )
    if _REGEX_MARKS.search(text):
        raise RuleError(_("“%(text)s” is a regular expression: write words, lists and gaps instead.") % {"text": text})
    items = _ITEM.findall(text)
    if "".join(items).replace(" ", "") != text.replace(" ", "") or not items:
        raise RuleError(_("“%(text)s” cannot be read: look at its brackets and marks.") % {"text": text})
    if len(items) > MOST_ITEMS:
        raise RuleError(_("“%(text)s” has more than %(most)d parts.") % {"text": text, "most": MOST_ITEMS})
    steps = tuple(_step(item, text) for item in items)
    first = next((item for item in items if not item.startswith("!")), "~")
    if first.startswith("<") and not first.endswith("?"):
        return Pattern(text, steps, frozenset(), figures=first[1:-1] in BEGIN_WITH_FIGURES)
    return Pattern(text, steps, _firsts(items, text))


def _firsts(items: list[str], text: str) -> frozenset[str]:
    found: set[str] = set()
    for item in items:
        if item.startswith("!"):
            continue
        bare = item.removesuffix("?")
        if bare.startswith(("<", "~")):
            break
        found |= set(_trie(_phrases(bare)))
        if bare == item:
            return frozenset(found)
    raise RuleError(_("“%(text)s” must begin with words or one shape.") % {"text": text})


def _step(item: str, text: str) -> Step:
    bare = item.removesuffix("?")
    if bare.startswith("!<"):
        return _not_before(_phrases(bare[2:]))
    if bare.startswith("!"):
        return _not_here(_step(bare[1:], text))
    if bare.startswith("~"):
        step = _gap(bare, text)
    elif bare.startswith("<"):
        step = _shape(bare, text)
    else:
        step = _one_of(_trie(_phrases(bare)))
    return _optional(step) if bare != item else step


def _phrases(item: str) -> tuple[str, ...]:
    if item.startswith("@"):
        return expanded(item[1:])
    if item.startswith("("):
        parts = item[1:-1].split("|")
        return tuple(phrase for part in parts for phrase in (expanded(part[1:]) if part.startswith("@") else (part,)))
    return (item,)


@per_book
def expanded(name: str, *within: str) -> tuple[str, ...]:
    """The phrases of list ``name``, those of the lists it names included; ``within``: the lists that name it."""
    if name in within:
        raise RuleError(_("The list @%(name)s names itself.") % {"name": name})
    found: list[str] = []
    try:
        entries = words()[name]
    except KeyError:
        raise RuleError(_("There is no list @%(name)s.") % {"name": name}) from None
    for entry in entries:
        found += expanded(entry[1:], name, *within) if entry.startswith("@") else (entry,)
        if len(found) > MOST_PHRASES:
            raise RuleError(
                _("The list @%(name)s has more than %(most)d phrases, with those of the lists it names.")
                % {"name": name, "most": MOST_PHRASES}
            )
    return tuple(found)


def _trie(phrases: Iterable[str]) -> Trie:
    root: Trie = {}
    for phrase in phrases:
        node = root
        for word in passage(phrase).words:
            node = node.setdefault(word, {})
        node[_END] = {}
    return root


def _ends(trie: Trie, text: Passage, place: int, limit: int) -> Iterator[int]:
    node = trie
    while place < limit:
        following = node.get(text.words[place])
        if following is None:
            return
        node = following
        place += 1
        if _END in node:
            yield place


def _one_of(trie: Trie) -> Step:
    return lambda text, place, limit: _ends(trie, text, place, limit)


def _shape(item: str, text: str) -> Step:
    shape: Shape | None = SHAPES.get(item[1:-1])
    if shape is None:
        raise RuleError(_("“%(text)s”: there is no shape %(shape)s.") % {"text": text, "shape": item})
    found = shape

    def step(read: Passage, place: int, limit: int) -> Iterable[int]:
        after = found(read, place, limit) if place < limit else None
        return () if after is None else (after,)

    return step


def _gap(item: str, text: str) -> Step:
    size, _mark, banned = item[1:].partition("!")
    if len(size) > 2 or int(size) > LONGEST_GAP:
        raise RuleError(_("“%(text)s”: a gap is at most ~%(most)d.") % {"text": text, "most": LONGEST_GAP})
    most, trie = int(size), _trie(_phrases(banned)) if banned else {}

    def step(read: Passage, place: int, limit: int) -> Iterator[int]:
        yield place
        for after in range(place + 1, min(place + most, limit) + 1):
            if trie and next(_ends(trie, read, after - 1, limit), None) is not None:
                return
            yield after

    return step


def _optional(step: Step) -> Step:
    return lambda text, place, limit: (place, *step(text, place, limit))


def _not_here(step: Step) -> Step:
    def check(text: Passage, place: int, limit: int) -> Iterable[int]:
        return () if next(iter(step(text, place, limit)), None) is not None else (place,)

    return check


def _not_before(phrases: Iterable[str]) -> Step:
    by_last: dict[str, list[list[str]]] = {}
    for phrase in phrases:
        row = passage(phrase).words
        if row:
            by_last.setdefault(row[-1], []).append(row)

    def check(text: Passage, place: int, limit: int) -> Iterable[int]:
        rows = by_last.get(text.words[place - 1], ()) if place else ()
        banned = any(place >= len(row) and text.words[place - len(row) : place] == row for row in rows)
        return () if banned else (place,)

    return check
