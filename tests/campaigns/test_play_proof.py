"""The proof list: confirmed, late, missing, contradicting; whom to call; photos; sheets for many stations."""

import datetime as dt
import io
import zipfile

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from campaigns import play_proof, playbacks
from campaigns.models import Fault, Playback
from campaigns.personal.links import station_link
from campaigns.play_proof import State
from tests.campaigns.personal_world import today_at, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def station(world):
    return world.station(operator_phone="0900 000 111")


@pytest.fixture
def staff(world):
    names = ["access_admin", "view_playback", "add_playback", "view_posting"]
    world.author.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(world.author)
    return client


def planned(world, station, *slots, **fields):
    due = min(slots) - dt.timedelta(hours=12)
    return world.item(station.channel, due=due, details={"slots": [slot.isoformat() for slot in slots]}, **fields)


def states(station, days=5):
    now = timezone.now()
    return [
        one.state for one in play_proof.plays_of([station], now - dt.timedelta(days=days), now + dt.timedelta(days=2))
    ]


def test_each_play_has_one_state(world, station):
    slots = [today_at(5, 15, -day) for day in (4, 3, 2)]
    item = planned(world, station, *slots, timezone.now() + dt.timedelta(hours=5))
    early, _new = playbacks.record(item=item, planned_for=slots[0], played_at=slots[0], operator_name="A")
    Playback.objects.filter(pk=early.pk).update(created_at=slots[0] + dt.timedelta(hours=1))
    playbacks.record(item=item, planned_for=slots[1], played_at=slots[1], operator_name="A")
    assert states(station) == [State.CONFIRMED, State.LATE, State.MISSING, State.COMING]
    playbacks.record(item=item, planned_for=slots[2], played_at=slots[2], operator_name="A", outcome="not-played")
    assert states(station)[2] == State.NOT_PLAYED


def test_an_overdue_station_is_listed_with_whom_to_call(world, station, staff):
    quiet = world.station(name="Trạm yên")
    planned(world, station, today_at(5, 15, -3), today_at(5, 15, -2))
    planned(world, quiet, timezone.now() + dt.timedelta(hours=1))
    [owed] = play_proof.overdue_stations()
    assert (owed.station, owed.missing, owed.contact) == (station, 2, ("Vàng A Mẫu", "0900 000 111"))
    text = staff.get("/quan-tri/phat-loa/").content.decode()
    assert 'href="tel:0900000111"' in text
    home = staff.get("/quan-tri/").content.decode()
    assert 'href="tel:0900000111"' in home


@pytest.mark.parametrize("kind", ["length", "overlap", "withdrawn"])
def test_contradictions_are_named(world, station, kind):
    slots = [today_at(5, 15, -2), today_at(5, 16, -2)]
    first, second = planned(world, station, slots[0]), planned(world, station, slots[1], title="Bài hai")
    long = 600 if kind in ("length", "overlap") else None
    playbacks.record(item=first, planned_for=slots[0], played_at=slots[0], seconds=long, operator_name="A")
    if kind == "overlap":
        playbacks.record(item=second, planned_for=slots[1], played_at=slots[1], operator_name="A")
    if kind == "withdrawn":
        first.posting.withdrawn_at = slots[0] - dt.timedelta(hours=1)
        first.posting.save()
    now = timezone.now()
    plays = play_proof.plays_of([station], now - dt.timedelta(days=3), now)
    at_fault = [one for one in plays if one.contradictions]
    assert [one.item_id for one in at_fault] == ([first.pk, second.pk] if kind == "overlap" else [first.pk])


def test_the_list_filters_by_state(world, station, staff):
    item = planned(world, station, today_at(5, 15, -3), today_at(5, 15, -2))
    playbacks.record(item=item, planned_for=today_at(5, 15, -3), played_at=today_at(5, 15, -3), operator_name="Lý Mẫu")
    assert len(staff.get("/quan-tri/phat-loa/").context["rows"]) == 2
    assert len(staff.get("/quan-tri/phat-loa/?trang-thai=thieu").context["rows"]) == 1
    assert staff.get("/quan-tri/phat-loa/?trang-thai=mau-thuan").context["rows"] == []
    assert staff.get("/quan-tri/phat-loa/?tu=9999-99-99&den=x&tram=" + "9" * 30).status_code == 200


