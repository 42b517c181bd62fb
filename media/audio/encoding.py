"""From samples to the two kinds of file that go out: MP3 for receivers and sticks, Ogg Opus for telephones."""

import base64
import io
import struct
from collections.abc import Iterable
from typing import Any

import av
from av.audio.frame import AudioFrame

from media.audio.sound import RATE, through
from media.audio.tags import Tags

MP3_BITS = 128_000
OPUS_BITS = 40_000
_OPUS_RATE = 48_000
_FRONT_COVER = 3


def mp3(frames: Iterable[AudioFrame]) -> bytes:
    """MP3 at a constant 128 kbit/s, mono, without any tag (``media.audio.tags.id3`` makes one)."""
    planar = ("aformat", f"sample_fmts=s16p:sample_rates={RATE}:channel_layouts=mono")
    return _encoded("mp3", "libmp3lame", RATE, MP3_BITS, through(frames, planar), {"id3v2_version": "0"}, effort=7)


def opus(frames: Iterable[AudioFrame], tags: Tags) -> bytes:
    """Ogg Opus for speech, mono, with its comments (RFC 7845)."""
    wide = ("aformat", f"sample_fmts=s16:sample_rates={_OPUS_RATE}:channel_layouts=mono")
    notes = {**tags.named(), **({"METADATA_BLOCK_PICTURE": _picture_block(tags.cover)} if tags.cover else {})}
    return _encoded("ogg", "libopus", _OPUS_RATE, OPUS_BITS, through(frames, wide), {}, notes, effort=5)


def _encoded(
    container: str,
    codec: str,
    rate: int,
    bits: int,
    frames: Iterable[AudioFrame],
    options: dict[str, str],
    notes: dict[str, str] | None = None,
    *,
    effort: int,
) -> bytes:
    target = io.BytesIO()
    # Bit-exact: the same sound gives the same bytes, so that a digest means something.
    with av.open(target, "w", format=container, options={"fflags": "+bitexact", **options}) as file:
        stream: Any = file.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = bits
        # FFmpeg's word for how hard an encoder tries: a voice gains nothing from the last half of it.
        stream.codec_context.options = {"compression_level": str(effort)}
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        stream.metadata.update(notes or {})
        for frame in frames:
            frame.pts = None
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return target.getvalue()


def _picture_block(jpeg: bytes) -> str:
    """A cover as FLAC's picture block (RFC 9639, section 8.8), which Ogg holds in base 64."""
    mime = b"image/jpeg"
    head = struct.pack(">II", _FRONT_COVER, len(mime)) + mime + struct.pack(">IIIIII", 0, 0, 0, 24, 0, len(jpeg))
    return base64.b64encode(head + jpeg).decode("ascii")
