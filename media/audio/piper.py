"""Piper, a neural voice, where a site gives a model: a program of its own, spoken to over a pipe.

Loa brings neither the program nor a model. ``LOA_PIPER_MODEL`` names the ``.onnx`` file, beside which Piper wants its
``.onnx.json``; ``LOA_PIPER_COMMAND`` the program, unless it is ``piper`` or the package piper-tts is installed.
"""

import importlib.util
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from media.audio.voices import VoiceError
from media.audio.wave_file import Sound
from media.speech.reading import SYLLABLES_PER_MINUTE

KEY = "piper"
# Much slower than speech on a small machine, but a programme is a few minutes at most.
TIMEOUT = 600


def is_wanted() -> bool:
    """Whether this site gave a model."""
    return bool(settings.LOA_PIPER_MODEL)


def missing() -> str:
    """What is missing for it to work, in words for whoever looks after the machine; empty when nothing is."""
    model = Path(settings.LOA_PIPER_MODEL)
    if not model.is_file():
        return _("There is no Piper model at %(path)s.") % {"path": model}
    if not Path(f"{model}.json").is_file():
        return _("Beside the Piper model its description is missing: %(path)s.") % {"path": f"{model}.json"}
    if not command():
        return _("The program Piper is not installed, or LOA_PIPER_COMMAND names one that is not there.")
    return ""


def command() -> list[str]:
    """How Piper is called on this machine; empty where it is not there."""
    named = shlex.split(settings.LOA_PIPER_COMMAND) or ["piper"]
    if shutil.which(named[0]):
        return named
    if not settings.LOA_PIPER_COMMAND and importlib.util.find_spec("piper") is not None:
        return [sys.executable, "-m", "piper"]
    return []


class PiperVoice:
    """The site's model. One process for each text."""

    key = KEY
    synthetic = True

    def __init__(self) -> None:
        """Raises VoiceError where something is missing."""
        if why := missing():
            raise VoiceError(why)
        self.model = Path(settings.LOA_PIPER_MODEL)
        self.language = language_of(self.model)
        self.name = f"Piper {self.model.name.removesuffix('.onnx')}"

    def say(self, spoken_text: str, *, syllables_per_minute: float = SYLLABLES_PER_MINUTE) -> Sound:
        """Read ``spoken_text``. Raises VoiceError when the program fails, ValueError for a text without words."""
        if not any(c.isalpha() for c in spoken_text):
            raise ValueError("there is nothing to say")
        if not syllables_per_minute > 0:
            raise ValueError("syllables_per_minute has to be positive")
        slower = SYLLABLES_PER_MINUTE / syllables_per_minute
        # One line is one utterance to Piper, which then writes one file.
        text = " ".join(spoken_text.split()).encode()
        with tempfile.TemporaryDirectory(prefix="loa-piper-") as folder:
            target = Path(folder) / "said.wav"
            call = [*command(), "--model", str(self.model), "--output_file", str(target)]
            try:
                # The program is the one the site's settings name; the text goes in over the pipe only.
                done = subprocess.run(
                    [*call, "--length_scale", f"{slower:.3f}"], input=text, capture_output=True, timeout=TIMEOUT
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise VoiceError(_("Piper does not answer.")) from error
            if done.returncode or not target.is_file():
                said = done.stderr.decode(errors="replace").strip().splitlines()
                raise VoiceError(_("Piper failed: %(why)s") % {"why": said[-1][:200] if said else done.returncode})
            return self._sound(target)

    def _sound(self, path: Path) -> Sound:
        try:
            with wave.open(str(path)) as file:
                if (file.getnchannels(), file.getsampwidth()) != (1, 2) or not file.getnframes():
                    raise VoiceError(_("Piper gave no sound that can be used."))
                return Sound(file.readframes(file.getnframes()), file.getframerate(), self.name, self.synthetic)
        except (wave.Error, EOFError) as error:
            raise VoiceError(_("Piper gave no sound that can be used.")) from error


def language_of(model: Path) -> str:
    """The model's language (ISO 639-1), as its description says: ``{"language": {"family": "vi"}}``."""
    try:
        described = json.loads(Path(f"{model}.json").read_text(encoding="utf-8"))
        return str(described["language"]["family"])
    except (OSError, ValueError, KeyError, TypeError):
        return model.name.partition("_")[0].lower() or "vi"
