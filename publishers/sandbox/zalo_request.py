"""A Zalo OA request as the sandbox reads it, and the errors it is refused with (facts C1, C7)."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from publishers.sandbox.faults import Call
from publishers.sandbox.state import Sandbox

MEGABYTE = 1024 * 1024
SMALL_PACKAGE = "0000"  # an OA whose id ends so has no paid package


class ZaloError(Exception):
    """A refusal: Zalo answers it with HTTP 200 and a negative number."""

    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def answer(self) -> web.Response:
        """The HTTP answer."""
        return web.json_response({"error": self.code, "message": self.message}, status=self.status)


@dataclass
class ZaloCall:
    """One request with what it needs to answer; ``oa_id`` comes from the token."""

    sandbox: Sandbox
    request: web.Request
    call: Call
    oa_id: str
    data: dict[str, Any]
    base: str
    # Verify calls made for each article token, and tokens whose cover failed (C2, step 2).
    polls: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed: dict[str, str] = field(default_factory=dict)

    def need_package(self) -> None:
        """Raise the refusal of an OA without a paid package."""
        if self.oa_id.endswith(SMALL_PACKAGE):
            raise ZaloError(
                -224,
                "The OA needs to upgrade OA Tier Package to use this feature. See more on https://zalo.cloud/oa/pricing",
            )
