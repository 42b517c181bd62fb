"""A page's blocks as text for channels: as rich text, and the same words as plain text.

Both go through one conversion (``publishers.telegram_html``), so that the text that is judged has every word,
bullet and number that readers of the rich one see.
"""

import html
import re
from typing import Any

from django.conf import settings
from wagtail.rich_text import expand_db_html

from publishers.telegram_html import telegram_html
from publishers.telegram_text import visible_text

# As the conversion writes it, whatever quotes an author's markup has.
LINK = re.compile(r'<a href="([^"]+)">(.*?)</a>', re.DOTALL)
OWN_ADDRESS = re.compile(r'(<a\b[^>]*?href=")/')
BULLET = re.compile(r"(?m)^\s*• ")


def body_html(snapshot: dict[str, Any]) -> str:
    """The page's blocks as one rich text with whole addresses; pictures are sent beside it."""
    return "".join(_block(block["type"], block["value"], snapshot) for block in snapshot.get("body", []))


def body_text(snapshot: dict[str, Any]) -> str:
    """The same as plain text. Where a link's words do not say where it leads, its target stands behind them."""
    return visible_text(LINK.sub(_with_target, telegram_html(body_html(snapshot))))


def spoken_body(snapshot: dict[str, Any]) -> str:
    """The same to be read aloud: nobody reads bullets and addresses."""
    return BULLET.sub("", words_of(body_html(snapshot)))


def words_of(markup: str) -> str:
    """What readers see of a rich text, blocks set apart by blank lines."""
    return visible_text(telegram_html(markup))


def paragraphs_html(text: str) -> str:
    """A plain text as rich text: blank lines part paragraphs."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return "".join(f"<p>{_lines(part)}</p>" for part in parts)


def _block(kind: str, value: Any, snapshot: dict[str, Any]) -> str:
    if kind == "heading":
        return f"<h3>{html.escape(value)}</h3>"
    if kind == "paragraph":
        return OWN_ADDRESS.sub(rf"\g<1>{settings.SITE_URL}/", expand_db_html(value))
    if kind == "steps":
        return f"<ol>{''.join(f'<li>{_step(step)}</li>' for step in value)}</ol>"
    if kind == "signs":
        items = "".join(f"<li>{html.escape(_item(item))}</li>" for item in value["items"])
        return f"<h3>{html.escape(value['title'])}</h3><ul>{items}</ul>"
    if kind == "rights":
        return paragraphs_html(snapshot.get("rights", ""))
    if kind == "hotlines":
        return paragraphs_html("\n".join([value.get("note", ""), *snapshot.get("hotlines", [])]))
    return ""


def _item(item: Any) -> str:
    """A list block's raw item: newer data wraps it as ``{"type", "value", "id"}``."""
    return str(item["value"] if isinstance(item, dict) and "value" in item else item)


def _step(step: Any) -> str:
    value = step.get("value", step)
    title, text = (value.get(name, "").strip().rstrip(".") for name in ("title", "text"))
    return f"<b>{html.escape(title)}.</b> {_lines(f'{text}.')}" if text else f"<b>{html.escape(title)}.</b>"


def _lines(text: str) -> str:
    return "<br>".join(html.escape(line.strip()) for line in text.splitlines())


def _with_target(link: re.Match[str]) -> str:
    """A number that is dialled, or an address, is part of what is said: the safeguards must see it."""
    target = re.sub(r"^(?:tel|mailto):", "", link.group(1))
    if re.sub(r"[\s.]", "", html.unescape(target)) in re.sub(r"[\s.]", "", visible_text(link.group(2))):
        return link.group(2)
    return f"{link.group(2)} ({target})"
