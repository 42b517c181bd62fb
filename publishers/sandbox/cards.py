"""One card of the timeline: a post in the look of its platform. UI words are Vietnamese literals, since
this server runs without Django and its catalogues."""

import html
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from publishers.sandbox.facebook_fields import is_public, page_name
from publishers.sandbox.log import Post
from publishers.sandbox.rich_text import plain, rich
from publishers.sandbox.state import figures

VIETNAM = timezone(timedelta(hours=7))
PLATFORMS = {
    "telegram": "Telegram",
    "facebook": "Facebook",
    "zalo": "Zalo",
    "feed": "Bản tin RSS",
    "loudspeaker": "Loa truyền thanh",
    "manual": "Đăng tay",
}
_LANGUAGES = {"vi": "Tiếng Việt", "en": "Tiếng Anh", "zh": "Tiếng Trung", "zh-hans": "Tiếng Trung"}
_ICONS = {
    "telegram": '<path d="M3 11.6 20.6 4 17.5 20l-5.3-4-3 3.2-.4-5.2L17 7.6 7 13.6z"/>',
    "facebook": '<path d="M13.6 21v-8h2.7l.5-3.2h-3.2V7.7c0-.9.4-1.7 1.8-1.7H17V3.2A17 17 0 0 0 14.8 3c-2.5 0-4.2 '
    '1.5-4.2 4.3v2.5H7.8V13h2.8v8z"/>',
    "zalo": '<path d="M4 5h16v11H9l-5 4z"/>',
    "feed": '<path d="M4 4v3.2A12.8 12.8 0 0 1 16.8 20H20A16 16 0 0 0 4 4zm0 6v3.2A6.8 6.8 0 0 1 10.8 20H14A10 '
    '10 0 0 0 4 10zm2.2 5.8a2.1 2.1 0 1 0 0 4.2 2.1 2.1 0 0 0 0-4.2z"/>',
    "loudspeaker": '<path d="M3 9.5v5h3l1.5 5H10l-1.3-5L18 19V5L8.5 9.5zM19.5 9.5a3 3 0 0 1 0 5z"/>',
    "manual": '<path d="M8 3h8v2h3v16H5V5h3zm1.5 1.5v2h5v-2zM8 10v1.6h8V10zm0 4v1.6h8V14z"/>',
}


def icon(platform: str) -> str:
    """The platform's sign as inline SVG, in the current colour."""
    shape = _ICONS.get(platform, '<circle cx="12" cy="12" r="7"/>')
    return f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{shape}</svg>'


def platform_name(platform: str) -> str:
    """The platform's name for readers."""
    return PLATFORMS.get(platform, platform)


def channel_name(post: Post) -> str:
    """What readers call the channel; pages and OAs have names of their own, our channels send theirs."""
    if post.platform == "facebook":
        return page_name(post.account)
    if post.platform == "zalo":
        return f"OA diễn tập {post.account[-4:]}"
    return str(post.detail.get("name") or post.account)


def local_time(when: datetime) -> str:
    """A moment in Vietnam's time, as people write it there."""
    return when.astimezone(VIETNAM).strftime("%H:%M:%S %d/%m/%Y")


def card(post: Post) -> str:
    """The whole card of a post, escaped."""
    style = post.platform if post.platform in PLATFORMS else "other"
    body = {"zalo": _article, "feed": _titled, "loudspeaker": _titled, "manual": _titled}.get(style, _message)(post)
    state = " gone" if post.deleted else ""
    if post.deleted:
        body = f"<details><summary>Xem lại nội dung đã thu hồi</summary>{body}</details>"
    return (
        f'<article class="card {style}{state}" id="{_anchor(post)}">{_head(post)}{_marks(post)}'
        f'<div class="body">{body}</div>{"" if post.deleted else _foot(post)}</article>'
    )


def _anchor(post: Post) -> str:
    unique = post.id if post.id.startswith("n") else f"{post.platform}-{post.seq}"
    return f"p{html.escape(unique)}"


def _head(post: Post) -> str:
    return (
        f'<header><span class="avatar">{icon(post.platform)}</span><div class="who">'
        f'<strong>{html.escape(channel_name(post))}</strong><span class="when">{platform_name(post.platform)} · '
        f'<a href="{html.escape(post.permalink or "#" + _anchor(post))}">'
        f'<time datetime="{post.at.isoformat()}">{local_time(post.at)}</time></a></span></div></header>'
    )


