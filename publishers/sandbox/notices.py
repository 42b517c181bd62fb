"""Rehearsal of our own local platforms: loudspeaker packages, feed items, texts to post by hand."""

import time
from typing import Any

from aiohttp import web

from publishers.sandbox.faults import Call
from publishers.sandbox.log import Post
from publishers.sandbox.state import SANDBOX, Sandbox, answer_after, base_url


class NoticeFaults:
    """How our own platforms word the faults of the board."""

    def throttled(self, seconds: float) -> web.Response:
        return web.json_response(
            {"error": "too many requests"}, status=429, headers={"Retry-After": str(max(1, round(seconds)))}
        )

    def expired(self) -> web.Response:
        return web.json_response({"error": "unauthorized"}, status=401)

    def server_error(self) -> web.Response:
        return web.json_response({"error": "internal error"}, status=500)

    def blocked(self) -> web.Response:
        return web.json_response({"error": "forbidden"}, status=403)

    def undeletable(self) -> web.Response:
        return web.json_response({"error": "not to be deleted"}, status=403)


class NoticeError(Exception):
    """What is wrong with a notice."""


def add_notice_routes(app: web.Application) -> None:
    """Serve ``POST /notice/<platform>/<channel>``."""
    app.router.add_post(r"/notice/{platform:[a-z0-9_-]{1,40}}/{channel:[^/]{1,200}}", take_notice)


async def take_notice(request: web.Request) -> web.StreamResponse:
    """Publish, edit or delete one notice; publishing twice under one reference answers the same id."""
    sandbox = request.app[SANDBOX]
    started = time.monotonic()
    call = Call(request.match_info["platform"], "notice", request.match_info["channel"], write=True)

    async def act() -> web.StreamResponse:
        try:
            notice = _checked(await request.json())
            post = await _take(sandbox, call, notice, base_url(request))
        except (ValueError, NoticeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        except OSError as error:
            return web.json_response({"error": type(error).__name__}, status=500)
        await sandbox.log.settled()
        return web.json_response({"id": post.id, "permalink": post.permalink})

    await answer_after(sandbox)
    response = await sandbox.faults.run(request, call, NoticeFaults(), act)
    sandbox.note(call, response.status, started)
    return response


def _checked(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise NoticeError("expected a JSON object")
    kind = data.get("kind", "publish")
    if kind not in ("publish", "edit", "delete"):
        raise NoticeError("kind is publish, edit or delete")
    if not isinstance(data.get("reference"), str) or not data["reference"]:
        raise NoticeError("reference is missing")
    if kind != "delete" and not (data.get("title") or data.get("text")):
        raise NoticeError("title and text are both empty")
    images = data.get("images") or []
    if not isinstance(images, list) or not all(isinstance(i, str) for i in images):
        raise NoticeError("images is a list of addresses")
    for name in ("title", "text", "language", "channel_name"):
        if not isinstance(data.get(name) or "", str):
            raise NoticeError(f"{name} is text")
    return {**data, "kind": kind, "images": images}


async def _take(sandbox: Sandbox, call: Call, notice: dict[str, Any], base: str) -> Post:
    log = sandbox.log
    known = log.by_reference(call.platform, call.account, notice["reference"])
    if notice["kind"] == "publish":
        return known or await _publish(sandbox, call, notice, base)
    if known is None:
        raise NoticeError("no notice has this reference")
    if notice["kind"] == "delete":
        if known.deleted is None:
            await log.write(
                platform=call.platform,
                account=call.account,
                action="delete",
                id=known.id,
                text=known.text,
                reference=known.reference,
                permalink=known.permalink,
            )
        return known
    if known.deleted is not None:
        raise NoticeError("the notice is deleted")
    await log.write(action="edit", id=known.id, permalink=known.permalink, **_content(call, notice))
    return known


def _content(call: Call, notice: dict[str, Any]) -> dict[str, Any]:
    title, text = notice.get("title") or "", notice.get("text") or ""
    media = [{"kind": "image", "url": url, "sha256": "", "bytes": 0} for url in notice["images"]]
    if notice.get("audio"):
        media.append({"kind": "audio", "url": str(notice["audio"]), "sha256": "", "bytes": 0})
    # A composed text may open with its title already.
    shown = text if not title or text.startswith(title) else f"{title}\n\n{text}".strip()
    detail = {"title": title, "language": notice.get("language") or "", "name": notice.get("channel_name") or ""}
    return {
        "platform": call.platform,
        "account": call.account,
        "text": shown,
        "raw": text,
        "media": media,
        "reference": notice["reference"],
        "detail": detail,
    }


async def _publish(sandbox: Sandbox, call: Call, notice: dict[str, Any], base: str) -> Post:
    notice_id = f"n{sandbox.log.next_number()}"
    post = await sandbox.log.write(
        action="publish", id=notice_id, permalink=f"{base}/#p{notice_id}", **_content(call, notice)
    )
    assert post is not None
    return post
