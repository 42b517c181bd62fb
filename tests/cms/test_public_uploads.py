"""Pictures and recordings reach readers; nothing else under MEDIA_ROOT does."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def recording(settings: Any) -> str:
    put(settings, "recordings/2026/loi-nhan.mp3", bytes(range(100)))
    return "/uploads/recordings/2026/loi-nhan.mp3"


def put(settings: Any, name: str, content: bytes = b"x") -> None:
    file = Path(settings.MEDIA_ROOT) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_recording_is_served_whole(client: Client, recording: str) -> None:
    response = client.get(recording)
    assert body_of(response) == bytes(range(100))
    assert response["Content-Type"] == "audio/mpeg"
    assert response["Accept-Ranges"] == "bytes"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


@pytest.mark.parametrize(
    ("wanted", "start", "end"), [("0-1", 0, 1), ("90-", 90, 99), ("-5", 95, 99), ("95-500", 95, 99), ("-500", 0, 99)]
)
def test_a_player_gets_the_piece_it_asks_for(client: Client, recording: str, wanted: str, start: int, end: int) -> None:
    response = client.get(recording, headers={"Range": f"bytes={wanted}"})
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {start}-{end}/100"
    assert body_of(response) == bytes(range(100))[start : end + 1]


def test_a_piece_beyond_the_end_is_refused_and_nonsense_is_not_heard(client: Client, recording: str) -> None:
    assert client.get(recording, headers={"Range": "bytes=100-"}).status_code == 416
    assert client.get(recording, headers={"Range": "bytes=-"}).status_code == 200
    assert client.get(recording, headers={"Range": "lines=1-2"}).status_code == 200


def test_what_the_browser_has_is_not_sent_again(client: Client, recording: str) -> None:
    date = client.get(recording)["Last-Modified"]
    assert client.get(recording, headers={"If-Modified-Since": date}).status_code == 304


@pytest.mark.parametrize(
    "name",
    [
        "documents/dong-y.pdf",
        "original_images/noi-chup.jpg",
        "images/trang.html",
        "images/khong-duoi",
        "consents/a.jpg",
        "secret.jpg",
    ],
)
def test_nothing_else_is_served(client: Client, settings: Any, name: str) -> None:
    put(settings, name)
    assert client.get(f"/uploads/{name}").status_code == 404


@pytest.mark.parametrize("way", ["images/../secret.jpg", "images/../../settings.jpg", "images/%2e%2e/secret.jpg"])
def test_there_is_no_way_out_of_the_open_folders(client: Client, settings: Any, way: str) -> None:
    put(settings, "secret.jpg")
    put(settings, "images/a.jpg")
    assert client.get(f"/uploads/{way}").status_code in (400, 404)


@pytest.mark.parametrize("wanted", ["0-" + "9" * 5000, "9" * 5000 + "-", "-" + "9" * 5000, "٣-٥"])
def test_numbers_beyond_all_files_are_not_heard(client: Client, recording: str, wanted: str) -> None:
    assert client.get(recording, headers={"Range": f"bytes={wanted}"}).status_code == 200
