"""Recordings that people bring: checked by decoding them, measured, and stored anew as plain MP3.

Encoding anew leaves behind everything that a phone wrote beside the sound, and gives one kind of file that every
browser, phone and receiver plays.
"""

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import av
from av.audio.frame import AudioFrame
from django.utils.translation import gettext as _

from media.audio.encoding import mp3
from media.audio.kinds import FILMS, Kind, behind_tag, kind_of
from media.audio.measuring import Measured, measure
from media.audio.sound import RATE, Pcm, Progress, SoundError, nobody, samples_of

MOST_BYTES = 200_000_000
MOST_SECONDS = 3600
LEAST_SECONDS = 1.0
# Of a file that arrived damaged so much of its packets may be lost; more is no recording any more.
_LOST_SHARE = 0.05


@dataclasses.dataclass(frozen=True)
class Taken:
    """A recording as it is kept."""

    mp3: bytes
    measured: Measured
    damaged: bool


def look_at(file: IO[bytes]) -> Kind:
    """A first look that takes no time: kind, size, whether it holds sound and no film, whether it begins to play.

    :raises SoundError: code empty, too-large, no-sound, film, broken or too-long, with the reason for staff.
    """
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if not size:
        raise SoundError("empty", _("The file is empty. Record it anew, or choose another file."))
    if size > MOST_BYTES:
        raise SoundError("too-large", _("The file is larger than 200 MB. Cut it into shorter parts."))
    kind = _kind_of(file)
    if kind is None:
        raise SoundError(
            "no-sound",
            _("This is no sound recording, whatever its name says. Take an MP3, M4A, OGG, WAV, WebM, 3GP or AMR file."),
        )
    with _opened(file, kind) as container:
        _refuse_long(container.duration / av.time_base if container.duration else 0)
        if next(_decoded(container, size), None) is None:
            raise _broken()
    file.seek(0)
    return kind


def _kind_of(file: IO[bytes]) -> Kind | None:
    head = file.read(64)
    if at := behind_tag(head):
        file.seek(at)
        head = file.read(64).lstrip(b"\0") or head
    file.seek(0)
    return kind_of(head)


def take_in(file: IO[bytes], progress: Progress = nobody) -> Taken:
    """Decode the whole recording, measure it and make the file that is kept. Seconds for each minute: a task's work.

    :raises SoundError: as :func:`look_at`, and code too-short or silent.
    """
    kind = look_at(file)
    with tempfile.TemporaryDirectory(prefix="loa-am-thanh-") as folder:
        sound, damaged = decode(file, kind, Path(folder) / "sound", lambda share: progress(0.4 * share))
        if sound.seconds < LEAST_SECONDS:
            raise SoundError("too-short", _("The recording is shorter than a second. Record it anew."))
        measured = measure(sound, lambda share: progress(0.4 + 0.3 * share))
        if measured.is_silent:
            raise SoundError("silent", _("Nothing is to be heard in the recording. Check the microphone, record anew."))
        return Taken(mp3(sound.frames(lambda share: progress(0.7 + 0.3 * share))), measured, damaged)


def decode(file: IO[bytes], kind: Kind, path: Path, progress: Progress = nobody) -> tuple[Pcm, bool]:
    """All sound of ``file`` in this package's form, written to ``path``, and whether parts of it were damaged."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    lost: list[int] = []
    with _opened(file, kind) as container, path.open("wb") as target:
        written = 0
        for frame in _decoded(container, size, lost, progress):
            target.write(samples_of(frame))
            written += frame.samples
            _refuse_long(written / frame.sample_rate)
    return Pcm(path), bool(lost)


@contextlib.contextmanager
def _opened(file: IO[bytes], kind: Kind) -> Iterator[Any]:
    """The container is named, never guessed: FFmpeg's guess may be a playlist that leads elsewhere."""
    try:
        with av.open(file, mode="r", format=kind.container) as container:
            if kind in FILMS and any(not _is_sleeve(stream) for stream in container.streams.video):
                raise SoundError("film", _("This is a film. Record only the sound, or choose a sound file."))
            if not container.streams.audio:
                raise SoundError("no-sound", _("There is no sound in this file. Choose a sound recording."))
            yield container
    except (av.FFmpegError, ValueError, OSError) as error:
        if isinstance(error, SoundError):
            raise
        raise _broken() from error


def _is_sleeve(stream: Any) -> bool:
    """A single picture beside the music, not a film; it is left behind."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _decoded(
    container: Any, size: int, lost: list[int] | None = None, progress: Progress = nobody
) -> Iterator[AudioFrame]:
    """Frames in this package's form. Packets that cannot be read are left out, as long as they are few."""
    lost = [] if lost is None else lost
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    packets = 0
    for packet in _packets(container, lost):
        packets += 1
        try:
            for frame in packet.decode():
                frame.pts = None
                yield from resampler.resample(frame)
        except av.FFmpegError:
            lost.append(packets)
        if packet.pos:
            progress(min(1.0, packet.pos / size))
    if len(lost) > max(1, _LOST_SHARE * packets):
        raise _broken()
    yield from resampler.resample(None)


def _packets(container: Any, lost: list[int]) -> Iterator[Any]:
    packets = container.demux(container.streams.audio[0])
    while True:
        try:
            yield next(packets)
        except StopIteration:
            return
        except av.FFmpegError:
            lost.append(-1)  # the file ends in the middle
            return


def _refuse_long(seconds: float) -> None:
    if seconds > MOST_SECONDS:
        raise SoundError("too-long", _("The recording is longer than an hour. Cut it into shorter parts."))


def _broken() -> SoundError:
    return SoundError("broken", _("The recording is damaged and cannot be played. Record it anew."))
