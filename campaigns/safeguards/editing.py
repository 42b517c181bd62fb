"""New versions of the rules, and which of them counts: every change has an author, a date, a reason."""

import difflib
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import RulebookChoice, RulebookVersion
from campaigns.safeguards.proving import objections
from campaigns.safeguards.rulebook import Book, RuleError, shipped, shipped_row
from campaigns.safeguards.versions import book_of

Content = dict[str, dict[str, Any]]
SHOWN = 12


def current_version() -> RulebookVersion | None:
    """The version that counts; ``None`` is the shipped one."""
    choice = RulebookChoice.objects.select_related("version__author").first()
    return choice.version if choice else None


def content_of(version: RulebookVersion | None) -> Content:
    """What ``version`` changes of what is shipped."""
    content = version.content if version else {}
    return {"rules": dict(content.get("rules", {})), "words": dict(content.get("words", {}))}


def row_of(version: RulebookVersion | None, rule_id: str) -> dict[str, Any]:
    """A rule as ``version`` has it. ``KeyError`` when it has none."""
    own = content_of(version)["rules"].get(rule_id)
    return dict(own) if own else shipped_row(rule_id)


@transaction.atomic
def new_version(
    *,
    based_on: RulebookVersion | None,
    author: Any,
    why: str,
    rules: dict[str, dict[str, Any]] | None = None,
    words: dict[str, list[str]] | None = None,
) -> RulebookVersion:
    """Store ``based_on`` with these rules and lists put in or replaced. It does not count yet.

    :raises ValidationError: without a reason, without a change, or when a rule cannot be read.
    """
    content = content_of(based_on)
    before = content_of(based_on)
    content["rules"].update(rules or {})
    content["words"].update(words or {})
    if not why.strip():
        raise ValidationError(_("Write why the rules are changed."))
    if content == before:
        raise ValidationError(_("Nothing was changed."))
    _book(content)
    number = (RulebookVersion.objects.aggregate(top=Max("number"))["top"] or 0) + 1
    return RulebookVersion.objects.create(
        number=number, based_on=based_on, content=content, why=why.strip(), author=author
    )


def faults(version: RulebookVersion | None) -> list[str]:
    """Why ``version`` may not count, in words; empty when its own cases and the shipped ones hold."""
    return objections(_book(content_of(version)), on=timezone.localdate()) if version else []


@transaction.atomic
def choose(*, version: RulebookVersion | None, by: Any, why: str) -> RulebookChoice:
    """Let ``version`` (``None``: what is shipped) count from now on, in every process.

    :raises ValidationError: without a reason, or when a case of its rules does not hold.
    """
    if not why.strip():
        raise ValidationError(_("Write why these rules shall count."))
    found = faults(version)
    if found:
        raise ValidationError([_("This version cannot count yet."), *found[:SHOWN]])
    return RulebookChoice.objects.create(version=version, by=by, why=why.strip())


def differences(before: Content, after: Content) -> list[tuple[str, list[tuple[str, str]]]]:
    """What changed, rule by rule and list by list: (name, [(mark, line)]), marks ``+`` and ``-``."""
    found = []
    for part, lines in (("rules", _rule_lines), ("words", _word_lines)):
        names = sorted({*before[part], *after[part]})
        for name in names:
            old, new = lines(before[part].get(name), name), lines(after[part].get(name), name)
            if old != new:
                found.append((name, list(_marked(old, new))))
    return found


def _marked(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    for line in difflib.ndiff(old, new):
        if line[0] in "+-":
            yield line[0], line[2:]


def _rule_lines(row: dict[str, Any] | None, name: str) -> list[str]:
    if row is None:
        row = shipped_row(name) if name in shipped().rules else {}
    lines = []
    for key, value in row.items():
        if key in ("id", "version"):
            continue
        values = value if isinstance(value, list) else [value]
        lines += [f"{key}: {_words(item)}" for item in values]
    return lines


def _words(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    return " · ".join(f"{key} = {value}" for key, value in item.items())


def _word_lines(phrases: list[str] | None, name: str) -> list[str]:
    return sorted(shipped().words.get(name, ()) if phrases is None else phrases)


def _book(content: Content) -> Book:
    try:
        return book_of(content)
    except RuleError as error:
        raise ValidationError(str(error)) from error
