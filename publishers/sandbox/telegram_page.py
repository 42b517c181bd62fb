"""The public pages of a rehearsal Telegram channel, in the shape of t.me: for readers of view counts."""

import html

from aiohttp import web

from publishers.sandbox.cards import local_time
from publishers.sandbox.log import Post
from publishers.sandbox.rich_text import rich
from publishers.sandbox.state import SANDBOX, Sandbox, figures
from publishers.sandbox.telegram_request import Chat, chat_for_username

_PAGE = """<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="stylesheet" href="/_sandbox/style.css"></head><body class="tgme">
<p class="banner">DIỄN TẬP – không có gì ở đây lên mạng thật</p>
<main class="tgme_channel_history">{messages}</main></body></html>"""
_MESSAGE = """<div class="tgme_widget_message" data-post="{channel}/{id}">
<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author">{name}</div>{media}
<div class="tgme_widget_message_text">{text}</div><div class="tgme_widget_message_reactions">{reactions}</div>
<div class="tgme_widget_message_info"><span class="tgme_widget_message_views">{views}</span> lượt xem ·
<a class="tgme_widget_message_date" href="{permalink}"><time datetime="{time}">{clock}</time></a></div></div></div>"""


def rounded(number: int) -> str:
    """A count as t.me prints it: 999, 1.2K, 3M."""
    for limit, letter in ((1_000_000, "M"), (1_000, "K")):
        if number >= limit:
            return f"{number * 10 // limit / 10:.1f}".removesuffix(".0") + letter
    return str(number)


def add_telegram_pages(app: web.Application, chats: dict[int, Chat]) -> None:
    """Serve ``/telegram/s/<channel>`` and ``/telegram/<channel>/<id>``."""

    async def history(request: web.Request) -> web.Response:
        chat = chat_for_username(request.match_info["channel"])
        sandbox = request.app[SANDBOX]
        posts = [p for p in sandbox.log.of_account("telegram", chat.account) if p.deleted is None]
        if not posts:
            raise web.HTTPFound(f"/telegram/{chat.username}")
        before = request.query.get("before", "")
        if before.isdigit():
            posts = [p for p in posts if int(p.id) < int(before)]
        messages = [await _message(sandbox, chat, p) for p in posts[-20:]]
        return _page(chat.as_json()["title"], "".join(messages))

    async def single(request: web.Request) -> web.Response:
        name, message_id = request.match_info["channel"], request.match_info["id"]
        chat = chat_for_username(name)
        return await _single(request, chat, message_id)

    async def private(request: web.Request) -> web.Response:
        chat_id = int(f"-100{request.match_info['number']}")
        return await _single(request, chats.get(chat_id, Chat(chat_id, "")), request.match_info["id"])

    async def about(request: web.Request) -> web.Response:
        return _page(request.match_info["channel"], "")

    name = r"{channel:[A-Za-z0-9_]+}"
    app.router.add_get(rf"/telegram/s/{name}", history)
    app.router.add_get(r"/telegram/c/{number:\d+}/{id:\d+}", private)
    app.router.add_get(rf"/telegram/{name}/{{id:\d+}}", single)
    app.router.add_get(rf"/telegram/{name}", about)


async def _single(request: web.Request, chat: Chat, message_id: str) -> web.Response:
    sandbox = request.app[SANDBOX]
    post = sandbox.log.find("telegram", chat.account, message_id)
    if post is None or message_id in post.deleted_ids:
        gone = '<div class="tgme_widget_message_error">Post not found</div>'
        return _page(chat.as_json()["title"], gone)
    return _page(chat.as_json()["title"], await _message(sandbox, chat, post))


async def _message(sandbox: Sandbox, chat: Chat, post: Post) -> str:
    now = figures(post)
    await sandbox.log.write_metric(post, "views", now["views"])
    media = "".join(
        f'<img class="tgme_widget_message_photo" src="/_sandbox/media/{m["sha256"]}" alt="">'
        for m in post.media
        if m["kind"] == "photo"
    )
    return _MESSAGE.format(
        channel=chat.username or f"c/{str(chat.id)[4:]}",
        id=post.id,
        name=html.escape(chat.as_json()["title"]),
        media=media,
        text=rich(post.text, post.detail.get("entities", [])),
        reactions=f"❤ {rounded(now['reactions'])}" if now["reactions"] else "",
        views=rounded(now["views"]),
        permalink=html.escape(post.permalink),
        time=post.at.isoformat(timespec="seconds"),
        clock=local_time(post.at),
    )


def _page(title: str, messages: str) -> web.Response:
    return web.Response(text=_PAGE.format(title=html.escape(title), messages=messages), content_type="text/html")
