"""What receivers pull and send: podcast, playlist, files, JSON, measured logs; and who gets none of it."""

import datetime as dt
import json
import xml.etree.ElementTree as ET

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from campaigns import playbacks, receiver_log
from campaigns.models import Playback
from campaigns.models.ledger import Basis
from campaigns.personal.exports import SCHEMA, adapter_named, as_json, document
from campaigns.personal.links import hand_over, receiver_link, revoke, station_link
from publishers.message import Attachment
from publishers.models import Stop
from tests.campaigns.personal_world import station, today_at, world

__all__ = ["station", "world"]
pytestmark = pytest.mark.django_db
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"


@pytest.fixture
def sound():
    return default_storage.save("recordings/a.mp3", ContentFile(b"ID3" + b"\0" * 500))


@pytest.fixture
def slots():
    return [today_at(5, 15, -1), today_at(5, 15, 1)]


@pytest.fixture
def item(world, station, sound, slots):
    details = {"slots": [slot.isoformat() for slot in slots]}
    audio = Attachment(name=sound, seconds=95)
    due = slots[0] - dt.timedelta(hours=12)
    return world.item(station.channel, due=due, details=details, audio=audio, title="Hỏi kỹ <rồi> & đi")


@pytest.fixture
def machine(station):
    return f"/may-thu/{receiver_link(station.channel).token}/"


def test_the_podcast_has_enclosures_that_open(client, item, machine, settings):
    answer = client.get(f"{machine}podcast.xml")
    assert answer["Content-Type"].startswith("application/rss+xml")
    root = ET.fromstring(answer.content)
    assert root.get("version") == "2.0"
    [entry] = root.findall("channel/item")
    assert entry.findtext("title") == "Hỏi kỹ <rồi> & đi"
    assert entry.findtext(f"{ITUNES}duration") == "95"
    assert root.findtext(f"channel/{ITUNES}block") == "Yes"
    assert entry.find("guid").attrib == {"isPermaLink": "false"}
    enclosure = entry.find("enclosure").attrib
    assert (enclosure["type"], enclosure["length"]) == ("audio/mpeg", "503")
    file = client.get(enclosure["url"].removeprefix(settings.SITE_URL))
    assert file["Content-Type"] == "audio/mpeg"
    assert f"bt-{item.pk}.mp3" in file["Content-Disposition"]
    assert len(b"".join(file.streaming_content)) == 503


def test_the_playlist_is_in_playing_order(client, world, station, item, sound, slots, machine):
    late = slots[1] + dt.timedelta(hours=12)
    audio = Attachment(name=sound, seconds=30)
    other = world.item(
        station.channel, due=slots[0], details={"slots": [late.isoformat()]}, audio=audio, title="Hai\n#"
    )
    lines = client.get(f"{machine}list.m3u").content.decode().splitlines()
    assert lines[0] == "#EXTM3U"
    assert [line for line in lines if line.startswith("http")] == [
        line for line in lines if f"bt-{item.pk}.mp3" in line or f"bt-{other.pk}.mp3" in line
    ]
    assert lines[2].startswith("#EXTINF:95,05:15")
    assert lines[4].startswith("#EXTINF:30,17:15")
    assert len(lines) == 6


@pytest.mark.parametrize("how", ["withdrawn", "stopped"])
def test_what_must_not_be_played_is_gone(client, item, machine, how):
    if how == "stopped":
        Stop.objects.create(key="all", reason="thử", by="thử")
    else:
        item.delivery.state = "withdrawn"
        item.delivery.save()
    assert b"<item>" not in client.get(f"{machine}podcast.xml").content
    assert b"bt-" not in client.get(f"{machine}list.m3u").content
    assert client.get(f"{machine}bt-{item.pk}.mp3").status_code == 410


def test_each_link_opens_its_own_only(client, world, station, item, machine):
    other = world.station(name="Trạm khác")
    assert client.get(f"/may-thu/{receiver_link(other.channel).token}/bt-{item.pk}.mp3").status_code == 404
    operator = f"/tram/{station_link(station.channel).token}/"
    assert client.get(f"{operator}podcast.xml").status_code == 200
    assert client.get(f"{operator}bt-{item.pk}.mp3").status_code == 200
    # What a person says is never measured: their link takes no log, and the receiver's opens no page.
    token = station_link(station.channel).token
    assert client.post(f"/may-thu/{token}/nhat-ky.json", "[]", content_type="application/json").status_code == 404
    assert client.get(f"/tram/{receiver_link(station.channel).token}/").status_code == 404
    revoke(receiver_link(station.channel))
    assert client.get(f"{machine}podcast.xml").status_code == 410
    hand_over(receiver_link(station.channel), "Máy thu mới")
    assert client.get(f"{machine}podcast.xml").status_code == 410


