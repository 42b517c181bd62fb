"""The sandbox's Telegram Bot API: addresses, tokens, methods, and answers in the platform's shape.

Behaviour follows the Bot API 10.x documentation and the server's own error texts (facts B1 to B8).
"""

import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from publishers.sandbox.credentials import telegram_bot_id
from publishers.sandbox.faults import Call
from publishers.sandbox.log import SandboxLog
from publishers.sandbox.state import SANDBOX, answer_after, base_url
from publishers.sandbox.telegram_request import (
    Chat,
    TelegramCall,
    TelegramError,
    bad,
    chat_for_username,
    read_params,
    too_many,
)
from publishers.sandbox.telegram_send import (
    delete_message,
    delete_messages,
    edit_caption,
    edit_media,
    edit_reply_markup,
    edit_text,
    send_file,
    send_media_group,
    send_message,
)
from publishers.sandbox.telegram_updates import Updates

Method = Callable[[TelegramCall], Awaitable[Any]]


def _answer(error: TelegramError) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    headers = {}
    if error.parameters:
        body["parameters"] = error.parameters
        if "retry_after" in error.parameters:
            headers["Retry-After"] = str(error.parameters["retry_after"])
    return web.json_response(body, status=error.code, headers=headers)


class TelegramFaults:
    """Telegram's words for the faults of the board."""

    def throttled(self, seconds: float) -> web.Response:
        return _answer(too_many(max(1, round(seconds))))

    def expired(self) -> web.Response:
        return _answer(TelegramError(401, "Unauthorized"))

    def server_error(self) -> web.Response:
        return _answer(TelegramError(500, "Internal Server Error: restart"))

    def blocked(self) -> web.Response:
        return _answer(TelegramError(403, "Forbidden: bot was kicked from the channel chat"))

    def undeletable(self) -> web.Response:
        return _answer(TelegramError(400, "Bad Request: message can't be deleted for everyone"))


def _file_method(kind: str) -> Method:
    async def send(call: TelegramCall) -> Any:
        return await send_file(call, kind)

    return send


async def get_me(call: TelegramCall) -> Any:
    """getMe."""
    return {
        "id": call.bot_id,
        "is_bot": True,
        "first_name": "Loa diễn tập",
        "username": f"dientap_{call.bot_id}_bot",
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


async def get_chat(call: TelegramCall) -> Any:
    """getChat."""
    chat = call.chat()
    return {
        **chat.as_json(),
        "description": "Kênh diễn tập: không có gì ở đây lên mạng thật.",
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }


async def get_member(call: TelegramCall) -> Any:
    """getChatMember: the bot is an administrator who may post; nobody else is known."""
    call.chat()
    if call.number("user_id") != call.bot_id:
        raise bad("member not found")
    rights = dict.fromkeys(
        (
            "can_be_edited",
            "is_anonymous",
            "can_delete_messages",
            "can_manage_video_chats",
            "can_promote_members",
        ),
        False,
    )
    rights |= dict.fromkeys(("can_restrict_members", "can_change_info", "can_post_stories"), False)
    rights |= dict.fromkeys(("can_edit_stories", "can_delete_stories", "can_manage_direct_messages"), False)
    rights |= dict.fromkeys(("can_manage_chat", "can_invite_users", "can_post_messages", "can_edit_messages"), True)
    return {"user": await get_me(call), "status": "administrator", **rights}


async def get_member_count(call: TelegramCall) -> Any:
    """getChatMemberCount: always the same number for the same channel."""
    seed = hashlib.sha256(call.chat().account.encode()).digest()
    return 120 + int.from_bytes(seed[:2], "big") % 4000


METHODS: dict[str, tuple[str, Method, bool]] = {
    name.lower(): (name, method, write)
    for name, method, write in (
        ("getMe", get_me, False),
        ("getChat", get_chat, False),
        ("getChatMember", get_member, False),
        ("getChatMemberCount", get_member_count, False),
        ("sendMessage", send_message, True),
        ("sendPhoto", _file_method("photo"), True),
        ("sendAudio", _file_method("audio"), True),
        ("sendDocument", _file_method("document"), True),
        ("sendVideo", _file_method("video"), True),
        ("sendVoice", _file_method("voice"), True),
        ("sendMediaGroup", send_media_group, True),
        ("editMessageText", edit_text, True),
        ("editMessageCaption", edit_caption, True),
        ("editMessageMedia", edit_media, True),
        ("editMessageReplyMarkup", edit_reply_markup, True),
        ("deleteMessage", delete_message, True),
        ("deleteMessages", delete_messages, True),
    )
}


class TelegramApi:
    """Routes of the Bot API and what they remember between requests."""

    def __init__(self, log: SandboxLog) -> None:
        self.log = log
        self.chats: dict[int, Chat] = {}
        self.updates = Updates(self.chats, log.path.with_name(log.path.name + ".webhooks.json"))
        self.faults = TelegramFaults()

    def add_routes(self, app: web.Application) -> None:
        """Serve ``/telegram/bot<token>/<method>``, the test data centre's form included."""
        app.router.add_route("*", r"/telegram/bot{token:[^/]*}/{method:[^/]*}", self.handle)
        app.router.add_route("*", r"/telegram/bot{token:[^/]*}/test/{method:[^/]*}", self.handle)
        for platform, account in self.log.accounts():
            if platform == "telegram" and account.startswith("@"):
                chat = chat_for_username(account)
                self.chats[chat.id] = chat

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one Bot API request."""
        sandbox = request.app[SANDBOX]
        started = time.monotonic()
        call = Call("telegram", request.match_info["method"], "", write=False)
        try:
            method, params, bot_id = await self._open(request, call)
        except TelegramError as error:
            sandbox.note(call, error.code, started)
            return _answer(error)

        async def act() -> web.StreamResponse:
            context = TelegramCall(sandbox, bot_id, params, call, base_url(request), self.chats)
            try:
                result = await method(context)
            except TelegramError as error:
                return _answer(error)
            except OSError as error:
                return _answer(TelegramError(500, f"Internal Server Error: {type(error).__name__}"))
            await sandbox.log.settled()
            return web.json_response({"ok": True, "result": result}, dumps=_compact)

        await answer_after(sandbox)
        response = await sandbox.faults.run(request, call, self.faults, act)
        sandbox.note(call, response.status, started)
        return response

    async def _open(self, request: web.Request, call: Call) -> tuple[Method, dict[str, Any], int]:
        token = request.match_info["token"]
        if ":" not in token or token.startswith("0") or len(token) > 80:
            raise TelegramError(401, "Unauthorized: invalid token specified")
        bot_id = telegram_bot_id(token)
        if bot_id is None:
            raise TelegramError(401, "Unauthorized")
        own = self.updates.methods()
        found = METHODS.get(call.method.lower()) or own.get(call.method.lower())
        if found is None:
            raise TelegramError(404, "Not Found: method not found")
        call.method, method, call.write = found
        try:
            params = await read_params(request)
        except web.HTTPRequestEntityTooLarge as error:
            raise TelegramError(413, "Request Entity Too Large") from error
        call.account = str(params.get("chat_id", ""))
        return method, params, bot_id


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
