"""Sandbox credentials: recognisable, checked, and tied to their account."""

import pytest

from publishers.sandbox.credentials import facebook_token, is_sandbox, issue

ACCOUNTS = {"telegram": "@dientap_a", "facebook": "999123456", "zalo": "999123456"}


@pytest.mark.parametrize("platform", sorted(ACCOUNTS))
def test_issued_secrets_are_recognised_and_any_change_is_not(platform: str) -> None:
    for value in issue(platform, ACCOUNTS[platform]).values():
        assert "SANDBOX" in value
        assert is_sandbox(value)
        changed = value[:-1] + ("0" if value[-1] != "0" else "1")
        assert not is_sandbox(changed)


def test_special_facebook_tokens_are_sandbox_too() -> None:
    assert is_sandbox(facebook_token("999123456", kind="U"))
    assert is_sandbox(facebook_token("999123456", kind="X"))


@pytest.mark.parametrize(
    "value", ["", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "EAAGm0PX4ZCpsBAOZCmn", "SANDBOX", "9000:SANDBOX-"]
)
def test_other_secrets_are_not_sandbox(value: str) -> None:
    assert not is_sandbox(value)


@pytest.mark.parametrize(
    ("platform", "account"),
    [("telegram", "@kenh_that"), ("telegram", "-1001234"), ("facebook", "1234567"), ("zalo", "x")],
)
def test_no_credentials_for_real_looking_accounts(platform: str, account: str) -> None:
    with pytest.raises(ValueError, match="not an account of the sandbox"):
        issue(platform, account)


def test_platforms_without_secrets_get_none() -> None:
    assert issue("loudspeaker", "bat-ky") == {}
