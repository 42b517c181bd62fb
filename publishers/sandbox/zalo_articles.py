"""Zalo articles in the sandbox: create, verify, read, update, remove (facts C2)."""

import re
import secrets
import time
from typing import Any

from publishers.sandbox.image_size import image_size
from publishers.sandbox.log import Post
from publishers.sandbox.state import FetchError, figures
from publishers.sandbox.zalo_request import MEGABYTE, ZaloCall, ZaloError

# The documents say 150 and 300; the live service refuses exactly those.
MAX_TITLE, MAX_DESCRIPTION, MAX_AUTHOR = 149, 299, 50
POLLS_UNTIL_READY = 1  # verify calls answered with -214 before the id
_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"</(p|div|h[1-6]|li|blockquote)>|<br\s*/?>", re.IGNORECASE)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&amp;": "&"}


def reader_text(body: list[dict[str, Any]]) -> str:
    """The text of an article's body as a reader sees it."""
    parts = []
    for block in body:
        if block["type"] == "text":
            text = _TAG.sub("", _BLOCK_END.sub("\n", block.get("content", "")))
            for entity, character in _ENTITIES.items():
                text = text.replace(entity, character)
            parts.append(text.strip())
        elif block.get("caption"):
            parts.append(str(block["caption"]))
    return "\n\n".join(p for p in parts if p)


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("type") != "normal":
        raise ZaloError(-201, "type accept only 2 value normal and video.")
    for name, limit in (("title", MAX_TITLE), ("description", MAX_DESCRIPTION), ("author", MAX_AUTHOR)):
        value = data.get(name)
        if name == "author" and not value:
            continue
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= limit:
            told = {"title": 150, "description": 300, "author": 50}[name]
            raise ZaloError(-201, f"{name} allow 1 to {told} characters")
    for name in ("status", "comment"):
        if data.get(name, "show") not in ("show", "hide"):
            raise ZaloError(-201, f"{name} is invalid")
    _check_cover(data.get("cover"))
    _check_body(data.get("body"))
    return data


def _check_cover(cover: Any) -> None:
    if not isinstance(cover, dict) or cover.get("cover_type") not in ("photo", "video"):
        raise ZaloError(-201, "cover value is invalid")
    if cover["cover_type"] == "photo" and not str(cover.get("photo_url", "")).startswith(("http://", "https://")):
        raise ZaloError(-201, "photo_url is invalid")
    if cover["cover_type"] == "photo" and not str(cover["photo_url"]).isascii():
        raise ZaloError(-201, "photo_url is invalid")
    if cover.get("status") not in ("show", "hide"):
        raise ZaloError(-200, "create media fail")


def _check_body(body: Any) -> None:
    if not isinstance(body, list) or not body:
        raise ZaloError(-201, "body is invalid")
    needed = {"text": "content", "image": "url", "video": "video_id", "product": "id"}
    for block in body:
        if not isinstance(block, dict) or block.get("type") not in needed or not block.get(needed[block["type"]]):
            raise ZaloError(-201, "body is invalid")


