"""The sandbox's Graph API for pages: addresses, versions, tokens, and which call is which (facts A).

Served under ``/graph`` and ``/graph-video``, so that a library needs nothing but another base address.
"""

import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from publishers.sandbox.credentials import facebook_token, page_token, secret_owner
from publishers.sandbox.facebook_fields import (
    COUNTED,
    describe,
    is_public,
    page_name,
    page_node,
    parse_fields,
)
from publishers.sandbox.facebook_insights import insights_of, metric_names, page_insights, post_insights
from publishers.sandbox.facebook_posts import (
    delete_post,
    edit_post,
    publish_feed,
    publish_photo,
    publish_video,
)
from publishers.sandbox.facebook_request import (
    REMOVED_PARAMETERS,
    GraphCall,
    GraphError,
    PageUsage,
    expired_error,
    graph_json,
    missing,
    parse_time,
    throttled_error,
    token_of,
)
from publishers.sandbox.faults import Call
from publishers.sandbox.log import Post
from publishers.sandbox.state import SANDBOX, answer_after, base_url, figures

OLDEST, NEWEST = 21, 27
SCOPES = ["pages_show_list", "pages_read_engagement", "pages_manage_posts", "read_insights", "publish_video"]
_VERSION = re.compile(r"v(\d{1,2})\.(\d{1,2})")

Action = Callable[[GraphCall, str], Awaitable[Any]]


class FacebookFaults:
    """The Graph API's words for the faults of the board."""

    def __init__(self, usage: PageUsage, account: str) -> None:
        self.usage = usage
        self.account = account

    def throttled(self, seconds: float) -> web.Response:
        self.usage.full_until[self.account] = time.monotonic() + seconds
        return throttled_error().answer()

    def expired(self) -> web.Response:
        return expired_error().answer()

    def server_error(self) -> web.Response:
        return GraphError("Service temporarily unavailable", 2, status=500, transient=True).answer()

    def blocked(self) -> web.Response:
        words = "(#368) The action attempted has been deemed abusive or is otherwise disallowed"
        return GraphError(words, 368, 1390008).answer()

    def undeletable(self) -> web.Response:
        return GraphError("(#200) The post cannot be deleted by this app", 200).answer()


