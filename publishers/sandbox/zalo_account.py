"""Official Account calls of the sandbox's Zalo: profile, followers, quota, pictures, broadcasts (facts C3, C4)."""

import hashlib
import json
from datetime import datetime
from typing import Any

from aiohttp import web

from publishers.sandbox.cards import VIETNAM
from publishers.sandbox.image_size import image_size
from publishers.sandbox.zalo_request import MEGABYTE, SMALL_PACKAGE, ZaloCall, ZaloError

NIGHT_FROM, NIGHT_TO = 22, 6


def followers(oa_id: str) -> int:
    """How many people follow a rehearsal OA; always the same number."""
    return 450 + int(hashlib.sha256(oa_id.encode()).hexdigest()[:4], 16) % 6000


async def get_oa(call: ZaloCall) -> Any:
    """``GET /v2.0/oa/getoa``."""
    paid = not call.oa_id.endswith(SMALL_PACKAGE)
    return {
        "oa_id": call.oa_id,
        "oaid": call.oa_id,
        "name": f"OA diễn tập {call.oa_id[-4:]}",
        "description": "Không có gì ở đây lên mạng thật",
        "is_verified": True,
        "oa_type": 4,
        "num_follower": followers(call.oa_id),
        "package_name": "Nâng cao" if paid else "Cơ bản",
    }


async def upload_image(call: ZaloCall) -> Any:
    """``POST /v2.0/oa/upload/image``."""
    part = call.data.get("file")
    content = part.file.read() if isinstance(part, web.FileField) else b""
    if not content or len(content) > MEGABYTE or not content.startswith((b"\x89PNG", b"\xff\xd8")):
        raise ZaloError(-201, "file invalid")
    if image_size(content) is None:
        raise ZaloError(-201, "file invalid")
    digest, _ = await call.sandbox.log.store_media(content)
    return {"attachment_id": f"SBX-{digest}"}


async def get_followers(call: ZaloCall) -> Any:
    """``GET /v3.0/oa/user/getlist``: the total; a rehearsal OA names no person."""
    call.need_package()
    return {"total": followers(call.oa_id), "count": 0, "offset": 0, "users": []}


async def get_quota(call: ZaloCall) -> Any:
    """``POST /v3.0/oa/quota/message``."""
    used = len(_broadcasts(call, "%Y-%m"))
    return [{"quota_type": "sub_quota", "product_type": "promotion", "total": 4, "remain": max(0, 4 - used)}]


def _broadcasts(call: ZaloCall, period: str) -> list[datetime]:
    """Broadcasts of this day (%Y-%m-%d) or month (%Y-%m), in Vietnam's time."""
    now = datetime.now(VIETNAM).strftime(period)
    made = {when for post in call.sandbox.log.of_account("zalo", call.oa_id) for when in post.broadcasts}
    return [when for when in made if when.astimezone(VIETNAM).strftime(period) == now]


async def broadcast(call: ZaloCall) -> Any:
    """``POST /v2.0/oa/message`` to a target: 1 to 5 articles, not at night, once a day and 4 times a month."""
    target = call.data.get("recipient", {}).get("target") if isinstance(call.data.get("recipient"), dict) else None
    if not isinstance(target, dict):
        raise ZaloError(-240, "MessageV2 API has been shut down, please use MessageV3")
    articles = _articles_to_send(call)
    call.need_package()
    if call.sandbox.limits.on:
        hour = datetime.now(VIETNAM).hour
        if hour >= NIGHT_FROM or hour < NIGHT_TO:
            raise ZaloError(-234, "This message type can not be sent at night (from 22:00 to 06:00)")
        if _broadcasts(call, "%Y-%m-%d") or len(_broadcasts(call, "%Y-%m")) >= 4:
            raise ZaloError(-211, "Out of quota")
    message_id = hashlib.sha256(f"{call.oa_id}/{call.sandbox.log.next_number()}".encode()).hexdigest()[:20]
    posts = [call.sandbox.log.find("zalo", call.oa_id, a) for a in articles]
    first = posts[0]
    assert first is not None
    await call.sandbox.log.write(
        platform="zalo",
        account=call.oa_id,
        action="broadcast",
        id=first.id,
        text=first.text,
        raw=json.dumps(target),
        permalink=first.permalink,
        detail={"message_id": message_id, "articles": articles, "target": target},
    )
    return {"message_id": message_id}


def _articles_to_send(call: ZaloCall) -> list[str]:
    message = call.data.get("message")
    try:
        attachment = message["attachment"]  # type: ignore[index]
        payload = attachment["payload"]
        elements = payload["elements"]
        ids = [e["attachment_id"] for e in elements if e["media_type"] == "article"]
    except (KeyError, TypeError) as error:
        raise ZaloError(-201, "attachment is invalid") from error
    if attachment.get("type") != "template" or payload.get("template_type") != "media":
        raise ZaloError(-201, "template_type is invalid")
    if not 1 <= len(ids) <= 5 or len(ids) != len(elements):
        raise ZaloError(-210, "elements allow 1 to 5 articles")
    for one in ids:
        post = call.sandbox.log.find("zalo", call.oa_id, str(one))
        if post is None or post.deleted or post.detail.get("status") != "show":
            raise ZaloError(-201, "attachment_id is invalid")
    return [str(one) for one in ids]
