"""Slots: what fits, what does not and why, what gives way, repeats, quiet hours, and the plan that staff see."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from campaigns.fanout import post
from campaigns.fanout_plan import AT, BEST, make_plan
from campaigns.models import Place, PostingItem, Slot, Station, Urgency
from campaigns.posting_times import Agenda
from campaigns.slots import Booking, Lengths, Load, Timetable, make_room
from campaigns.station_times import at
from tests.campaigns.staff_world import OPTIONS, StaffWorld, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
MORNING, EVENING = dt.time(5, 15), dt.time(17, 30)


def station(world: StaffWorld, name="Trạm xã", slots=((MORNING, 5),), **fields) -> Station:
    OPTIONS.setdefault("loudspeaker", {})
    channel = world.channel("loudspeaker", name)
    made = Station.objects.create(channel=channel, place=Place.objects.filter(valid_to=None).first(), **fields)
    for clock, minutes in slots:
        Slot.objects.create(station=made, at=clock, minutes=minutes)
    return made


def tomorrow(days=1) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


def booking(one: Station, moment: dt.datetime, seconds: int, urgency=0, number=1, title="Bài cũ") -> Booking:
    return Booking(number, one.channel_id, moment, seconds, urgency, title)


def test_a_slot_takes_programmes_until_its_minutes_are_used_up(world):
    one = station(world)
    table = Timetable([one.channel])
    moment = at(tomorrow(), MORNING)
    assert table.refusal(one.channel_id, moment, Load(290)) == ""
    table.book(booking(one, moment, 200))
    assert table.refusal(one.channel_id, moment, Load(100)) == ""
    why = table.refusal(one.channel_id, moment, Load(101))
    assert "Bài cũ" in why
    assert "1 phút 40 giây" in why
    assert table.first_fit(one.channel_id, timezone.now(), Load(101))[0] == at(tomorrow(2), MORNING)


@pytest.mark.parametrize(
    ("load", "word"),
    [(Load(301), "5"), (Load(1000), "15"), (Load(60), "")],
    ids=["too long for the slot", "too long for the station", "fits"],
)
def test_what_is_too_long_is_refused_with_the_minutes(world, load, word):
    one = station(world, max_minutes=15)
    why = Timetable([one.channel]).refusal(one.channel_id, at(tomorrow(), MORNING), load)
    assert word in why
    assert bool(why) == bool(word)


def test_quiet_hours_keep_out_all_but_the_urgent(world):
    one = station(world)
    one.channel.quiet_from, one.channel.quiet_to = dt.time(21), dt.time(6)
    one.channel.save()
    table = Timetable([one.channel])
    moment = at(tomorrow(), MORNING)
    assert table.refusal(one.channel_id, moment, Load(60))
    assert table.refusal(one.channel_id, moment, Load(60, Urgency.URGENT)) == ""


def test_the_urgent_goes_before_and_the_ordinary_gives_way(world):
    one = station(world)
    page = world.approved()
    tomorrow_noon = at(tomorrow(), dt.time(0, 0))
    plan = make_plan(contents=[page], channels=[one.channel], when=BEST, at=tomorrow_noon)
    first = plan.posts[0].moment
    Slot.objects.update(minutes=1)
    urgent = make_plan(
        contents=[page], channels=[one.channel], when=BEST, at=tomorrow_noon, urgency=Urgency.URGENT
    ).posts[0]
    assert urgent.moment.slot == first.slot
    ordinary = post(
        key="a", campaign=world.campaign, page=page, channels=[one.channel], due=timezone.now(), by=world.chief
    )
    item = ordinary.items.get()
    PostingItem.objects.filter(pk=item.pk).update(slots=[first.slot.isoformat()], slot=first.slot, seconds=40)
    look = (
        make_plan(contents=[page], channels=[one.channel], when=BEST, at=tomorrow_noon, urgency=Urgency.URGENT)
        .posts[0]
        .moment
    )
    assert look.slot == first.slot
    assert page.title in look.why  # what gives way is said before it is done
    alert = post(
        key="b", campaign=world.campaign, page=page, channels=[one.channel], due=timezone.now(), by=world.chief
    )
    alert.urgency = Urgency.URGENT
    alert.save()
    alert.items.update(slots=[first.slot.isoformat()], slot=first.slot, seconds=40)
    alert.state = "waiting"
    alert.save()
    assert make_room([one.channel]) == []  # what nobody decided moves nothing
    alert.state = "decided"
    alert.save()
    [moved] = make_room([one.channel])
    item.refresh_from_db()
    assert moved.item_id == item.pk
    assert item.moved_from == first.slot
    assert item.slot == first.slot + dt.timedelta(days=1)
    assert make_room([one.channel]) == []


def test_a_daily_programme_that_gives_way_keeps_its_other_days(world):
    one, page = station(world, slots=((MORNING, 1),)), world.approved()
    days = [at(tomorrow(day), MORNING) for day in (1, 2, 3)]
    daily, alert = (
        post(key=key, campaign=world.campaign, page=page, channels=[one.channel], due=timezone.now(), by=world.chief)
        for key in "ab"
    )
    daily.items.update(slots=[day.isoformat() for day in days[:2]], slot=days[0], seconds=25)
    alert.items.update(slots=[days[0].isoformat()], slot=days[0], seconds=50)
    alert.urgency = Urgency.URGENT
    alert.save()
    [moved] = make_room([one.channel])
    item = daily.items.get()
    assert moved.item_id == item.pk
    assert item.slots == [day.isoformat() for day in days[1:]], "two of its plays in one slot would be one play lost"


def test_a_programme_is_repeated_daily_and_says_where_it_cannot(world):
    one = station(world, slots=((MORNING, 2), (EVENING, 2)))
    table = Timetable([one.channel])
    table.book(booking(one, at(tomorrow(2), MORNING), 100))
    first = at(tomorrow(), MORNING)
    times, told = table.daily(one.channel_id, first, Load(60, days=3))
    assert times == [first, at(tomorrow(2), EVENING), at(tomorrow(3), MORNING)]
    assert len(told) == 1
    assert "Bài cũ" in told[0]


def test_repeats_and_lengths_are_stored_with_the_posting(world):
    from campaigns import posting_decisions

    one = station(world)
    page = world.approved()
    asked = {"contents": [page], "channels": [one.channel], "when": BEST, "at": at(tomorrow(), dt.time(0)), "days": 3}
    plan = make_plan(**asked, urgency=Urgency.HIGH)
    posting_decisions.submit(
        key="k", campaign=world.campaign, seen=plan.digest, by=world.users["approver"], **asked, urgency=Urgency.HIGH
    )
    item = PostingItem.objects.get()
    days = [dt.datetime.fromisoformat(slot).date() for slot in item.slots]
    assert days == [tomorrow(1), tomorrow(2), tomorrow(3)]
    assert item.delivery.message["details"]["slots"] == item.slots
    assert item.seconds == Lengths().of_planned(plan.posts[0].item, one)
    assert item.posting.urgency == Urgency.HIGH


def test_nothing_fits_is_an_error_that_says_why(world):
    one = station(world, slots=((MORNING, 0),))
    for when in (BEST, AT):
        with pytest.raises(ValidationError, match="Trạm xã"):
            make_plan(contents=[world.approved()], channels=[one.channel], when=when, at=timezone.now())


def test_two_short_programmes_share_a_slot(world):
    one = station(world, slots=((MORNING, 15),))
    agenda = Agenda([one.channel])
    load = Load(120)
    found = [agenda.best_for(one.channel, at(tomorrow(), dt.time(0)), load).slot for _each in range(3)]
    assert found == [at(tomorrow(), MORNING)] * 3


def test_the_plan_shows_slots_and_clashes_in_constant_queries(world, django_assert_max_num_queries):
    stations = [station(world, f"Trạm {n}", slots=((MORNING, 1),)) for n in range(12)]
    page = world.approved()
    for key in ("a", "b", "c"):
        post(
            key=key,
            campaign=world.campaign,
            page=page,
            channels=[one.channel for one in stations],
            due=at(tomorrow(), dt.time(4)),
            by=world.chief,
        )
    client = world.client("channel_manager")
    address = f"/quan-tri/phat-loa/khung-gio/?tuan={tomorrow()}"
    client.get(address)
    with django_assert_max_num_queries(25):
        answer = client.get(address)
    text = answer.content.decode()
    assert text.count('class="loa-card loa-station"') == 12
    assert "không vừa" in text
    assert answer.context["clashes"] == 12


def test_only_those_who_may_see_postings_see_the_plan(world):
    assert world.client("author").get("/quan-tri/phat-loa/khung-gio/").status_code == 200
    world.users["author"].groups.clear()
    assert world.client("author").get("/quan-tri/phat-loa/khung-gio/").status_code == 302


def test_what_waits_for_a_second_person_takes_its_minutes_already(world):
    from campaigns import posting_decisions

    one = station(world)
    page = world.approved()
    asked = {"contents": [page], "channels": [one.channel], "when": BEST, "at": at(tomorrow(), dt.time(0))}
    plan = make_plan(**asked)
    by = world.users["channel_manager"]
    posting_decisions.submit(key="k", campaign=world.campaign, seen=plan.digest, by=by, **asked)
    [booked] = Timetable([one.channel]).all_booked()
    assert (booked.waits, booked.seconds) == (True, plan.posts[0].moment.seconds)
    assert booked.seconds > 20