class FacebookApi:
    """Routes of the Graph API and the usage it remembers."""

    def __init__(self) -> None:
        self.usage = PageUsage()

    def add_routes(self, app: web.Application) -> None:
        """Serve ``/graph/v27.0/…`` and ``/graph-video/v27.0/…``."""
        for host in ("graph", "graph-video"):
            app.router.add_route("*", rf"/{host}/{{path:.*}}", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one Graph API request."""
        sandbox = request.app[SANDBOX]
        started = time.monotonic()
        call = Call("facebook", request.match_info["path"][:60], "", write=False)
        version = f"v{OLDEST}.0"
        page = "0"
        try:
            version, parts = _versioned(request.match_info["path"])
            params = await _params(request)
            raw, token = token_of(request, params)
            context = GraphCall(sandbox, params, token, raw, call, base_url(request), version)
            action, target = _route(request.method, parts, call)
            page = call.account = token.page_id if token else target
        except GraphError as error:
            sandbox.note(call, error.status, started)
            return self._stamped(error.answer(), page, version)

        async def act() -> web.StreamResponse:
            try:
                if self.usage.percent(page) >= 100:
                    raise throttled_error()
                result = await action(context, target)
            except GraphError as error:
                return self._stamped(error.answer(), page, version)
            except OSError as error:
                return GraphError(f"An unknown error occurred: {type(error).__name__}", 1, status=500).answer()
            await sandbox.log.settled()
            return self._stamped(graph_json(result), page, version)

        self.usage.count(page)
        await answer_after(sandbox)
        response = await sandbox.faults.run(request, call, FacebookFaults(self.usage, page), act)
        if call.fault in ("http_429", "throttle") and isinstance(response, web.Response):
            self._stamped(response, page, version)
        sandbox.note(call, response.status, started)
        return response

    def _stamped(self, response: web.Response, page: str, version: str) -> web.Response:
        response.headers.update(self.usage.headers(page, version))
        return response


def _versioned(path: str) -> tuple[str, list[str]]:
    """The version that serves a path, and the rest of the path. Old versions are served by the oldest alive."""
    parts = [p for p in path.split("/") if p]
    match = _VERSION.fullmatch(parts[0]) if parts else None
    if match is None:
        return f"v{OLDEST}.0", parts
    number = int(match[1])
    if number > NEWEST or (int(match[2]) and number >= OLDEST):
        raise GraphError(f"(#2500) Unknown path components: /{parts[0]}", 2500)
    return f"v{max(OLDEST, number)}.0", parts[1:]


async def _params(request: web.Request) -> dict[str, Any]:
    params: dict[str, Any] = dict(request.query)
    if request.can_read_body:
        try:
            if request.content_type == "application/json":
                body = await request.json()
                params.update(body if isinstance(body, dict) else {})
            else:
                params.update(await request.post())
        except web.HTTPRequestEntityTooLarge as error:
            raise GraphError("(#1) Request entity too large", 1, status=413) from error
        except ValueError as error:
            raise GraphError("(#100) The request could not be parsed", 100) from error
    for name in REMOVED_PARAMETERS:
        if name in params:
            raise GraphError(f"(#100) The parameter {name} is no longer supported", 100)
    return params


def _route(method: str, parts: list[str], call: Call) -> tuple[Action, str]:
    """Find the action for a path; sets the call's method name and whether it writes."""
    if not parts:
        raise GraphError("Unsupported get request. Please read the Graph API documentation", 100, 33)
    target, edge = parts[0], "/".join(parts[1:])
    if target == "oauth" or target == "debug_token":
        call.method = "debug_token" if target == "debug_token" else "oauth"
        return (_debug_token if target == "debug_token" else _exchange), edge
    table: dict[tuple[str, str], Action] = {
        ("POST", "feed"): publish_feed,
        ("POST", "photos"): publish_photo,
        ("POST", "videos"): publish_video,
        ("POST", "subscribed_apps"): _subscribe,
        ("GET", "insights"): _insights,
        ("GET", "accounts"): _accounts,
        ("GET", "feed"): _published,
        ("GET", "posts"): _published,
        ("GET", "published_posts"): _published,
        ("GET", "scheduled_posts"): _scheduled,
        ("POST", ""): edit_post,
        ("DELETE", ""): delete_post,
        ("GET", ""): _read,
    }
    action = table.get((method, edge))
    if action is None:
        raise GraphError(f"(#2500) Unknown path components: /{edge}", 2500)
    names = {("POST", ""): "edit", ("DELETE", ""): "delete", ("GET", ""): "read"}
    call.method = names.get((method, edge), edge)
    call.write = method in ("POST", "DELETE") and edge != "subscribed_apps"
    return action, target


async def _insights(call: GraphCall, target: str) -> Any:
    token = call.signed_in()
    return await (page_insights if target in ("me", token.page_id) else post_insights)(call, target)


async def _read(call: GraphCall, target: str) -> Any:
    token = call.signed_in()
    if target == "me" and token.kind == "USER":
        return {"id": f"1000{token.page_id}", "name": "Người quản trị diễn tập"}
    if target == "me" or target == token.page_id:
        return page_node(call.page(target, "get"), call.text("fields"))
    return await _post_json(call, call.post(target, "get"))


async def _post_json(call: GraphCall, post: Post) -> dict[str, Any]:
    asked = parse_fields(call.text("fields") or "id,created_time,message")
    answer = describe(post, asked)
    now = figures(post)
    for one in asked:
        if one.name in COUNTED:
            await call.sandbox.log.write_metric(post, one.name, now[COUNTED[one.name]])
        elif one.name == "insights":
            answer["insights"] = await insights_of(call, post, metric_names(one.modifiers.get("metric", "")))
    return answer


async def _published(call: GraphCall, target: str) -> Any:
    page = call.page(target, "get")
    posts = [p for p in call.sandbox.log.of_account("facebook", page) if is_public(p)]
    return await _paged(call, list(reversed(posts)))


async def _scheduled(call: GraphCall, target: str) -> Any:
    page = call.page(target, "get")
    posts = [
        p
        for p in call.sandbox.log.of_account("facebook", page)
        if p.deleted is None and p.detail.get("scheduled", 0) > time.time()
    ]
    return await _paged(call, posts)


async def _paged(call: GraphCall, posts: list[Post]) -> Any:
    since = parse_time(call.text("since")) or datetime.fromtimestamp(0, UTC)
    until = parse_time(call.text("until")) or datetime.max.replace(tzinfo=UTC)
    posts = [p for p in posts if since <= p.at <= until]
    limit = int(call.text("limit")) if call.text("limit").isdigit() else 25
    if not 0 < limit <= 100:
        raise GraphError("(#100) Please reduce the amount of data you're asking for, then retry your request", 100)
    after = call.text("after")
    start = next((i + 1 for i, p in enumerate(posts) if p.id == after), 0) if after else 0
    page = posts[start : start + limit]
    answer: dict[str, Any] = {"data": [await _post_json(call, p) for p in page]}
    if page:
        answer["paging"] = {"cursors": {"before": page[0].id, "after": page[-1].id}}
        if start + limit < len(posts):
            query = "&".join(f"{k}={call.text(k)}" for k in ("fields", "limit", "since", "until") if call.text(k))
            path = f"{call.base}/graph/{call.version}/{page[0].account}/published_posts"
            answer["paging"]["next"] = f"{path}?{query}&access_token={call.raw_token}&after={page[-1].id}"
    return answer


async def _accounts(call: GraphCall, target: str) -> Any:
    token = call.signed_in()
    if token.kind != "USER":
        raise missing(target, "get")
    one = {
        "access_token": facebook_token(token.page_id),
        "id": token.page_id,
        "name": page_name(token.page_id),
    }
    return {"data": [{**one, "tasks": ["CREATE_CONTENT", "MANAGE", "MODERATE"]}]}


async def _subscribe(call: GraphCall, target: str) -> Any:
    call.page(target)
    return {"success": True}


async def _exchange(call: GraphCall, edge: str) -> Any:
    """Exchange a user token for a long-lived one: in the sandbox, the same token again."""
    owner = secret_owner(call.text("client_secret"))
    given = page_token(call.text("fb_exchange_token"))
    if edge != "access_token" or call.text("grant_type") != "fb_exchange_token":
        raise GraphError("(#2500) Unknown path components: /oauth", 2500)
    if owner is None or given is None:
        raise GraphError("Error validating client secret.", 1)
    return {"access_token": call.text("fb_exchange_token"), "token_type": "bearer", "expires_in": 5183944}


async def _debug_token(call: GraphCall, edge: str) -> Any:
    """``GET /debug_token``, with an app token (id|secret) or with a page token of its own."""
    app_id, bar, secret = call.raw_token.partition("|")
    owner = secret_owner(secret) if bar else None
    if owner is None and call.token is None:
        raise GraphError("Invalid OAuth access token - Cannot parse access token", 190)
    token = page_token(call.text("input_token"))
    if token is None:
        broken = {"code": 190, "message": "Invalid OAuth access token.", "subcode": 467}
        return {"data": {"error": broken, "is_valid": False, "scopes": []}}
    data: dict[str, Any] = {
        "app_id": app_id if bar else "0",
        "type": token.kind,
        "application": "Loa (diễn tập)",
        "is_valid": not token.expired,
        "expires_at": 1 if token.expired else (0 if token.kind == "PAGE" else int(time.time()) + 5_000_000),
        "data_access_expires_at": int(time.time()) + 90 * 86_400,
        "issued_at": int(time.time()) - 3600,
        "scopes": SCOPES,
        "user_id": f"1000{token.page_id}",
    }
    if token.kind == "PAGE":
        data["profile_id"] = token.page_id
    if token.expired:
        data["error"] = {"code": 190, "message": "Error validating access token", "subcode": 463}
    return {"data": data}
