"""The ``fields=`` language of the Graph API, and the nodes the sandbox can describe with it."""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from publishers.sandbox.facebook_request import GraphCall, GraphError
from publishers.sandbox.log import Post
from publishers.sandbox.state import figures

_NAME = re.compile(r"\s*([a-z_][a-z0-9_]*)")


@dataclass
class Field:
    """One asked field: its name, its modifiers (``.limit(0)``) and its own fields."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    fields: list["Field"] = field(default_factory=list)


def parse_fields(text: str) -> list[Field]:
    """Read a ``fields`` parameter. Raises GraphError (code 2500) on a syntax error."""
    fields, rest = _parse(text.strip())
    if rest:
        raise GraphError(f'Syntax error "Expected end of string instead of "{rest[0]}"." at character', 2500)
    return fields


def _parse(text: str) -> tuple[list[Field], str]:
    fields: list[Field] = []
    while True:
        match = _NAME.match(text)
        if not match:
            raise GraphError('Syntax error "Expected name." in field expansion', 2500)
        one = Field(match[1])
        text = text[match.end() :]
        while modifier := re.match(r"\.([a-z_]+)\(([^()]*)\)", text):
            one.modifiers[modifier[1]] = modifier[2]
            text = text[modifier.end() :]
        if text.startswith("{"):
            one.fields, text = _parse(text[1:])
            if not text.startswith("}"):
                raise GraphError('Syntax error "Expected "}"." in field expansion', 2500)
            text = text[1:]
        fields.append(one)
        if not text.lstrip().startswith(","):
            return fields, text.lstrip()
        text = text.lstrip()[1:]


def graph_time(when: datetime) -> str:
    """A time as the Graph API writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S+0000")


def is_public(post: Post) -> bool:
    """True for a post readers can see now: not deleted, not waiting for its hour, not unpublished."""
    scheduled = post.detail.get("scheduled", 0)
    return post.deleted is None and scheduled >= 0 and scheduled <= time.time()


def _attachments(post: Post) -> list[dict[str, Any]]:
    if post.media:
        target = post.permalink
        if len(post.media) > 1:
            parts = [{"media_type": m["kind"], "type": m["kind"], "url": target} for m in post.media]
            return [{"media_type": "album", "type": "album", "url": target, "subattachments": {"data": parts}}]
        kind = post.media[0]["kind"]
        return [{"media_type": kind, "type": kind, "url": target, "unshimmed_url": target}]
    link = post.detail.get("link")
    if link:
        return [{"media_type": "link", "type": "share", "title": link, "url": link, "unshimmed_url": link}]
    return []


def _summary(total: int) -> dict[str, Any]:
    return {"data": [], "summary": {"total_count": total}}


_POST_FIELDS: dict[str, Callable[[Post], Any]] = {
    "id": lambda p: p.id,
    "message": lambda p: p.text or None,
    "created_time": lambda p: graph_time(p.at),
    "updated_time": lambda p: graph_time(p.edited or p.at),
    "permalink_url": lambda p: p.permalink,
    "is_published": is_public,
    "is_hidden": lambda p: bool(p.detail.get("hidden")),
    "status_type": lambda p: "added_photos" if p.media else "mobile_status_update",
    "scheduled_publish_time": lambda p: int(p.detail["scheduled"]) if p.detail.get("scheduled", 0) > 0 else None,
    "from": lambda p: {"id": p.account, "name": page_name(p.account)},
    "attachments": lambda p: {"data": _attachments(p)} if _attachments(p) else None,
    "full_picture": lambda p: None,
    "shares": lambda p: {"count": figures(p)["shares"]} if figures(p)["shares"] else None,
    "reactions": lambda p: _summary(figures(p)["reactions"]),
    "comments": lambda p: _summary(figures(p)["comments"]),
    "likes": lambda p: _summary(figures(p)["reactions"]),
    "status": lambda p: {"video_status": "ready"} if p.detail.get("video_id") else None,
}
COUNTED = {"shares": "shares", "reactions": "reactions", "comments": "comments", "likes": "reactions"}


def node(call: GraphCall, post: Post, fields: str) -> dict[str, Any]:
    """A post with the asked fields; absent values are left out, as the Graph API does."""
    return describe(post, parse_fields(fields))


def describe(post: Post, asked: list[Field]) -> dict[str, Any]:
    """A post with the asked fields. Raises GraphError for a field it does not have."""
    answer: dict[str, Any] = {}
    for one in asked:
        if one.name == "insights":
            continue
        getter = _POST_FIELDS.get(one.name)
        if getter is None:
            raise GraphError(f"(#100) Tried accessing nonexisting field ({one.name}) on node type (Post)", 100)
        value = getter(post)
        if value is not None:
            answer[one.name] = _narrow(value, one.fields)
    answer.setdefault("id", post.id)
    return answer


def _narrow(value: Any, fields: list[Field]) -> Any:
    """Keep only the asked keys of a list of parts, such as attachments{media_type,url}."""
    if not fields or not isinstance(value, dict) or "data" not in value:
        return value
    names = {f.name for f in fields}
    return {**value, "data": [{k: v for k, v in part.items() if k in names} for part in value["data"]]}


def page_name(page_id: str) -> str:
    """The name of a rehearsal page."""
    return f"Trang diễn tập {page_id[-4:]}"


def page_node(page_id: str, fields: str) -> dict[str, Any]:
    """A page with the asked fields."""
    followers = 300 + int(hashlib.sha256(page_id.encode()).hexdigest()[:4], 16) % 9000
    known: dict[str, Any] = {
        "id": page_id,
        "name": page_name(page_id),
        "fan_count": followers * 9 // 10,
        "followers_count": followers,
        "is_published": True,
        "link": f"https://www.facebook.com/{page_id}",
        "category": "Government organization",
        "tasks": ["CREATE_CONTENT", "MANAGE", "MODERATE"],
    }
    answer = {}
    for one in parse_fields(fields or "id,name"):
        if one.name not in known:
            raise GraphError(f"(#100) Tried accessing nonexisting field ({one.name}) on node type (Page)", 100)
        answer[one.name] = known[one.name]
    return {**answer, "id": page_id}
