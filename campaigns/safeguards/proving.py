"""What speaks against a version of the rules before it may count.

Every rule's own cases must hold with all lists as they are; what keeps victims and children from being
recognised may be widened but not taken away; and no pattern may make a check slow.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from campaigns.safeguards.folding import fold
from campaigns.safeguards.hotlines import Registry, check_hotlines
from campaigns.safeguards.passage import Passage, passage
from campaigns.safeguards.pattern import compiled
from campaigns.safeguards.rights import approved_in_file, check_rights
from campaigns.safeguards.rulebook import Book, Rule, RuleError, shipped, using, words
from campaigns.safeguards.spotting import spot

# What the cases of the rules are written for: these numbers are registered, and that one was.
REGISTRY = Registry(frozenset({"111", "113"}), frozenset({"1900000099"}))
# These are told from what a text lacks, so that their cases are whole texts.
WHOLE = ("hotline-missing", "rights-missing", "rights-lapsed")
LAPSED = "Nạn nhân thuộc diện cũ được hưởng chế độ cũ đã hết hạn."
# Words of a text made to be slow, and how many times the shipped rules' time it may take (CPU).
SIZES = (300, 1500, 6000)
SLOWER, GRACE = 3.0, 0.5
# A number among the settings may become so many times the shipped one.
MOST_TIMES = 10


def objections(book: Book, *, on: date) -> list[str]:
    """Why ``book`` may not count, in words; empty when it may. Takes a few seconds."""
    with using(book):
        unread = [fault for rule in book.rules.values() for fault in _unreadable(rule)]
        if unread:
            return unread
        found = [*_weakened(book, on), *(fault for rule in book.rules.values() for fault in _cases(rule, on))]
    return found or _slow(book, on)


def codes_in(case: str, rule: Rule, *, on: date) -> set[str]:
    """The codes that the book in use finds in a case of ``rule``."""
    if rule.kind == "length":
        case = case * (int(rule.options["characters"]) // len(case) + 1)
        return {rule.code} if len(case) > int(rule.options["characters"]) else set()
    text = passage(case)
    whole = rule.code in WHOLE
    found = check_hotlines(text, REGISTRY, fragment=not whole) + spot(text, max(filter(None, (on, rule.valid_from))))
    if whole:
        found += check_rights(text, approved_in_file(LAPSED))
    return {finding.code for finding in found}


def _unreadable(rule: Rule) -> Iterator[str]:
    for pattern in (*(wording.pattern for wording in rule.patterns), *rule.unless, *rule.near):
        try:
            compiled(pattern)
        except RuleError as error:
            yield f"{rule.id}: {error}"
    if not _has_sound_options(rule):
        yield _("%(rule)s: a setting of the program is missing, of another kind or out of all measure.") % {
            "rule": rule.id
        }


def _has_sound_options(rule: Rule) -> bool:
    """Whether the settings are those of the shipped rule in name and kind, and numbers within reason."""
    before = shipped().rules.get(rule.id)
    given: Any = rule.options
    known: dict[str, Any] = dict(before.options) if before else {}
    if not isinstance(given, Mapping) or set(given) != set(known):
        return False
    return all(_is_like(value, known[name]) for name, value in given.items())


def _is_like(value: Any, known: Any) -> bool:
    if isinstance(known, int):
        return type(value) is int and 1 <= value <= max(MOST_TIMES * known, MOST_TIMES)
    if isinstance(known, list):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if isinstance(known, dict):
        return isinstance(value, dict) and all(_is_like(one, []) for one in value.values())
    return isinstance(value, str) and value in words()


def _cases(rule: Rule, on: date) -> Iterator[str]:
    for case in rule.true_cases:
        if rule.code not in codes_in(case, rule, on=on):
            yield _("%(rule)s no longer finds its own true case: “%(case)s”") % {"rule": rule.id, "case": case}
    for case in rule.false_cases if rule.kind != "length" else ():
        if rule.code in codes_in(case, rule, on=on):
            yield _("%(rule)s finds its own false case: “%(case)s”") % {"rule": rule.id, "case": case}


def _weakened(book: Book, on: date) -> Iterator[str]:
    """What is shipped to keep people from being recognised stays: level, code and every true case."""
    for before in shipped().rules.values():
        now = book.rules[before.id]
        if now.kind != before.kind:
            yield _("%(rule)s is checked by the program; its kind stays.") % {"rule": before.id}
        if not before.never_lifted:
            continue
        if (now.level, now.code, now.never_lifted) != (before.level, before.code, True):
            yield _("%(rule)s keeps victims and children from being recognised: it stays a block.") % {
                "rule": before.id
            }
        for case in before.true_cases:
            # As of today: a first day put far ahead would take the protection away until then.
            if before.code not in codes_in(case, before, on=on):
                yield _("%(rule)s no longer finds a case that it was shipped with: “%(case)s”") % {
                    "rule": before.id,
                    "case": case,
                }


def _slow(book: Book, on: date) -> list[str]:
    """Whether a text made to be slow takes far longer than with the shipped rules.

    Of all the rules' own cases one text is made, and one of the words that each new pattern begins with.
    """
    texts = [(size, [case for rule in book.rules.values() for case in rule.true_cases]) for size in SIZES]
    with using(book):
        texts = [(size, heap) for heap in _beginnings(book) for size in SIZES[:2]] + texts
    for size, words_of in texts:
        text = _without_ends(words_of, size)
        base, now = _seconds(shipped(), text, on), _seconds(book, text, on)
        if now > base * SLOWER + GRACE:
            said = _("These rules take %(now).1f seconds for %(words)s words, those shipped %(base).1f.")
            return [said % {"now": now, "base": base, "words": size} + " " + _("Shorten the gaps.")]
    return []


def _beginnings(book: Book) -> Iterator[list[str]]:
    """For each pattern that is not shipped, up to two words that it can begin with."""
    for key, rule in book.rules.items():
        before = shipped().rules.get(key)
        old = {wording.pattern for wording in before.patterns} if before else set()
        for wording in rule.patterns:
            if wording.pattern not in old:
                yield sorted(compiled(wording.pattern).firsts)[:2] or ["Vàng"]


def _without_ends(cases: Iterable[str], size: int) -> Passage:
    """One endless sentence of the words of ``cases``."""
    words = [word for case in cases for word in fold(case).cased.replace(".", " ").replace("!", " ").split()]
    return passage(" ".join((words * (size // max(len(words), 1) + 1))[:size]))


def _seconds(book: Book, text: Passage, on: date) -> float:
    with using(book):
        started = time.process_time()
        spot(text, on)
        return time.process_time() - started
