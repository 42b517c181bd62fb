"""Zalo's OAuth v4 in the sandbox: single-use refresh tokens that rotate (facts C6).

Used refresh tokens are written to the log, so a restart does not make them good again.
"""

import time
from typing import Any

from aiohttp import web

from publishers.sandbox.credentials import secret_owner, zalo_token, zalo_token_parts
from publishers.sandbox.faults import Call
from publishers.sandbox.log import SandboxLog
from publishers.sandbox.state import SANDBOX, answer_after

ACCESS_LIFETIME = 90_000  # seconds: 25 hours
REFRESH_LIFETIME = 90 * 86_400


class OAuthFaults:
    """The consent server's words for the faults of the board."""

    def throttled(self, seconds: float) -> web.Response:
        return _refused(-32, "rate_limit", "Too many requests")

    def expired(self) -> web.Response:
        return _refused(-14020, "refresh_token_expired", "Refresh token is expired")

    def server_error(self) -> web.Response:
        return web.json_response({"error": -1, "error_name": "internal_error"}, status=500)

    def blocked(self) -> web.Response:
        return _refused(-14014, "invalid_refresh_token", "Invalid refresh token")

    def undeletable(self) -> web.Response:
        return _refused(-14002, "invalid_request", "Invalid request")


def _refused(code: int, name: str, reason: str) -> web.Response:
    return web.json_response({"error": code, "error_name": name, "error_reason": reason, "ref_doc": ""})


class ZaloOAuth:
    """``POST /zalo-oauth/v4/oa/access_token``."""

    def __init__(self, log: SandboxLog) -> None:
        self.log = log
        self.used = {mark["id"] for mark in log.marks if mark["action"] == "refresh"}

    def add_routes(self, app: web.Application) -> None:
        """Serve the token address."""
        app.router.add_post("/zalo-oauth/v4/oa/access_token", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Exchange a refresh token for a new pair; the old one is dead at once."""
        sandbox = request.app[SANDBOX]
        started = time.monotonic()
        form = dict(await request.post())
        token = zalo_token_parts(str(form.get("refresh_token", "")))
        call = Call("zalo", "refresh", token.oa_id if token else "", write=False)

        async def act() -> web.StreamResponse:
            return await self._exchange(request, form)

        await answer_after(sandbox)
        response = await sandbox.faults.run(request, call, OAuthFaults(), act)
        sandbox.note(call, response.status, started)
        return response

    async def _exchange(self, request: web.Request, form: dict[str, Any]) -> web.Response:
        owner = secret_owner(request.headers.get("secret_key", ""))
        if not form.get("app_id") or owner is None or owner[0] != "zalo":
            return _refused(-14002, "invalid_app", "Invalid app id or secret key")
        if form.get("grant_type") == "authorization_code":
            return _refused(-14005, "invalid_code", "Invalid authorization code")
        token = zalo_token_parts(str(form.get("refresh_token", "")))
        if form.get("grant_type") != "refresh_token" or token is None or token.purpose != "refresh":
            return _refused(-14014, "invalid_refresh_token", "Invalid refresh token")
        name = f"{token.lineage}-{token.serial}"
        if name in self.used or token.oa_id != owner[1]:
            return _refused(-14014, "invalid_refresh_token", "Invalid refresh token")
        if time.time() - token.issued > REFRESH_LIFETIME:
            return _refused(-14020, "refresh_token_expired", "Refresh token is expired")
        self.used.add(name)
        await self.log.write(platform="zalo", account=token.oa_id, action="refresh", id=name)
        following = (token.oa_id, token.lineage, token.serial + 1)
        return web.json_response(
            {
                "access_token": zalo_token("access", *following),
                "refresh_token": zalo_token("refresh", *following),
                "expires_in": str(ACCESS_LIFETIME),
            }
        )
