"""Credentials of the sandbox: unmistakably not real, and checked without storing any.

A credential names the account it was made for and ends in a checksum, so the server can refuse a
mistyped or foreign one without keeping state. They protect nothing: the key below is public.
"""

import hashlib
import hmac
import re
import secrets
import time
from typing import Literal, NamedTuple

_KEY = b"loa sandbox: these credentials open nothing"
_MARK = "SANDBOX"

Purpose = Literal["access", "refresh"]

_TELEGRAM = re.compile(r"(9000\d{8}):SANDBOX-([0-9a-f]{27})")
_FACEBOOK = re.compile(r"EAASANDBOX(P|U|X)(999\d{3,20})Z([0-9a-f]{32})")
_APP_SECRET = re.compile(r"SANDBOX-(fb|zalo)-(999\d{3,20})-([0-9a-f]{24})")
_ZALO = re.compile(r"SANDBOX-(access|refresh)-(999\d{3,20})-([0-9a-f]{12})-(\d{1,9})-(\d{9,11})-([0-9a-f]{24})")

TELEGRAM_CHAT = re.compile(r"@dientap_[a-z0-9_]{1,23}|-100999\d{1,13}", re.IGNORECASE)
PAGE_OR_OA = re.compile(r"999\d{3,20}")


class ZaloToken(NamedTuple):
    """What a sandbox Zalo token says: its Official Account, its chain of refreshes and its age."""

    purpose: str
    oa_id: str
    lineage: str
    serial: int
    issued: int


class PageToken(NamedTuple):
    """What a sandbox Facebook token says."""

    kind: Literal["PAGE", "USER"]
    page_id: str
    expired: bool


def _checksum(length: int, *parts: str) -> str:
    return hmac.new(_KEY, "\n".join(parts).encode(), hashlib.sha256).hexdigest()[:length]


def issue(platform: str, account: str) -> dict[str, str]:
    """Return the secrets of one rehearsal account.

    ``account`` is ``@dientap_<name>`` or ``-100999…`` for telegram, an id starting ``999`` for facebook
    and zalo. Raises ValueError for any other account: the server would not know it. Platforms that need
    no secret (loudspeaker, feed, manual) get an empty dict.
    """
    if platform == "telegram":
        _require(TELEGRAM_CHAT, account)
        return {"token": telegram_token(account)}
    if platform == "facebook":
        _require(PAGE_OR_OA, account)
        return {"token": facebook_token(account), "app_secret": app_secret("fb", account)}
    if platform == "zalo":
        _require(PAGE_OR_OA, account)
        lineage = secrets.token_hex(6)
        return {
            "access_token": zalo_token("access", account, lineage, 0),
            "refresh_token": zalo_token("refresh", account, lineage, 0),
            "app_secret": app_secret("zalo", account),
        }
    return {}


def is_sandbox(value: str) -> bool:
    """True for a secret this module issued (checksum included); False for anything else."""
    return bool(
        telegram_bot_id(value) is not None or page_token(value) or zalo_token_parts(value) or secret_owner(value)
    )


def _require(pattern: re.Pattern[str], account: str) -> None:
    if not pattern.fullmatch(account):
        raise ValueError(f"{account!r} is not an account of the sandbox (expected {pattern.pattern})")


def telegram_token(account: str) -> str:
    """The bot token of a rehearsal chat; one bot per chat, though any sandbox bot may post to any chat."""
    number = int(hashlib.sha256(account.lower().encode()).hexdigest(), 16) % 10**8
    bot_id = f"9000{number:08d}"
    return f"{bot_id}:{_MARK}-{_checksum(27, 'telegram', bot_id)}"


def telegram_bot_id(token: str) -> int | None:
    """The bot's id when the token verifies, else None."""
    match = _TELEGRAM.fullmatch(token)
    if match and hmac.compare_digest(match[2], _checksum(27, "telegram", match[1])):
        return int(match[1])
    return None


def facebook_token(page_id: str, *, kind: Literal["P", "U", "X"] = "P") -> str:
    """A page token (P), the token of a person who manages the page (U), or a page token that expired (X)."""
    return f"EAASANDBOX{kind}{page_id}Z{_checksum(32, 'facebook', kind, page_id)}"


def page_token(token: str) -> PageToken | None:
    """Who a Facebook token belongs to, or None when it does not verify."""
    match = _FACEBOOK.fullmatch(token)
    if not match or not hmac.compare_digest(match[3], _checksum(32, "facebook", match[1], match[2])):
        return None
    return PageToken("USER" if match[1] == "U" else "PAGE", match[2], match[1] == "X")


def app_secret(platform: Literal["fb", "zalo"], account: str) -> str:
    """The app secret that belongs to one rehearsal account."""
    return f"{_MARK}-{platform}-{account}-{_checksum(24, 'secret', platform, account)}"


def secret_owner(secret: str) -> tuple[str, str] | None:
    """(platform, account) of an app secret, or None when it does not verify."""
    match = _APP_SECRET.fullmatch(secret)
    if match and hmac.compare_digest(match[3], _checksum(24, "secret", match[1], match[2])):
        return match[1], match[2]
    return None


def zalo_token(purpose: Purpose, oa_id: str, lineage: str, serial: int, issued: int | None = None) -> str:
    """A Zalo token; ``issued`` in Unix seconds, now when None. A token issued long ago is an expired one."""
    stamp = int(time.time()) if issued is None else issued
    parts = (purpose, oa_id, lineage, str(serial), str(stamp))
    return f"{_MARK}-{'-'.join(parts)}-{_checksum(24, 'zalo', *parts)}"


def zalo_token_parts(token: str) -> ZaloToken | None:
    """What a Zalo token says, or None when it does not verify."""
    match = _ZALO.fullmatch(token)
    if not match or not hmac.compare_digest(match[6], _checksum(24, "zalo", *match.groups()[:5])):
        return None
    return ZaloToken(match[1], match[2], match[3], int(match[4]), int(match[5]))
