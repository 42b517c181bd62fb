"""Fixtures that all tests share."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches

from tests.browser import chromium, phone
from tests.campaigns.public_site import public_site

__all__ = ["chromium", "phone", "public_site"]


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    """Each test has its own uploads and its own kept pages: no test sees another's."""
    settings.MEDIA_ROOT = str(tmp_path / "uploads")
    settings.CACHES = {
        **settings.CACHES,
        "pages": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(tmp_path / "pages"),
        },
    }
    caches["default"].clear()
