"""What people bring, and what the loudspeaker gets: by decoding, measured by an independent tool."""

import array
import io
import json
import math
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from media.audio import programme, uploads
from media.audio.encoding import mp3, opus
from media.audio.jingle import SECONDS, jingle
from media.audio.kinds import WAV
from media.audio.measuring import measure
from media.audio.sound import RATE, Pcm, SoundError, frame_of
from media.audio.tags import Tags, id3
from media.audio.voices import draft_voice
from media.audio.wave_file import SYNTHETIC_NOTE, Sound
from media.recordings import clean_recording

FROM_PHONES = Path(__file__).parent / "recordings"
PLACE = b"+22.4"


def tone(seconds: float, level: float = 0.3, hertz: float = 440.0) -> bytes:
    step = 2 * math.pi * hertz / RATE
    values = (round(max(-1.0, min(1.0, level * math.sin(step * n))) * 32767) for n in range(int(seconds * RATE)))
    return array.array("h", values).tobytes()


def quiet(seconds: float) -> bytes:
    return bytes(int(seconds * RATE) * 2)


@cache
def voice() -> bytes:
    return draft_voice().say("Kính thưa bà con. Gặp chuyện lạ, gọi ngay một một một.").wav()


def wav(samples: bytes) -> bytes:
    return Sound(samples, RATE, "thử", synthetic=False).wav()


def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        pytest.skip("no ffmpeg: install Debian's package “ffmpeg” to measure with an independent tool")
    return found


