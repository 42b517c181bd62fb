"""The rules as data: ``rules/*.json`` hold them, ``rules/words.json`` the word lists they share.

What is shipped is version 0; a senior editor's later versions are kept in the database and laid over it
(:mod:`campaigns.safeguards.versions`). Everything below the checks asks for the book in use, so that a
version can be tried before it counts.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from campaigns.safeguards.finding import Finding, Level

RULES = Path(__file__).parent / "rules"
Given = ParamSpec("Given")
Made = TypeVar("Made")
_TEXTS = ("id", "message", "cure", "source")


class RuleError(ValueError):
    """A rule file is wrong; the message names the file, the rule and the cure."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A pattern, with a cure and a first day of its own where the rule's do not fit.

    ``use``: the words that may be put in place of what was found.
    """

    pattern: str
    cure: str = ""
    valid_from: date | None = None
    use: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with the cases that prove it.

    ``kind`` is ``pattern`` or the name of a built-in check. Rules may share a ``code``, the name that a finding
    shows. ``unless`` silences a match in the same sentence, ``near`` must be met within ``options.near_reach``
    sentences (default 1) of it. What a ``never_lifted`` rule blocks stays blocked, whoever vouches for it.
    """

    id: str
    level: Level
    version: int
    message: str
    cure: str
    source: str
    family: str
    code: str
    kind: str = "pattern"
    patterns: tuple[Wording, ...] = ()
    unless: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    valid_from: date | None = None
    true_cases: tuple[str, ...] = ()
    false_cases: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    never_lifted: bool = False

    def finding(self, start: int, end: int, wording: Wording | None = None) -> Finding:
        cure, use = (wording.cure, wording.use) if wording else ("", ())
        return Finding(self.level, self.code, start, end, self.message, cure or self.cure, self.source, use)


@dataclass(frozen=True, eq=False)
class Book:
    """One version of all rules and word lists. ``memo`` keeps what was worked out of them."""

    rules: Mapping[str, Rule]
    words: Mapping[str, tuple[str, ...]]
    number: int = 0
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    def never_lifted(self) -> frozenset[str]:
        """The codes of findings that nobody lifts: they would tell who a victim or a child is."""
        return frozenset(rule.code for rule in self.rules.values() if rule.never_lifted)


_IN_USE: ContextVar[Book | None] = ContextVar("safeguards_book", default=None)


@cache
def shipped() -> Book:
    """Version 0: the files as they came."""
    return Book(read_rules(RULES), _read_words(RULES))


def book() -> Book:
    """The book that the running check goes by."""
    return _IN_USE.get() or shipped()


@contextmanager
def using(chosen: Book) -> Iterator[None]:
    """Everything within goes by ``chosen``."""
    before = _IN_USE.set(chosen)
    try:
        yield
    finally:
        _IN_USE.reset(before)


def per_book(work: Callable[Given, Made]) -> Callable[Given, Made]:
    """Work out once for each book what depends on its rules and lists. Positional arguments only."""

    @wraps(work)
    def kept(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        memo = book().memo
        key = (work, args)
        if key not in memo:
            memo[key] = work(*args, **kwargs)
        made: Made = memo[key]
        return made

    return kept


def rules() -> Mapping[str, Rule]:
    """Every rule of the book in use by its id, in the order of the files."""
    return book().rules


def words() -> Mapping[str, tuple[str, ...]]:
    """The shared word lists of the book in use by name."""
    return book().words


def read_rules(folder: Path) -> dict[str, Rule]:
    """The rules of the JSON files in ``folder``. ``RuleError`` says which one is wrong and how."""
    found: dict[str, Rule] = {}
    for family, row in _rule_rows(folder):
        rule = rule_of(row, family)
        if rule.id in found:
            raise RuleError(f"{family}.json: {rule.id} is there twice")
        found[rule.id] = rule
    return found


def shipped_row(rule_id: str) -> dict[str, Any]:
    """The shipped rule as it stands in its file. ``KeyError`` when there is none."""
    return dict(_shipped_rows()[rule_id])


@cache
def _shipped_rows() -> dict[str, dict[str, Any]]:
    return {str(row["id"]): row for _family, row in _rule_rows(RULES)}


def _rule_rows(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.glob("*.json")):
        if path.stem != "words":
            yield from ((path.stem, row) for row in _rows(path))


def _read_words(folder: Path) -> dict[str, tuple[str, ...]]:
    lists = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    return {name: tuple(entries) for name, entries in lists.items()}


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise RuleError(f"{path.name}: line {error.lineno} is no JSON: {error.msg}") from error
    return rows


def rule_of(row: Mapping[str, Any], family: str) -> Rule:
    """The rule that a row of ``family``'s file describes. ``RuleError`` says what it lacks."""
    name = f"{family}.json: {row.get('id', '?')}"
    if any(not str(row.get(key, "")).strip() for key in _TEXTS):
        raise RuleError(f"{name} lacks one of {', '.join(_TEXTS)}")
    if row.get("level") not in ("block", "warn"):
        raise RuleError(f"{name}: level is block or warn")
    if not row.get("true_cases") or not row.get("false_cases"):
        raise RuleError(f"{name} needs true_cases and false_cases of its own")
    if not isinstance(row.get("version"), int):
        raise RuleError(f"{name}: version is a whole number, one higher with each change")
    return Rule(
        id=row["id"],
        level=row["level"],
        version=row["version"],
        message=row["message"],
        cure=row["cure"],
        source=row["source"],
        family=family,
        code=row.get("code", row["id"]),
        kind=row.get("kind", "pattern"),
        patterns=tuple(_wording(item) for item in row.get("patterns", ())),
        unless=tuple(row.get("unless", ())),
        near=tuple(row.get("near", ())),
        valid_from=_day(row),
        true_cases=tuple(row["true_cases"]),
        false_cases=tuple(row["false_cases"]),
        options=row.get("options", {}),
        never_lifted=bool(row.get("never_lifted")),
    )


def _wording(item: Any) -> Wording:
    if isinstance(item, str):
        return Wording(item)
    return Wording(item["pattern"], item.get("cure", ""), _day(item), tuple(item.get("use", ())))


def _day(row: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(row["valid_from"]) if row.get("valid_from") else None
