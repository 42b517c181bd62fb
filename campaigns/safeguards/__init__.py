"""The text safeguards of Loa: what must not leave, and what a second person must think about.

``check`` is run on save, on submit, in the workflow task and by the gate before sending. It is pure when
``hotlines``, ``rights`` and ``book`` are given; otherwise it reads them from the database as they stand.
"""

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from campaigns.safeguards.finding import Finding
from campaigns.safeguards.hotlines import Registry, check_hotlines, registry_of, registry_on
from campaigns.safeguards.passage import Passage, passage
from campaigns.safeguards.rights import check_rights, texts_on
from campaigns.safeguards.rulebook import Book, rules, using
from campaigns.safeguards.spotting import spot
from campaigns.safeguards.versions import current_book

__all__ = ["Book", "Finding", "Registry", "blocks", "check", "current_book", "registry_on", "texts_on"]


def check(
    text: str,
    *,
    language: str = "vi",
    fragment: bool = False,
    hotlines: Iterable[str] | Registry | None = None,
    rights: Iterable[str] | None = None,
    on: date | None = None,
    book: Book | None = None,
) -> list[Finding]:
    """Everything the safeguards object to in ``text``, in the order of its places.

    ``language`` is a locale code; for any but ``vi`` only what needs no Vietnamese is checked (numbers,
    hotlines). A ``fragment`` need not carry a hotline and the rights. ``hotlines`` are the numbers that may be
    named and ``rights`` the approved texts; ``None`` reads them from the database, so whoever checks many texts
    reads them once (:func:`registry_on`, :func:`texts_on`) and passes them. ``on`` is the day the text
    is to be true (default: today here). ``book``: the version of the rules (default: the current one).
    """
    day = on or timezone.localdate()
    registry = registry_on(day) if hotlines is None else registry_of(hotlines)
    approved = texts_on(day, language) if rights is None else rights
    with using(book or current_book()):
        read, found = _read(text)
        fragment = fragment or bool(found)
        found += check_hotlines(read, registry, fragment=fragment)
        if language == "vi":
            found += spot(read, day)
        if language == "vi" and not fragment:
            found += check_rights(read, approved)
    return sorted(found, key=lambda finding: (finding.start, finding.end, finding.level, finding.code))


def _read(text: str) -> tuple[Passage, list[Finding]]:
    """The passage to check; of a text longer than any real one only the beginning, so that time is bounded."""
    rule = rules()["text-too-long"]
    most = int(rule.options["characters"])
    return passage(text[:most]), [rule.finding(most, len(text))] if len(text) > most else []


def blocks(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stop a text until it is changed."""
    return [finding for finding in findings if finding.level == "block"]
