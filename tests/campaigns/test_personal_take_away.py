"""What a station takes away: stick, sheets, calendar."""

import datetime as dt
import io
import re
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from campaigns.personal.links import station_link
from publishers.message import Attachment
from publishers.models import Stop
from tests.campaigns.personal_world import station, today_at, world

__all__ = ["station", "world"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def home(station):
    return f"/tram/{station_link(station.channel).token}/"


def programme(world, station, *slots, **message):
    details = {"slots": [slot.isoformat() for slot in slots]}
    return world.item(station.channel, due=timezone.now() - dt.timedelta(hours=1), details=details, **message)


def unzipped(answer):
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_the_stick_plays_in_order_day_by_day(client, world, station, home):
    sound = default_storage.save("recordings/a.mp3", ContentFile(b"ID3 thu"))
    tomorrow = today_at(5, 15, 1)
    programme(world, station, today_at(17, 30, 1), title="Chiều mai")
    programme(world, station, tomorrow, today_at(5, 15, 2), audio=Attachment(name=sound, seconds=61), title="Sáng mai")
    with unzipped(client.get(f"{home}usb.zip")) as stick:
        day, next_day = f"{tomorrow:%Y%m%d}", f"{tomorrow + dt.timedelta(days=1):%Y%m%d}"
        assert stick.namelist() == [
            f"{day}/01_0515.mp3",
            f"{day}/02_1730.pdf",
            f"{next_day}/01_0515.mp3",
            "danh-sach.txt",
        ]
        assert stick.read(f"{day}/01_0515.mp3") == b"ID3 thu"
        assert stick.read(f"{day}/02_1730.pdf").startswith(b"%PDF")
        listed = stick.read("danh-sach.txt")
        assert listed.startswith(b"\xef\xbb\xbf")
        assert "Sáng mai" in listed.decode("utf-8-sig").splitlines()[0]
        assert stick.testzip() is None


def test_a_lost_recording_is_replaced_by_the_sheet(client, world, station, home):
    programme(world, station, today_at(5, 15, 1), audio=Attachment(name="recordings/mat.mp3", seconds=61))
    with unzipped(client.get(f"{home}usb.zip")) as stick:
        assert stick.namelist()[0].endswith("01_0515.pdf")


def test_nothing_withdrawn_or_paused_gets_on_the_stick(client, world, station, home):
    programme(world, station, today_at(5, 15, 1), state="withdrawn")
    assert client.get(f"{home}usb.zip").status_code == 404
    programme(world, station, today_at(5, 15, 1))
    assert client.get(f"{home}usb.zip").status_code == 200
    Stop.objects.create(key="all", reason="thử", by="thử")
    assert client.get(f"{home}usb.zip").status_code == 404
    assert client.get(f"{home}phieu-tuan.pdf").status_code == 404


def test_the_sheets_of_the_week_are_one_file(client, world, station, home):
    for title in ("Một", "Hai"):
        programme(world, station, today_at(5, 15, 1), title=title)
    answer = client.get(f"{home}phieu-tuan.pdf")
    assert answer.content.startswith(b"%PDF")
    assert len(answer.content) > 20_000


def test_the_calendar_tells_plays_and_withdrawals(client, world, station, home):
    begin = today_at(5, 15, 1)
    programme(world, station, begin, title="Hỏi kỹ; rồi, hãy đi")
    programme(world, station, begin, state="withdrawn")
    text = client.get(f"{home}tuan.ics").content.decode()
    assert f"DTSTART:{begin.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}" in text
    assert re.search(r"DURATION:PT\d+S", text)
    assert "SUMMARY:Hỏi kỹ\\; rồi\\, hãy đi" in text
    assert text.count("STATUS:CANCELLED") == 1
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert station_link(station.channel).token not in text
