"""What of a message becomes a Zalo article: its description, cover, paragraphs, addresses, and its hours."""

import datetime as dt
import html
import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from publishers.attachments import MEGABYTE, size_of
from publishers.message import Attachment, Measure, Message, Problem, Receipt
from publishers.recall_notice import notice
from publishers.telegram_html import telegram_html

# The documents say 150, 300 and 50; the live service refuses exactly the first two.
TITLE_LIMIT, DESCRIPTION_LIMIT, AUTHOR_LIMIT = 140, 250, 50
COVER_LIMIT = MEGABYTE
COVER_ENDINGS = (".jpg", ".jpeg", ".png")
YES, NO = ("yes", "có", "1", "true"), ("", "no", "không", "0", "false")
# What an article, its cover and the wait for its turn may take before it can be announced.
BEFORE_NIGHT = dt.timedelta(minutes=10)
LOCAL_ENDINGS = (".local", ".lan", ".internal", ".localhost", ".test")
BREAK = re.compile(r"\n\s*\n")


def nfc(text: str) -> str:
    """``text`` in the form in which it is counted and compared."""
    return unicodedata.normalize("NFC", text).strip()


def broadcasts(options: dict[str, Any]) -> bool:
    """Whether a channel with ``options`` announces its articles to followers."""
    return str(options.get("broadcast", "")).strip().lower() in YES


def paragraphs(message: Message) -> list[str]:
    """The text by blank lines, then the link unless the text names it."""
    found = [part.strip() for part in BREAK.split(nfc(message.text)) if part.strip()]
    return [*found, message.link] if message.link and message.link not in message.text else found


def description_of(message: Message) -> str:
    """The summary; without one the text's beginning, ended at a word."""
    if summary := nfc(message.summary):
        return summary
    text = " ".join(nfc(message.text).split())
    if len(text) <= DESCRIPTION_LIMIT:
        return text
    return text[: DESCRIPTION_LIMIT - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"


def measures_of(title: str, description: str, *texts: str) -> list[Measure]:
    """How much of Zalo's room the parts of an article take."""
    unit = _("characters")
    return [
        Measure(_("title"), len(title), TITLE_LIMIT, unit),
        Measure(_("summary"), len(description), DESCRIPTION_LIMIT, unit),
        Measure(_("text of the article"), sum(map(len, texts)), 0, unit),
    ]


def markup(paragraph: str, link: str) -> str:
    """One paragraph in the few tags that Zalo shows."""
    if link and paragraph == link:
        return f'<p><a href="{html.escape(link)}">{html.escape(link)}</a></p>'
    return f"<p>{'<br>'.join(html.escape(line, quote=False) for line in paragraph.splitlines())}</p>"


def contents(message: Message) -> list[str]:
    """The article's text blocks as Zalo's HTML: the rich text with its marks and links where there is one."""
    if not message.html:
        return [markup(text, message.link) for text in paragraphs(message)]
    found = [part.strip() for part in BREAK.split(nfc(telegram_html(message.html))) if part.strip()]
    link = [markup(message.link, message.link)] if message.link and message.link not in message.text else []
    return [*(f"<p>{'<br>'.join(part.splitlines())}</p>" for part in found), *link]


def recalled_article(article: dict[str, Any], article_id: str) -> dict[str, Any]:
    """The body of an update that hides ``article`` and leaves a notice in place of its words."""
    words = notice()
    body = [{"type": "text", "content": f"<p>{words}</p>"}]
    return {**article, "id": article_id, "title": words, "description": words, "body": body, "status": "hide"}


def moment_of(milliseconds: Any) -> dt.datetime | None:
    """Zalo's moment, or None for what is none."""
    try:
        return dt.datetime.fromtimestamp(int(milliseconds) / 1000, dt.UTC)
    except (TypeError, ValueError):
        return None


def found_article(media: dict[str, Any], created: dt.datetime | None) -> Receipt:
    """The article, and the steps that are thereby known to be done: an announcement may still be due."""
    known = {"id": str(media["id"]), "permalink": str(media.get("link_view", ""))}
    return Receipt(known["id"], known["permalink"], created, data={"create": {}, "verify": known})


def ascii_address(url: str) -> str:
    """``url`` with everything but ASCII percent-encoded, as Zalo's fetcher wants it."""
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]")


