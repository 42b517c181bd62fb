"""A message as the Telegram messages it becomes: text, photo, album, video, recording, file, in their order.

What goes out is decided here alone, so that the preview, the lengths checked at save, the steps and the
requests agree.
"""

import dataclasses
from collections.abc import Sequence

from publishers.attachments import kind_of
from publishers.message import Attachment, Message, has_words
from publishers.telegram_text import CAPTION_LIMIT, TEXT_LIMIT, fits, html_of, split_html, visible_text

ALBUM_LIMIT = 10
# By the file's kind; what Telegram's player does not take goes as a file.
AUDIO = {"audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/m4a"}
VOICE = {"audio/ogg", "audio/opus"}


@dataclasses.dataclass(frozen=True)
class Part:
    """One request. ``kinds`` names each file's kind as in the Bot API (photo, video, audio, voice, document)."""

    text: str = ""
    files: tuple[Attachment, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def messages(self) -> int:
        """How many messages of the channel it becomes: an album is as many as its files."""
        return max(1, len(self.files))


def parts_of(message: Message) -> list[Part]:
    """The requests in order. Pictures and video come first, with the text beneath them as far as it fits."""
    text = html_of(message)
    seen = _albums([(image, "photo") for image in message.images] + [(one, "video") for one in message.videos])
    heard = [_file_part(message.audio)] if message.audio else []
    files = _albums([(one, "document") for one in message.documents])
    if seen:
        return [*_with_text(seen, text), *heard, *files]
    if heard and fits(text, CAPTION_LIMIT):
        return [dataclasses.replace(heard[0], text=text), *files]
    if files and not heard and fits(text, CAPTION_LIMIT):
        return [dataclasses.replace(files[0], text=text), *files[1:]]
    return [*_texts(split_html(text, TEXT_LIMIT)), *heard, *files]


def _with_text(seen: list[Part], text: str) -> list[Part]:
    caption, *rest = split_html(text, TEXT_LIMIT, CAPTION_LIMIT)
    return [dataclasses.replace(seen[0], text=caption), *seen[1:], *_texts(rest)]


def _texts(pieces: Sequence[str]) -> list[Part]:
    """Messages of their own; a piece of blanks alone would be refused, and shows nothing."""
    return [Part(piece) for piece in pieces if has_words(visible_text(piece))]


def _albums(files: Sequence[tuple[Attachment, str]]) -> list[Part]:
    """Up to ten files a request; one that would be left over alone stands alone."""
    groups = [files[start : start + ALBUM_LIMIT] for start in range(0, len(files), ALBUM_LIMIT)]
    return [Part("", tuple(file for file, _kind in group), tuple(kind for _file, kind in group)) for group in groups]


def _file_part(audio: Attachment) -> Part:
    mime = kind_of(audio)
    kind = "audio" if mime in AUDIO else "voice" if mime in VOICE else "document"
    return Part("", (audio,), (kind,))


def told_apart(message: Message, ids: Sequence[int]) -> list[tuple[int, bool]]:
    """Each message of a post that can hold words, and whether it holds them beneath a file (an album: its first)."""
    found, at = [], 0
    for part in parts_of(message):
        found += [(one, bool(part.files)) for one in ids[at : at + 1]]
        at += part.messages
    return found


def places(parts: Sequence[Part], ids: Sequence[int]) -> list[tuple[int, ...]]:
    """Which of the post's message ids belong to which part; empty for a part that is not out yet."""
    found, at = [], 0
    for part in parts:
        own = tuple(ids[at : at + part.messages])
        found.append(own if len(own) == part.messages else ())
        at += part.messages
    return found
