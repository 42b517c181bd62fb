"""Telegram's Bot API as its documents describe it (core.telegram.org/bots/api, version 10)."""

import json
import re
import time
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.publishers.standin.server import Answer, Asked, StandIn

TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler"}
COMMON = {"chat_id", "disable_notification", "protect_content", "message_thread_id", "reply_markup", "parse_mode"}
FILES = {
    "sendPhoto": ("photo", {"caption", "has_spoiler", "show_caption_above_media"}),
    "sendAudio": ("audio", {"caption", "duration", "performer", "title", "thumbnail"}),
    "sendVoice": ("voice", {"caption", "duration"}),
    "sendVideo": ("video", {"caption", "duration", "width", "height", "supports_streaming", "cover"}),
    "sendDocument": ("document", {"caption", "thumbnail", "disable_content_type_detection"}),
}
PREVIEW = {"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"}
MEGABYTE = 1024 * 1024


class Refused(Exception):
    def __init__(self, code: int, words: str, **parameters: int) -> None:
        super().__init__(words)
        self.code, self.words, self.parameters = code, words, parameters


class Reader(HTMLParser):
    """Telegram's HTML: known tags, properly nested. ``text`` is what is left of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.open, self.marks = "", [], 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise Refused(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}" at byte offset 0')
        self.open.append(tag)
        self.marks += 1

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refused(400, "Bad Request: can't parse entities: Unmatched end tag at byte offset 0")

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(raw: str, mode: str) -> tuple[str, int]:
    if len(raw.encode()) > 32_768:
        raise Refused(400, "Bad Request: text is too long")
    if mode != "HTML":
        return raw, 0
    if re.search(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-f]+);)", raw, re.IGNORECASE):
        raise Refused(400, "Bad Request: can't parse entities: an ampersand that is no entity")
    reader = Reader()
    reader.feed(raw)
    reader.close()
    if reader.open:
        raise Refused(400, f"Bad Request: can't parse entities: Can't find end tag corresponding to {reader.open[-1]}")
    return reader.text, reader.marks


class Telegram:
    """One bot, one channel. ``posts`` holds the messages by id; deleted ones are in ``deleted``."""

    token = "7123456789:AAstandin_bot_token_of_no_bot_000000"
    chat, username, title = -1001234567890, "kenh_that", "Kênh thật"

    def __init__(self, stand_in: "StandIn") -> None:
        self.stand_in = stand_in
        self.posts: dict[int, dict[str, Any]] = {}
        self.deleted: list[int] = []
        self.updates: list[dict[str, Any]] = []
        self.webhook = ""
        self.moved_from = ""
        self.sent_at: list[float] = []
        self.texts: list[str] = []
        self.flood = True

    # --- the wire ---------------------------------------------------------------------------------

    def answer(self, asked: "Asked") -> "Answer":
        from tests.publishers.standin.server import Answer

        found = re.fullmatch(r"/bot([^/]+)/(\w+)", asked.path)
        try:
            if not found:
                raise Refused(404, "Not Found")
            if found.group(1) != self.token:
                raise Refused(401, "Unauthorized")
            self._general_rules(asked)
            given = {**asked.query, **asked.form}
            return Answer({"ok": True, "result": self._method(found.group(2), given, asked)})
        except Refused as refused:
            body: dict[str, Any] = {"ok": False, "error_code": refused.code, "description": refused.words}
            if refused.parameters:
                body["parameters"] = refused.parameters
            return Answer(body, refused.code)

    def _general_rules(self, asked: "Asked") -> None:
        self.stand_in.rule(asked.method in ("GET", "POST"), f"telegram: method {asked.method}")
        where = f"{asked.query} {asked.form} {({k: v for k, v in asked.headers.items() if k != 'host'})}"
        self.stand_in.rule(self.token not in where, "telegram: the token stands outside of the path")

    def _method(self, name: str, given: dict[str, Any], asked: "Asked") -> Any:
        simple = {
            "getMe": lambda: {"id": 7123456789, "is_bot": True, "first_name": "Loa", "username": "loa_bot"},
            "getChat": lambda: {**self._chat(given), **MORE_OF_A_CHAT},
            "getChatMember": lambda: self._member(),
            "getChatMemberCount": lambda: 1234 if self._chat(given) else 0,
            "getWebhookInfo": lambda: {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0},
            "getUpdates": lambda: self._updates(given),
            "sendMessage": lambda: self._send_message(given),
            "sendMediaGroup": lambda: self._send_album(given, asked),
            "editMessageText": lambda: self._edit(given, "text", 4096),
            "editMessageCaption": lambda: self._edit(given, "caption", 1024),
            "deleteMessage": lambda: self._delete([int(given["message_id"])], strict=True),
            "deleteMessages": lambda: self._delete(json.loads(given["message_ids"]), strict=False),
        }
        if name in FILES:
            return self._send_file(name, given, asked)
        if name not in simple:
            self.stand_in.break_rule(f"telegram: there is no method {name}")
            raise Refused(404, "Not Found: method not found")
        return simple[name]()

    def _chat(self, given: dict[str, Any]) -> dict[str, Any]:
        chat = str(given.get("chat_id", ""))
        if self.moved_from and chat == self.moved_from:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refused(400, words, migrate_to_chat_id=self.chat)
        if chat not in (f"@{self.username}", str(self.chat)):
            raise Refused(400, "Bad Request: chat not found")
        return {"id": self.chat, "type": "channel", "title": self.title, "username": self.username}

    def _member(self) -> dict[str, Any]:
        rights = (
            *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats"),
            *("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users"),
            *("can_post_stories", "can_edit_stories", "can_delete_stories", "can_post_messages", "can_edit_messages"),
        )
        me = {"id": 7123456789, "is_bot": True, "first_name": "Loa"}
        return {"status": "administrator", "user": me, **dict.fromkeys(rights, True)}

    # --- sending ----------------------------------------------------------------------------------

    def _count(self, messages: int) -> None:
        """30 messages a second for a bot, 20 a minute for a chat: asked for more, it answers 429."""
        now = time.time()
        second = [at for at in self.sent_at if at > now - 1]
        minute = [at for at in self.sent_at if at > now - 60]
        if self.flood and (len(second) + messages > 30 or len(minute) + messages > 20):
            self.stand_in.break_rule("telegram: faster than 20 a minute in one chat")
            raise Refused(429, "Too Many Requests: retry after 5", retry_after=5)
        self.sent_at += [now] * messages

    def _known(self, name: str, given: dict[str, Any], allowed: set[str]) -> None:
        unknown = set(given) - COMMON - allowed
        self.stand_in.rule(not unknown, f"telegram: {name} has no parameter {sorted(unknown)}")

    def _text(self, given: dict[str, Any], field: str, limit: int) -> tuple[str, str]:
        raw = str(given.get(field, ""))
        text, marks = parsed(raw, str(given.get("parse_mode", "")))
        if len(text) > limit:
            raise Refused(400, f"Bad Request: message {'caption ' if field == 'caption' else ''}is too long")
        self.stand_in.rule(marks <= 100, "telegram: more than 100 marks, the rest is not shown")
        return raw, text

    def _message(self, text: str, raw: str, kind: str, **more: Any) -> dict[str, Any]:
        number = max([0, *self.posts, *self.deleted]) + 1
        if text:
            self.stand_in.rule(text not in self.texts, f"telegram: sent twice: {text[:60]!r}")
            self.texts.append(text)
        self.posts[number] = {"kind": kind, "raw": raw, "text": text, **more}
        chat = {"id": self.chat, "type": "channel", "title": self.title, "username": self.username}
        return {"message_id": number, "date": int(time.time()), "chat": chat}

    def _preview(self, given: dict[str, Any]) -> Any:
        wanted = given.get("link_preview_options")
        if wanted is None:
            return None
        options = json.loads(wanted) if isinstance(wanted, str) else wanted
        self.stand_in.rule(set(options) <= PREVIEW, f"telegram: link_preview_options {options}")
        return options

    def _send_message(self, given: dict[str, Any]) -> Any:
        self._known("sendMessage", given, {"text", "entities", "link_preview_options"})
        self._chat(given)
        raw, text = self._text(given, "text", 4096)
        if not text.strip():
            raise Refused(400, "Bad Request: text must be non-empty")
        self._count(1)
        return self._message(text, raw, "text", preview=self._preview(given))

    def _send_file(self, name: str, given: dict[str, Any], asked: "Asked") -> Any:
        kind, allowed = FILES[name]
        self._known(name, given, {*allowed, kind})
        self._chat(given)
        file = asked.files.get(kind) or asked.files.get(str(given.get(kind, "")).removeprefix("attach://"))
        if not file or not file[1]:
            raise Refused(400, f"Bad Request: there is no {kind} in the request")
        self.stand_in.rule(len(file[1]) <= (10 if kind == "photo" else 50) * MEGABYTE, f"telegram: {kind} too big")
        raw, text = self._text(given, "caption", 1024)
        self._count(1)
        return self._message(text, raw, kind, file=file[0], title=given.get("title", ""))

    def _send_album(self, given: dict[str, Any], asked: "Asked") -> Any:
        self._known("sendMediaGroup", given, {"media"})
        self._chat(given)
        media = json.loads(given["media"])
        if not 2 <= len(media) <= 10:
            raise Refused(400, "Bad Request: too many messages to send as an album")
        kinds = {item["type"] for item in media}
        if len(kinds) > 1 and kinds & {"audio", "document"}:
            raise Refused(400, "Bad Request: can't use the media of the specified type in the album")
        for item in media:
            name = item["media"].removeprefix("attach://")
            self.stand_in.rule(asked.files.get(name, ("", b""))[1], f"telegram: {item['media']} is not attached")
        self._count(len(media))
        sent = []
        for item in media:
            raw, text = self._text(item, "caption", 1024)
            sent.append({**self._message(text, raw, item["type"]), "media_group_id": "1"})
        return sent

    # --- afterwards -------------------------------------------------------------------------------

    def _edit(self, given: dict[str, Any], field: str, limit: int) -> Any:
        self._known("edit", given, {"message_id", field, "link_preview_options", "caption_entities", "entities"})
        self._chat(given)
        post = self.posts.get(int(given["message_id"]))
        if post is None:
            raise Refused(400, "Bad Request: message to edit not found")
        if (post["kind"] == "text") != (field == "text"):
            raise Refused(400, f"Bad Request: there is no {field} in the message to edit")
        raw, text = self._text(given, field, limit)
        preview = self._preview(given)
        if (post["raw"], post.get("preview")) == (raw, preview):
            raise Refused(400, "Bad Request: message is not modified: specified new message content is the same")
        post |= {"raw": raw, "text": text, "preview": preview}
        chat = {"id": self.chat, "type": "channel", "title": self.title, "username": self.username}
        return {"message_id": int(given["message_id"]), "date": int(time.time()), "chat": chat}

    def _delete(self, ids: list[int], *, strict: bool) -> bool:
        self.stand_in.rule(1 <= len(ids) <= 100, "telegram: 1 to 100 messages are deleted at once")
        for number in ids:
            if self.posts.pop(int(number), None) is not None:
                self.deleted.append(int(number))
            elif strict:
                raise Refused(400, "Bad Request: message to delete not found")
        return True

    def _updates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(given.get("offset") or 0)
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        allowed = given.get("allowed_updates") or "[]"
        names = json.loads(allowed) if isinstance(allowed, str) else allowed
        return [update for update in self.updates if set(update) & set(names)][:100]

    def react(self, update_id: int, message_id: int, total: int) -> None:
        """Readers press a heart."""
        chat = {"id": self.chat, "type": "channel", "title": self.title, "username": self.username}
        told = {
            "chat": chat,
            "message_id": message_id,
            "date": int(time.time()),
            "reactions": [{"type": {"type": "emoji", "emoji": "❤"}, "total_count": total}],
        }
        self.updates.append({"update_id": update_id, "message_reaction_count": told})

    def page(self, asked: "Asked") -> "Answer":
        """t.me/<channel>/<id>?embed=1: what everybody sees, the views rounded."""
        from tests.publishers.standin.server import Answer

        found = re.fullmatch(rf"/{self.username}/(\d+)", asked.path)
        if not found or int(found.group(1)) not in self.posts:
            return Answer("<html>Post not found</html>")
        return Answer('<html><span class="tgme_widget_message_views">1.2K</span></html>')


GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
MORE_OF_A_CHAT = {
    "accent_color_id": 0,
    "max_reaction_count": 11,
    "accepted_gift_types": dict.fromkeys(GIFTS, False),
}