def heard_by_ffmpeg(data: bytes) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP), as Debian's own ffmpeg measures them."""
    command = [ffmpeg(), "-hide_banner", "-nostats", "-i", "-", "-map", "0:a"]
    command += ["-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    told = subprocess.run(command, input=data, capture_output=True, check=True).stderr.decode()
    summary = told.rsplit("Summary:", 1)[1].split()
    return float(summary[summary.index("I:") + 1]), float(summary[summary.index("Peak:") + 1])


def probed(data: bytes) -> dict[str, Any]:
    ffmpeg()
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", file.name]
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def test_what_a_phone_wrote_beside_the_sound_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LEAST_SECONDS", 0.2)  # these files are short, and full of places and devices
    names = sorted(path.name for path in FROM_PHONES.iterdir())
    assert len(names) > 8
    for name in names:
        taken = uploads.take_in(io.BytesIO((FROM_PHONES / name).read_bytes()))
        with av.open(io.BytesIO(taken.mp3), format="mp3") as file:
            assert file.streams.audio[0].codec_context.name.startswith("mp3")
            assert not file.metadata, name
        assert PLACE not in taken.mp3
        assert clean_recording(taken.mp3) == taken.mp3


# Container, encoder, rate: as Android, iPhones, browsers and old telephones record.
PHONES = {
    "iPhone and Android M4A": ("mp4", "aac", 44100),
    "Android AAC": ("adts", "aac", 44100),
    "Chrome's WebM": ("webm", "libopus", 48000),
    "Firefox's Ogg": ("ogg", "libopus", 48000),
    "MP3": ("mp3", "libmp3lame", 44100),
    "3GP": ("3gp", "aac", 22050),
    "AMR of an old telephone": ("amr", "libopencore_amrnb", 8000),
    "WAV": ("wav", "pcm_s16le", 16000),
}


@pytest.mark.parametrize("phone", PHONES)
def test_what_phones_record_is_taken(phone: str) -> None:
    container, codec, rate = PHONES[phone]
    target = io.BytesIO()
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    with av.open(target, "w", format=container) as file:
        stream: Any = file.add_stream(codec, rate=rate, layout="mono")
        for frame in [*resampler.resample(frame_of(tone(3))), *resampler.resample(None)]:
            frame.pts = None
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    taken = uploads.take_in(io.BytesIO(target.getvalue()))
    assert taken.measured.seconds == pytest.approx(3, abs=0.2)
    assert taken.measured.loudness == pytest.approx(-14, abs=2)
    assert not taken.damaged


def film() -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as file:
        picture: Any = file.add_stream("mpeg4", rate=10)
        picture.width = picture.height = 32
        picture.pix_fmt = "yuv420p"
        for _n in range(5):
            file.mux(picture.encode(av.VideoFrame(32, 32, "yuv420p")))
        file.mux(picture.encode(None))
    return target.getvalue()


def photo() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(target, "JPEG")
    return target.getvalue()


REFUSED = {
    "empty": ("empty", lambda: b""),
    "a picture": ("no-sound", photo),
    "a picture called a recording": ("no-sound", lambda: b"RIFF\0\0\0\0AVI " + photo()),
    "a playlist": ("no-sound", lambda: b"#EXTM3U\nfile:///etc/passwd\n"),
    "a program": ("no-sound", lambda: b"\x7fELF" + bytes(500)),
    "only the head of a WAV": ("broken", lambda: voice()[:30]),
    "an MP3 in name only": ("no-sound", lambda: b"ID3\3\0\0\0\0\0\0" + photo()),
    "garbage behind a WebM's head": ("broken", lambda: (FROM_PHONES / "place.webm").read_bytes()[:80] + photo() * 3),
    "a film": ("film", film),
    "nothing to hear": ("silent", lambda: wav(quiet(3))),
    "a click": ("too-short", lambda: wav(tone(0.3))),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_recording_is_refused_with_the_reason(what: str) -> None:
    code, make = REFUSED[what]
    with pytest.raises(SoundError) as refused:
        uploads.take_in(io.BytesIO(make()))
    assert refused.value.code == code
    assert str(refused.value)


def test_too_many_bytes_and_too_many_hours_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    with pytest.raises(SoundError, match="200 MB"):
        uploads.look_at(io.BytesIO(voice()))
    monkeypatch.undo()
    monkeypatch.setattr(uploads, "MOST_SECONDS", 2)
    # Some kinds say their length at the beginning, a browser's recording does not: that is caught while decoding.
    for look in (uploads.look_at, lambda file: uploads.decode(file, WAV, tmp_path / "sound")):
        with pytest.raises(SoundError) as refused:
            look(io.BytesIO(wav(tone(3))))
        assert refused.value.code == "too-long"


def test_a_recording_cut_off_half_way_is_kept_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = mp3([frame_of(tone(6))])
    taken = uploads.take_in(io.BytesIO(whole[: len(whole) // 2]))
    assert taken.measured.seconds == pytest.approx(3, abs=0.3)


def stored(tmp_path: Path, samples: bytes) -> Pcm:
    (tmp_path / "sound").write_bytes(samples)
    return Pcm(tmp_path / "sound")


def test_silence_at_both_ends_and_distortion_are_seen(tmp_path: Path) -> None:
    found = measure(stored(tmp_path, quiet(4) + tone(5) + quiet(1) + tone(2) + quiet(3)))
    assert found.seconds == pytest.approx(15)
    assert (found.silent_start, found.silent_end) == (pytest.approx(4, abs=0.05), pytest.approx(3, abs=0.05))
    assert found.silent == pytest.approx(8, abs=0.1)
    assert found.is_long_silent
    assert not (found.is_distorted)
    assert not (found.is_silent)
    assert not found.is_quiet
    assert found.peak == pytest.approx(20 * math.log10(0.3), abs=0.1)
    assert measure(stored(tmp_path, tone(2, level=3))).is_distorted
    assert measure(stored(tmp_path, quiet(2))).is_silent
    assert measure(stored(tmp_path, tone(2, level=0.005))).is_quiet


def test_the_level_measured_here_is_the_one_that_ffmpeg_measures(tmp_path: Path) -> None:
    samples = tone(3, 0.2) + quiet(1) + tone(4, 0.05, 1000)
    found = measure(stored(tmp_path, samples))
    loudness, peak = heard_by_ffmpeg(wav(samples))
    assert found.loudness == pytest.approx(loudness, abs=0.15)
    assert found.peak == pytest.approx(peak, abs=0.15)


BODIES = {
    "a voice": voice,
    "a quiet voice": lambda: wav(tone(3, 0.01) + quiet(1) + tone(2, 0.02, 300)),
    "a distorted one": lambda: wav(tone(4, 4.0, 180)),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_programme_has_the_level_that_receivers_expect(what: str) -> None:
    cover = photo()
    tags = Tags("Đừng đi theo người lạ", "Công an tỉnh", "Đợt 30/7", "Đài xã Bắc Hà", "vi", True, cover)
    body = programme.of_file(BODIES[what]())
    pieces = programme.in_order(jingle=programme.of_samples(jingle()), greeting=None, body=body, times=2)
    with av.open(io.BytesIO(BODIES[what]()), format="wav") as file:
        seconds = file.duration / av.time_base
    planned = programme.length(jingle=SECONDS, greeting=0, body=seconds, times=2)
    shares: list[float] = []
    done = programme.assemble(pieces, tags, progress=shares.append)
    assert shares == sorted(shares)
    for data in (done.mp3, done.opus):
        loudness, peak = heard_by_ffmpeg(data)
        assert loudness == pytest.approx(-16, abs=0.6)
        assert peak <= -1.0
        facts = probed(data)
        sound = next(stream for stream in facts["streams"] if stream["codec_type"] == "audio")
        noted = {
            key.lower(): value for key, value in {**facts["format"].get("tags", {}), **sound.get("tags", {})}.items()
        }
        assert noted["title"] == tags.title
        assert noted["artist"] == tags.unit
        assert noted["synthetic"] == "1"
        assert SYNTHETIC_NOTE in noted["comment"]
        assert any(stream["codec_type"] == "video" for stream in facts["streams"])
        assert float(facts["format"]["duration"]) == pytest.approx(planned, abs=0.2)
    assert probed(done.mp3)["streams"][0]["bit_rate"] == "128000"


def test_other_levels_can_be_asked_for() -> None:
    target = programme.Target(loudness=-23.0, peak=-3.0)
    done = programme.assemble([programme.of_file(voice())], Tags(), target)
    loudness, peak = heard_by_ffmpeg(done.mp3)
    assert loudness == pytest.approx(-23, abs=0.6)
    assert peak <= -3.0


def test_a_silent_piece_is_said_and_no_file_is_made() -> None:
    with pytest.raises(SoundError) as refused:
        programme.assemble([programme.of_samples(quiet(2))], Tags())
    assert refused.value.code == "silent"


def test_a_tag_is_written_without_touching_the_sound() -> None:
    frames = mp3([frame_of(tone(2))])
    tagged = id3(Tags(title="Một", language="vi")) + frames
    assert clean_recording(tagged) == frames
    assert probed(tagged)["format"]["tags"]["title"] == "Một"
    assert "comment" not in probed(tagged)["format"]["tags"]


def test_the_same_sound_gives_the_same_bytes() -> None:
    assert mp3([frame_of(tone(1))]) == mp3([frame_of(tone(1))])
    assert opus([frame_of(tone(1))], Tags("a")) == opus([frame_of(tone(1))], Tags("a"))
