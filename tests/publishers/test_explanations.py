"""Each error that staff see says its cause and its cure, in Vietnamese; there is no "unknown error"."""

import re
from pathlib import Path

import pytest
from django.utils.translation import override

from publishers import registry
from publishers.platform import COMMON_EXPLANATIONS

ROOT = Path(__file__).resolve().parents[2] / "publishers"
# Codes in the platforms' files: raise Permanent("code"), classes by table, Explanation keys.
RAISED = re.compile(r"(?:Permanent|Transient|Ambiguous|Throttled|CredentialsExpired)\(\s*\"([a-z][a-z-]+)\"")
FILES = {
    "telegram": ("platforms/telegram.py", "telegram_wire.py"),
    "facebook": ("platforms/facebook.py", "graph.py"),
    "zalo": ("platforms/zalo.py", "zalo_api.py"),
    "manual": ("local.py", "renewal.py", "wire.py", "work.py"),
}
# Never a delivery's: a metric is passed over, an answer is taken for success.
NOT_SHOWN = {"no-metric"}


def raised(platform):
    return {code for name in FILES[platform] for code in RAISED.findall((ROOT / name).read_text(encoding="utf-8"))}


def tables(platform):
    from publishers.graph import REFUSALS
    from publishers.telegram_wire import BAD_REQUESTS

    more = {"telegram": {code for _part, code in BAD_REQUESTS}, "facebook": {*REFUSALS.values(), "bad-parameter"}}
    return more.get(platform, set())


@pytest.mark.parametrize("platform", sorted(FILES))
def test_every_code_that_can_be_raised_is_explained(platform):
    known = registry.get(platform)
    zalo = {"consent-needed", "token-refused", "renewal-lost"} if platform == "manual" else set()
    codes = (raised(platform) | tables(platform)) - NOT_SHOWN - zalo
    assert codes
    missing = {code for code in codes if code not in {*known.explanations, *COMMON_EXPLANATIONS}}
    assert missing == set()


def everything():
    found = {f"common {code}": words for code, words in COMMON_EXPLANATIONS.items()}
    for name, known in registry.platforms().items():
        found |= {f"{name} {code}": words for code, words in known.explanations.items()}
    return found


@pytest.mark.parametrize("code", sorted(everything()))
def test_cause_and_cure_are_vietnamese(code):
    words = everything()[code]
    with override("en"):
        english = (str(words.cause), str(words.cure))
    with override("vi"):
        vietnamese = (str(words.cause), str(words.cure))
    for before, after in zip(english, vietnamese, strict=True):
        assert after
        assert after != before, "not translated"
        assert after[0].isupper() or after[0] in "“@"
        assert "không xác định" not in after.lower()
        assert "unknown error" not in after.lower()


@pytest.mark.parametrize("name", sorted(registry.platforms()))
def test_a_code_that_nobody_has_seen_yet_still_says_what_to_do(name):
    with override("vi"):
        words = registry.get(name).explain("-987654").words
    assert "kỹ thuật" in words
