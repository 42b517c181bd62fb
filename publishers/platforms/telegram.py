"""Telegram channels, through python-telegram-bot over the sender's own HTTP session.

Facts: Bot API 10 (core.telegram.org/bots/api). Lengths are checked in UTF-16 units, which is stricter
than the server's code points. Telegram has no idempotency key and no way to ask whether a post is
there, so a lost answer becomes *unknown* and a person decides.
"""

import hmac
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from telegram import Bot, InputMediaPhoto, LinkPreviewOptions
from telegram import Message as TelegramMessage
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import BaseRequest, RequestData

from publishers.errors import Ambiguous, Permanent, SendError, Throttled, Transient
from publishers.message import Measure, Message, Metric, Problem, Receipt
from publishers.platform import Call, Check, Event, Explanation, Job, Limit, Option, Platform, Step, Wire
from publishers.target import Address, Target
from publishers.telegram_text import CAPTION_LIMIT, TEXT_LIMIT, html_of, split_html, visible_length

API = Address(setting="TELEGRAM_API_URL", sandbox="/telegram")
PUBLIC = Address(setting="TELEGRAM_PUBLIC_URL", sandbox="/telegram")
ALBUM_LIMIT = 10
CHAT = r"@[A-Za-z]\w{2,31}|-?\d{5,20}"
BOT_KEY = r"\d{6,14}:[\w-]{20,60}"
VIEWS = re.compile(r'tgme_widget_message_views"[^>]*>\s*([\d.,]+)\s*([KM]?)')


class NotSent(NetworkError):
    """The request certainly never left (no connection)."""


class AnswerLost(NetworkError):
    """The request may have been executed: time-out, reset or a gateway's page."""


class SharedRequest(BaseRequest):
    """python-telegram-bot's transport on the sender's aiohttp session.

    Measured, its own httpx pool slows down as concurrency grows (docs/decisions.md).
    """

    def __init__(self, session: aiohttp.ClientSession, proxy: str = "") -> None:
        self._session = session
        self._proxy = proxy or None

    @property
    def read_timeout(self) -> float | None:
        return self._session.timeout.sock_read

    async def initialize(self) -> None:
        """The session is the sender's."""

    async def shutdown(self) -> None:
        """The session is the sender's."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        data: Any = None
        if request_data is not None and request_data.contains_files:
            data = aiohttp.FormData()
            for name, value in request_data.json_parameters.items():
                data.add_field(name, value)
            for name, (filename, content, mime) in request_data.multipart_data.items():
                data.add_field(name, content, filename=filename, content_type=mime)
        elif request_data is not None:
            data = request_data.json_parameters
        try:
            async with self._session.request(method, url, data=data, proxy=self._proxy) as response:
                return response.status, await response.read()
        except aiohttp.ClientConnectorError as error:
            raise NotSent(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AnswerLost(type(error).__name__) from error


def classify(error: TelegramError) -> SendError:
    """Put python-telegram-bot's error into one of the four classes (facts B5; BadRequest is a NetworkError)."""
    text = str(error)
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return Throttled("throttled", wait.total_seconds() if isinstance(wait, timedelta) else float(wait), text)
    if isinstance(error, NotSent):
        return Transient("unreachable", text)
    if isinstance(error, AnswerLost):
        return Ambiguous("timeout", text)
    if isinstance(error, InvalidToken):
        return Permanent("bad-token", text)
    if isinstance(error, ChatMigrated):
        return Permanent("chat-moved", str(error.new_chat_id))
    if isinstance(error, Forbidden):
        return Permanent("not-member", text)
    if isinstance(error, BadRequest):
        code = _bad_request_code(text)
        # Some pictures of an album may be out already.
        return Ambiguous(code, text) if code == "partial-album" else Permanent(code, text)
    return Ambiguous("server-error", text)


