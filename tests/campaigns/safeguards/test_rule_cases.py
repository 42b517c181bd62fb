"""Each rule carries its own true and false cases; a rule file that is wrong says what is wrong."""

import json
from pathlib import Path

import pytest
from django.utils import translation

from campaigns.safeguards import check
from campaigns.safeguards.pattern import compiled
from campaigns.safeguards.rulebook import Rule, RuleError, read_rules, rules, shipped
from tests.campaigns.safeguards.labelled import DAY, HOTLINES, rights

ALL = list(rules().values())
# These are told from what a text lacks, or by the registry, and run as whole texts.
WHOLE = {"hotline-missing", "rights-missing"}


def _found(rule: Rule, case: str) -> bool:
    if rule.kind == "length":
        case = case * (int(rule.options["characters"]) // len(case) + 1)
    whole = rule.id in WHOLE
    found = check(case, fragment=not whole, hotlines=HOTLINES, rights=rights(), on=DAY, book=shipped())
    return rule.code in {finding.code for finding in found}


@pytest.mark.parametrize(
    ("rule", "case"),
    [(rule, case) for rule in ALL if rule.kind != "expiry" for case in rule.true_cases],
    ids=lambda value: value.id if isinstance(value, Rule) else value[:30],
)
def test_true_cases_are_found(rule: Rule, case: str) -> None:
    assert _found(rule, case)


@pytest.mark.parametrize(
    ("rule", "case"),
    [(rule, case) for rule in ALL if rule.kind != "length" for case in rule.false_cases],
    ids=lambda value: value.id if isinstance(value, Rule) else value[:30],
)
def test_false_cases_are_left_alone(rule: Rule, case: str) -> None:
    assert not _found(rule, case)


def test_every_rule_says_what_why_and_the_cure() -> None:
    for rule in ALL:
        assert rule.version >= 1
        assert len(rule.message) > 10
        assert len(rule.cure) > 10
        assert len(rule.source) > 10


def test_every_pattern_can_be_read() -> None:
    for rule in ALL:
        for pattern in (*(wording.pattern for wording in rule.patterns), *rule.unless, *rule.near):
            assert compiled(pattern).steps


@pytest.mark.parametrize(
    ("pattern", "cure"),
    [
        ("em ~99 bị bán", "at most ~15"),
        ("em <nothing>", "no shape"),
        ("@no_such_list", "no list @no_such_list"),
        ("~3 em", "must begin"),
        ("(em|cháu", "cannot be read"),
    ],
)
def test_a_wrong_pattern_is_refused_with_its_reason(pattern: str, cure: str) -> None:
    with translation.override("en"), pytest.raises(RuleError, match=cure):
        compiled(pattern)
    with translation.override("vi"), pytest.raises(RuleError) as refused:
        compiled(pattern)
    assert cure not in str(refused.value)  # staff read it in their own language


def _rule(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "id": "x", "version": 1, "level": "block", "message": "m", "cure": "c", "source": "s",
        "patterns": ["từ xấu"], "true_cases": ["từ xấu"], "false_cases": ["từ tốt"],
    }  # fmt: skip
    return row | changes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"level": "stop"}, "level"),
        ({"cure": ""}, "cure"),
        ({"true_cases": []}, "true_cases"),
        ({"false_cases": []}, "false_cases"),
        ({"version": "one"}, "version"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_reason(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    (tmp_path / "mine.json").write_text(json.dumps([_rule(**changes)]), encoding="utf-8")
    with pytest.raises(RuleError, match=said):
        read_rules(tmp_path)


def test_a_rule_may_not_be_there_twice(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps([_rule(), _rule()]), encoding="utf-8")
    with pytest.raises(RuleError, match="twice"):
        read_rules(tmp_path)


def test_a_file_that_is_no_json_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("[\n{oops}\n]", encoding="utf-8")
    with pytest.raises(RuleError, match="line 2"):
        read_rules(tmp_path)
