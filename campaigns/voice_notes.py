"""A voice note from somebody's phone: known by its own bytes, bounded, and kept where only staff hear it."""

import io
from typing import Any

import av
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from media.audio.kinds import FILMS, KINDS, Kind, kind_of
from media.recordings import RefusedRecording, clean_recording

__all__ = ["KINDS", "Kind", "checked_voice_note", "kind_of", "plays"]

MAX_BYTES = 10 * 1024 * 1024
MIN_BYTES = 64


def plays(content: bytes, kind: Kind) -> bool:
    """Whether there is sound in it that can be decoded, and no film: faces have no business here.

    The container is named, never guessed: FFmpeg's guess may be a playlist that leads elsewhere.
    """
    try:
        with av.open(io.BytesIO(content), mode="r", format=kind.container) as file:
            if kind in FILMS and file.streams.video:
                return False
            return next(file.decode(file.streams.audio[0]), None) is not None
    except (av.FFmpegError, IndexError, ValueError):
        return False


def checked_voice_note(upload: Any) -> "ContentFile[bytes]":
    """The uploaded sound under a name of our own, without what the phone wrote of place and device.

    :raises ValidationError: for an empty file, one above 10 MB, or what is no sound.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(_("The recording is too long: at most 10 MB, about ten minutes."), code="voice")
    content = upload.read()
    kind = kind_of(content[:64])
    unheard = _("This is no recording that can be played. Record it anew with your phone.")
    if len(content) < MIN_BYTES or kind is None or not plays(content, kind):
        raise ValidationError(unheard, code="voice")
    try:
        clean = clean_recording(content)
    except RefusedRecording as error:
        raise ValidationError(unheard, code="voice") from error
    return ContentFile(clean, name=f"{get_random_string(20)}.{kind.extension}")
