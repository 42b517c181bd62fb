"""Telegram channels, through python-telegram-bot over the sender's own HTTP session.

Facts: Bot API 10 (core.telegram.org/bots/api). Lengths are checked in UTF-16 units, which is stricter
than the server's code points. Telegram has no idempotency key and no way to ask whether a post is
there, so a lost answer becomes *unknown* and a person decides.
"""

import hmac
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import aiohttp
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from telegram import Bot
from telegram import Message as TelegramMessage
from telegram.error import BadRequest, ChatMigrated, Conflict, TelegramError

from publishers import telegram_send
from publishers.errors import Permanent, SendError, Transient
from publishers.message import Measure, Message, Metric, Problem, Receipt, has_words
from publishers.platform import Call, Check, Event, Job, Limit, News, Option, Platform, Step, Wire
from publishers.recall_notice import notice, replaced
from publishers.target import Address, Target
from publishers.telegram_explanations import EXPLANATIONS
from publishers.telegram_files import file_problems
from publishers.telegram_parts import Part, parts_of, places, told_apart
from publishers.telegram_text import CAPTION_LIMIT, TEXT_LIMIT, html_of, visible_length, visible_text
from publishers.telegram_wire import SharedRequest, bad_request_code, classify

T = TypeVar("T")
API = Address(setting="TELEGRAM_API_URL", sandbox="/telegram")
PUBLIC = Address(setting="TELEGRAM_PUBLIC_URL", sandbox="/telegram")
CHAT = r"@[A-Za-z]\w{2,31}|-?\d{5,20}"
BOT_KEY = r"\d{6,14}:[\w-]{20,60}"
PREVIEWS = ("", "small", "large", "above", "none")
VIEWS = re.compile(r'tgme_widget_message_views"[^>]*>\s*([\d.,]+)\s*([KM]?)')
REACTIONS = "message_reaction_count"