def test_a_fault_is_mended_once(world, station, staff):
    fault = Fault.objects.create(station=station, text="Ampli mất tiếng", reported_by="Vàng A Mẫu")
    assert "Ampli mất tiếng" in staff.get("/quan-tri/phat-loa/").content.decode()
    staff.post(f"/quan-tri/phat-loa/hong/{fault.pk}/", {"next": "https://xau.example/"})
    fault.refresh_from_db()
    assert (fault.solved_by, bool(fault.solved_at)) == ("tac-gia", True)


def photo(form="JPEG"):
    out = io.BytesIO()
    picture = Image.new("RGB", (64, 48), "#0b6e4f")
    exif = Image.Exif()
    exif[0x010E] = "nha cua nguoi mau"
    picture.save(out, form, exif=exif)
    return out.getvalue()


def test_a_photo_is_kept_clean_and_for_staff_only(client, world, station, staff, settings):
    slot = today_at(5, 15, -1)
    item = planned(world, station, slot)
    home = f"/tram/{station_link(station.channel).token}/"
    upload = SimpleUploadedFile("anh.jpg", photo(), "image/jpeg")
    sent = {"slot": slot.isoformat(), "operator": "Vàng A Mẫu", "photo": upload, "key": "abc123"}
    assert client.post(f"{home}phat/{item.pk}/", sent).status_code == 302
    play = Playback.objects.get()
    address = f"/quan-tri/phat-loa/anh/{play.pk}/"
    shown = b"".join(staff.get(address).streaming_content)
    assert b"nha cua" not in shown
    assert Image.open(io.BytesIO(shown)).size == (64, 48)
    assert client.get(address).status_code == 302
    assert client.get(f"/uploads/{play.photo.name}").status_code == 404


def test_a_disguised_photo_is_refused_and_nothing_stays(client, world, station):
    slot = today_at(5, 15, -1)
    item = planned(world, station, slot)
    home = f"/tram/{station_link(station.channel).token}/"
    upload = SimpleUploadedFile("anh.jpg", b"<script>alert(1)</script>", "image/jpeg")
    sent = {"slot": slot.isoformat(), "operator": "Vàng A Mẫu", "photo": upload}
    assert client.post(f"{home}phat/{item.pk}/", sent).status_code == 422
    assert Playback.objects.count() == 0


def test_sheets_for_many_stations_are_one_file_or_a_zip(world, station, staff):
    item = planned(world, station, today_at(5, 15, 1))
    other = world.station(name="Trạm hai")
    second = planned(world, other, today_at(17, 30, 1))
    second.posting = item.posting
    second.save()
    withdrawn = planned(world, world.station(name="Trạm ba"), today_at(5, 15, 1), state="withdrawn")
    withdrawn.posting = item.posting
    withdrawn.save()
    answer = staff.get(f"/quan-tri/lich-dang/{item.posting_id}/phieu.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        names = found.namelist()
        assert len(names) == 2
        assert all(name.isascii() and name.endswith(".pdf") and len(name) < 100 for name in names)
        assert all(found.read(name).startswith(b"%PDF") for name in names)
    assert staff.get(f"/quan-tri/lich-dang/{item.posting_id}/phieu.pdf").content.startswith(b"%PDF")


def test_a_confirmation_sent_again_by_the_phone_counts_once(client, world, station):
    item = planned(world, station, today_at(5, 15, -1))
    home = f"/tram/{station_link(station.channel).token}/phat/{item.pk}/"
    day = timezone.localdate() - dt.timedelta(days=1)
    said = {"slot": "other", "day": day, "clock": "09:00", "operator": "A", "key": "k1"}
    answers = [client.post(home, said, headers={"Accept": "application/json"}).json() for _each in range(2)]
    assert ["xong" in one["next"] for one in answers] == [True, False]
    said["clock"] = "11:00"  # the same number with another time is still the same tap
    client.post(home, said, headers={"Accept": "application/json"})
    assert Playback.objects.count() == 1
    refused = client.post(home, {**said, "key": "k2", "operator": ""}, headers={"Accept": "application/json"})
    assert (refused.status_code, bool(refused.json()["error"])) == (422, True)
