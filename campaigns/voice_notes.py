"""A voice note from somebody's phone: known by its own bytes, bounded, and kept where only staff hear it."""

import dataclasses
import io
from typing import Any

import av
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from media.recordings import RefusedRecording, clean_recording

MAX_BYTES = 10 * 1024 * 1024
MIN_BYTES = 64


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of sound file: the extension we give it, the type that a browser plays, FFmpeg's name of it."""

    extension: str
    content_type: str
    container: str


MP3, WAV = Kind("mp3", "audio/mpeg", "mp3"), Kind("wav", "audio/wav", "wav")
OGG, WEBM = Kind("ogg", "audio/ogg", "ogg"), Kind("webm", "audio/webm", "matroska")
M4A, AAC, AMR = Kind("m4a", "audio/mp4", "mov"), Kind("aac", "audio/aac", "aac"), Kind("amr", "audio/amr", "amr")
# These two may hold a film, too; the others at most the picture of a record's sleeve.
FILMS = (WEBM, M4A)
KINDS = {kind.extension: kind for kind in (MP3, WAV, OGG, WEBM, M4A, AAC, AMR)}
# ISO base media brands that phones record sound with (3GPP TS 26.244, Apple, generic MP4).
BRANDS = (b"M4A ", b"mp42", b"mp41", b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"3gp", b"3g2", b"dash", b"qt  ")


def kind_of(head: bytes) -> Kind | None:
    """What the first bytes of a file say that it is; None for what is no sound. Names are never believed."""
    if head[:4] == b"OggS":
        return OGG
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64]:
        return WEBM
    if head[4:8] == b"ftyp" and head[8:12].startswith(BRANDS):
        return M4A
    if head[:5] == b"#!AMR":
        return AMR
    if head[:3] == b"ID3":
        return MP3
    return _mpeg(head)


def _mpeg(head: bytes) -> Kind | None:
    """ADTS AAC and bare MP3 begin with a frame header: eleven or twelve set bits, then its layer."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return AAC
    is_layer_three = head[1] & 0xE6 == 0xE2
    has_rate = head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C
    return MP3 if is_layer_three and has_rate else None


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
