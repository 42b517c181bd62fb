"""The safeguards against sentences and texts that were labelled before the rules were written."""

import pytest

from campaigns.safeguards.rulebook import rules
from tests.campaigns.safeguards.labelled import findings, levels, measured, sentences, texts


def test_the_set_is_as_large_as_promised() -> None:
    rows, whole = list(sentences()), list(texts())
    assert len(rows) >= 200
    assert len(whole) >= 30
    assert sum(not codes for _, codes in rows) >= 80
    clean = [text for text in whole if not text.whole and not any(codes for _, _, codes in text.sentences)]
    assert len(clean) * 2 >= len(whole)


def test_each_labelled_code_is_a_code_of_the_rules_at_its_level() -> None:
    known = {(rule.code, rule.level) for rule in rules().values()}
    assert set(levels().items()) <= known


def test_blocks_are_precise_and_miss_little() -> None:
    score = measured("block")
    assert score.precision() >= 0.95, score.faults
    assert score.recall() >= 0.95, score.faults


@pytest.mark.parametrize("code", [code for code, level in levels().items() if level == "block"])
def test_no_single_block_rule_hides_behind_the_total(code: str) -> None:
    score = measured("block")
    assert score.right[code] >= 1
    assert score.precision(code) >= 0.8, score.faults
    assert score.recall(code) >= 0.8, score.faults


def test_warnings_are_as_good() -> None:
    score = measured("warn")
    assert score.precision() >= 0.9, score.faults
    assert score.recall() >= 0.9, score.faults


@pytest.mark.parametrize(
    "text", [text for text in texts() if text.name.startswith("clean")], ids=lambda text: text.name
)
def test_clean_announcements_pass(text) -> None:  # type: ignore[no-untyped-def]
    assert [finding for finding in findings(text.text, fragment=False) if finding.level == "block"] == []
