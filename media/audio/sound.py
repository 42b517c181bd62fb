"""Sound as this package works on it: mono, 44.1 kHz, 16 bits, in a file without a head; FFmpeg comes with PyAV.

44.1 kHz and one channel, because old receivers and players want the first and a loudspeaker has the second.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame

RATE = 44_100
WIDTH = 2
# A fifth of a second: few enough steps through Python, small enough to show progress.
_PIECE = RATE // 5

Filter = tuple[str, str]
Progress = Callable[[float], None]


class SoundError(ValueError):
    """Why a sound cannot be taken or made, in words for staff. ``code`` names it."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def nobody(_share: float) -> None:
    """Progress that nobody watches."""


@dataclasses.dataclass(frozen=True)
class Pcm:
    """Raw samples in a file."""

    path: Path

    @property
    def seconds(self) -> float:
        return self.path.stat().st_size / WIDTH / RATE

    def frames(self, progress: Progress = nobody) -> Iterator[AudioFrame]:
        """Its samples in order. ``progress`` is told the share that was given out, 0 to 1."""
        size, done = self.path.stat().st_size, 0
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE * WIDTH):
                yield frame_of(piece, done // WIDTH)
                done += len(piece)
                progress(done / size)


def frame_of(samples: bytes, at: int = 0) -> AudioFrame:
    """``samples`` as a frame that begins at sample ``at``."""
    frame = AudioFrame(format="s16", layout="mono", samples=len(samples) // WIDTH)
    plane = frame.planes[0]
    plane.update(samples + bytes(plane.buffer_size - len(samples)))
    frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), at
    return frame


def samples_of(frame: Any) -> bytes:
    """The samples of a mono frame of 16 bits, without the padding behind them."""
    return bytes(frame.planes[0])[: frame.samples * WIDTH]


def through(frames: Iterable[AudioFrame], *filters: Filter) -> Iterator[AudioFrame]:
    """Frames of this package's form through FFmpeg's filters, each as (name, options)."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="s16", sample_rate=RATE, layout="mono", time_base=Fraction(1, RATE))
    nodes = [source, *(graph.add(name, options) for name, options in filters), graph.add("abuffersink")]
    graph.link_nodes(*nodes).configure()
    for frame in frames:
        source.push(frame)
        yield from _ready(nodes[-1])
    source.push(None)
    yield from _ready(nodes[-1])


def _ready(sink: Any) -> Iterator[AudioFrame]:
    while True:
        try:
            yield sink.pull()
        except (BlockingIOError, EOFError):
            return


def write(frames: Iterable[AudioFrame], path: Path) -> Pcm:
    """Store frames of this package's form."""
    with path.open("wb") as file:
        for frame in frames:
            file.write(samples_of(frame))
    return Pcm(path)


OURS: Filter = ("aformat", f"sample_fmts=s16:sample_rates={RATE}:channel_layouts=mono")
