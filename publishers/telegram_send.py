"""One part of a post as the Bot API's request: text, photo, video, recording, file or album."""

from collections.abc import Sequence
from typing import Any

from telegram import Bot, InputMediaDocument, InputMediaPhoto, InputMediaVideo, LinkPreviewOptions, Message

from publishers.attachments import file_name
from publishers.telegram_parts import Part

ALBUM = {"photo": InputMediaPhoto, "video": InputMediaVideo, "document": InputMediaDocument}


async def send(
    bot: Bot, chat: Any, part: Part, files: Sequence[bytes], *, title: str, preview: LinkPreviewOptions | None
) -> Sequence[Message]:
    """Send ``part`` with the contents of its ``files`` and return the messages it became.

    :raises TelegramError: as python-telegram-bot does.
    """
    if not files:
        return [await bot.send_message(chat, part.text, parse_mode="HTML", link_preview_options=preview)]
    if len(files) > 1:
        return await bot.send_media_group(chat, _album(part, files))
    name = file_name(part.files[0])
    more: dict[str, Any] = {"caption": part.text or None, "parse_mode": "HTML"}
    kind, content = part.kinds[0], files[0]
    if kind == "photo":
        return [await bot.send_photo(chat, content, filename=name, **more)]
    if kind == "video":
        return [await bot.send_video(chat, content, filename=name, supports_streaming=True, **more)]
    if kind == "audio":
        seconds = round(part.files[0].seconds) or None
        return [await bot.send_audio(chat, content, filename=name, title=title or None, duration=seconds, **more)]
    if kind == "voice":
        return [await bot.send_voice(chat, content, filename=name, **more)]
    return [await bot.send_document(chat, content, filename=name, **more)]


def _album(part: Part, files: Sequence[bytes]) -> list[Any]:
    """The caption of an album is that of its first file."""
    return [
        ALBUM[kind](
            content, caption=(part.text or None) if not index else None, parse_mode="HTML", filename=file_name(given)
        )
        for index, (given, kind, content) in enumerate(zip(part.files, part.kinds, files, strict=True))
    ]


def link_preview(options: dict[str, Any], link: str) -> LinkPreviewOptions | None:
    """The link's preview as the channel wants it. Without a link of ours Telegram takes the text's first one."""
    wanted = str(options.get("link_preview", ""))
    if wanted == "none":
        return LinkPreviewOptions(is_disabled=True)
    if not link:
        return None
    return LinkPreviewOptions(
        url=link,
        prefer_small_media=True if wanted == "small" else None,
        prefer_large_media=True if wanted in ("large", "above") else None,
        show_above_text=True if wanted == "above" else None,
    )
