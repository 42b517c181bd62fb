"""What a page does through the Graph API: posts, photos, videos, edits, deletions (facts A2)."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from publishers.sandbox.facebook_fields import node
from publishers.sandbox.facebook_request import GraphCall, GraphError, parse_time
from publishers.sandbox.image_size import image_size
from publishers.sandbox.log import Post
from publishers.sandbox.state import FetchError

MAX_MESSAGE = 63_206
MAX_PHOTO = 10 * 1024 * 1024
_FIRST_NUMBER = 122_100_000_000


def _new_number(call: GraphCall) -> str:
    return str(_FIRST_NUMBER + call.sandbox.log.next_number())


def _false(text: str) -> bool:
    return text.lower() in ("false", "0")


def _message(call: GraphCall, *names: str) -> str:
    text = next((call.text(n) for n in names if call.text(n)), "")
    if len(text) > MAX_MESSAGE:
        raise GraphError("(#100) The message is too long", 100)
    return text.replace("\r\n", "\n").strip()


def _schedule(call: GraphCall) -> float:
    """Unix seconds of a planned publication; 0 for now. Raises GraphError outside 10 minutes to 30 days."""
    text = call.text("scheduled_publish_time")
    if not text:
        if _false(call.text("published")):
            return -1.0
        return 0.0
    when = parse_time(text)
    now = datetime.now(UTC)
    if not _false(call.text("published")):
        raise GraphError("(#100) You cannot specify a scheduled publish time on a published post", 100)
    if when is None or not timedelta(minutes=10) <= when - now <= timedelta(days=30):
        raise GraphError("(#100) The specified scheduled publish time is invalid", 100)
    return when.timestamp()


async def publish_feed(call: GraphCall, page_id: str) -> Any:
    """``POST /{page}/feed``: text, link, or photos uploaded before."""
    page = call.page(page_id)
    message = _message(call, "message")
    link = call.text("link")
    if link and (urlsplit(link).scheme not in ("http", "https") or not urlsplit(link).netloc):
        raise GraphError("(#100) link URL is not properly formatted", 100)
    photos = _attached(call, page)
    if not message and not link and not photos:
        raise GraphError("(#100) Missing message or attachment", 100, 1349125)
    scheduled = _schedule(call)
    media = [m for photo in photos for m in photo.media]
    _refuse_duplicate(call, page, message, link, media)
    if call.call.partial and photos:
        raise GraphError("An unknown error occurred", 1, 99, status=500, transient=True)
    post = await _write_post(call, page, message, media, link=link, scheduled=scheduled, photos=photos)
    return node(call, post, call.text("fields") or "id")


async def _write_post(
    call: GraphCall,
    page: str,
    message: str,
    media: list[dict[str, Any]],
    *,
    link: str = "",
    scheduled: float = 0.0,
    photos: list[Post] | None = None,
    photo_id: str = "",
) -> Post:
    number = _new_number(call)
    detail: dict[str, Any] = {"link": link} if link else {}
    if scheduled:
        detail["scheduled"] = scheduled
    if photos:
        detail["photos"] = [p.id for p in photos]
        for photo in photos:
            photo.detail["attached"] = True
    if photo_id:
        detail |= {"photo_id": photo_id, "ids": [f"{page}_{number}", photo_id]}
    post = await call.sandbox.log.write(
        platform="facebook",
        account=page,
        action="publish",
        id=f"{page}_{number}",
        text=message,
        raw=message,
        media=media,
        permalink=f"{call.base}/facebook/{page}/posts/{number}",
        detail=detail,
    )
    assert post is not None
    return post


def _attached(call: GraphCall, page: str) -> list[Post]:
    """The unpublished photos named by attached_media. Raises GraphError when one cannot be used."""
    value = call.params.get("attached_media")
    if value is None:
        value = [v for k, v in sorted(call.params.items()) if k.startswith("attached_media[")] or None
        if value is None:
            return []
    try:
        items = json.loads(value) if isinstance(value, str) else value
        items = [json.loads(i) if isinstance(i, str) else i for i in items] if isinstance(items, list) else items
    except ValueError as error:
        raise GraphError("(#100) param attached_media must be an array.", 100) from error
    if not isinstance(items, list):
        raise GraphError("(#100) param attached_media must be an array.", 100)
    photos: list[Post] = []
    for item in items:
        photo_id = str(item.get("media_fbid", "")) if isinstance(item, dict) else ""
        photo = call.sandbox.log.find("facebook", page, photo_id)
        if photo is None or photo.visible or photo.deleted is not None or photo in photos:
            raise GraphError(f"(#100) Invalid parameter: attached_media {photo_id!r} is not an unpublished photo", 100)
        if photo.detail.get("attached") or _is_attached(call, page, photo_id):
            raise GraphError("(#100) Photo is already posted", 100, 1366051)
        photos.append(photo)
    return photos


def _is_attached(call: GraphCall, page: str, photo_id: str) -> bool:
    return any(photo_id in p.detail.get("photos", ()) for p in call.sandbox.log.of_account("facebook", page))


def _refuse_duplicate(call: GraphCall, page: str, message: str, link: str, media: list[dict[str, Any]]) -> None:
    """Identical posts cannot be published one after the other (code 506)."""
    last = next((p for p in reversed(call.sandbox.log.of_account("facebook", page)) if p.deleted is None), None)
    if last is None or not (message or link):
        return
    same = (last.text, last.detail.get("link", ""), [m["sha256"] for m in last.media])
    if same == (message, link, [m["sha256"] for m in media]):
        raise GraphError(
            "(#506) Duplicate status message",
            506,
            1455006,
            user="Bài viết này giống hệt bài vừa đăng. Hãy sửa nội dung rồi thử lại.",
        )


async def publish_photo(call: GraphCall, page_id: str) -> Any:
    """``POST /{page}/photos``: a photo with its own post, or an unpublished one to attach later."""
    page = call.page(page_id)
    caption = _message(call, "caption", "message")
    entry = await _photo(call)
    photo_id = _new_number(call)
    scheduled = _schedule(call)
    if scheduled == -1.0:
        await call.sandbox.log.write(
            platform="facebook",
            account=page,
            action="upload",
            id=photo_id,
            text=caption,
            raw=caption,
            media=[entry],
        )
        return {"id": photo_id}
    _refuse_duplicate(call, page, caption, "", [entry])
    post = await _write_post(call, page, caption, [entry], scheduled=scheduled, photo_id=photo_id)
    return {"id": photo_id, "post_id": post.id}


async def _photo(call: GraphCall) -> dict[str, Any]:
    source = call.params.get("source")
    name = "photo"
    if isinstance(source, web.FileField):
        content, name = source.file.read(), source.filename
    elif call.text("url"):
        try:
            content, _ = await call.sandbox.fetch(call.text("url"))
        except FetchError as error:
            raise GraphError("(#100) Missing or invalid image file: the URL could not be fetched", 100) from error
    else:
        raise GraphError("(#324) Requires upload file", 324)
    if len(content) > MAX_PHOTO:
        raise GraphError("(#100) Photos should be smaller than 10 MB and saved as JPG or PNG", 100, 1366046)
    if image_size(content) is None:
        raise GraphError("(#324) Missing or invalid image file", 324)
    sha256, size = await call.sandbox.log.store_media(content)
    return {"kind": "photo", "name": name, "sha256": sha256, "bytes": size}


async def publish_video(call: GraphCall, page_id: str) -> Any:
    """``POST graph-video/{page}/videos`` with ``source`` or ``file_url``."""
    page = call.page(page_id)
    source = call.params.get("source")
    if isinstance(source, web.FileField):
        content, name = source.file.read(), source.filename
    elif call.text("file_url"):
        try:
            content, _ = await call.sandbox.fetch(call.text("file_url"))
        except FetchError as error:
            raise GraphError("(#389) Unable to fetch video file from URL", 389) from error
        name = urlsplit(call.text("file_url")).path.rpartition("/")[2]
    else:
        raise GraphError("(#352) The video file you selected is in a format that we don't support", 352)
    if content[4:8] != b"ftyp":
        raise GraphError("(#352) The video file you selected is in a format that we don't support", 352)
    sha256, size = await call.sandbox.log.store_media(content)
    entry = {"kind": "video", "name": name, "sha256": sha256, "bytes": size}
    number = _new_number(call)
    title, text = call.text("title"), _message(call, "description")
    await call.sandbox.log.write(
        platform="facebook",
        account=page,
        action="publish",
        id=f"{page}_{number}",
        text=text,
        raw=text,
        media=[entry],
        permalink=f"{call.base}/facebook/{page}/posts/{number}",
        detail={"ids": [f"{page}_{number}", number], "video_id": number, "title": title},
    )
    return {"id": number}


async def edit_post(call: GraphCall, object_id: str) -> Any:
    """``POST /{post}``: a new message, or release of a planned post."""
    post = call.post(object_id, "post")
    call.page(post.account)
    changes: dict[str, Any] = {}
    if "is_hidden" in call.params:
        changes["hidden"] = not _false(call.text("is_hidden"))
    if call.text("is_published") and not _false(call.text("is_published")):
        changes["scheduled"] = time.time()
    message = _message(call, "message") if "message" in call.params else post.text
    if "message" not in call.params and not changes:
        raise GraphError("(#100) Nothing to update", 100)
    if not message and not post.media and not post.detail.get("link"):
        raise GraphError("(#100) Missing message or attachment", 100, 1349125)
    await call.sandbox.log.write(
        platform="facebook",
        account=post.account,
        action="edit",
        id=post.id,
        text=message,
        raw=message,
        permalink=post.permalink,
        detail=changes,
    )
    return {"success": True}


async def delete_post(call: GraphCall, object_id: str) -> Any:
    """``DELETE /{post}``; a second time is an error, as on the platform."""
    post = call.post(object_id, "delete")
    call.page(post.account)
    for one in post.ids:
        await call.sandbox.log.write(
            platform="facebook",
            account=post.account,
            action="delete",
            id=one,
            text=post.text,
            permalink=post.permalink,
        )
    return {"success": True}
