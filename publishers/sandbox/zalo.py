"""The sandbox's Zalo OA API: addresses, tokens, errors in HTTP 200, and the rate limit (facts C)."""

import hashlib
import hmac
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from publishers.sandbox import zalo_account as account
from publishers.sandbox import zalo_articles as articles
from publishers.sandbox.credentials import ZaloToken, app_secret, zalo_token_parts
from publishers.sandbox.faults import Call
from publishers.sandbox.state import SANDBOX, Sandbox, answer_after, base_url
from publishers.sandbox.zalo_oauth import ACCESS_LIFETIME, ZaloOAuth
from publishers.sandbox.zalo_request import ZaloCall, ZaloError

PER_MINUTE = 4000


class ZaloFaults:
    """Zalo's words for the faults of the board."""

    def throttled(self, seconds: float) -> web.Response:
        return ZaloError(-32, "Your application reached limit call api").answer()

    def expired(self) -> web.Response:
        return ZaloError(-220, "Access token is expired or removed").answer()

    def server_error(self) -> web.Response:
        return web.json_response({"error": -1, "message": "Internal server error"}, status=500)

    def blocked(self) -> web.Response:
        return ZaloError(-248, "The OA has violated the platform standards").answer()

    def undeletable(self) -> web.Response:
        return ZaloError(-200, "remove media fail").answer()


Action = Callable[[ZaloCall], Awaitable[Any]]


class ZaloApi:
    """Routes of the OA API and what they remember between requests."""

    def __init__(self) -> None:
        self.polls: defaultdict[str, int] = defaultdict(int)
        self.failed: dict[str, str] = {}
        self.minute: defaultdict[str, deque[float]] = defaultdict(deque)
        self.actions: dict[tuple[str, str], tuple[Action, bool]] = {
            ("POST", "v2.0/article/create"): (articles.create, True),
            ("POST", "v2.0/article/update"): (articles.update, True),
            ("POST", "v2.0/article/remove"): (articles.remove, True),
            ("POST", "v2.0/article/verify"): (articles.verify, False),
            ("GET", "v2.0/article/getdetail"): (articles.get_detail, False),
            ("GET", "v2.0/article/getslice"): (articles.get_slice, False),
            ("POST", "v2.0/oa/message"): (account.broadcast, True),
            ("GET", "v2.0/oa/getoa"): (account.get_oa, False),
            ("POST", "v2.0/oa/upload/image"): (account.upload_image, False),
            ("GET", "v3.0/oa/user/getlist"): (account.get_followers, False),
            ("POST", "v3.0/oa/quota/message"): (account.get_quota, False),
        }

    def add_routes(self, app: web.Application) -> None:
        """Serve ``/zalo/v2.0/…``, ``/zalo/v3.0/…`` and ``/zalo-oauth/v4/…``."""
        app.router.add_route("*", r"/zalo/{path:v\d\.\d/.*}", self.handle)
        ZaloOAuth(app[SANDBOX].log).add_routes(app)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one OA API request."""
        sandbox = request.app[SANDBOX]
        started = time.monotonic()
        path = request.match_info["path"].strip("/")
        call = Call("zalo", path.rpartition("/")[2], "", write=False)
        try:
            token = _token(request)
            call.account = token.oa_id
            action, call.write = self._action(request.method, path)
            data = await _body(request)
        except ZaloError as error:
            sandbox.note(call, error.status, started)
            return error.answer()
        if path == "v2.0/oa/message":
            call.method = "broadcast"

        async def act() -> web.StreamResponse:
            context = ZaloCall(sandbox, request, call, token.oa_id, data, base_url(request), self.polls, self.failed)
            try:
                left = self._count(sandbox, token.oa_id)
                result = await action(context)
            except ZaloError as error:
                return error.answer()
            except OSError as error:
                return web.json_response({"error": -1, "message": type(error).__name__}, status=500)
            await sandbox.log.settled()
            headers = {"X-RateLimit-Limit": str(PER_MINUTE), "X-RateLimit-Remain": str(left)}
            answer = {"error": 0, "message": "Success"}
            return web.json_response(answer if result is None else {**answer, "data": result}, headers=headers)

        await answer_after(sandbox)
        response = await sandbox.faults.run(request, call, ZaloFaults(), act)
        sandbox.note(call, response.status, started)
        return response

    def _action(self, method: str, path: str) -> tuple[Action, bool]:
        found = self.actions.get((method, path))
        if found is None:
            raise ZaloError(-209, "This API is not supported", status=404)
        return found

    def _count(self, sandbox: Sandbox, oa_id: str) -> int:
        now, recent = time.monotonic(), self.minute[oa_id]
        while recent and recent[0] < now - 60:
            recent.popleft()
        if sandbox.limits.on and len(recent) >= PER_MINUTE:
            raise ZaloError(-32, "Your application reached limit call api")
        recent.append(now)
        return max(0, PER_MINUTE - len(recent))


def _token(request: web.Request) -> ZaloToken:
    raw = request.headers.get("access_token", "")
    token = zalo_token_parts(raw)
    if token is None or token.purpose != "access":
        raise ZaloError(-216, "Access token is invalid")
    if time.time() - token.issued > ACCESS_LIFETIME:
        raise ZaloError(-220, "Access token is expired or removed")
    proof = request.headers.get("appsecret_proof")
    if proof:
        right = hmac.new(app_secret("zalo", token.oa_id).encode(), raw.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(proof, right):
            raise ZaloError(-242, "appsecret_proof is invalid")
    return token


async def _body(request: web.Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query)
    if request.content_type.startswith("multipart/"):
        return dict(await request.post())
    try:
        data = await request.json() if request.can_read_body else {}
    except ValueError as error:
        raise ZaloError(-201, "request body is invalid") from error
    if not isinstance(data, dict):
        raise ZaloError(-201, "request body is invalid")
    return data
