"""A Bot API request as the sandbox reads it: parameters from query, form, JSON or multipart, and chats."""

import contextlib
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from publishers.sandbox.credentials import TELEGRAM_CHAT
from publishers.sandbox.faults import Call
from publishers.sandbox.log import Post
from publishers.sandbox.state import Sandbox
from publishers.sandbox.telegram_html import Entity, ParseError, parse_html, utf16_length
from publishers.sandbox.telegram_markdown import parse_markdown

MAX_RAW_TEXT = 32_768  # bytes, before parsing
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e]")


class TelegramError(Exception):
    """A refusal in the Bot API's words."""

    def __init__(self, code: int, description: str, parameters: dict[str, int] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(description: str) -> TelegramError:
    """A 400 refusal."""
    return TelegramError(400, f"Bad Request: {description}")


@dataclass(frozen=True, slots=True)
class Chat:
    """A rehearsal channel; ``username`` without the @, empty for a private channel."""

    id: int
    username: str

    @property
    def account(self) -> str:
        """How the log names the channel."""
        return f"@{self.username}" if self.username else str(self.id)

    def as_json(self) -> dict[str, Any]:
        """The Chat object of the Bot API."""
        title = f"Kênh diễn tập {self.username.removeprefix('dientap_') or self.id}"
        named = {"username": self.username} if self.username else {}
        return {"id": self.id, "type": "channel", "title": title, **named}

    def permalink(self, base: str, message_id: str) -> str:
        """Where the sandbox shows a message, in the shape of t.me addresses."""
        return f"{base}/telegram/{self.username or f'c/{str(self.id)[4:]}'}/{message_id}"


def chat_for_username(username: str) -> Chat:
    """The channel with this public name; its id is derived from it."""
    name = username.lower().lstrip("@")
    number = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10**9
    return Chat(-int(f"100999{number:09d}"), name)


@dataclass
class TelegramCall:
    """One request to a method, with what it needs to answer."""

    sandbox: Sandbox
    bot_id: int
    params: dict[str, Any]
    call: Call
    base: str
    chats: dict[int, Chat]
    _chat: Chat | None = field(default=None)

    def text(self, name: str) -> str:
        """A parameter as text; empty when absent."""
        value = self.params.get(name, "")
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else ("" if isinstance(value, web.FileField) else json.dumps(value))

    def flag(self, name: str) -> bool:
        """A Boolean parameter, as tolerant as the Bot API."""
        return self.text(name).lower() in ("true", "1", "yes")

    def number(self, name: str) -> int:
        """An integer parameter; 0 when absent or not a number."""
        with contextlib.suppress(ValueError):
            return int(self.text(name))
        return 0

    def json(self, name: str) -> Any:
        """A JSON-serialised parameter; None when absent. Raises TelegramError when it is no JSON."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return None if isinstance(value, web.FileField) else value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as error:
            words = {
                "media": "media",
                "reply_markup": "reply keyboard markup",
                "entities": "message entities",
            }
            raise bad(f"can't parse {words.get(name, name)} JSON object") from error

    def chat(self) -> Chat:
        """The addressed channel. Raises TelegramError as the platform does for one it will not post to."""
        if self._chat is None:
            self._chat = self._find_chat(self.text("chat_id").strip())
        return self._chat

    def _find_chat(self, chat_id: str) -> Chat:
        if not chat_id:
            raise bad("chat_id is empty")
        if re.fullmatch(r"-999\d{3,10}", chat_id):
            raise TelegramError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": -int(f"100{chat_id[1:]}")},
            )
        if not TELEGRAM_CHAT.fullmatch(chat_id):
            raise bad("chat not found")
        if chat_id.startswith("@"):
            chat = chat_for_username(chat_id)
            self.chats[chat.id] = chat
        else:
            chat = self.chats.get(int(chat_id), Chat(int(chat_id), ""))
        if chat.username.startswith("dientap_khongphaiquantri"):
            raise bad("need administrator rights in the channel chat")
        if chat.username.startswith("dientap_bidduoi"):
            raise TelegramError(403, "Forbidden: bot was kicked from the channel chat")
        return chat

    def flood(self, messages: int, *, edit: bool = False) -> None:
        """Count against the flood limits. Raises the 429 refusal with its wait."""
        wait = self.sandbox.limits.ask(self.bot_id, self.chat().account, messages, edit=edit)
        if wait:
            raise too_many(wait)

    def find(self, what: str) -> Post:
        """The message named by chat_id and message_id; ``what`` completes "message to … not found"."""
        post = self.sandbox.log.find("telegram", self.chat().account, self.text("message_id"))
        if post is None or self.text("message_id") in post.deleted_ids:
            raise bad(f"message to {what} not found")
        return post


def too_many(wait: int) -> TelegramError:
    """The 429 refusal that asks to wait this many seconds."""
    return TelegramError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})


async def read_params(request: web.Request) -> dict[str, Any]:
    """All parameters of a request, the body's winning over the query's."""
    params: dict[str, Any] = dict(request.query)
    if not request.can_read_body:
        return params
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError as error:
            raise bad("can't parse JSON object") from error
        if isinstance(body, dict):
            params.update(body)
        return params
    try:
        params.update(await request.post())
    except ValueError as error:
        raise bad("strings must be encoded in UTF-8") from error
    return params


def formatted(text: str, parse_mode: str, entities: Any) -> tuple[str, list[Entity]]:
    """Text and entities after parsing and trimming. Raises TelegramError as B4 lists."""
    if len(text.encode(errors="surrogatepass")) > MAX_RAW_TEXT:
        raise bad("text is too long")
    mode = parse_mode.lower()
    found: list[Entity] = []
    try:
        if mode == "html":
            text, found = parse_html(text)
        elif mode in ("markdownv2", "markdown"):
            text, found = parse_markdown(text, version=2 if mode == "markdownv2" else 1)
        elif mode:
            raise bad("unsupported parse_mode")
        elif entities is not None:
            found = given_entities(entities)
    except ParseError as error:
        raise bad(f"can't parse entities: {error}") from error
    return trimmed(_CONTROL.sub(" ", text), found)


def given_entities(entities: Any) -> list[Entity]:
    """Entities sent beside the text. Raises TelegramError when they are not a list of them."""
    if not isinstance(entities, list):
        raise bad("can't parse entities: expected an Array of MessageEntity")
    for entity in entities:
        if not isinstance(entity, dict) or not {"type", "offset", "length"} <= entity.keys():
            raise bad("can't parse MessageEntity: expected an Object with type, offset and length")
    return [dict(e) for e in entities]


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Cut white space at both ends, as the platform does, and move the entities along."""
    body = text.strip()
    lead = utf16_length(text[: len(text) - len(text.lstrip())])
    end = utf16_length(body)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        length = min(end, entity["offset"] - lead + entity["length"]) - start
        if length > 0:
            kept.append({**entity, "offset": start, "length": length})
    return body, kept