def send(client, machine, *plays, **more):
    body = json.dumps({"plays": plays}, ensure_ascii=False)
    return client.post(f"{machine}nhat-ky.json", body, content_type="application/json", **more)


def test_a_receiver_reports_what_it_measured_exactly_once(client, item, slots, machine):
    told = {"at": (slots[0] + dt.timedelta(minutes=2)).isoformat(), "seconds": 93.6, "programme": f"bt-{item.pk}.mp3"}
    assert send(client, machine, told).json() == {"recorded": 1, "known": 0, "refused": []}
    assert send(client, machine, told).json()["known"] == 1
    play = Playback.objects.get()
    assert (play.basis, play.seconds, play.planned_for, play.source) == (Basis.MEASURED, 94, slots[0], "receiver")


def test_the_measured_play_replaces_the_declared_one(client, item, slots, machine):
    first, _new = playbacks.record(item=item, planned_for=slots[0], played_at=slots[0], operator_name="Vàng A Mẫu")
    send(client, machine, {"at": slots[0].isoformat(), "seconds": 90})
    [play] = playbacks.standing()
    assert (play.basis, play.seconds, play.corrects) == (Basis.MEASURED, 90, first)
    # The operator's word after that adds nothing.
    again, created = playbacks.record(item=item, planned_for=slots[0], played_at=slots[0], operator_name="B")
    assert (again, created) == (play, False)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"plays": 3}', b'{"plays": [1]}', b'[{"at": "x", "seconds": 1}]', b"[" * 100_000],
)
def test_broken_logs_are_refused_with_a_reason(client, item, machine, body):
    answer = client.post(f"{machine}nhat-ky.json", body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert Playback.objects.count() == 0


def test_lines_that_match_nothing_are_named(client, item, slots, machine):
    answer = send(
        client,
        machine,
        {"at": (slots[0] + dt.timedelta(hours=3)).isoformat(), "seconds": 90},
        {"at": slots[0].isoformat(), "seconds": 10**9},
        {"at": slots[0].isoformat(), "seconds": 90, "programme": "bt-999999999999999999.mp3"},
        {"at": slots[0].isoformat(), "seconds": 90},
    ).json()
    assert [one["line"] for one in answer["refused"]] == [1, 2, 3]
    assert answer["recorded"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "thời gian;số giây;tệp\n{day} 05:15:30;95;bt-{pk}.mp3\n",
        "\ufefftime,duration,file\n{day} 05:15,0:01:35,USB/bt-{pk}.mp3\n",
        "start\tlength\n{iso}\t95,2\n",
    ],
)
def test_csv_logs_of_several_makers_are_read(station, item, slots, text):
    local = timezone.localtime(slots[0])
    given = text.format(day=f"{local:%d/%m/%Y}", iso=local.isoformat(), pk=item.pk)
    done = receiver_log.take(station=station, lines=receiver_log.lines_of_csv(given.encode()))
    assert done.recorded == 1
    assert Playback.objects.get().seconds == 95


@pytest.mark.parametrize(
    "content", [b"", b"at\n", b"x,y\n1,2\n", b"at,seconds\n2026-99-99,5\n", b"\xff\xfe\x00\x01" * 30]
)
def test_no_log_is_refused(content):
    with pytest.raises(ValidationError):
        receiver_log.lines_of_csv(content)


def test_the_neutral_document_holds_bulletins_and_plays(client, world, station, item, slots, machine):
    playbacks.record(item=item, planned_for=slots[0], played_at=slots[0], operator_name="Vàng A Mẫu")
    day = timezone.localdate()
    told = document(day - dt.timedelta(days=7), day + dt.timedelta(days=7))
    assert told["schema"] == SCHEMA
    assert [one["id"] for one in told["stations"]] == [station.pk]
    [bulletin], [play] = told["bulletins"], told["plays"]
    assert (bulletin["id"], bulletin["priority"], bulletin["seconds"]) == (item.pk, "normal", 95)
    assert bulletin["planned"] == [slot.isoformat() for slot in slots]
    assert (play["bulletin"], play["outcome"], play["basis"], play["source"]) == (item.pk, "played", "declared", "link")
    assert "Vàng A Mẫu" not in as_json(told).decode()  # nobody's name leaves
    assert document(day, day, rehearsal=True)["stations"] == []
    assert client.get(f"{machine}ban-tin.json").json()["schema"] == SCHEMA


def test_an_adapter_takes_the_neutral_document():
    assert adapter_named("")({"a": "ộ"}) == '{\n "a": "ộ"\n}'.encode()
    assert adapter_named("json.dumps")({"a": 1}) == '{"a": 1}'
    with pytest.raises(ImportError):
        adapter_named("khong.co.ham")
