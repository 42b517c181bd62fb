"""Uploaded recordings: the sound stays, where and with what it was made does not.

The samples were made with a place, a title and an artist in them, as phones, cameras and browsers write them.
"""

import hashlib
import struct
import time
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from media.models import Recording
from media.recordings import RefusedRecording, clean_recording

SAMPLES = sorted((Path(__file__).parent / "recordings").glob("place*"))
SECRETS = (b"Thon-Ban-Mau", b"22.3356", b"103.842", b"Lavf")


def code_of(data: bytes) -> str:
    with pytest.raises(RefusedRecording) as error:
        clean_recording(data)
    assert str(error.value)
    return error.value.code


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_place_title_and_device_are_gone(path: Path) -> None:
    data = path.read_bytes()
    assert any(secret in data for secret in SECRETS[:2]), "the phone did write it"
    cleaned = clean_recording(data)
    assert not any(secret in cleaned for secret in SECRETS)
    assert clean_recording(cleaned) == cleaned


# The part of each sample that is the sound: its marker, and how many bytes of it at least.
SOUND = {"place.wav": (b"data", 2000), "place.m4a": (b"mdat", 500), "place.3gp": (b"mdat", 500)}


@pytest.mark.parametrize("name", SOUND)
def test_the_sound_itself_is_not_touched(name: str) -> None:
    path = next(path for path in SAMPLES if path.name == name)
    marker, least = SOUND[name]
    whole, cleaned = path.read_bytes(), clean_recording(path.read_bytes())
    sound = whole[whole.index(marker) : whole.index(marker) + least]
    assert sound in cleaned
    if name != "place.wav":
        assert whole.index(marker) == cleaned.index(marker), "the offsets inside the file stay true"


def ogg_checksums_hold(data: bytes) -> bool:
    at = 0
    while at < len(data):
        body = at + 27 + data[at + 26]
        end = body + sum(data[at + 27 : body])
        page = bytearray(data[at:end])
        said, page[22:26] = struct.unpack("<I", page[22:26])[0], bytes(4)
        value = 0
        for byte in page:
            value ^= byte << 24
            for _bit in range(8):
                value = ((value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
        if value != said:
            return False
        at = end
    return True


@pytest.mark.parametrize("name", ["place.ogg", "place.opus"])
def test_an_ogg_file_still_checks_out(name: str) -> None:
    data = next(path for path in SAMPLES if path.name == name).read_bytes()
    assert ogg_checksums_hold(data)
    assert ogg_checksums_hold(clean_recording(data))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"<html><script>alert(1)</script></html>", "no-recording"),
        (b"%PDF-1.4", "no-recording"),
        (b"ID3" + bytes(2000), "broken"),
        (b"RIFF\x10\0\0\0WAVELIST\x04\0\0\0INFO", "broken"),
        (b"OggS" + bytes(30), "broken"),
        (b"\x1a\x45\xdf\xa3\x80\x00", "broken"),
        (struct.pack(">I4s", 900, b"ftyp") + b"M4A ", "broken"),
    ],
)
def test_what_is_no_recording_is_refused(data: bytes, code: str) -> None:
    assert code_of(data) == code


FRAME = b"\xff\xfb\x90\x64" + bytes(413)


@pytest.mark.parametrize("lie", [b"-99999", b"-00424", b"999999"])
def test_a_tag_whose_length_lies_ends_the_reading(lie: bytes) -> None:
    assert code_of(FRAME + bytes(9) + lie + b"LYRICS200") == "broken"


def ogg_page(*segments: bytes) -> bytes:
    return b"OggS" + bytes(22) + bytes((len(segments), *map(len, segments))) + b"".join(segments)


def nested(name: bytes, inner: bytes, depth: int) -> bytes:
    for _level in range(depth):
        inner = struct.pack(">I4s", len(inner) + 8, name) + inner
    return inner


# What quadratic work makes of two megabytes takes minutes; the limit leaves a slow machine a wide margin.
SLOW = {
    "mp3 of many tags": b"ID3\x04\0\0\0\0\0\0" * 200_000 + FRAME,
    "mp3 of many last tags": FRAME + (b"TAG" + bytes(125)) * 16_000,
    "ogg of many pages": ogg_page(b"OpusHead")
    + ogg_page(b"OpusTags" + bytes(247)) + ogg_page(bytes(255)) * 4_000 + ogg_page(bytes(9)) + ogg_page() * 30_000,
    "mp4 nested": struct.pack(">I4s", 12, b"ftyp") + b"M4A " + nested(b"moov", nested(b"free", b"", 1) * 250_000, 900),
    "webm nested": b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\xff" * 900 + b"\xec\x80" * 1_000_000,
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_a_file_made_to_be_slow_is_not(name: str) -> None:
    began = time.process_time()
    with suppress(RefusedRecording):
        clean_recording(SLOW[name])
    assert time.process_time() - began < 5


def test_a_film_is_refused() -> None:
    data = next(path for path in SAMPLES if path.name == "place.m4a").read_bytes()
    assert code_of(data.replace(b"soun", b"vide")) == "broken"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9])
def test_a_file_cut_short_does_no_harm(path: Path, share: float) -> None:
    data = path.read_bytes()
    try:
        cleaned = clean_recording(data[: int(len(data) * share)])
    except RefusedRecording:
        return
    assert not any(secret in cleaned for secret in SECRETS)


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["create", "file.save", "change"])
def test_whichever_way_it_comes_in_what_is_stored_is_clean(way: str) -> None:
    data = next(path for path in SAMPLES if path.name == "place.m4a").read_bytes()
    recording = Recording(title="Bảy câu hỏi", language_tag="vi")
    if way == "file.save":
        recording.file.save("loi.m4a", ContentFile(data))
    else:
        recording.file = ContentFile(SAMPLES[2].read_bytes() if way == "change" else data, name="loi.m4a")
        recording.save()
    if way == "change":
        recording.file = ContentFile(data, name="moi.m4a")
        recording.save()
    stored = Recording.objects.get()
    kept = Path(stored.file.path).read_bytes()
    assert kept == clean_recording(data)
    assert stored.file_digest() == hashlib.sha256(kept).hexdigest()


@pytest.mark.django_db
def test_what_is_no_recording_is_not_stored() -> None:
    with pytest.raises(ValidationError):
        Recording.objects.create(title="x", language_tag="vi", file=ContentFile(b"MZ" + bytes(99), name="a.mp3"))
    assert not Recording.objects.exists()
