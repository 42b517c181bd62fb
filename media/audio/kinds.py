"""What kind of sound file some bytes are: known by their beginning, a name is never believed."""

import dataclasses


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
    """What the first bytes of a file say that it is; None for what is no sound."""
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


def behind_tag(head: bytes) -> int:
    """Where the sound begins behind an ID3v2 tag, in bytes; 0 where there is none.

    MP3 and AAC bear such a tag in the same way, and only what comes behind it says which of them it is.
    """
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _mpeg(head: bytes) -> Kind | None:
    """ADTS AAC and bare MP3 begin with a frame header: eleven or twelve set bits, then its layer."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return AAC
    is_layer_three = head[1] & 0xE6 == 0xE2
    has_rate = head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C
    return MP3 if is_layer_three and has_rate else None
