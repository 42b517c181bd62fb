"""System checks: uploads must never be served out of a package with source code."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

PACKAGES = ("cms", "campaigns", "publishers", "media", "tests")


@register()
def uploads_outside_code(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """``MEDIA_ROOT`` lies outside every package and ``MEDIA_URL`` is not the package's name."""
    found: list[CheckMessage] = []
    root = Path(settings.MEDIA_ROOT).resolve()
    base = Path(settings.BASE_DIR).resolve()
    for name in PACKAGES:
        package = base / name
        if root == package or package in root.parents or root in package.parents:
            found.append(
                Error(
                    f"MEDIA_ROOT ({root}) holds or lies in the package {name}.",
                    hint="Set MEDIA_ROOT to a folder of its own, such as var/uploads.",
                    id="media.E001",
                )
            )
    if settings.MEDIA_URL.strip("/") in PACKAGES:
        found.append(
            Error(
                f"MEDIA_URL {settings.MEDIA_URL} is the name of a package.",
                hint="Use MEDIA_URL = '/uploads/'.",
                id="media.E002",
            )
        )
    return found
