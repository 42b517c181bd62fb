"""Piper over a real process: an executable that stands in for it speaks the same command line."""

import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from cms import doctor
from media.audio import piper
from media.audio.voices import VoiceError, draft_voice, voices_for

PROGRAM = """#!{python}
import math, struct, sys, wave
words = sys.stdin.read().split()
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert open(given["--model"]).read() == "mo hinh thu"
if "hong" in words:
    sys.exit("the model does not fit")
with wave.open(given["--output_file"], "wb") as file:
    file.setparams((2 if "hai-kenh" in words else 1, 2, 22050, 0, "NONE", ""))
    count = int(22050 * 0.25 * len(words) * float(given["--length_scale"]))
    file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(n / 20))) for n in range(count)))
"""


@pytest.fixture
def model(tmp_path: Path, settings: Any) -> Path:
    found = tmp_path / "vi_VN-thu-medium.onnx"
    found.write_text("mo hinh thu")
    Path(f"{found}.json").write_text('{"language": {"family": "vi"}}')
    program = tmp_path / "piper-thu"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    settings.LOA_PIPER_MODEL, settings.LOA_PIPER_COMMAND = str(found), str(program)
    return found


def test_the_sites_model_reads_and_is_marked_as_a_machine(model: Path, settings: Any) -> None:
    settings.LOA_VOICE = "piper"
    voice = draft_voice()
    assert (voice.key, voice.language, voice.name) == ("piper", "vi", "Piper vi_VN-thu-medium")
    sound = voice.say("một hai ba bốn", syllables_per_minute=190)
    assert sound.synthetic
    assert sound.seconds == pytest.approx(1, abs=0.1)
    assert voice.say("một hai ba bốn", syllables_per_minute=95).seconds == pytest.approx(2, abs=0.1)
    assert [one.key for one in voices_for("vi")] == ["piper", "espeak"]
    assert voices_for("mww") == []


@pytest.mark.parametrize("words", ["hong", "hai-kenh kênh"])
def test_a_voice_that_fails_says_so(model: Path, words: str) -> None:
    with pytest.raises(VoiceError):
        draft_voice("piper").say(words)


def test_what_is_missing_is_named(model: Path, settings: Any) -> None:
    assert [finding.level for finding in doctor.voices()] == ["ok", "ok"]
    settings.LOA_PIPER_COMMAND = "/khong/co/piper"
    assert "LOA_PIPER_COMMAND" in piper.missing()
    settings.LOA_PIPER_COMMAND = ""
    Path(f"{model}.json").unlink()
    assert ".onnx.json" in piper.missing()
    model.unlink()
    assert str(model) in piper.missing()
    assert [finding.level for finding in doctor.voices()] == ["ok", "warn"]
    with pytest.raises(VoiceError):
        draft_voice("piper")
    assert [one.key for one in voices_for("vi")] == ["espeak"], "the site still has a voice"