def is_public(url: str) -> bool:
    """Whether ``url`` can be reached from outside: http(s), and no local name or private address."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(LOCAL_ENDINGS)


def cover_problems(images: Sequence[Attachment]) -> list[Problem]:
    """What Zalo would refuse of the cover, which it takes from the first picture."""
    if not images:
        return [problem("no-cover", _("A Zalo article needs a cover picture."))]
    cover, found = images[0], []
    if urlsplit(cover.url).scheme not in ("http", "https"):
        found.append(problem("cover-not-public", _("The cover picture has no public address.")))
    elif not is_public(cover.url):
        text = _("The cover's address works on this machine only; a live Zalo channel needs a public SITE_URL.")
        found.append(Problem("cover-not-public", str(text), blocks=False))
    if not (cover.mime in ("image/jpeg", "image/png") or cover.name.lower().endswith(COVER_ENDINGS)):
        found.append(problem("cover-kind", _("The cover picture has to be a JPEG or PNG.")))
    if size_of(cover) > COVER_LIMIT:
        text = _("The cover picture is larger than the 1 MB that Zalo takes. Choose a smaller one.")
        found.append(problem("cover-too-big", text))
    return found


def problem(code: str, text: Any) -> Problem:
    return Problem(code, str(text))


def night_hours() -> tuple[dt.time, dt.time]:
    """The hours in which Zalo announces nothing, in Vietnam's time (setting ZALO_NIGHT)."""
    start, _dash, end = settings.ZALO_NIGHT.partition("-")
    return dt.time.fromisoformat(start.strip()), dt.time.fromisoformat(end.strip())


def night_until(moment: dt.datetime) -> dt.datetime | None:
    """The end of the night that ``moment`` lies in, or None by day."""
    start, end = night_hours()
    clock = timezone.localtime(moment).time()
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    return next_morning(moment) if inside else None


def next_morning(moment: dt.datetime) -> dt.datetime:
    """The first end of a night after ``moment``."""
    end, local = night_hours()[1], timezone.localtime(moment)
    morning = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return morning if morning > local else morning + dt.timedelta(days=1)


def announced_late(planned: dt.datetime) -> dt.datetime | None:
    """When followers hear of an article planned for the night or the last minutes before it; None by day."""
    return night_until(planned) or night_until(planned + BEFORE_NIGHT)


def wall_hints() -> list[Problem]:
    """What staff should know where nothing is announced."""
    return [_hint("wall-only", _("The article stands on the account's wall; followers are not notified."))]


def announcement_hints(planned: dt.datetime) -> list[Problem]:
    """What staff should know of an announcement before it is scheduled: review, caps, night."""
    found = [
        _hint("review", _("Zalo reviews an announcement for about 30 minutes before followers get it.")),
        _hint("caps", _("A follower gets at most one announcement a day and, by package, one to six a month.")),
        _hint("no-recall", _("An announcement cannot be called back; the article behind it can.")),
    ]
    if (morning := announced_late(planned)) is not None:
        text = _(
            "At night (%(night)s) Zalo announces nothing: the article goes out at its time, followers hear of "
            "it on %(day)s at %(time)s."
        )
        local = timezone.localtime(morning)
        words = {"night": settings.ZALO_NIGHT, "day": f"{local.day}/{local.month}", "time": f"{local:%H:%M}"}
        found.append(_hint("night", text % words))
    return found


def _hint(code: str, text: Any) -> Problem:
    return Problem(code, str(text), blocks=False)
