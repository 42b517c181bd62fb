"""Sound in memory and its WAV form, with a comment that says where it comes from."""

import struct
from dataclasses import dataclass

SYNTHETIC_NOTE = "Giọng đọc tổng hợp bằng máy (bản nháp)"


@dataclass(frozen=True)
class Sound:
    """Mono sound: 16-bit little-endian samples."""

    samples: bytes
    sample_rate: int
    """Samples a second."""
    voice: str
    """The voice that made it."""
    synthetic: bool

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / 2 / self.sample_rate

    def wav(self, title: str = "") -> bytes:
        """The sound as a WAV file; a synthetic voice is named as such in its comment (RIFF INFO)."""
        comment = f"{SYNTHETIC_NOTE}: {self.voice}" if self.synthetic else self.voice
        notes = b"".join(_chunk(tag, _text(text)) for tag, text in ((b"INAM", title), (b"ICMT", comment)) if text)
        rate = self.sample_rate
        chunks = (
            _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)),
            _chunk(b"LIST", b"INFO" + notes),
            _chunk(b"data", self.samples),
        )
        return _chunk(b"RIFF", b"WAVE" + b"".join(chunks))


def _text(text: str) -> bytes:
    return text.replace("\0", "").encode() + b"\0"


def _chunk(tag: bytes, data: bytes) -> bytes:
    """A RIFF chunk; data of odd length is padded, the length says the true one."""
    return tag + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
