"""Due deliveries leave once, at their time, in their platform's form."""

import datetime as dt

import pytest
from django.utils import timezone

from publishers import gate, outbox, stops
from publishers.models import Attempt, Delivery, Operation, Shift
from publishers.recall import recall_delivery
from publishers.sender import work_a_shift

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services, pytest.mark.usefixtures("open_gate")]


@pytest.mark.parametrize("platform", ["telegram", "facebook", "feed", "manual", "loudspeaker"])
def test_a_due_delivery_is_sent_once(platform, make_channel, deliver, posts):
    delivery = deliver(make_channel(platform), link="https://loa.example/l/abc")
    work_a_shift(5)
    work_a_shift(1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == ("sent", "")
    assert delivery.external_id
    assert delivery.permalink
    assert len(posts()) == 1
    assert [row.after for row in delivery.transitions.all()] == ["scheduled", "sending", "sent"]


def test_it_waits_for_its_second(make_channel, deliver, posts):
    due = timezone.now() + dt.timedelta(seconds=1.5)
    delivery = deliver(make_channel(), due=due)
    work_a_shift(5)
    delivery.refresh_from_db()
    attempt = Attempt.objects.get()
    assert delivery.state == "sent"
    assert attempt.started >= due - dt.timedelta(seconds=0.1)
    assert dt.datetime.fromisoformat(posts()[0]["at"]) >= due


def test_what_is_overdue_by_more_than_its_grace_is_held(make_channel, deliver, posts):
    delivery = deliver(make_channel(), due=timezone.now() - dt.timedelta(days=3))
    work_a_shift(3)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == ("held", "overdue")
    assert posts() == []
    assert outbox.release(delivery_id=delivery.pk, by="nhân viên")
    work_a_shift(3)
    delivery.refresh_from_db()
    assert delivery.state == "sent"


@pytest.mark.parametrize("key", ["all", "channel", "campaign:7"])
def test_a_stop_holds_and_lifting_it_lets_go(key, make_channel, deliver, posts):
    channel = make_channel()
    delivery = deliver(channel)
    Delivery.objects.filter(pk=delivery.pk).update(stop_keys=["campaign:7"])
    key = channel.stop_key if key == "channel" else key
    stops.stop(key, by="trực ban", why="thử")
    work_a_shift(3)
    delivery.refresh_from_db()
    assert (delivery.state, posts()) == ("held", [])
    assert stops.lift(key, by="trực ban") == 1
    work_a_shift(3)
    delivery.refresh_from_db()
    assert delivery.state == "sent"


@pytest.mark.parametrize("broken", ["raises", "silent", "none"])
def test_the_gate_fails_closed(broken, make_channel, deliver, posts):
    def raising(references):
        raise RuntimeError("no answer")

    gate._registered[:] = {"raises": [raising], "silent": [lambda references: {}], "none": []}[broken]
    delivery = deliver(make_channel())
    work_a_shift(3)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code, posts()) == ("held", "gate", [])


def test_a_long_text_is_split_and_every_piece_is_one_step(make_channel, deliver, posts):
    delivery = deliver(make_channel(), text="Phòng, chống mua bán người là việc của mọi người. " * 250)
    work_a_shift(8)
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert len(posts()) == len(delivery.external_id.split(",")) == 4
    assert Operation.objects.get().tries == 4


@pytest.mark.parametrize("platform", ["telegram", "facebook"])
def test_a_recall_deletes_what_is_out(platform, make_channel, deliver, posts):
    delivery = deliver(make_channel(platform))
    work_a_shift(3)
    assert recall_delivery(delivery_id=delivery.pk, by="trực ban").outcome == "deleting"
    work_a_shift(3)
    delivery.refresh_from_db()
    assert delivery.state == "withdrawn"
    assert len(posts("delete")) == 1
    assert recall_delivery(delivery_id=delivery.pk, by="trực ban").outcome == "withdrawn"


def test_a_recall_stops_what_is_not_out(make_channel, deliver, posts):
    delivery = deliver(make_channel(), due=timezone.now() + dt.timedelta(hours=1))
    assert recall_delivery(delivery_id=delivery.pk, by="trực ban").outcome == "stopped"
    work_a_shift(1)
    delivery.refresh_from_db()
    assert (delivery.state, posts()) == ("cancelled", [])


def test_a_refused_post_fails_with_a_cause_and_is_not_tried_again(make_channel, deliver, posts):
    channel = make_channel()
    channel.options = {"chat_id": "@khong_co_that"}
    channel.save()
    delivery = deliver(channel)
    work_a_shift(3)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == ("failed", "chat-not-found")
    assert Attempt.objects.count() == 1


def test_two_texts_in_the_same_second_both_leave(make_channel, deliver, posts):
    channel = make_channel("facebook")
    first, second = deliver(channel), deliver(channel)
    work_a_shift(6)
    assert {first.pk, second.pk} == set(Delivery.objects.filter(state="sent").values_list("pk", flat=True))
    assert len(posts()) == 2


def test_a_shift_leaves_nothing_behind(make_channel, deliver):
    deliver(make_channel())
    work_a_shift(3)
    assert not Shift.objects.exists()
    assert not Operation.objects.exclude(owner="").exists()
