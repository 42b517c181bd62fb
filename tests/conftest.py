"""Fixtures that all tests share."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium, phone
from tests.campaigns.public_site import public_site

__all__ = ["chromium", "phone", "public_site"]


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    """Each test has its own uploads and its own caches: no test sees another's.

    Where Redis is given the kept pages stay there, under a prefix of the test's own; nothing is ever
    cleared, for the broker may live in the same database.
    """
    own = uuid.uuid4().hex
    pages = dict(settings.CACHES["pages"])
    if settings.REDIS_URL:
        pages["KEY_PREFIX"] = own
    else:
        pages["LOCATION"] = str(tmp_path / "pages")
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": own}
    settings.MEDIA_ROOT = str(tmp_path / "uploads")
    # What makes guessing slow makes a thousand made-up accounts slow, too.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {**settings.CACHES, "default": memory, "pages": pages}
