"""What stands in a sound file beside the sound: title, unit, station, language, and that a machine speaks."""

import dataclasses
from collections.abc import Iterator

from media.audio.wave_file import SYNTHETIC_NOTE

_LATIN, _UTF16 = b"\0", b"\1"


@dataclasses.dataclass(frozen=True)
class Tags:
    """``language`` is a locale code; ``cover`` a small JPEG; empty fields are left out."""

    title: str = ""
    unit: str = ""
    campaign: str = ""
    station: str = ""
    language: str = ""
    synthetic: bool = False
    cover: bytes = b""

    def named(self) -> dict[str, str]:
        """As Vorbis comments, which FFmpeg and players know by these names."""
        found = {
            "title": self.title,
            "artist": self.unit,
            "album": self.campaign,
            "network": self.station,
            "language": self.language,
            "comment": SYNTHETIC_NOTE if self.synthetic else "",
            "synthetic": "1" if self.synthetic else "0",
        }
        return {name: text for name, text in found.items() if text}


def id3(tags: Tags) -> bytes:
    """An ID3v2.3 tag to put before the frames of an MP3: the version that old receivers read.

    Writing it costs no look at the sound, so that each station's copy can bear its own name.
    """
    body = b"".join(_frames(tags))
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + body if body else b""


def _frames(tags: Tags) -> Iterator[bytes]:
    # TLAN wants a code of three letters (ISO 639-2) and nothing else; the whole locale code stands in a field of ours.
    texts = (("TIT2", tags.title), ("TPE1", tags.unit), ("TALB", tags.campaign), ("TRSN", tags.station))
    for name, text in (*texts, ("TLAN", "vie" if tags.language == "vi" else "")):
        if text:
            yield _frame(name, _UTF16 + _utf16(text))
    for name, text in (("language", tags.language), ("synthetic", "1" if tags.synthetic else "0")):
        if text:
            yield _frame("TXXX", _UTF16 + _utf16(name) + b"\0\0" + _utf16(text))
    if tags.synthetic:
        yield _frame("COMM", _UTF16 + b"vie" + _utf16("") + b"\0\0" + _utf16(SYNTHETIC_NOTE))
    if tags.cover:
        yield _frame("APIC", _LATIN + b"image/jpeg\0\3\0" + tags.cover)


def _frame(name: str, data: bytes) -> bytes:
    return name.encode("ascii") + len(data).to_bytes(4, "big") + b"\0\0" + data


def _utf16(text: str) -> bytes:
    return b"\xff\xfe" + text.replace("\0", "").encode("utf-16-le")
