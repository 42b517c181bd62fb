"""A Graph API request as the sandbox reads it: parameters, token, errors, usage headers."""

import contextlib
import hashlib
import hmac
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from publishers.sandbox.credentials import PAGE_OR_OA, PageToken, app_secret, page_token
from publishers.sandbox.faults import Call
from publishers.sandbox.log import Post
from publishers.sandbox.state import Sandbox

# Removed from all versions on 27 October 2026 (facts A0).
REMOVED_PARAMETERS = ("pretty", "debug", "date_format", "ids")
USAGE_WINDOW = 3600.0
USAGE_QUOTA = 4800


class GraphError(Exception):
    """A refusal in the Graph API's words."""

    def __init__(
        self,
        message: str,
        code: int,
        subcode: int = 0,
        *,
        status: int = 400,
        transient: bool = False,
        user: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.body: dict[str, Any] = {
            "message": message,
            "type": "OAuthException",
            "code": code,
            "is_transient": transient,
            "fbtrace_id": "A" + secrets.token_urlsafe(16).replace("-", "x").replace("_", "y")[:22],
        }
        if subcode:
            self.body["error_subcode"] = subcode
        if user:
            self.body["error_user_title"], self.body["error_user_msg"] = "Không đăng được", user

    def answer(self) -> web.Response:
        """The HTTP answer."""
        return graph_json({"error": self.body}, status=self.status)


def graph_json(data: Any, *, status: int = 200) -> web.Response:
    """JSON with the content type the Graph API uses."""
    body = json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json; charset=UTF-8"})


def missing(object_id: str, verb: str) -> GraphError:
    """The refusal for an object that does not exist or is not this token's to touch."""
    return GraphError(
        f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api",
        100,
        33,
    )


def throttled_error() -> GraphError:
    """The Pages limit for page tokens (facts A3)."""
    return GraphError(
        "There have been too many calls to this Page account. Wait a bit and try again.", 80001, status=403
    )


def expired_error() -> GraphError:
    """A token whose session is over."""
    return GraphError(
        "Error validating access token: Session has expired on Sunday, 01-Nov-26 00:00:00 PST. "
        "The current time is later.",
        190,
        463,
    )


@dataclass
class PageUsage:
    """Calls of the last hour, per page, for the usage headers."""

    calls: dict[str, list[float]] = field(default_factory=dict)
    full_until: dict[str, float] = field(default_factory=dict)

    def count(self, page_id: str) -> int:
        """Count a call; the percentage of the quota used."""
        now = time.monotonic()
        calls = self.calls.setdefault(page_id, [])
        calls.append(now)
        if calls[0] < now - USAGE_WINDOW:
            self.calls[page_id] = calls = [c for c in calls if c >= now - USAGE_WINDOW]
        return self.percent(page_id)

    def percent(self, page_id: str) -> int:
        """The percentage of the quota used; 100 while a throttle lasts."""
        if self.full_until.get(page_id, 0) > time.monotonic():
            return 100
        return min(100, len(self.calls.get(page_id, ())) * 100 // USAGE_QUOTA)

    def headers(self, page_id: str, version: str) -> dict[str, str]:
        """Usage headers as percentages, with the minutes to wait when full."""
        percent = self.percent(page_id)
        wait = max(0.0, self.full_until.get(page_id, 0) - time.monotonic())
        minutes = int(-(-wait // 60)) if percent >= 100 else 0
        share = {"call_count": percent, "total_cputime": percent // 2, "total_time": percent // 2}
        business = {page_id: [{"type": "pages", **share, "estimated_time_to_regain_access": minutes}]}
        return {
            "facebook-api-version": version,
            "X-App-Usage": json.dumps({k: v // 4 for k, v in share.items()}),
            "X-Business-Use-Case-Usage": json.dumps(business),
        }


@dataclass
class GraphCall:
    """One request, with what it needs to answer."""

    sandbox: Sandbox
    params: dict[str, Any]
    token: PageToken | None
    raw_token: str
    call: Call
    base: str
    version: str

    def text(self, name: str) -> str:
        """A parameter as text; empty when absent."""
        value = self.params.get(name)
        if value is None or isinstance(value, web.FileField):
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def page(self, page_id: str, verb: str = "post") -> str:
        """The page addressed, when the token may act for it. Raises GraphError."""
        token = self.signed_in()
        if page_id == "me":
            page_id = token.page_id
        if not PAGE_OR_OA.fullmatch(page_id):
            raise missing(page_id, verb)
        if token.kind == "USER" and verb == "post":
            raise GraphError(
                "(#190) This method must be called with a Page Access Token. A Page access token is required.",
                190,
                2069032,
            )
        if token.page_id != page_id:
            raise GraphError(
                "(#200) If posting to a page, requires both pages_read_engagement and pages_manage_posts as an "
                "admin with sufficient administrative permission",
                200,
                status=403,
            )
        return page_id

    def signed_in(self) -> PageToken:
        """The verified token. Raises GraphError when it is missing, wrong or expired, or its proof is wrong."""
        if not self.raw_token:
            raise GraphError("An active access token must be used to query information about the current user.", 2500)
        if self.token is None:
            raise GraphError("Invalid OAuth access token - Cannot parse access token", 190)
        if self.token.expired:
            raise expired_error()
        proof = self.text("appsecret_proof")
        if proof and not hmac.compare_digest(proof, self.proof(self.token.page_id)):
            raise GraphError("Invalid appsecret_proof provided in the API argument", 100)
        return self.token

    def proof(self, page_id: str) -> str:
        """The right appsecret_proof for this request's token."""
        key = app_secret("fb", page_id).encode()
        return hmac.new(key, self.raw_token.encode(), hashlib.sha256).hexdigest()

    def post(self, object_id: str, verb: str) -> Post:
        """A living post of the token's page. Raises GraphError as for an object that does not exist."""
        token = self.signed_in()
        post = self.sandbox.log.find("facebook", token.page_id, object_id)
        if post is None and "_" not in object_id:
            post = self.sandbox.log.find("facebook", token.page_id, f"{token.page_id}_{object_id}")
        if post is None or post.deleted is not None:
            raise missing(object_id, verb)
        return post


def parse_time(text: str) -> datetime | None:
    """A time as Unix seconds or ISO 8601; None when it is neither."""
    with contextlib.suppress(ValueError, OverflowError, OSError):
        if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
            return datetime.fromtimestamp(float(text), UTC)
        parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return None


def token_of(request: web.Request, params: dict[str, Any]) -> tuple[str, PageToken | None]:
    """The token of a request, from parameters or the Authorization header."""
    raw = params.get("access_token") or request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    raw = raw if isinstance(raw, str) else ""
    return raw, page_token(raw)
