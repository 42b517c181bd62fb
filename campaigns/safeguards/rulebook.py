"""The rules as data: ``rules/*.json`` hold them, ``rules/words.json`` the word lists they share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from campaigns.safeguards.finding import Finding, Level

RULES = Path(__file__).parent / "rules"
_TEXTS = ("id", "message", "cure", "source")


class RuleError(ValueError):
    """A rule file is wrong; the message names the file, the rule and the cure."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A pattern, with a cure (the word to use) and a first day of its own where the rule's do not fit."""

    pattern: str
    cure: str = ""
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with the cases that prove it.

    ``kind`` is ``pattern`` or the name of a built-in check. Rules may share a ``code``, the name that a finding
    shows. ``unless`` silences a match in the same sentence, ``near`` must be met within ``options.near_reach``
    sentences (default 1) of it.
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

    def finding(self, start: int, end: int, cure: str = "") -> Finding:
        return Finding(self.level, self.code, start, end, self.message, cure or self.cure, self.source)


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its id, in the order of the files."""
    return read_rules(RULES)


def read_rules(folder: Path) -> dict[str, Rule]:
    """The rules of the JSON files in ``folder``. ``RuleError`` says which one is wrong and how."""
    found: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.json")):
        if path.stem == "words":
            continue
        for row in _rows(path):
            rule = _rule(row, path)
            if rule.id in found:
                raise RuleError(f"{path.name}: {rule.id} is there twice")
            found[rule.id] = rule
    return found


@cache
def words() -> dict[str, tuple[str, ...]]:
    """The shared word lists by name."""
    lists = json.loads((RULES / "words.json").read_text(encoding="utf-8"))
    return {name: tuple(entries) for name, entries in lists.items()}


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise RuleError(f"{path.name}: line {error.lineno} is no JSON: {error.msg}") from error
    return rows


def _rule(row: dict[str, Any], path: Path) -> Rule:
    name = f"{path.name}: {row.get('id', '?')}"
    if any(not str(row.get(key, "")).strip() for key in _TEXTS):
        raise RuleError(f"{name} lacks one of {', '.join(_TEXTS)}")
    if row.get("level") not in ("block", "warn"):
        raise RuleError(f"{name}: level is block or warn")
    if not row.get("true_cases") or not row.get("false_cases"):
        raise RuleError(f"{name} needs true_cases and false_cases of its own")
    if not isinstance(row.get("version"), int):
        raise RuleError(f"{name}: version is a whole number, one higher with each change")
    wordings = tuple(
        Wording(item) if isinstance(item, str) else Wording(item["pattern"], item.get("cure", ""), _day(item))
        for item in row.get("patterns", ())
    )
    return Rule(
        id=row["id"],
        level=row["level"],
        version=row["version"],
        message=row["message"],
        cure=row["cure"],
        source=row["source"],
        family=path.stem,
        code=row.get("code", row["id"]),
        kind=row.get("kind", "pattern"),
        patterns=wordings,
        unless=tuple(row.get("unless", ())),
        near=tuple(row.get("near", ())),
        valid_from=_day(row),
        true_cases=tuple(row["true_cases"]),
        false_cases=tuple(row["false_cases"]),
        options=row.get("options", {}),
    )


def _day(row: dict[str, Any]) -> date | None:
    return date.fromisoformat(row["valid_from"]) if row.get("valid_from") else None
