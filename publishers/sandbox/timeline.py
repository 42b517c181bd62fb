"""The timeline: what was posted in rehearsal, as a reader would see it, newest first.

Server-rendered, without script. UI words are Vietnamese literals in the templates, since this server
runs without Django and its catalogues.
"""

import html
import pathlib
import re
from urllib.parse import urlencode

from aiohttp import web

from publishers.sandbox.cards import PLATFORMS, card, channel_name, icon, platform_name
from publishers.sandbox.image_size import media_type
from publishers.sandbox.log import Post
from publishers.sandbox.state import SANDBOX

PER_PAGE = 25
_HERE = pathlib.Path(__file__).parent
# The page shows what others wrote: no script, and pictures only from this machine.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' http://127.0.0.1:* "
    "http://localhost:*; media-src 'self' http://127.0.0.1:* http://localhost:*; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def add_timeline_routes(app: web.Application) -> None:
    """Serve ``/``, one post's own page, stored media and the style sheet."""
    app.router.add_get("/", timeline)
    app.router.add_get(r"/facebook/{account:\d+}/posts/{number:\d+}", facebook_post)
    app.router.add_get(r"/zalo/d/{account:\d+}", zalo_article)
    app.router.add_get(r"/_sandbox/media/{digest:[0-9a-f]{64}}", media)
    app.router.add_get("/_sandbox/style.css", style)
    app.router.add_get("/favicon.ico", no_icon)


async def style(request: web.Request) -> web.StreamResponse:
    """The style sheet of all pages."""
    return web.FileResponse(_HERE / "timeline.css", headers={"Cache-Control": "no-cache"})


async def no_icon(request: web.Request) -> web.Response:
    """Browsers ask for an icon; there is none."""
    return web.Response(status=204)


async def media(request: web.Request) -> web.StreamResponse:
    """A stored upload, under a type that a browser does not run."""
    path = request.app[SANDBOX].log.media_dir / request.match_info["digest"]
    if not path.is_file():
        raise web.HTTPNotFound
    with path.open("rb") as file:
        kind = media_type(file.read(32))
    headers = {"Content-Type": kind, "X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=86400"}
    return web.FileResponse(path, headers=headers)


def page(title: str, body: str, *, status: int = 200) -> web.Response:
    """A page of the sandbox with its banner."""
    template = (_HERE / "page.html").read_text(encoding="utf-8")
    text = template.replace("{{title}}", html.escape(title)).replace("{{body}}", body)
    return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)


async def timeline(request: web.Request) -> web.Response:
    """All posts, or those of one platform or channel, a page at a time."""
    sandbox = request.app[SANDBOX]
    await sandbox.log.settled()
    platform, account = request.query.get("platform", ""), request.query.get("channel", "")
    posts = [
        p
        for p in reversed(sandbox.log.posts)
        if (not platform or p.platform == platform) and (not account or p.account == account)
    ]
    number = request.query.get("page", "1")
    current = max(1, int(number)) if re.fullmatch(r"\d{1,6}", number) else 1
    shown = posts[(current - 1) * PER_PAGE : current * PER_PAGE]
    heading = _count(len(posts), platform, channel_name(posts[0]) if account and posts else account)
    cards = "".join(card(p) for p in shown) or _empty(bool(sandbox.log.posts))
    filters = _filters(sandbox.log.posts, platform, account)
    pages = _pages(len(posts), current, platform, account)
    body = (
        f'<div class="columns"><nav class="filters" aria-label="Lọc">{filters}</nav>'
        f"<main>{heading}{cards}{pages}</main></div>"
    )
    return page("Dòng thời gian diễn tập", body)


def _empty(filtered: bool) -> str:
    if filtered:
        return '<p class="empty">Không có bài nào khớp với bộ lọc này. <a href="/">Xem tất cả</a></p>'
    return '<p class="empty">Chưa có bài nào. Khi Loa gửi bài tới một kênh diễn tập, bài sẽ hiện ở đây.</p>'


def _count(total: int, platform: str, account: str) -> str:
    where = html.escape(account or (platform_name(platform) if platform else "tất cả các kênh"))
    return f"<h1>{total} bài <span>{where}</span></h1>"


def _link(platform: str, account: str = "", number: int = 1) -> str:
    asked = {"platform": platform, "channel": account, "page": str(number) if number > 1 else ""}
    query = urlencode({k: v for k, v in asked.items() if v})
    return html.escape(f"/?{query}" if query else "/")


def _filters(posts: list[Post], platform: str, account: str) -> str:
    counts: dict[str, dict[str, int]] = {}
    names: dict[tuple[str, str], str] = {}
    for post in posts:
        names[post.platform, post.account] = channel_name(post)
        of = counts.setdefault(post.platform, {})
        of[post.account] = of.get(post.account, 0) + 1
    order = sorted(counts, key=lambda p: (list(PLATFORMS).index(p) if p in PLATFORMS else 99, p))
    chips = [_chip("/", "Tất cả", len(posts), not platform, "")]
    for name in order:
        current = name == platform
        chips.append(_chip(_link(name), platform_name(name), sum(counts[name].values()), current, name))
    channels = [
        f'<li><a href="{_link(name, channel)}"{_current(channel == account and name == platform)}>{icon(name)}'
        f"<span>{html.escape(names[name, channel])}</span><b>{counts[name][channel]}</b></a></li>"
        for name in order
        if not platform or name == platform
        for channel in sorted(counts[name])
    ]
    state = " open" if account else ""
    listed = "".join(channels)
    more = f"<details{state}><summary>Kênh ({len(channels)})</summary><ul>{listed}</ul></details>"
    return f'<div class="chips">{"".join(chips)}</div>{more if channels else ""}'


def _current(is_current: bool) -> str:
    return ' aria-current="page"' if is_current else ""


def _chip(href: str, name: str, count: int, current: bool, platform: str) -> str:
    sign = icon(platform) if platform else ""
    inside = f"{sign}{html.escape(name)}<b>{count}</b>"
    return f'<a class="chip {html.escape(platform)}" href="{href}"{_current(current)}>{inside}</a>'


def _pages(total: int, current: int, platform: str, account: str) -> str:
    last = max(1, -(-total // PER_PAGE))
    if last == 1:
        return ""
    newer = f'<a href="{_link(platform, account, current - 1)}">← Mới hơn</a>' if current > 1 else "<span></span>"
    older = f'<a href="{_link(platform, account, current + 1)}">Cũ hơn →</a>' if current < last else "<span></span>"
    return f'<nav class="pages" aria-label="Trang">{newer}<span>Trang {current}/{last}</span>{older}</nav>'


async def facebook_post(request: web.Request) -> web.Response:
    """The page behind a rehearsal post's permalink_url."""
    account = request.match_info["account"]
    post = request.app[SANDBOX].log.find("facebook", account, f"{account}_{request.match_info['number']}")
    return _one(post)


async def zalo_article(request: web.Request) -> web.Response:
    """The page behind a rehearsal article's link_view."""
    return _one(request.app[SANDBOX].log.find("zalo", request.match_info["account"], request.query.get("id", "")))


def _one(post: Post | None) -> web.Response:
    if post is None or post.deleted:
        return page(
            "Không có bài này",
            '<main><p class="empty">Bài này không còn hoặc chưa từng có.</p></main>',
            status=404,
        )
    return page("Một bài diễn tập", f"<main>{card(post)}<p><a href='/'>← Dòng thời gian</a></p></main>")
