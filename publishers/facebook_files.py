"""What Facebook would refuse of a post's pictures and videos, or would not show (facts A3)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from publishers.attachments import MEGABYTE, kind_of, size_of
from publishers.message import Message, Problem

PICTURE_LIMIT = 10
PICTURE_BYTES, VIDEO_BYTES = 10 * MEGABYTE, 200 * MEGABYTE
PICTURE_KINDS = {"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff"}


def file_problems(message: Message) -> list[Problem]:
    """Found when the text is saved."""
    found: list[Problem] = []

    def say(code: str, text: Any, *, blocks: bool = True) -> None:
        found.append(Problem(code, str(text), blocks))

    if len(message.images) > PICTURE_LIMIT:
        say("too-many-pictures", _("Facebook takes at most ten pictures."))
    if any(size_of(picture) > PICTURE_BYTES for picture in message.images):
        say("picture-too-big", _("A picture is larger than the 10 MB that Facebook takes."))
    if any(kind_of(picture) not in PICTURE_KINDS for picture in message.images):
        say("picture-kind", _("Facebook takes pictures as JPEG, PNG, GIF, BMP or TIFF."))
    if len(message.videos) > 1:
        say("too-many-videos", _("Facebook takes one video a post."))
    if any(size_of(video) > VIDEO_BYTES for video in message.videos):
        say("video-too-big", _("The video is larger than 200 MB."))
    if message.videos and message.images:
        say("pictures-left-out", _("With a video Facebook shows no pictures; they are left out."), blocks=False)
    if message.audio or message.documents:
        say("files-left-out", _("Facebook takes no recordings or files; readers find them at the link."), blocks=False)
    return found
