"""Finds the platforms: every module in ``publishers/platforms`` that has a ``platform``."""

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from publishers import platforms as package

if TYPE_CHECKING:
    from publishers.platform import Platform


@cache
def platforms() -> "dict[str, Platform]":
    """Return the platforms by name. A new file adds one; nothing else is edited."""
    found: dict[str, Platform] = {}
    for module_info in pkgutil.iter_modules(package.__path__):
        platform = getattr(importlib.import_module(f"{package.__name__}.{module_info.name}"), "platform", None)
        if platform is not None:
            found[platform.name] = platform
    return found


def get(name: str) -> "Platform":
    """Return the platform called ``name``.

    :raises LookupError: when there is none, naming those there are.
    """
    try:
        return platforms()[name]
    except KeyError:
        raise LookupError(f"no platform {name!r}; there are {', '.join(sorted(platforms()))}") from None