async def _cover_problem(call: ZaloCall, cover: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """(what is wrong with the cover, its media entry). Zalo fetches it and tells only at verify."""
    if cover["cover_type"] != "photo":
        return "", []
    url = str(cover["photo_url"])
    try:
        content, _ = await call.sandbox.fetch(url)
    except FetchError:
        return "Upload media failed: can not download photo_url", []
    if len(content) > MEGABYTE or image_size(content) is None or not content.startswith((b"\x89PNG", b"\xff\xd8")):
        return "Upload media failed: photo is not a jpg or png of 1 MB at most", []
    digest, size = await call.sandbox.log.store_media(content)
    return "", [{"kind": "image", "url": url, "sha256": digest, "bytes": size}]


def _record(call: ZaloCall, data: dict[str, Any], token: str, cover: list[dict[str, Any]]) -> dict[str, Any]:
    body = data["body"]
    title, description = data["title"].strip(), data["description"].strip()
    pictures = [{"kind": "image", "url": b["url"], "sha256": "", "bytes": 0} for b in body if b["type"] == "image"]
    detail = {"title": title, "description": description, "author": data.get("author", ""), "token": token}
    detail |= {
        "status": data.get("status", "show"),
        "comment": data.get("comment", "show"),
        "cover": data["cover"],
    }
    detail |= {"body": body, "link": data.get("tracking_link", ""), "updated": int(time.time() * 1000)}
    return {
        "platform": "zalo",
        "account": call.oa_id,
        "text": f"{title}\n\n{description}\n\n{reader_text(body)}".strip(),
        "raw": "".join(b.get("content", "") for b in body),
        "media": cover + pictures,
        "detail": detail,
    }


def _find(call: ZaloCall, article_id: Any) -> Post:
    post = call.sandbox.log.find("zalo", call.oa_id, str(article_id or ""))
    if post is None or post.deleted:
        raise ZaloError(-201, "id is invalid")
    return post


async def create(call: ZaloCall) -> Any:
    """``POST /v2.0/article/create``: answers a token, which is not the article's id."""
    call.need_package()
    data = _checked(call.data)
    token = secrets.token_urlsafe(24)
    problem, cover = await _cover_problem(call, data["cover"])
    if problem:
        call.failed[token] = problem
        return {"token": token}
    article_id = f"{secrets.token_hex(8)}{call.sandbox.log.next_number():08x}"
    await call.sandbox.log.write(
        action="publish",
        id=article_id,
        permalink=f"{call.base}/zalo/d/{call.oa_id}?id={article_id}&pageId={call.oa_id}",
        **_record(call, data, token, cover),
    )
    return {"token": token}


async def update(call: ZaloCall) -> Any:
    """``POST /v2.0/article/update``: the whole article again, with its id."""
    call.need_package()
    data = _checked(call.data)
    post = _find(call, data.get("id"))
    token = secrets.token_urlsafe(24)
    problem, cover = await _cover_problem(call, data["cover"])
    if problem:
        call.failed[token] = problem
        return {"token": token}
    await call.sandbox.log.write(
        action="edit", id=post.id, permalink=post.permalink, **_record(call, data, token, cover)
    )
    return {"token": token}


async def verify(call: ZaloCall) -> Any:
    """``POST /v2.0/article/verify``: -214 while the article is made, then its id; -200 for a bad cover."""
    token = str(call.data.get("token") or "")
    posts = reversed(call.sandbox.log.of_account("zalo", call.oa_id))
    post = next((p for p in posts if p.detail.get("token") == token and token), None)
    if post is None and token not in call.failed:
        raise ZaloError(-201, "token is invalid")
    call.polls[token] += 1
    if call.polls[token] <= POLLS_UNTIL_READY:
        raise ZaloError(-214, "Article is being processed")
    if post is None:
        raise ZaloError(-200, call.failed[token])
    return {"id": post.id}


async def remove(call: ZaloCall) -> Any:
    """``POST /v2.0/article/remove``."""
    post = _find(call, call.data.get("id"))
    await call.sandbox.log.write(
        platform="zalo",
        account=call.oa_id,
        action="delete",
        id=post.id,
        text=post.text,
        permalink=post.permalink,
    )


async def get_detail(call: ZaloCall) -> Any:
    """``GET /v2.0/article/getdetail``."""
    post = _find(call, call.data.get("id"))
    views = figures(post)["views"]
    await call.sandbox.log.write_metric(post, "total_view", views)
    names = ("author", "cover", "description", "body", "comment")
    return {**_summary(post), **{n: post.detail.get(n) for n in names}, "total_view": views}


def _summary(post: Post) -> dict[str, Any]:
    created = int(post.at.timestamp() * 1000)
    return {
        "id": post.id,
        "type": "normal",
        "title": post.detail["title"],
        "status": post.detail["status"],
        "link_view": post.permalink,
        "create_date": created,
        "update_date": post.detail.get("updated", created),
    }


async def get_slice(call: ZaloCall) -> Any:
    """``GET /v2.0/article/getslice``: newest first, 10 at most."""
    kind = call.data.get("type", "")
    if kind not in ("normal", "video"):
        raise ZaloError(-201, "type accept only 2 value normal and video.")
    try:
        offset, limit = int(call.data.get("offset", 0)), int(call.data.get("limit", 10))
    except ValueError as error:
        raise ZaloError(-201, "limit is invalid") from error
    if limit > 10:
        raise ZaloError(-201, "maximum limit is 10")
    if limit < 1 or offset < 0:
        raise ZaloError(-201, "offset is invalid")
    posts = [p for p in reversed(call.sandbox.log.of_account("zalo", call.oa_id)) if p.deleted is None]
    posts = posts if kind == "normal" else []
    medias = []
    for post in posts[offset : offset + limit]:
        now = figures(post)
        await call.sandbox.log.write_metric(post, "total_view", now["views"])
        thumb = str(post.detail["cover"].get("photo_url", ""))
        medias.append({**_summary(post), "thumb": thumb, "total_view": now["views"], "total_share": now["shares"]})
    return {"total": len(posts), "medias": medias}
