"""The week grid: a week by telephone or from paper, nothing counted twice, two tabs, wrong roles, hostile values."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import play_proof, playbacks, week_entries
from campaigns.admin.week_grid import typed_seconds
from campaigns.ledger.fold import fold
from campaigns.models import Indicator, LedgerRow, Outcome, Playback
from campaigns.models.ledger import Basis
from campaigns.personal.links import station_link
from campaigns.week_entries import Entry, Source
from tests.campaigns.personal_world import today_at, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def station(world):
    return world.station(networked=False)


@pytest.fixture
def slots():
    return [today_at(5, 15, -2), today_at(17, 30, -2), today_at(5, 15, -1)]


@pytest.fixture
def item(world, station, slots):
    details = {"slots": [slot.isoformat() for slot in slots]}
    return world.item(station.channel, due=slots[0] - dt.timedelta(hours=12), details=details)


@pytest.fixture
def staff(world):
    world.author.user_permissions.set(
        Permission.objects.filter(codename__in=["access_admin", "add_playback", "view_playback", "view_posting"])
    )
    client = Client()
    client.force_login(world.author)
    return client


def entered(world, station, *entries, **said):
    said = {"by": world.author, "source": Source.PHONE, "told_by": "Vàng A Mẫu", **said}
    return week_entries.enter(station=station, entries=entries, **said)


def test_a_week_is_declared_with_its_source(world, station, item, slots):
    done = entered(
        world,
        station,
        Entry(item.pk, slots[0], Outcome.PLAYED),
        Entry(item.pk, slots[1], Outcome.NOT_PLAYED),
        Entry(item.pk, slots[2], Outcome.FAULT, seconds=20),
        source=Source.PAPER,
    )
    assert (done.recorded, done.refused, done.conflicts) == (3, [], [])
    plays = {play.planned_for: play for play in Playback.objects.all()}
    assert [plays[slot].outcome for slot in slots] == ["played", "not-played", "fault"]
    assert [plays[slot].seconds > 20 for slot in slots] == [True, False, False]
    assert {(play.source, play.basis, play.recorded_by) for play in plays.values()} == {
        ("paper", Basis.DECLARED, world.author)
    }


def test_what_the_link_confirmed_is_not_counted_again(client, world, station, item, slots):
    home = f"/tram/{station_link(station.channel).token}/"
    client.post(f"{home}phat/{item.pk}/", {"slot": slots[0].isoformat(), "operator": "Vàng A Mẫu"})
    there = Playback.objects.get()
    same = entered(world, station, Entry(item.pk, slots[0], Outcome.PLAYED))
    assert (same.known, same.recorded) == (1, 0)
    other = entered(world, station, Entry(item.pk, slots[0], Outcome.NOT_PLAYED))
    assert [play for _entry, play in other.conflicts] == [there]
    assert Playback.objects.count() == 1
    # Seen and changed on purpose: a correction, and a contradiction on the list of proof.
    entered(world, station, Entry(item.pk, slots[0], Outcome.NOT_PLAYED, seen=there.pk))
    assert playbacks.standing().count() == 0
    [play] = [one for one in play_proof.plays_of([station], slots[0], slots[1]) if one.playback]
    assert play.contradictions
    # And the operator's “played” after staff's “no” stands again, as one play.
    client.post(f"{home}phat/{item.pk}/", {"slot": slots[0].isoformat(), "operator": "Vàng A Mẫu"})
    assert playbacks.standing().count() == 1


def test_the_ledger_gets_plays_and_seconds_once_by_place_and_language(world, station, item, slots):
    Indicator.objects.get_or_create(
        code="loud_minutes", defaults={"name": "Phút", "unit": "phút", "kind": "field", "order": 99}
    )
    entered(world, station, Entry(item.pk, slots[0], Outcome.PLAYED, 90), Entry(item.pk, slots[1], Outcome.NOT_PLAYED))
    fold()
    entered(world, station, Entry(item.pk, slots[0], Outcome.PLAYED, 90))
    fold()
    rows = LedgerRow.objects.filter(source_kind="playback", value__gt=0)
    assert {(row.indicator.code, row.value, row.basis, row.place, row.language) for row in rows} == {
        ("loud_plays", 1, "declared", world.place, world.language),
        ("loud_minutes", 90, "declared", world.place, world.language),
    }


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (lambda item, slot: Entry(item.pk + 999, slot, Outcome.PLAYED), "chương trình"),
        (lambda item, slot: Entry(item.pk, slot, Outcome.PLAYED, seconds=999_999), "6 giờ"),
        (lambda item, slot: Entry(item.pk, timezone.now() + dt.timedelta(days=1), Outcome.PLAYED), "chưa đến"),
    ],
)
def test_one_bad_entry_stops_no_other(world, station, item, slots, entry, why):
    done = entered(world, station, entry(item, slots[1]), Entry(item.pk, slots[0], Outcome.PLAYED))
    assert done.recorded == 1
    assert why in done.refused[0][1].lower() or why in done.refused[0][1]


@pytest.mark.parametrize(("text", "seconds"), [("3", 180), ("3:20", 200), ("3,5", 210), (" 0.5 ", 30), ("", None)])
def test_minutes_are_read_as_people_write_them(text, seconds):
    assert typed_seconds(text) == seconds


@pytest.mark.parametrize("text", ["ba", "3:75", "-3", "9999", "3h"])
def test_other_words_are_no_minutes(text):
    with pytest.raises(ValueError, match=r"."):
        typed_seconds(text)


def name_of(item, slot):
    return f"{item.pk}_{int(slot.timestamp())}"


def form(station, item, slot, code="d", minutes="", seen=0, was="|", **more):
    name = name_of(item, slot)
    return {
        f"cells-{station.pk}": name,
        f"o-{name}": code,
        f"m-{name}": minutes,
        f"s-{name}": seen,
        f"w-{name}": was,
        f"who-{station.pk}": "Vàng A Mẫu",
        f"source-{station.pk}": "phone",
        **more,
    }


def grid(slot):
    return f"/quan-tri/phat-loa/tuan/?tuan={timezone.localdate(slot)}"


def test_the_form_stores_what_was_changed_only(staff, station, item, slots):
    answer = staff.get(grid(slots[0]))
    assert f'name="o-{name_of(item, slots[0])}"' in answer.content.decode()
    staff.post(grid(slots[0]), form(station, item, slots[0], code="d", was="d|"))
    assert Playback.objects.count() == 0
    assert staff.post(grid(slots[0]), form(station, item, slots[0], minutes="1:30")).status_code == 200
    assert Playback.objects.get().seconds == 90


def test_two_tabs_do_not_overwrite_each_other(staff, station, item, slots):
    first = form(station, item, slots[0], code="d", minutes="1")
    staff.post(grid(slots[0]), first)
    answer = staff.post(grid(slots[0]), form(station, item, slots[0], code="k"))
    assert answer.status_code == 422
    assert Playback.objects.get().seconds == 60
    assert "loa-wrong" in answer.content.decode()
    assert staff.post(grid(slots[0]), first).status_code == 200  # the same form sent again counts nothing
    assert Playback.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"minutes": "ba phút"},
        {"source": ""},
        {"source": "receiver"},
        {"who": ""},
    ],
)
def test_an_incomplete_form_keeps_what_was_typed_and_stores_nothing(staff, station, item, slots, change):
    typed = form(station, item, slots[0], minutes=change.get("minutes", "2"))
    if "source" in change:
        typed[f"source-{station.pk}"] = change["source"]
    if "who" in change:
        typed[f"who-{station.pk}"] = change["who"]
    answer = staff.post(grid(slots[0]), typed)
    assert answer.status_code == 422
    assert typed[f"m-{name_of(item, slots[0])}"] in answer.content.decode()
    assert Playback.objects.count() == 0


@pytest.mark.parametrize("name", ["x", "1_", "_1", "9" * 40 + "_1", "1_" + "9" * 40, "<script>_1"])
def test_hostile_names_harm_nothing(staff, station, item, slots, name):
    typed = {f"cells-{station.pk}": name, f"o-{name}": "d", f"m-{name}": "1", f"w-{name}": "|"}
    typed |= {f"who-{station.pk}": "A", f"source-{station.pk}": "phone", f"x-{station.pk}-item": "NaN"}
    assert staff.post(grid(slots[0]), typed).status_code == 422
    assert Playback.objects.count() == 0


def test_a_play_at_another_time_is_entered(staff, station, item, slots):
    extra = f"x-{station.pk}"
    typed = {f"{extra}-item": item.pk, f"{extra}-day": timezone.localdate(slots[0]), f"{extra}-at": "19h30"}
    typed |= {f"{extra}-minutes": "2", f"who-{station.pk}": "A", f"source-{station.pk}": "paper"}
    assert staff.post(grid(slots[0]), typed).status_code == 200
    play = Playback.objects.get()
    assert (play.planned_for, play.played_at, play.seconds) == (None, today_at(19, 30, -2), 120)


def test_who_may_not_enter_plays_does_not_see_the_grid(world, staff, slots):
    world.author.user_permissions.remove(Permission.objects.get(codename="add_playback"))
    client = Client()
    client.force_login(world.author)
    assert client.get(grid(slots[0])).status_code == 302
    assert client.get("/quan-tri/phat-loa/").status_code == 200


def test_more_stations_cost_no_more_queries(world, staff, station, item, slots):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            assert staff.get(grid(slots[0])).status_code == 200
            assert staff.get("/quan-tri/phat-loa/").status_code == 200
        return len(caught)

    queries()
    few = queries()
    for n in range(12):
        other = world.station(name=f"Trạm {n}", networked=False)
        world.item(other.channel, due=slots[0], details={"slots": [slots[1].isoformat()]})
    assert queries() <= few + 1
