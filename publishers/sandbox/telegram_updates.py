"""Updates of the sandbox's Telegram: reaction counts, by getUpdates or by webhook, never both."""

import asyncio
import contextlib
import json
import pathlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from publishers.sandbox.log import Post
from publishers.sandbox.state import Sandbox, figures
from publishers.sandbox.telegram_request import Chat, TelegramCall, TelegramError, bad

_EMOJI = ("❤", "👍", "🙏")
_PUSH_EVERY = 2.0
_KIND = "message_reaction_count"


@dataclass
class Bot:
    """What the platform remembers of one bot's updates."""

    webhook: str = ""
    secret: str = ""
    allowed: list[str] = field(default_factory=list)
    pending: list[dict[str, Any]] = field(default_factory=list)
    told: dict[tuple[str, str], int] = field(default_factory=dict)
    next_update: int = 1
    polling: bool = False


class Updates:
    """Webhooks and polling for all bots of a running sandbox.

    Webhooks are kept in a file beside the log, as the platform keeps them; queued updates are not.
    """

    def __init__(self, chats: dict[int, Chat], path: pathlib.Path) -> None:
        self.chats = chats
        self.path = path
        self.bots: dict[int, Bot] = {}
        if path.exists():
            for bot_id, kept in json.loads(path.read_text(encoding="utf-8")).items():
                self.bots[int(bot_id)] = Bot(**kept)

    def _keep(self) -> None:
        kept = {
            bot_id: {"webhook": bot.webhook, "secret": bot.secret, "allowed": bot.allowed}
            for bot_id, bot in self.bots.items()
            if bot.webhook
        }
        part = self.path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(json.dumps(kept), encoding="utf-8")
        part.replace(self.path)

    def methods(self) -> dict[str, tuple[str, Callable[[TelegramCall], Awaitable[Any]], bool]]:
        """The Bot API methods this object answers."""
        return {
            "setwebhook": ("setWebhook", self.set_webhook, False),
            "deletewebhook": ("deleteWebhook", self.delete_webhook, False),
            "getwebhookinfo": ("getWebhookInfo", self.webhook_info, False),
            "getupdates": ("getUpdates", self.get_updates, False),
        }

    def _bot(self, bot_id: int) -> Bot:
        return self.bots.setdefault(bot_id, Bot())

    async def set_webhook(self, call: TelegramCall) -> Any:
        """setWebhook. The real platform wants https; a rehearsal may use plain http on this machine."""
        url = call.text("url")
        if url and not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        secret = call.text("secret_token")
        if len(secret) > 256 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
            raise bad("secret token contains unallowed characters")
        bot = self._bot(call.bot_id)
        bot.webhook, bot.secret = url, secret
        bot.allowed = call.json("allowed_updates") or []
        if call.flag("drop_pending_updates"):
            bot.pending.clear()
        self._keep()
        return True

    async def delete_webhook(self, call: TelegramCall) -> Any:
        """deleteWebhook."""
        bot = self._bot(call.bot_id)
        bot.webhook = bot.secret = ""
        if call.flag("drop_pending_updates"):
            bot.pending.clear()
        self._keep()
        return True

    async def webhook_info(self, call: TelegramCall) -> Any:
        """getWebhookInfo."""
        bot = self._bot(call.bot_id)
        info = {"url": bot.webhook, "has_custom_certificate": False, "pending_update_count": len(bot.pending)}
        return {**info, "allowed_updates": bot.allowed} if bot.allowed else info

    async def get_updates(self, call: TelegramCall) -> Any:
        """getUpdates with long polling; a second poll of the same bot is a conflict."""
        bot = self._bot(call.bot_id)
        if bot.webhook:
            raise TelegramError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if bot.polling:
            raise TelegramError(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        allowed = call.json("allowed_updates")
        if isinstance(allowed, list):
            bot.allowed = allowed
        offset, limit = call.number("offset"), call.number("limit") or 100
        bot.pending = [u for u in bot.pending if u["update_id"] >= offset]
        bot.polling = True
        try:
            await self._wait_for_updates(call, bot)
        finally:
            bot.polling = False
        return bot.pending[: max(1, min(100, limit))]

    async def _wait_for_updates(self, call: TelegramCall, bot: Bot) -> None:
        until = time.monotonic() + min(50, call.number("timeout"))
        while True:
            await self.collect(call.sandbox, bot)
            left = until - time.monotonic()
            if bot.pending or left <= 0 or call.sandbox.faults.stopping.is_set():
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(call.sandbox.faults.stopping.wait(), min(1.0, left))

    async def collect(self, sandbox: Sandbox, bot: Bot) -> None:
        """Queue an update for each post of the last day whose reactions grew."""
        if _KIND not in bot.allowed:
            return
        for post in _recent(sandbox):
            total = figures(post)["reactions"]
            key = (post.account, post.id)
            if total == bot.told.get(key, 0):
                continue
            bot.told[key] = total
            chat = self._chat(post.account)
            bot.pending.append({"update_id": bot.next_update, _KIND: _count(post, chat, total)})
            bot.next_update += 1
            await sandbox.log.write_metric(post, "reactions", total)

    def _chat(self, account: str) -> Chat:
        for chat in self.chats.values():
            if chat.account == account:
                return chat
        return Chat(int(account), "") if account.lstrip("-").isdigit() else Chat(0, account.lstrip("@"))

    async def push(self, sandbox: Sandbox) -> None:
        """Send updates to webhooks until the server stops; what is not answered with 2xx is sent again."""
        while not sandbox.faults.stopping.is_set():
            for bot in list(self.bots.values()):
                if bot.webhook:
                    await self.collect(sandbox, bot)
                    await self._push_pending(sandbox, bot)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(sandbox.faults.stopping.wait(), _PUSH_EVERY)

    async def _push_pending(self, sandbox: Sandbox, bot: Bot) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": bot.secret} if bot.secret else {}
        while bot.pending and bot.webhook and sandbox.client is not None:
            try:
                async with sandbox.client.post(
                    bot.webhook, json=bot.pending[0], headers=headers, timeout=aiohttp.ClientTimeout(total=5)
                ) as answer:
                    if answer.status >= 300:
                        return
            except (aiohttp.ClientError, TimeoutError):
                return
            bot.pending.pop(0)


def _recent(sandbox: Sandbox) -> list[Post]:
    since = time.time() - 86_400
    return [
        p
        for p in sandbox.log.posts[-2000:]
        if p.platform == "telegram" and p.deleted is None and p.at.timestamp() > since
    ]


def _count(post: Post, chat: Chat, total: int) -> dict[str, Any]:
    first = (total + 1) // 2
    second = (total - first + 1) // 2
    counts = (first, second, total - first - second)
    return {
        "chat": chat.as_json(),
        "message_id": int(post.id),
        "date": int(time.time()),
        "reactions": [
            {"type": {"type": "emoji", "emoji": emoji}, "total_count": count}
            for emoji, count in zip(_EMOJI, counts, strict=True)
            if count
        ],
    }
