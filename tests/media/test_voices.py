"""The draft voice: real sound, marked as made by a machine, about as long as `seconds` says."""

import array
import io
import wave
from concurrent.futures import ThreadPoolExecutor

import pytest

from media.audio.voices import EspeakVoice, VoiceError, draft_voice
from media.audio.wave_file import SYNTHETIC_NOTE, Sound
from media.speech import seconds, spoken

TEXTS = [
    "Kính thưa bà con và các bạn! Từ ngày 01/7 đến hết ngày 30/9/2026, UBND xã tổ chức 1.059 buổi tuyên truyền phòng, "
    "chống mua bán người cho 34.500 lượt người. Tối 30/7, lúc 19h30, mời bà con đến nhà văn hóa thôn.",
    "Không đi theo người lạ. Không đưa giấy tờ cho người khác giữ. Trước khi đi làm xa phải báo cho gia đình và trưởng "
    "thôn biết. Gặp chuyện lạ, gọi ngay 111 hoặc 113, cả ngày lẫn đêm, không mất tiền.",
    "Kế hoạch số 84/KH-UBND giao các sở, ngành, địa phương đẩy mạnh truyền thông trên hệ thống thông tin cơ sở, phù "
    "hợp với từng nhóm đối tượng; lồng ghép thông tin về quyền của nạn nhân và các hoạt động hỗ trợ, tư vấn.",
    "Người bị mua bán trở về được giữ kín thông tin, được trợ giúp pháp lý miễn phí, được khám chữa bệnh, được giúp "
    "học nghề và tìm việc. Xin đừng chê trách họ. Hãy giúp họ trở lại với gia đình, với thôn bản.",
]


@pytest.fixture(scope="module")
def voice() -> EspeakVoice:
    return EspeakVoice()


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("speed", [150, 190, 220])
def test_the_length_told_is_within_a_tenth_of_the_length_heard(voice: EspeakVoice, text: str, speed: float) -> None:
    said = spoken(text)
    heard = voice.say(said, syllables_per_minute=speed).seconds
    assert seconds(said, speed) == pytest.approx(heard, rel=0.1)


def test_the_wav_is_whole_and_says_that_a_machine_reads(voice: EspeakVoice) -> None:
    sound = voice.say(spoken(TEXTS[0]))
    data = sound.wav(title="Bản tin số 12")
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, sound.sample_rate)
        assert file.getnframes() == len(sound.samples) // 2
        frames = array.array("h", file.readframes(file.getnframes()))
    assert max(map(abs, frames)) > 3000
    assert sum(abs(s) >= 32767 for s in frames) < len(frames) / 1000
    assert SYNTHETIC_NOTE.encode() in data
    assert "Bản tin số 12".encode() in data
    assert int.from_bytes(data[4:8], "little") == len(data) - 8


def test_a_recording_of_a_person_is_not_called_synthetic() -> None:
    assert SYNTHETIC_NOTE.encode() not in Sound(b"\0\0", 8000, "Người đọc mẫu", False).wav()


def test_two_threads_do_not_mix_their_words(voice: EspeakVoice) -> None:
    texts = ["một hai ba bốn năm", "Kính thưa bà con và các bạn nghe đài"] * 4
    alone = {text: voice.say(text).seconds for text in set(texts)}
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: voice.say(text).seconds, texts))
    assert together == pytest.approx([alone[text] for text in texts], rel=0.02)


@pytest.mark.parametrize("text", ["", "  \n", "…!?", "\0"])
def test_a_text_without_words_is_refused(voice: EspeakVoice, text: str) -> None:
    with pytest.raises(ValueError, match="nothing to say"):
        voice.say(text)


def test_odd_characters_do_not_stop_the_voice(voice: EspeakVoice) -> None:
    assert voice.say("xin chào \0 <speak> [[h@l'oU]] \ud83d bà con").seconds > 1


def test_a_language_nobody_speaks_here_is_refused() -> None:
    with pytest.raises(VoiceError, match="hmn"):
        EspeakVoice("hmn")
    with pytest.raises(VoiceError, match="espeak"):
        draft_voice("giong-la")
    assert draft_voice().synthetic
