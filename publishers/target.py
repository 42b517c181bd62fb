"""The channel as a platform file sees it: options, opened secrets, and the one address it may call."""

import dataclasses
from typing import Any

from django.conf import settings


@dataclasses.dataclass(frozen=True)
class Address:
    """Where a live channel goes (a setting) and where a rehearsal channel goes (a path of the sandbox)."""

    setting: str
    sandbox: str


@dataclasses.dataclass(frozen=True)
class Target:
    """One channel. ``repr`` hides the secrets."""

    channel_id: int
    platform: str
    name: str
    options: dict[str, Any]
    rehearsal: bool
    secrets: dict[str, str] = dataclasses.field(repr=False, default_factory=dict)

    def address(self, address: Address) -> str:
        """The base address. A rehearsal channel only ever gets the sandbox, whatever is set (DESIGN 4.6)."""
        if self.rehearsal:
            return f"{settings.LOA_SANDBOX_URL}{address.sandbox}"
        return str(getattr(settings, address.setting))
