"""The version of the rules that counts: what is shipped, with a senior editor's changes laid over it.

Every call asks the database which version that is, one indexed row, so that a change holds in every process
with its next check; what a version's content makes is kept by its digest.
"""

from collections.abc import Mapping
from typing import Any

from campaigns.safeguards.rulebook import Book, rule_of, shipped

OWN_FAMILY = "own"
_MADE: dict[str, Book] = {}
_KEPT = 4


def current_book() -> Book:
    """The book that counts now."""
    from campaigns.models.safeguards import RulebookChoice, RulebookVersion

    row = RulebookChoice.objects.values_list("version__number", "version__digest").first()
    if row is None or row[0] is None:
        return shipped()
    number, digest = row
    if digest not in _MADE:
        content = RulebookVersion.objects.values_list("content", flat=True).get(number=number)
        while len(_MADE) >= _KEPT:
            _MADE.pop(next(iter(_MADE)), None)
        _MADE[digest] = book_of(content, number=number)
    return _MADE[digest]


def book_of(content: Mapping[str, Any], *, number: int = 0) -> Book:
    """The shipped book with ``content`` laid over it (as ``RulebookVersion.content``).

    :raises RuleError: when a rule lacks something.
    """
    base = shipped()
    rules = dict(base.rules)
    for key, row in content.get("rules", {}).items():
        family = base.rules[key].family if key in base.rules else OWN_FAMILY
        rules[key] = rule_of(row, family)
    words = {**base.words, **{name: tuple(phrases) for name, phrases in content.get("words", {}).items()}}
    return Book(rules, words, number)
