"""How loud a sound is (ITU-R BS.1770, as EBU R 128 uses it), where it is silent, and whether it is distorted."""

import array
import dataclasses
import math
import sys
from collections.abc import Iterator
from typing import Any, Self

from av.audio.frame import AudioFrame

from media.audio.sound import RATE, Pcm, Progress, nobody, samples_of, through

# Quieter than this for half a second is silence: a room without a speaker is at about -50 dB.
_SILENCE = "n=-45dB:d=0.5"
_QUIETEST = -60.0
# A sample at the very end of the range was most likely cut; a few are no matter, one in two thousand is heard.
_CUT_SHARE = 1 / 2000
_LONG_SILENCE = 3.0
_TOO_QUIET = -35.0


@dataclasses.dataclass(frozen=True)
class Measured:
    """What was measured. ``loudness`` in LUFS and ``peak`` in dBTP are None for digital silence.

    ``silent_start`` and ``silent_end`` are seconds without sound at both ends, ``silent`` those of the whole;
    ``cut`` is the share of samples at the end of the range.
    """

    seconds: float
    loudness: float | None
    peak: float | None
    silent_start: float = 0.0
    silent_end: float = 0.0
    silent: float = 0.0
    cut: float = 0.0

    @property
    def is_silent(self) -> bool:
        """Nobody would hear anything."""
        return self.loudness is None or self.loudness < _QUIETEST or self.silent > 0.98 * self.seconds

    @property
    def is_distorted(self) -> bool:
        return self.cut > _CUT_SHARE

    @property
    def is_quiet(self) -> bool:
        """So quiet that raising it raises the noise, too."""
        return self.loudness is not None and self.loudness < _TOO_QUIET

    @property
    def is_long_silent(self) -> bool:
        return max(self.silent_start, self.silent_end) >= _LONG_SILENCE

    def as_json(self) -> dict[str, float | None]:
        return {name: None if value is None else round(value, 4) for name, value in dataclasses.asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


def measure(sound: Pcm, progress: Progress = nobody) -> Measured:
    """Measure a whole sound. Costs about one second for each minute of it."""
    seconds, cut = sound.seconds, 0
    last: dict[str, str] = {}
    # As keys, in order: a mark stands on more than one of the pieces that come out.
    starts: dict[str, None] = {}
    ends: dict[str, None] = {}

    def counted() -> Iterator[AudioFrame]:
        nonlocal cut
        for frame in sound.frames(progress):
            cut += _at_the_end_of_the_range(samples_of(frame))
            yield frame

    for frame in through(counted(), ("silencedetect", _SILENCE), ("ebur128", "metadata=1:peak=true:framelog=quiet")):
        found: dict[str, str] = frame.metadata
        for marks, name in ((starts, "lavfi.silence_start"), (ends, "lavfi.silence_end")):
            if name in found:
                marks[found[name]] = None
        if "lavfi.r128.I" in found:  # the last piece may be too short to be measured
            last = found
    silences = _pairs(list(map(float, starts)), list(map(float, ends)), seconds)
    peak = float(last.get("lavfi.r128.true_peak", 0))
    return Measured(
        seconds=seconds,
        loudness=_loudness(last.get("lavfi.r128.I", "nan")),
        peak=20 * math.log10(peak) if peak > 0 else None,
        silent_start=silences[0][1] if silences and silences[0][0] < 0.1 else 0.0,
        silent_end=seconds - silences[-1][0] if silences and silences[-1][1] > seconds - 0.1 else 0.0,
        silent=min(seconds, sum(end - start for start, end in silences)),
        cut=cut / max(1.0, seconds * RATE),
    )


def _pairs(starts: list[float], ends: list[float], seconds: float) -> list[tuple[float, float]]:
    """Each silence from its start to its end; the last may go on to the end of the sound."""
    return list(zip((max(0.0, start) for start in starts), [*ends, seconds], strict=False))


def _loudness(text: str) -> float | None:
    value = float(text)
    # FFmpeg says -70, the absolute gate of BS.1770, where nothing was above it.
    return None if math.isnan(value) or value <= -70 else value


def _at_the_end_of_the_range(samples: bytes) -> int:
    if b"\xff\x7f" not in samples and b"\x00\x80" not in samples:
        return 0  # almost always, and quick to see
    values = array.array("h", samples)
    if sys.byteorder == "big":
        values.byteswap()
    return values.count(32767) + values.count(-32768)
