"""A programme for the loudspeaker put together: jingle, greeting, body, pause, body again; one level, two files.

Levelled in two passes by ITU-R BS.1770: measured, then raised or lowered by one factor, peaks held by a limiter that
works at twice the rate. FFmpeg's own ``loudnorm`` does the same as long as no peak stands in the way, and else rides
the level up and down within words, which makes a quiet speaker's pauses roar. What comes out is decoded and
measured again, because encoding raises peaks.
"""

import dataclasses
import io
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from av.audio.frame import AudioFrame
from django.utils.translation import gettext as _

from media.audio.encoding import mp3, opus
from media.audio.kinds import MP3
from media.audio.measuring import Measured, measure
from media.audio.sound import OURS, RATE, WIDTH, Pcm, Progress, SoundError, frame_of, nobody, through, write
from media.audio.tags import Tags, id3
from media.audio.uploads import decode, look_at

VERSION = 1
"""Goes into the key of what is kept: a change of the making gives new files."""
PAUSE = 1.5
BETWEEN = 0.8
# How far the limiter stays below what is asked, for what encoding adds; and how often it is tried again.
_HEADROOM = 1.0
_ROUNDS = 4
# EBU R 128 allows half a unit; the limiter eats part of each correction, so that a little more is asked.
_NEAR = 0.5
_MORE = 1.3


@dataclasses.dataclass(frozen=True)
class Target:
    """What the finished file is to have: integrated loudness in LUFS, highest true peak in dBTP."""

    loudness: float = -16.0
    peak: float = -1.0


@dataclasses.dataclass(frozen=True)
class Piece:
    """One sound of a programme, as its samples or as an encoded file, or a pause of so many seconds."""

    load: Callable[[Path], Pcm] | None = None
    pause: float = 0.0


@dataclasses.dataclass(frozen=True)
class Finished:
    """The files, and what was measured in the decoded MP3."""

    mp3: bytes
    opus: bytes
    measured: Measured


def of_samples(samples: bytes) -> Piece:
    """A piece made here."""

    def load(path: Path) -> Pcm:
        path.write_bytes(samples)
        return Pcm(path)

    return Piece(load)


def of_file(data: bytes) -> Piece:
    """A piece out of a sound file that was taken in before (any kind of ``media.audio.kinds``)."""
    def load(path: Path) -> Pcm:
        file = io.BytesIO(data)
        return decode(file, look_at(file), path)[0]

    return Piece(load)


def in_order(*, jingle: Piece | None, greeting: Piece | None, body: Piece, times: int) -> list[Piece]:
    """The order of a programme: the jingle opens and closes it, the body is said ``times`` times."""
    order = [jingle, Piece(pause=BETWEEN)] if jingle else []
    order += [greeting, Piece(pause=BETWEEN)] if greeting else []
    for time in range(times):
        order += [Piece(pause=PAUSE), body] if time else [body]
    order += [Piece(pause=BETWEEN), jingle] if jingle else []
    return [piece for piece in order if piece is not None]


def length(*, jingle: float, greeting: float, body: float, times: int) -> float:
    """How long such a programme takes, in seconds, from those of its pieces; 0 for one that is left out."""
    around = 2 * (jingle + BETWEEN) if jingle else 0
    before = greeting + BETWEEN if greeting else 0
    return around + before + body * times + PAUSE * (times - 1)


def assemble(pieces: Sequence[Piece], tags: Tags, target: Target = Target(), progress: Progress = nobody) -> Finished:
    """Put the pieces together. Several seconds for each minute: a task's work.

    :raises SoundError: for a piece that is silent or cannot be read, or where the level cannot be reached.
    """
    with tempfile.TemporaryDirectory(prefix="loa-am-thanh-") as folder:
        place = Path(folder)
        levelled = _levelled(pieces, place, target, lambda share: progress(0.5 * share))
        whole = write(_joined(pieces, levelled), place / "whole")
        progress(0.55)
        sound, frames, measured = _encoded(whole, place, target, lambda share: progress(0.55 + 0.35 * share))
        return Finished(id3(tags) + frames, opus(sound.frames(), tags), measured)


def _levelled(pieces: Sequence[Piece], place: Path, target: Target, progress: Progress) -> dict[int, Pcm]:
    """Each sound once, at the level that is asked: a loud jingle before a quiet speaker helps nobody."""
    found: dict[int, Pcm] = {}
    sounds = {id(piece): piece for piece in pieces if piece.load}
    for number, (key, piece) in enumerate(sounds.items()):
        assert piece.load is not None
        raw = piece.load(place / f"{number}-raw")
        measured = measure(raw)
        if measured.loudness is None:
            raise SoundError("silent", _("Nothing is to be heard in one of the parts. Record it anew."))
        gain, ceiling = target.loudness - measured.loudness, target.peak - _HEADROOM
        found[key] = _shifted(raw, measured, gain, ceiling, place / f"{number}")
        raw.path.unlink()
        progress((number + 1) / len(sounds))
    return found


def _shifted(sound: Pcm, measured: Measured, gain: float, ceiling: float, path: Path) -> Pcm:
    """The sound, ``gain`` dB louder, with its peaks bent below ``ceiling`` (dBTP)."""
    filters = [("volume", f"{gain:.3f}dB")]
    if measured.peak is not None and measured.peak + gain > ceiling:
        limit = f"limit={10 ** (ceiling / 20):.5f}:level=disabled:attack=2:release=60:latency=1"
        # In 32 bits: in 16 the gain itself would cut what the limiter is to bend.
        filters = [("aformat", "sample_fmts=flt"), *filters, ("aresample", str(2 * RATE)), ("alimiter", limit)]
    return write(through(sound.frames(), *filters, ("aresample", str(RATE)), OURS), path)


def _joined(pieces: Sequence[Piece], levelled: dict[int, Pcm]) -> Iterator[AudioFrame]:
    for piece in pieces:
        if piece.load:
            yield from levelled[id(piece)].frames()
        else:
            yield frame_of(bytes(round(piece.pause * RATE) * WIDTH))


def _encoded(whole: Pcm, place: Path, target: Target, progress: Progress) -> tuple[Pcm, bytes, Measured]:
    """The MP3 whose decoded sound is at the level asked: the last tenths are found by trying."""
    sound, measured = whole, None
    gain, ceiling = 0.0, target.peak - _HEADROOM
    for attempt in range(_ROUNDS):
        if attempt:
            measured = measured or measure(whole)
            sound = _shifted(whole, measured, gain, ceiling, place / f"round-{attempt}")
        frames = mp3(sound.frames())
        heard = measure(decode(io.BytesIO(frames), MP3, place / "heard")[0])
        progress((attempt + 1) / _ROUNDS)
        off = target.loudness - (heard.loudness or 0.0)
        above = (heard.peak or -math.inf) - target.peak
        if abs(off) <= _NEAR and above <= 0:
            return sound, frames, heard
        gain += _MORE * off
        ceiling -= max(0.0, above + 0.2)
    raise SoundError("level", _("The sound cannot be brought to the right level. Record it anew, closer and calmer."))