class TelegramPlatform(Platform):
    name = "telegram"
    label = _("Telegram channel")
    card = "square"
    takes_documents = True
    composes_html = True
    options = (
        Option("chat_id", _("channel"), _("@name of the channel or its number"), pattern=CHAT),
        Option(
            "link_preview",
            _("preview of the link"),
            _("small, large, above (over the text) or none; empty: as Telegram likes"),
            required=False,
            pattern="|".join(PREVIEWS[1:]),
        ),
    )
    secrets = (
        Option("token", _("bot token"), _("from @BotFather"), pattern=BOT_KEY),
        Option(
            "webhook_secret",
            _("webhook secret"),
            _("made up by us, given to setWebhook as secret_token"),
            required=False,
            incoming=True,
            ours=True,
        ),
    )
    webhook_help = _("Press “Register” below: Loa tells Telegram the address. A bot calls one address only.")
    can_listen = True
    addresses = {"api": API, "public": PUBLIC}
    explanations = EXPLANATIONS

    # --- before sending ---------------------------------------------------------------------------

    def compose(self, message: Message) -> list[str]:
        """The HTML pieces that go out, in order. With a picture, the first fits a caption."""
        return [part.text for part in parts_of(message) if part.text]

    def measures(self, message: Message, options: dict[str, Any]) -> list[Measure]:
        """Each piece on its own: the words beneath a picture have less room than a message."""
        unit, found = _("UTF-16 units"), []
        for number, part in enumerate((part for part in parts_of(message) if part.text), 1):
            label: Any = _("message %(number)d") % {"number": number}
            if part.files:
                label = _("words beneath the picture") if "photo" in part.kinds else _("words beneath the file")
            limit = CAPTION_LIMIT if part.files else TEXT_LIMIT
            found.append(Measure(label, visible_length(part.text), limit, unit))
        return found

    def problems(self, message: Message) -> list[Problem]:
        found = []
        if not has_words(visible_text(html_of(message))):
            found.append(Problem("empty", str(_("There is no text to post."))))
        pieces = len(self.compose(message))
        if pieces > 1:
            text = _("The text is split into %(pieces)d messages on Telegram.") % {"pieces": pieces}
            found.append(Problem("split", str(text), blocks=False))
        return [*found, *file_problems(message)]

    def limits(self, target: Target, message: Message) -> Sequence[Limit]:
        bot = target.secrets["token"].split(":")[0]
        chat = f"telegram:{bot}:{target.options['chat_id']}"
        return (
            Limit(f"telegram:{bot}", 1 / settings.TELEGRAM_PER_SECOND),
            Limit(chat, 60 / settings.TELEGRAM_CHAT_PER_MINUTE, settings.TELEGRAM_CHAT_BURST),
        )

    def steps(self, job: Job) -> Sequence[Step]:
        if job.kind == "delete":
            return (Step("delete", repeatable=True),)
        parts = parts_of(job.message)
        if job.kind == "publish":
            return tuple(Step(f"send-{number}") for number in range(1, len(parts) + 1))
        return _edit_steps(parts, _ids(job.external_id))

    # --- on the wire ------------------------------------------------------------------------------

    def _bot(self, target: Target, wire: Wire) -> Bot:
        """One Bot per token and loop. Making one costs two SSL contexts unless the request is shared."""
        key = ("telegram", target.channel_id)
        if key not in wire.cache:
            base = target.address(API)
            request = SharedRequest(wire.http(target), _proxy(target))
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
        _refuse_live_when_off(job.target)
        name, _dash, number = step.name.partition("-")
        try:
            if name == "delete":
                return await self._delete(job, wire)
            if name == "trim":
                return await self._trim(job, wire)
            action = self._send if name == "send" else self._edit
            return await action(int(number) - 1, job, wire)
        except TelegramError as error:
            raise classify(error) from error

    async def _in_chat(self, job: Job, wire: Wire, ask: Callable[[Any], Awaitable[T]]) -> tuple[T, dict[str, str]]:
        """``ask`` with the chat's number, and with its new one if the group has moved: nothing was done then."""
        moved = wire.cache.setdefault(("telegram-moved", job.target.channel_id), {})
        try:
            return await ask(moved.get("chat_id", job.target.options["chat_id"])), moved
        except ChatMigrated as error:
            moved["chat_id"] = str(error.new_chat_id)
            return await ask(moved["chat_id"]), moved

    async def _send(self, index: int, job: Job, wire: Wire) -> Receipt:
        part = parts_of(job.message)[index]
        bot = self._bot(job.target, wire)
        files = [wire.read(file) for file in part.files]
        preview = telegram_send.link_preview(job.target.options, job.message.link)

        async def ask(chat: Any) -> Sequence[TelegramMessage]:
            return await telegram_send.send(bot, chat, part, files, title=job.message.title, preview=preview)

        sent, moved = await self._in_chat(job, wire, ask)
        new = [message.message_id for message in sent]
        ids = list(dict.fromkeys([*_known_ids(job), *new]))
        return Receipt(
            external_id=",".join(map(str, ids)),
            permalink=self._permalink(job.target, sent[0].chat.username, sent[0].chat.id, ids[0]),
            sent_at=sent[0].date,
            data={"ids": new},
            options=dict(moved),
        )

    def _permalink(self, target: Target, username: str | None, chat: int, message_id: int) -> str:
        base = target.address(PUBLIC)
        return f"{base}/{username}/{message_id}" if username else f"{base}/c/{str(chat)[4:]}/{message_id}"

    async def _delete(self, job: Job, wire: Wire) -> Receipt:
        try:
            await self._delete_messages(job, wire, _ids(job.external_id))
        except BadRequest as refused:
            if bad_request_code(str(refused)) not in ("cannot-delete", "no-rights"):
                raise
            return await self._replace(job, wire, refused)
        return Receipt(external_id=job.external_id)

    async def _replace(self, job: Job, wire: Wire, refused: BadRequest) -> Receipt:
        """Too old to be deleted (48 hours): the words become a notice. Files stay, as no edit takes them away."""
        for message_id, has_file in told_apart(job.message, _ids(job.external_id)):
            try:
                await self._change(job, wire, message_id, notice(), is_caption=has_file)
            except BadRequest as error:
                if bad_request_code(str(error)) != "gone":
                    raise refused from error
        return replaced(job.external_id, left=any(part.files for part in parts_of(job.message)))

    async def _delete_messages(self, job: Job, wire: Wire, ids: Sequence[int]) -> None:
        bot = self._bot(job.target, wire)

        async def ask(chat: Any) -> bool:
            return await (bot.delete_messages(chat, ids) if len(ids) > 1 else bot.delete_message(chat, ids[0]))

        try:
            await self._in_chat(job, wire, ask)
        except BadRequest as error:
            if bad_request_code(str(error)) != "already-gone":
                raise

    async def _trim(self, job: Job, wire: Wire) -> Receipt:
        """The new text is shorter: the messages at its end go."""
        ids = _known_ids(job)
        kept = sum(part.messages for part in parts_of(job.message))
        await self._delete_messages(job, wire, ids[kept:])
        return Receipt(external_id=",".join(map(str, ids[:kept])), data={"kept": kept})

    async def _edit(self, index: int, job: Job, wire: Wire) -> Receipt:
        parts = parts_of(job.message)
        part, ids = parts[index], places(parts, _known_ids(job))[index]
        preview = telegram_send.link_preview(job.target.options, job.message.link)
        await self._change(job, wire, ids[0], part.text, is_caption=bool(part.files), preview=preview)
        return Receipt(external_id=",".join(map(str, _known_ids(job))))

    async def _change(
        self, job: Job, wire: Wire, message_id: int, text: str, *, is_caption: bool, preview: Any = None
    ) -> None:
        bot = self._bot(job.target, wire)

        async def ask(chat: Any) -> Any:
            if is_caption:
                return await bot.edit_message_caption(chat, message_id, caption=text, parse_mode="HTML")
            return await bot.edit_message_text(
                text, chat, message_id, parse_mode="HTML", link_preview_options=preview
            )

        try:
            await self._in_chat(job, wire, ask)
        except BadRequest as error:
            if bad_request_code(str(error)) != "not-modified":
                raise

    # --- what comes back --------------------------------------------------------------------------

    async def read(self, job: Job, wire: Wire) -> Sequence[Metric]:
        """Views of a public channel, from its public page: rounded by Telegram, so approximate."""
        _refuse_live_when_off(job.target)
        username = str(job.target.options["chat_id"])
        if not username.startswith("@"):
            return ()
        first = job.external_id.split(",")[0]
        url = f"{job.target.address(PUBLIC)}/{username[1:]}/{first}?embed=1&mode=tme"
        try:
            async with wire.http(job.target).get(url, proxy=_proxy(job.target) or None) as response:
                found = VIEWS.search(await response.text())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Transient("unreachable", type(error).__name__) from error
        if not found:
            return ()
        scale = {"": 1, "K": 1_000, "M": 1_000_000}[found.group(2)]
        return (Metric("views", round(float(found.group(1).replace(",", "")) * scale), approximate=True),)

    async def read_channel(self, target: Target, wire: Wire) -> Sequence[Metric]:
        _refuse_live_when_off(target)
        try:
            count = await self._bot(target, wire).get_chat_member_count(target.options["chat_id"])
        except TelegramError as error:
            raise classify(error) from error
        return (Metric("followers", count),)

    def id_of(self, permalink: str, target: Target) -> str:
        found = re.search(r"/(\d+)(?:[?#].*)?$", permalink)
        return found.group(1) if found else ""

    async def check(self, target: Target, wire: Wire) -> Check:
        bot, account, notes = self._bot(target, wire), "", []
        try:
            _refuse_live_when_off(target)
            me = await bot.get_me()
            account = f"@{me.username}"
            chat = await bot.get_chat(target.options["chat_id"])
            member = await bot.get_chat_member(chat.id, me.id)
            if getattr(member, "can_post_messages", None) is False or member.status not in ("administrator", "creator"):
                raise Permanent("no-rights")
            if not target.secrets.get("webhook_secret") and (await bot.get_webhook_info()).url:
                notes.append(self.explain("webhook-active").words)
        except TelegramError as error:
            return Check(False, account, "bot", (self.explain(classify(error).code).words,))
        except SendError as error:
            return Check(False, account, "bot", (self.explain(error.code).words,))
        return Check(True, f"{account} → {chat.title}", "bot", notes=tuple(notes))

    # --- what Telegram tells by itself ------------------------------------------------------------

    async def listen(self, target: Target, wire: Wire, address: str) -> None:
        """setWebhook, for reaction counts only."""
        _refuse_live_when_off(target)
        secret = target.secrets.get("webhook_secret") or None
        try:
            await self._bot(target, wire).set_webhook(address, secret_token=secret, allowed_updates=[REACTIONS])
        except TelegramError as error:
            raise classify(error) from error

    def recognises(self, target: Target, call: Call) -> bool:
        """The header repeats the secret that setWebhook was given; it signs nothing."""
        secret = target.secrets.get("webhook_secret", "")
        given = call.headers.get("x-telegram-bot-api-secret-token", "")
        return bool(secret) and hmac.compare_digest(secret.encode(), given.encode())

    def events(self, target: Target, call: Call) -> Sequence[Event]:
        """Reaction totals of a post. They are anonymous and absolute; every other update is dropped."""
        update = json.loads(call.body)
        told = update.get(REACTIONS)
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

    def mailbox(self, target: Target) -> str:
        """One for each bot, unless it calls us: Telegram does either the one or the other."""
        off = not target.rehearsal and not settings.TELEGRAM_LIVE
        return "" if off or target.secrets.get("webhook_secret") else target.secrets["token"].split(":")[0]

    async def fetch(self, targets: Sequence[Target], wire: Wire, after: int) -> News:
        bot = self._bot(targets[0], wire)
        try:
            updates = await bot.get_updates(offset=after or None, timeout=0, allowed_updates=[REACTIONS])
        except Conflict as error:
            raise Permanent("webhook-active", str(error)) from error
        except TelegramError as error:
            raise classify(error) from error
        calls = [Call("POST", {}, {}, json.dumps(update.to_dict()).encode()) for update in updates]
        told = [(target, call) for call in calls for target in targets]
        events = [(target.channel_id, event) for target, call in told for event in self.events(target, call)]
        return News(events, max((update.update_id + 1 for update in updates), default=after))

    def _is_own_chat(self, target: Target, chat: dict[str, Any]) -> bool:
        """One bot may serve several channels, and has one webhook."""
        wanted = str(target.options["chat_id"])
        if wanted.startswith("@"):
            return wanted[1:].lower() == str(chat.get("username", "")).lower()
        return wanted == str(chat["id"])