def _bad_request_code(text: str) -> str:
    known = (
        ("chat not found", "chat-not-found"),
        ("chat_id is empty", "chat-not-found"),
        ("rights", "no-rights"),
        ("no write access", "no-rights"),
        ("too long", "too-long"),
        ("can't parse entities", "bad-format"),
        ("not modified", "not-modified"),
        ("to delete not found", "already-gone"),
        ("can't be deleted", "cannot-delete"),
        ("photo", "bad-picture"),
        ("image", "bad-picture"),
        ("failed to send message #", "partial-album"),
    )
    lowered = text.lower()
    return next((code for part, code in known if part in lowered), "refused")


class TelegramPlatform(Platform):
    name = "telegram"
    label = _("Telegram channel")
    card = "square"
    composes_html = True
    options = (Option("chat_id", _("channel"), _("@name of the channel or its number"), pattern=CHAT),)
    secrets = (
        Option("token", _("bot token"), _("from @BotFather"), pattern=BOT_KEY),
        Option(
            "webhook_secret",
            _("webhook secret"),
            _("made up by us, given to setWebhook as secret_token"),
            required=False,
            incoming=True,
        ),
    )
    addresses = {"api": API, "public": PUBLIC}
    explanations = {
        "bad-token": Explanation(
            _("Telegram does not know this bot token (any more)."),
            _("Ask @BotFather for a new token and enter it in the channel."),
        ),
        "chat-not-found": Explanation(
            _("Telegram does not know this channel, or the bot was never added to it."),
            _("Check the channel's name and add the bot as an administrator."),
        ),
        "chat-moved": Explanation(
            _("The group became a supergroup and has a new number (see below)."), _("Enter the new number.")
        ),
        "not-member": Explanation(
            _("The bot was removed from the channel."), _("Add the bot to the channel again as an administrator.")
        ),
        "no-rights": Explanation(
            _("The bot may not post in this channel."), _("Give the bot the right to post messages.")
        ),
        "too-long": Explanation(_("The text is too long for Telegram."), _("Shorten the text for social networks.")),
        "bad-format": Explanation(
            _("Telegram could not read the text's marks."), _("Tell your technician; the text itself is right.")
        ),
        "bad-picture": Explanation(
            _("Telegram did not accept the picture."), _("Use a JPEG or PNG below 10 MB that is not too narrow.")
        ),
        "cannot-delete": Explanation(
            _("Telegram does not let the bot delete this post."),
            _("Delete it by hand in the channel, or give the bot the right to delete messages."),
        ),
        "partial-album": Explanation(
            _("Only some of the pictures were posted."), _("Look at the channel and decide there.")
        ),
        "live-off": Explanation(
            _("Telegram is switched off for live channels on this installation."),
            _("The order to block Telegram in Vietnam is unresolved; set TELEGRAM_LIVE=1 if it is allowed."),
        ),
    }

    # --- before sending ---------------------------------------------------------------------------

    def compose(self, message: Message) -> list[str]:
        """The HTML pieces that go out. With a picture, the first fits a caption."""
        first = CAPTION_LIMIT if message.images else TEXT_LIMIT
        return split_html(html_of(message), TEXT_LIMIT, first)

    def measures(self, message: Message, options: dict[str, Any]) -> list[Measure]:
        """Each piece on its own: the words beneath a picture have less room than a message."""
        limits = [CAPTION_LIMIT if message.images else TEXT_LIMIT]
        pieces = self.compose(message)
        limits += [TEXT_LIMIT] * (len(pieces) - 1)
        unit = _("UTF-16 units")
        labels = [_("words beneath the picture") if message.images else _("message 1")]
        labels += [_("message %(number)d") % {"number": number} for number in range(2, len(pieces) + 1)]
        return [Measure(*row, unit) for row in zip(labels, map(visible_length, pieces), limits, strict=True)]

    def problems(self, message: Message) -> list[Problem]:
        found = []
        if not html_of(message).strip():
            found.append(Problem("empty", str(_("There is no text to post."))))
        pieces = len(self.compose(message))
        if pieces > 1:
            text = _("The text is split into %(pieces)d messages on Telegram.") % {"pieces": pieces}
            found.append(Problem("split", str(text), blocks=False))
        return found

    def limits(self, target: Target, message: Message) -> Sequence[Limit]:
        bot = target.secrets["token"].split(":")[0]
        chat = f"telegram:{bot}:{target.options['chat_id']}"
        return (
            Limit(f"telegram:{bot}", 1 / settings.TELEGRAM_PER_SECOND),
            Limit(chat, 60 / settings.TELEGRAM_CHAT_PER_MINUTE, settings.TELEGRAM_CHAT_BURST),
        )

    def steps(self, job: Job) -> Sequence[Step]:
        if job.kind == "publish":
            return tuple(Step(f"send-{number}") for number in range(1, len(self.compose(job.message)) + 1))
        return (Step("delete" if job.kind == "delete" else "edit", repeatable=True),)

    # --- on the wire ------------------------------------------------------------------------------

    def _bot(self, target: Target, wire: Wire) -> Bot:
        """One Bot per token and loop. Making one costs two SSL contexts unless the request is shared."""
        key = ("telegram", target.channel_id)
        if key not in wire.cache:
            base = target.address(API)
            request = SharedRequest(wire.http(target), "" if target.rehearsal else settings.TELEGRAM_PROXY_URL)
            wire.cache[key] = Bot(
                target.secrets["token"],
                base_url=f"{base}/bot",
                base_file_url=f"{base}/file/bot",
                request=request,
                get_updates_request=request,
            )
        bot: Bot = wire.cache[key]
        return bot

    async def perform(self, step: Step, job: Job, wire: Wire) -> Receipt:
        if not job.target.rehearsal and not settings.TELEGRAM_LIVE:
            raise Permanent("live-off", "TELEGRAM_LIVE")
        try:
            if job.kind == "publish":
                return await self._publish(step, job, wire)
            return await (self._delete(job, wire) if job.kind == "delete" else self._edit(job, wire))
        except TelegramError as error:
            raise classify(error) from error

    async def _publish(self, step: Step, job: Job, wire: Wire) -> Receipt:
        number = int(step.name.removeprefix("send-"))
        text = self.compose(job.message)[number - 1]
        bot, chat = self._bot(job.target, wire), job.target.options["chat_id"]
        pictures = job.message.images if number == 1 else ()
        sent: list[TelegramMessage]
        if len(pictures) > 1:
            album = [
                InputMediaPhoto(wire.read(picture), caption=text if not index else None, parse_mode="HTML")
                for index, picture in enumerate(pictures[:ALBUM_LIMIT])
            ]
            sent = list(await bot.send_media_group(chat, album))
        elif pictures:
            sent = [await bot.send_photo(chat, wire.read(pictures[0]), caption=text, parse_mode="HTML")]
        else:
            preview = LinkPreviewOptions(url=job.message.link) if job.message.link else None
            sent = [await bot.send_message(chat, text, parse_mode="HTML", link_preview_options=preview)]
        earlier = [one for data in job.progress.values() for one in data.get("ids", [])]
        ids = [*earlier, *(message.message_id for message in sent)]
        return Receipt(
            external_id=",".join(str(one) for one in ids),
            permalink=self._permalink(job.target, sent[0].chat.username, sent[0].chat.id, ids[0]),
            sent_at=sent[0].date,
            data={"ids": [message.message_id for message in sent]},
        )

    def _permalink(self, target: Target, username: str | None, chat: int, message_id: int) -> str:
        base = target.address(PUBLIC)
        return f"{base}/{username}/{message_id}" if username else f"{base}/c/{str(chat)[4:]}/{message_id}"

    async def _delete(self, job: Job, wire: Wire) -> Receipt:
        bot, chat = self._bot(job.target, wire), job.target.options["chat_id"]
        ids = [int(one) for one in job.external_id.split(",")]
        try:
            await (bot.delete_messages(chat, ids) if len(ids) > 1 else bot.delete_message(chat, ids[0]))
        except BadRequest as error:
            if _bad_request_code(str(error)) != "already-gone":
                raise
        return Receipt(external_id=job.external_id)

    async def _edit(self, job: Job, wire: Wire) -> Receipt:
        bot, chat = self._bot(job.target, wire), job.target.options["chat_id"]
        first = int(job.external_id.split(",")[0])
        text = self.compose(job.message)[0]
        try:
            if job.message.images:
                await bot.edit_message_caption(chat, first, caption=text, parse_mode="HTML")
            else:
                await bot.edit_message_text(text, chat, first, parse_mode="HTML")
        except BadRequest as error:
            if _bad_request_code(str(error)) != "not-modified":
                raise
        return Receipt(external_id=job.external_id)

    # --- what comes back --------------------------------------------------------------------------

    async def read(self, job: Job, wire: Wire) -> Sequence[Metric]:
        """Views of a public channel, from its public page: rounded by Telegram, so approximate."""
        username = str(job.target.options["chat_id"])
        if not username.startswith("@"):
            return ()
        first = job.external_id.split(",")[0]
        url = f"{job.target.address(PUBLIC)}/{username[1:]}/{first}?embed=1&mode=tme"
        async with wire.http(job.target).get(url) as response:
            found = VIEWS.search(await response.text())
        if not found:
            return ()
        scale = {"": 1, "K": 1_000, "M": 1_000_000}[found.group(2)]
        return (Metric("views", round(float(found.group(1).replace(",", "")) * scale), approximate=True),)

    async def read_channel(self, target: Target, wire: Wire) -> Sequence[Metric]:
        count = await self._bot(target, wire).get_chat_member_count(target.options["chat_id"])
        return (Metric("followers", count),)

    def id_of(self, permalink: str, target: Target) -> str:
        found = re.search(r"/(\d+)(?:[?#].*)?$", permalink)
        return found.group(1) if found else ""

    async def check(self, target: Target, wire: Wire) -> Check:
        bot = self._bot(target, wire)
        try:
            me = await bot.get_me()
            chat = await bot.get_chat(target.options["chat_id"])
            member = await bot.get_chat_member(chat.id, me.id)
        except TelegramError as error:
            found = self.explain(classify(error).code)
            return Check(ok=False, problems=(f"{found.cause} {found.cure}",))
        if getattr(member, "can_post_messages", None) is False or member.status not in ("administrator", "creator"):
            found = self.explain("no-rights")
            return Check(False, f"@{me.username}", "bot", (f"{found.cause} {found.cure}",))
        return Check(True, f"@{me.username} → {chat.title}", "bot")

    # --- what Telegram tells by itself ------------------------------------------------------------

    def recognises(self, target: Target, call: Call) -> bool:
        """The header repeats the secret that setWebhook was given; it signs nothing."""
        secret = target.secrets.get("webhook_secret", "")
        given = call.headers.get("x-telegram-bot-api-secret-token", "")
        return bool(secret) and hmac.compare_digest(secret.encode(), given.encode())

    def events(self, target: Target, call: Call) -> Sequence[Event]:
        """Reaction totals of a post. They are anonymous and absolute; every other update is dropped."""
        update = json.loads(call.body)
        told = update.get("message_reaction_count")
        if told is None or not self._is_own_chat(target, told["chat"]):
            return ()
        total = sum(int(entry["total_count"]) for entry in told["reactions"])
        return (
            Event(
                "reactions",
                f"update:{int(update['update_id'])}",
                datetime.fromtimestamp(int(told["date"]), UTC),
                external_id=str(int(told["message_id"])),
                metrics=(Metric("reactions", total),),
            ),
        )

    def _is_own_chat(self, target: Target, chat: dict[str, Any]) -> bool:
        """One bot may serve several channels, and has one webhook."""
        wanted = str(target.options["chat_id"])
        if wanted.startswith("@"):
            return wanted[1:].lower() == str(chat.get("username", "")).lower()
        return wanted == str(chat["id"])


platform = TelegramPlatform()
