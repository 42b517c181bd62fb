"""Telegram methods that change a channel: send, edit, delete."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from publishers.sandbox.log import Post
from publishers.sandbox.telegram_html import Entity
from publishers.sandbox.telegram_media import StoredFile, stored_file
from publishers.sandbox.telegram_request import Chat, TelegramCall, TelegramError, bad, formatted

MAX_TEXT = 4096  # code points after parsing
MAX_CAPTION = 1024
_ALBUM_KINDS = {"photo", "video", "document", "audio", "live_photo"}
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)


def message_text(call: TelegramCall) -> tuple[str, list[Entity]]:
    """The parsed text of sendMessage or editMessageText."""
    raw = call.text("text")
    if not raw:
        raise bad("message text is empty")
    text, entities = formatted(raw, call.text("parse_mode"), call.json("entities"))
    if not text:
        raise bad("text must be non-empty")
    return text, entities


def caption_text(call: TelegramCall, item: dict[str, Any] | None = None) -> tuple[str, str, list[Entity]]:
    """(raw, parsed, entities) of a caption, of the request or of one album item."""
    if item is None:
        raw, mode, given = call.text("caption"), call.text("parse_mode"), call.json("caption_entities")
    else:
        raw = str(item.get("caption") or "")
        mode, given = str(item.get("parse_mode") or ""), item.get("caption_entities")
    text, entities = formatted(raw, mode, given)
    if len(text) > MAX_CAPTION:
        raise bad("message caption is too long")
    return raw, text, entities


def next_id(call: TelegramCall, chat: Chat) -> int:
    """The next message id of a channel; ids are never used twice, deleted ones included."""
    posts = call.sandbox.log.of_account("telegram", chat.account)
    return max((int(i) for i in posts[-1].ids), default=0) + 1 if posts else 1


def message_json(chat: Chat, post: Post, message_id: str) -> dict[str, Any]:
    """The Message object of one message; for an album, of the item with this id."""
    item = post.ids.index(message_id)
    message: dict[str, Any] = {
        "message_id": int(message_id),
        "date": int(post.at.timestamp()),
        "chat": chat.as_json(),
        "sender_chat": chat.as_json(),
    }
    if post.edited:
        message["edit_date"] = int(post.edited.timestamp())
    if "album" in post.detail:
        message["media_group_id"] = post.detail["album"]
    if not post.media:
        message |= {"text": post.text, "entities": post.detail.get("entities", [])}
        return message
    one = post.media[item]
    size = one.get("size") or [0, 0]
    message[one["kind"]] = StoredFile(one["kind"], one["name"], one["sha256"], one["bytes"], *size).as_json()
    caption = one.get("caption") if "album" in post.detail else post.text
    if caption:
        message["caption"] = caption
        message["caption_entities"] = one.get("entities") or post.detail.get("entities", [])
    return message


async def send_message(call: TelegramCall) -> Any:
    """sendMessage."""
    text, entities = message_text(call)
    chat = call.chat()
    if len(text) > MAX_TEXT:
        raise bad("message is too long")
    call.flood(1)
    return await _publish(call, chat, text=text, raw=call.text("text"), entities=entities, files=[])


async def send_file(call: TelegramCall, kind: str) -> Any:
    """sendPhoto, sendAudio, sendDocument, sendVideo, sendVoice."""
    raw, text, entities = caption_text(call)
    chat = call.chat()
    file = await stored_file(call, kind, call.params.get(kind))
    call.flood(1)
    return await _publish(call, chat, text=text, raw=raw, entities=entities, files=[file])


async def _publish(
    call: TelegramCall, chat: Chat, *, text: str, raw: str, entities: list[Entity], files: list[StoredFile]
) -> Any:
    message_id = str(next_id(call, chat))
    detail: dict[str, Any] = {"entities": entities} if entities else {}
    preview = call.json("link_preview_options")
    if preview:
        detail["link_preview_options"] = preview
    for option in ("performer", "title", "disable_notification", "protect_content"):
        if call.text(option):
            detail[option] = call.text(option)
    post = await call.sandbox.log.write(
        platform="telegram",
        account=chat.account,
        action="publish",
        id=message_id,
        text=text,
        raw=raw,
        media=[{**f.for_log(), "size": [f.width, f.height]} for f in files],
        permalink=chat.permalink(call.base, message_id),
        detail=detail,
    )
    assert post is not None
    return message_json(chat, post, message_id)


async def send_media_group(call: TelegramCall) -> Any:
    """sendMediaGroup: one post of several messages."""
    items = call.json("media")
    if items is None:
        raise bad("there are no messages to send")
    if not isinstance(items, list):
        raise bad("can't parse media JSON object: expected an Array of InputMedia")
    if not items:
        raise bad("there are no messages to send")
    if len(items) > 10:
        raise bad("too many messages to send as an album")
    kinds = {_kind(item) for item in items}
    if len(kinds) > 1 and kinds & {"document", "audio"}:
        raise bad("can't use the media of the specified type in the album")
    captions = [caption_text(call, item) for item in items]
    chat = call.chat()
    if len(items) < 2:
        raise bad("an album has 2 to 10 items")
    files = [await stored_file(call, item["type"], item.get("media")) for item in items]
    call.flood(len(items))
    kept = len(files) - 1 if call.call.partial else len(files)
    post = await _publish_album(call, chat, files[:kept], captions[:kept])
    if call.call.partial:
        raise bad(f'failed to send message #{kept + 1} with the error message "MEDIA_EMPTY"')
    return [message_json(chat, post, one) for one in post.ids]


def _kind(item: Any) -> str:
    if not isinstance(item, dict):
        raise bad("can't parse InputMedia: expected an Object")
    kind = str(item.get("type"))
    if kind not in _ALBUM_KINDS:
        raise bad(f"can't parse InputMedia: type '{kind}' is not supported in albums")
    return kind


async def _publish_album(
    call: TelegramCall, chat: Chat, files: list[StoredFile], captions: list[tuple[str, str, list[Entity]]]
) -> Post:
    first = next_id(call, chat)
    raw, text, entities = captions[0]
    post = await call.sandbox.log.write(
        platform="telegram",
        account=chat.account,
        action="publish",
        id=str(first),
        text=text,
        raw=raw,
        media=[
            {**f.for_log(), "size": [f.width, f.height], "caption": c[1], "entities": c[2]}
            for f, c in zip(files, captions, strict=True)
        ],
        permalink=chat.permalink(call.base, str(first)),
        detail={
            "ids": [str(first + i) for i in range(len(files))],
            "album": str(secrets.randbelow(10**17) + 10**16),
            "entities": entities,
        },
    )
    assert post is not None
    return post


async def edit_text(call: TelegramCall) -> Any:
    """editMessageText."""
    text, entities = message_text(call)
    post = call.find("edit")
    if len(text) > MAX_TEXT:
        raise TelegramError(400, "Bad Request: message is too long")
    if post.media:
        raise bad("there is no text in the message to edit")
    return await _edit(call, post, text, call.text("text"), entities)


async def edit_caption(call: TelegramCall) -> Any:
    """editMessageCaption."""
    raw, text, entities = caption_text(call)
    post = call.find("edit")
    if not post.media:
        raise bad("there is no caption in the message to edit")
    return await _edit(call, post, text, raw, entities)


async def _edit(call: TelegramCall, post: Post, text: str, raw: str, entities: list[Entity]) -> Any:
    message_id = call.text("message_id")
    item = post.ids.index(message_id)
    media = [dict(m) for m in post.media]
    if item:  # a later item of an album: its own caption, not the album's text
        before = (media[item].get("caption", ""), media[item].get("entities", []))
    else:
        before = (post.text, post.detail.get("entities", []))
    if before == (text, entities):
        raise bad(_NOT_MODIFIED)
    call.flood(1, edit=True)
    if "album" in post.detail:
        media[item] |= {"caption": text, "entities": entities}
    own = item == 0
    await call.sandbox.log.write(
        platform="telegram",
        account=post.account,
        action="edit",
        id=message_id,
        text=text if own else post.text,
        raw=raw if own else post.raw,
        media=media,
        permalink=post.permalink,
        detail={"entities": entities} if own else {},
    )
    return message_json(call.chat(), post, message_id)


async def edit_media(call: TelegramCall) -> Any:
    """editMessageMedia: a new file with a new caption in place of the old ones."""
    item = call.json("media")
    kind = _kind(item)
    raw, text, entities = caption_text(call, item)
    post = call.find("edit")
    message_id = call.text("message_id")
    index = post.ids.index(message_id)
    if "album" in post.detail and {kind, post.media[index]["kind"]} - {"photo", "video"}:
        raise bad("can't use the media of the specified type in the album")
    file = await stored_file(call, kind, item.get("media"))
    call.flood(1, edit=True)
    media = [dict(m) for m in post.media] or [{}]
    entry = {**file.for_log(), "size": [file.width, file.height]}
    if "album" in post.detail:
        entry |= {"caption": text, "entities": entities}
    media[index] = entry
    await call.sandbox.log.write(
        platform="telegram",
        account=post.account,
        action="edit",
        id=message_id,
        text=text if index == 0 else post.text,
        raw=raw if index == 0 else post.raw,
        media=media,
        permalink=post.permalink,
        detail={"entities": entities} if index == 0 else {},
    )
    return message_json(call.chat(), post, message_id)


async def edit_reply_markup(call: TelegramCall) -> Any:
    """editMessageReplyMarkup; without a change it tells that the message exists."""
    post = call.find("edit")
    markup = call.json("reply_markup") or {}
    if markup == post.detail.get("reply_markup", {}):
        raise bad(_NOT_MODIFIED)
    await call.sandbox.log.write(
        platform="telegram",
        account=post.account,
        action="edit",
        id=call.text("message_id"),
        text=post.text,
        raw=post.raw,
        permalink=post.permalink,
        detail={"reply_markup": markup},
    )
    return message_json(call.chat(), post, call.text("message_id"))


async def delete_message(call: TelegramCall) -> Any:
    """deleteMessage; the rehearsal bot may delete, as an administrator, within 48 hours."""
    post = call.find("delete")
    _refuse_old(post)
    await _delete(call, post, call.text("message_id"))
    return True


async def delete_messages(call: TelegramCall) -> Any:
    """deleteMessages: those that exist; others are passed over."""
    ids = call.json("message_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 100:
        raise bad("message_ids must be an array of 1-100 message identifiers")
    chat = call.chat()
    for one in map(str, ids):
        post = call.sandbox.log.find("telegram", chat.account, one)
        if post is not None and one not in post.deleted_ids:
            _refuse_old(post)
            await _delete(call, post, one)
    return True


def _refuse_old(post: Post) -> None:
    if datetime.now(UTC) - post.at > timedelta(hours=48):
        raise bad("message can't be deleted for everyone")


async def _delete(call: TelegramCall, post: Post, message_id: str) -> None:
    await call.sandbox.log.write(
        platform="telegram",
        account=post.account,
        action="delete",
        id=message_id,
        text=post.text,
        permalink=post.permalink,
    )
