"""The signature tune: four bell tones up and one back, made here from a formula. Nobody else's melody or sound."""

from functools import cache

import av

from media.audio.sound import OURS, RATE, samples_of

# (begins at, in seconds; frequency, in Hz): steps of a scale of five tones on D.
_NOTES = ((0.0, 293.66), (0.42, 349.23), (0.84, 392.0), (1.26, 523.25), (1.9, 440.0))
SECONDS = 4.0
_TAIL = 0.5
# A bell's partials: multiple of the frequency, strength, how fast it fades (1/s).
_PARTIALS = ((1.0, 1.0, 1.6), (2.0, 0.45, 2.4), (3.01, 0.22, 3.6), (4.17, 0.1, 5.5))
_LEVEL = 0.2


@cache
def jingle() -> bytes:
    """Samples as ``media.audio.sound`` has them."""
    tones = "+".join(
        f"gte(t,{at})*{strength}*exp(-{fade}*(t-{at}))*min(1,80*(t-{at}))*sin(2*PI*{tone * times:.2f}*(t-{at}))"
        for at, tone in _NOTES
        for times, strength, fade in _PARTIALS
    )
    graph = av.filter.Graph()
    chain = [
        graph.add("aevalsrc", f"exprs='{_LEVEL}*({tones})':s={RATE}:d={SECONDS}"),
        graph.add("afade", f"t=out:st={SECONDS - _TAIL}:d={_TAIL}"),
        graph.add(*OURS),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*chain).configure()
    heard = bytearray()
    while True:
        try:
            heard += samples_of(chain[-1].pull())
        except (EOFError, BlockingIOError):
            return bytes(heard)