def _refuse_live_when_off(target: Target) -> None:
    if not target.rehearsal and not settings.TELEGRAM_LIVE:
        raise Permanent("live-off", "TELEGRAM_LIVE")


def _proxy(target: Target) -> str:
    """A rehearsal goes through no proxy."""
    return "" if target.rehearsal else settings.TELEGRAM_PROXY_URL


def _ids(external_id: str) -> list[int]:
    return [int(one) for one in external_id.split(",") if one]


def _known_ids(job: Job) -> list[int]:
    """The post's messages in order, those of the steps done in this shift included."""
    sent = [one for data in job.progress.values() if isinstance(data, dict) for one in data.get("ids", [])]
    ids = list(dict.fromkeys([*_ids(job.external_id), *sent]))
    return ids[: job.progress.get("trim", {}).get("kept", len(ids))]


def _edit_steps(parts: Sequence[Part], ids: Sequence[int]) -> tuple[Step, ...]:
    """New messages for a text that grew, then surplus ones away, then the changed texts, the first one last."""
    owned = places(parts, ids)
    new = [Step(f"send-{number}") for number, own in enumerate(owned, 1) if not own]
    trim = [Step("trim", repeatable=True)] if len(ids) > sum(part.messages for part in parts) else []
    changed = [number for number, own in enumerate(owned, 1) if own and parts[number - 1].text]
    return (*new, *trim, *(Step(f"edit-{number}", repeatable=True) for number in reversed(changed)))


platform = TelegramPlatform()
