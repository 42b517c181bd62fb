"""Credentials at rest: sealed with a rotatable key.

``LOA_CREDENTIALS_KEY`` holds one or more Fernet keys, newest first, separated by commas. Without it a
key is derived from ``SECRET_KEY``, so that a first installation works.
"""

import base64
import hashlib
import json
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CannotUnseal(Exception):
    """The stored credentials were sealed with a key that this installation does not have."""


@lru_cache(maxsize=4)
def _box(keys: str, secret_key: str) -> MultiFernet:
    names = [key.strip() for key in keys.split(",") if key.strip()]
    if not names:
        digest = hashlib.sha256(b"loa.credentials:" + secret_key.encode()).digest()
        names = [base64.urlsafe_b64encode(digest).decode()]
    return MultiFernet([Fernet(name) for name in names])


def _current_box() -> MultiFernet:
    return _box(settings.LOA_CREDENTIALS_KEY, settings.SECRET_KEY)


def seal(values: dict[str, str]) -> str:
    """Return ``values`` as an opaque text for the database; empty for no values."""
    return _current_box().encrypt(json.dumps(values).encode()).decode() if values else ""


def unseal(sealed: str) -> dict[str, str]:
    """Return the values that :func:`seal` was given.

    :raises CannotUnseal: when the key is not here; the message names the cure, never the content.
    """
    if not sealed:
        return {}
    try:
        opened: dict[str, str] = json.loads(_current_box().decrypt(sealed.encode()))
    except InvalidToken:
        raise CannotUnseal("LOA_CREDENTIALS_KEY (or SECRET_KEY) is not the one the secrets were sealed with") from None
    return opened


def reseal(sealed: str) -> str:
    """Return the same values under the newest key.

    :raises CannotUnseal: when none of the keys opens them.
    """
    try:
        return _current_box().rotate(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        raise CannotUnseal("none of the keys in LOA_CREDENTIALS_KEY opens it") from None


def is_newest(sealed: str) -> bool:
    """Whether ``sealed`` opens with the newest key alone, so that the older ones are not needed for it."""
    newest = settings.LOA_CREDENTIALS_KEY.split(",")[0].strip()
    try:
        _box(newest, settings.SECRET_KEY).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True
