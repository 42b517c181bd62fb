"""Draft voices: a text that has been made speakable, read by a machine and marked as such.

A voice is anything with the shape of `Voice`. The one here is espeak-ng, whose library and data
come with the espeakng-loader package: it is plain to hear that it is a machine, it needs no
network, and it has Vietnamese. It has none of the province's minority languages; those need a
recording.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, Protocol

import espeakng_loader
from django.conf import settings

from media.audio.wave_file import Sound
from media.speech.reading import SYLLABLES_PER_MINUTE

_SYNCHRONOUS, _NO_EXIT, _UTF8, _RATE, _OK = 2, 0x8000, 1, 1, 0
_SLOWEST, _FASTEST = 80, 450
_SYLLABLES_PER_WORD = 1.42
"""espeak-ng counts its speed in English words: so many Vietnamese syllables come out for each, pauses
included (measured over texts of this project at 80 to 240 words a minute; they differ by ± 8 %)."""
_SampleCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class VoiceError(RuntimeError):
    """The voice cannot be had, or gave no sound."""


class Voice(Protocol):
    """What reads a spoken text."""

    key: str
    """The name that settings and orders use."""
    name: str
    language: str
    """The language it reads, as an ISO 639-1 code."""
    synthetic: bool

    def say(self, spoken_text: str, *, syllables_per_minute: float = SYLLABLES_PER_MINUTE) -> Sound:
        """Read `spoken_text` (as `media.speech.spoken` gives it). Raises ValueError for a text without words."""
        ...


class EspeakVoice:
    """espeak-ng inside this process. Its state is global, so one text is read at a time."""

    key = "espeak"
    synthetic = True

    def __init__(self, language: str = "vi") -> None:
        """Raises VoiceError where espeak-ng has no such language."""
        self.language = language
        self.name = f"espeak-ng {language}"
        with _lock:
            self._choose(_engine())

    def say(self, spoken_text: str, *, syllables_per_minute: float = SYLLABLES_PER_MINUTE) -> Sound:
        """Read `spoken_text`; speeds outside what the engine can do are brought to its nearest."""
        if not any(c.isalpha() for c in spoken_text):
            raise ValueError("there is nothing to say")
        if not syllables_per_minute > 0:
            raise ValueError("syllables_per_minute has to be positive")
        rate = round(min(max(syllables_per_minute / _SYLLABLES_PER_WORD, _SLOWEST), _FASTEST))
        with _lock:
            engine = _engine()
            self._choose(engine)
            samples = engine.read(spoken_text, rate)
        if not samples:
            raise VoiceError("espeak-ng gave no sound")
        return Sound(samples, engine.sample_rate, self.name, self.synthetic)

    def _choose(self, engine: "_Engine") -> None:
        if engine.library.espeak_SetVoiceByName(self.language.encode()) != _OK:
            raise VoiceError(f"espeak-ng has no voice for {self.language!r}")


_lock = Lock()


class _Engine:
    """The library, started once, with the callback that collects what it says."""

    def __init__(self) -> None:
        self.library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.sample_rate: int = self.library.espeak_Initialize(_SYNCHRONOUS, 0, data, _NO_EXIT)
        if self.sample_rate <= 0:
            raise VoiceError("espeak-ng does not start: its data cannot be read")
        self._heard = bytearray()
        # The library keeps only the address: the object must live as long as it does.
        self._callback: Callable[..., int] = _SampleCallback(self._collect)
        self.library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._heard += ctypes.string_at(samples, 2 * count)
        return 0

    def read(self, text: str, rate: int) -> bytes:
        self._heard.clear()
        self.library.espeak_SetParameter(_RATE, rate, 0)
        data = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
        result = self.library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 0, 0, _UTF8, None, None)
        if result != _OK:
            raise VoiceError(f"espeak-ng refused the text (error {result})")
        return bytes(self._heard)


@cache
def _engine() -> _Engine:
    return _Engine()


def _piper() -> Voice:
    from media.audio.piper import PiperVoice

    return PiperVoice()


VOICES: dict[str, Callable[[], Voice]] = {"espeak": EspeakVoice, "piper": _piper}
"""Voices by the name a setting uses; a better engine is added here."""


def draft_voice(name: str = "") -> Voice:
    """The voice called `name`, or the one that the site's settings choose.

    Raises VoiceError for a name that nobody offers, and where the engine is not there.
    """
    name = name or settings.LOA_VOICE
    try:
        make = VOICES[name]
    except KeyError:
        raise VoiceError(f"there is no voice {name!r}; known: {', '.join(sorted(VOICES))}") from None
    return make()


def voices_for(language: str) -> list[Voice]:
    """The voices of this machine that read `language` (a locale code), the one of the settings first."""
    found = []
    for name in sorted(VOICES, key=lambda name: name != settings.LOA_VOICE):
        try:
            voice = VOICES[name]()
        except VoiceError:
            continue
        if voice.language == language:
            found.append(voice)
    return found
