"""What Telegram would refuse of a post's files: their number, their size, a picture's shape (facts B2)."""

from django.utils.translation import gettext_lazy as _

from publishers.attachments import MEGABYTE, pixels_of, size_of
from publishers.message import Attachment, Message, Problem
from publishers.telegram_parts import parts_of

PICTURE_LIMIT, FILE_LIMIT = 10 * MEGABYTE, 50 * MEGABYTE
# As many as a channel may get in a minute; also what the outbox can keep the numbers of.
MOST_MESSAGES = 20


def file_problems(message: Message) -> list[Problem]:
    """Found when the text is saved."""
    found = []
    if sum(part.messages for part in parts_of(message)) > MOST_MESSAGES:
        text = _("It would be more than %(most)d messages on Telegram. Shorten it or leave files out.")
        found.append(Problem("too-many-messages", str(text % {"most": MOST_MESSAGES})))
    if any(size_of(picture) > PICTURE_LIMIT for picture in message.images):
        found.append(Problem("picture-too-big", str(_("A picture is larger than the 10 MB that Telegram takes."))))
    if any(_is_misshapen(picture) for picture in message.images):
        found.append(Problem("picture-shape", str(_("A picture is too large or too narrow for Telegram."))))
    others = [*([message.audio] if message.audio else []), *message.videos, *message.documents]
    if any(size_of(file) > FILE_LIMIT for file in others):
        found.append(Problem("file-too-big", str(_("A recording, video or file is larger than 50 MB."))))
    return found


def _is_misshapen(picture: Attachment) -> bool:
    width, height = pixels_of(picture) or (1, 1)
    return width + height > 10_000 or max(width, height) > 20 * min(width, height)