def _marks(post: Post) -> str:
    marks = []
    if post.deleted:
        marks.append(f'<span class="mark red">Đã thu hồi lúc {local_time(post.deleted)}</span>')
    elif post.edited:
        marks.append(f'<span class="mark amber">Đã sửa lúc {local_time(post.edited)}</span>')
    if post.platform == "facebook" and not post.deleted and not is_public(post):
        marks.append('<span class="mark">Chưa công khai (hẹn giờ)</span>')
    if post.detail.get("status") == "hide":
        marks.append('<span class="mark">Đang ẩn</span>')
    for when in post.broadcasts:
        marks.append(f'<span class="mark blue">Đã gửi tin truyền thông lúc {local_time(when)}</span>')
    if post.detail.get("language"):
        code = str(post.detail["language"])
        marks.append(f'<span class="mark">{html.escape(_LANGUAGES.get(code, f"Ngôn ngữ: {code}"))}</span>')
    return f'<p class="marks">{"".join(marks)}</p>' if marks else ""


def _message(post: Post) -> str:
    text = rich(post.text, post.detail.get("entities", [])) if post.platform == "telegram" else plain(post.text)
    title = f"<h2>{html.escape(str(post.detail['title']))}</h2>" if post.detail.get("title") else ""
    link = post.detail.get("link")
    shown = (
        f'<a class="preview" href="{html.escape(link)}" rel="noreferrer"><span>{html.escape(urlsplit(link).netloc)}'
        f"</span>{html.escape(link)}</a>"
        if link
        else ""
    )
    words = f'<div class="text">{text}</div>' if text else ""
    if post.platform == "telegram":
        return f"{_media(post)}{title}{words}"
    return f"{title}{words}{_media(post)}{shown}"


def _titled(post: Post) -> str:
    title = str(post.detail.get("title") or "")
    text = post.text.removeprefix(title).strip() if title else post.text
    heading = f"<h2>{html.escape(title)}</h2>" if title else ""
    return f'{heading}<div class="text">{plain(text)}</div>{_media(post)}'


def _article(post: Post) -> str:
    lead = f'<p class="lead">{html.escape(str(post.detail.get("description", "")))}</p>'
    text = post.text
    for part in (str(post.detail.get("title", "")), str(post.detail.get("description", ""))):
        text = text.removeprefix(part).strip()
    heading = f"<h2>{html.escape(str(post.detail.get('title', '')))}</h2>"
    return f'{_media(post)}{heading}{lead}<div class="text">{plain(text)}</div>'


def _media(post: Post) -> str:
    left = list(post.media)
    if post.deleted is None and "album" in post.detail:  # items of an album can be deleted one by one
        left = [m for m, one in zip(post.media, post.ids, strict=True) if one not in post.deleted_ids]
    pictures = [m for m in left if m["kind"] in ("photo", "image")]
    others = [m for m in left if m not in pictures]
    shown = "".join(_picture(m) for m in pictures[:10])
    grid = f'<div class="photos n{min(4, len(pictures))}">{shown}</div>' if pictures else ""
    return grid + "".join(_attachment(m) for m in others)


def _source(media: dict[str, Any]) -> str:
    """Where to show a file from: our own copy, or an address on this machine; never a third party."""
    if media.get("sha256"):
        return f"/_sandbox/media/{media['sha256']}"
    url = str(media.get("url", ""))
    return url if urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1") else ""


def _picture(media: dict[str, Any]) -> str:
    source = _source(media)
    if not source:
        return f'<span class="file">Ảnh: {html.escape(str(media.get("url", "")))}</span>'
    return f'<img src="{html.escape(source)}" alt="Ảnh kèm bài" loading="lazy">'


def _attachment(media: dict[str, Any]) -> str:
    source = html.escape(_source(media))
    address = urlsplit(str(media.get("url") or ""))
    file_name = address.path.rpartition("/")[2]
    name = html.escape(str(media.get("name") or (file_name if len(file_name) < 60 else "") or "Tệp kèm theo"))
    if source and media["kind"] in ("audio", "voice"):
        return f'<p class="file">Âm thanh: {name}</p><audio controls preload="none" src="{source}"></audio>'
    if source and media["kind"] == "video":
        return f'<video controls preload="metadata" src="{source}"></video>'
    return f'<p class="file"><a href="{source}">{name}</a></p>' if source else f'<p class="file">{name}</p>'


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _foot(post: Post) -> str:
    if post.platform not in ("telegram", "facebook", "zalo"):
        return ""
    now = figures(post)
    words = [f"{_number(now['views'])} lượt xem", f"{_number(now['reactions'])} cảm xúc"]
    if post.platform != "telegram":
        words.append(f"{_number(now['shares'])} chia sẻ")
    return f"<footer>{''.join(f'<span>{w}</span>' for w in words)}<em>số liệu giả định</em></footer>"
