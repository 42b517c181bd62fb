"""Plays are recorded once, corrected by adding, and never for what was withdrawn or lies ahead."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from campaigns import playbacks
from campaigns.models import Playback
from campaigns.models.ledger import Basis
from campaigns.sheets import seconds_of
from tests.campaigns.personal_world import today_at, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def earlier():
    return timezone.now().replace(second=0, microsecond=0) - dt.timedelta(hours=2)


@pytest.fixture
def item(world, earlier):
    return world.item(world.station().channel, due=earlier - dt.timedelta(days=1))


def code_of(caught):
    return caught.value.code


def test_a_play_is_recorded_with_the_length_of_the_sheet(item, earlier):
    play, created = playbacks.record(item=item, planned_for=earlier, played_at=earlier, operator_name=" Vàng  A\tMẫu ")
    assert created
    assert play.seconds == seconds_of(item) > 20
    assert (play.operator_name, play.basis, play.station) == ("Vàng A Mẫu", Basis.DECLARED, item.channel.station)


def test_the_station_reader_speed_changes_the_length(item):
    usual = seconds_of(item)
    item.channel.station.syllables_per_minute = 95
    assert seconds_of(item) == pytest.approx(usual * 2, abs=1)


def test_a_recording_gives_the_length(world, earlier):
    audio = {"name": "recordings/a.mp3", "seconds": 84.4}
    from publishers.message import Attachment

    item = world.item(world.station().channel, due=earlier, audio=Attachment(**audio))
    assert seconds_of(item) == 84


def test_the_same_slot_counts_once_whoever_confirms(item, earlier):
    first, _ = playbacks.record(item=item, planned_for=earlier, played_at=earlier, operator_name="A")
    again, created = playbacks.record(
        item=item, planned_for=earlier, played_at=earlier + dt.timedelta(minutes=9), operator_name="B"
    )
    assert not created
    assert again == first
    assert Playback.objects.count() == 1


def test_two_slots_are_two_plays(item, earlier):
    for minutes in (0, 1):
        slot = earlier + dt.timedelta(minutes=minutes)
        assert playbacks.record(item=item, planned_for=slot, played_at=slot, operator_name="A")[1]


def test_a_time_within_a_running_play_is_the_same_play(item, earlier):
    first, _ = playbacks.record(item=item, planned_for=earlier, played_at=earlier, operator_name="A")
    same = playbacks.record(
        item=item, planned_for=None, played_at=earlier + dt.timedelta(seconds=first.seconds - 5), operator_name="A"
    )
    assert same == (first, False)
    later = earlier + dt.timedelta(seconds=first.seconds + 61)
    assert playbacks.record(item=item, planned_for=None, played_at=later, operator_name="A")[1]


@pytest.mark.parametrize("ahead", [dt.timedelta(minutes=16), dt.timedelta(days=1)])
def test_a_future_slot_cannot_be_confirmed(item, ahead):
    now = timezone.now()
    with pytest.raises(ValidationError) as caught:
        playbacks.record(item=item, planned_for=now + ahead, played_at=now, operator_name="A")
    assert code_of(caught) == "future"


def test_a_future_play_cannot_be_confirmed(item):
    with pytest.raises(ValidationError) as caught:
        playbacks.record(
            item=item, planned_for=None, played_at=timezone.now() + dt.timedelta(minutes=5), operator_name="A"
        )
    assert code_of(caught) == "future"


def test_a_play_before_the_station_had_it_is_refused(item, earlier):
    with pytest.raises(ValidationError) as caught:
        playbacks.record(item=item, planned_for=None, played_at=earlier - dt.timedelta(days=3), operator_name="A")
    assert code_of(caught) == "too-early"


@pytest.mark.parametrize("what", ["delivery", "posting", "approval"])
def test_a_withdrawn_programme_is_refused(item, earlier, what):
    if what == "delivery":
        item.delivery.state = "withdrawn"
        item.delivery.save()
    elif what == "posting":
        item.posting.withdrawn_at = timezone.now()
        item.posting.save()
    else:
        item.approval.withdrawn_at = timezone.now()
        item.approval.save()
    with pytest.raises(ValidationError) as caught:
        playbacks.record(item=item, planned_for=earlier, played_at=earlier, operator_name="A")
    assert code_of(caught) == "withdrawn"
    assert not Playback.objects.exists()


@pytest.mark.parametrize("state", ["scheduled", "failed", "cancelled", "held", "unknown"])
def test_what_was_not_sent_cannot_have_been_played(world, earlier, state):
    item = world.item(world.station().channel, due=earlier, state=state)
    with pytest.raises(ValidationError) as caught:
        playbacks.record(item=item, planned_for=None, played_at=timezone.now(), operator_name="A")
    assert code_of(caught) == "not-sent"


@pytest.mark.parametrize("seconds", [0, -1, 6 * 3600 + 1])
def test_an_impossible_length_is_refused(item, earlier, seconds):
    with pytest.raises(ValidationError) as caught:
        playbacks.record(item=item, planned_for=earlier, played_at=earlier, seconds=seconds, operator_name="A")
    assert code_of(caught) == "seconds"


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u202e"])
def test_a_play_needs_a_name(item, earlier, name):
    with pytest.raises(ValidationError) as caught:
        playbacks.record(item=item, planned_for=earlier, played_at=earlier, operator_name=name)
    assert code_of(caught) == "operator"


def test_a_channel_that_is_no_station_is_refused(world, earlier):
    item = world.item(world.manual(), due=earlier)
    with pytest.raises(ValidationError) as caught:
        playbacks.record(item=item, planned_for=None, played_at=timezone.now(), operator_name="A")
    assert code_of(caught) == "not-a-station"


def test_a_correction_adds_a_row_and_keeps_the_old_one(item, earlier):
    play, _ = playbacks.record(item=item, planned_for=earlier, played_at=earlier, seconds=60, operator_name="A")
    corrected, changed = playbacks.correct(playback=play, seconds=45, operator_name="B", note="mất điện")
    assert changed
    assert corrected.corrects == play
    play.refresh_from_db()
    assert play.seconds == 60
    assert list(playbacks.standing()) == [corrected]
    assert playbacks.history(play) == [corrected, play]


def test_the_same_correction_twice_adds_one_row(item, earlier):
    play, _ = playbacks.record(item=item, planned_for=earlier, played_at=earlier, seconds=60, operator_name="A")
    first, _ = playbacks.correct(playback=play, seconds=45, operator_name="B")
    assert playbacks.correct(playback=play, seconds=45, operator_name="B") == (first, False)
    assert Playback.objects.count() == 2


def test_a_retracted_play_does_not_count_and_can_be_confirmed_again(item, earlier):
    play, _ = playbacks.record(item=item, planned_for=earlier, played_at=earlier, operator_name="A")
    playbacks.correct(playback=play, seconds=0, operator_name="A")
    assert not playbacks.standing().exists()
    again, created = playbacks.record(item=item, planned_for=earlier, played_at=earlier, operator_name="A")
    assert created
    assert list(playbacks.standing()) == [again]
    assert Playback.objects.count() == 3


def test_a_correction_cannot_move_a_play_into_the_future(item, earlier):
    play, _ = playbacks.record(item=item, planned_for=earlier, played_at=earlier, operator_name="A")
    with pytest.raises(ValidationError) as caught:
        playbacks.correct(playback=play, played_at=timezone.now() + dt.timedelta(hours=1), operator_name="A")
    assert code_of(caught) == "future"


def test_planned_times_follow_message_station_and_due_time(world):
    from campaigns.station_times import planned_times

    station = world.station()
    world.slots(station, "05:15", "17:30")
    slots = list(station.slots.all())
    due = today_at(6)
    assert planned_times(due=due, given=None, slots=slots) == [today_at(17, 30)]
    assert planned_times(due=today_at(18), given=None, slots=slots) == [today_at(5, 15, 1), today_at(17, 30, 1)]
    assert planned_times(due=due, given="11:00, 06:00, vô lý", slots=slots) == [today_at(6), today_at(11)]
    assert (
        planned_times(due=due, given=["2030-07-30T05:15:00"], slots=slots)[0].isoformat() == "2030-07-30T05:15:00+07:00"
    )
    assert planned_times(due=due, given=[], slots=[]) == [due]


def test_a_slot_on_other_days_waits_for_its_day(world):
    from campaigns.station_times import planned_times

    station = world.station()
    world.slots(station, "05:15")
    slot = station.slots.get()
    slot.days = str((timezone.localdate() + dt.timedelta(days=3)).isoweekday())
    for given in (None, ["05:15"]):  # what the fan-out wrote down does not forget the days
        assert planned_times(due=today_at(4), given=given, slots=[slot]) == [today_at(5, 15, 3)]


def test_a_play_earlier_on_the_day_it_came_is_refused(world, earlier):
    item = world.item(world.station().channel, due=earlier)
    with pytest.raises(ValidationError) as caught:
        playbacks.record(item=item, planned_for=None, played_at=earlier - dt.timedelta(minutes=16), operator_name="A")
    assert code_of(caught) == "too-early"
    play, _ = playbacks.record(item=item, planned_for=None, played_at=earlier, operator_name="A")
    before = earlier - dt.timedelta(minutes=20)
    assert playbacks.correct(playback=play, operator_name="A", played_at=before)[1]
