"""What the platform did and we do not know: never a second post on a guess."""

import datetime as dt

import pytest
import requests
from django.utils import timezone

from publishers import outbox, reconcile, shifts
from publishers.models import Attempt, Delivery, Operation, Shift
from publishers.sender import work_a_shift
from publishers.tasks import clear_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services, pytest.mark.usefixtures("open_gate")]


@pytest.fixture
def fault(sandbox):
    def switch(platform, fault, times=1, **more):
        body = {"platform": platform, "fault": fault, "times": times, **more}
        requests.post(f"{sandbox.url}/_sandbox/faults", json=body, timeout=5).raise_for_status()

    return switch


def look_now():
    """The waiting time before a look is over."""
    Operation.objects.update(next_try=timezone.now())
    return clear_up()


@pytest.mark.parametrize("kind", ["commit_then_reset", "reset_after", "html_502"])
def test_a_lost_telegram_answer_becomes_unknown_and_is_not_sent_again(kind, fault, make_channel, deliver, posts):
    delivery = deliver(make_channel())
    fault("telegram", kind)
    work_a_shift(4)
    work_a_shift(2)
    delivery.refresh_from_db()
    assert delivery.state == "unknown"
    assert len(posts()) <= 1
    assert Attempt.objects.count() == 1
    assert look_now() == 0, "Telegram cannot be asked"


@pytest.mark.parametrize("kind", ["commit_then_reset", "commit_then_500"])
def test_facebook_is_asked_and_the_post_is_found(kind, fault, make_channel, deliver, posts):
    delivery = deliver(make_channel("facebook"), link="https://loa.example/l/timlai")
    fault("facebook", kind)
    work_a_shift(4)
    delivery.refresh_from_db()
    assert delivery.state == "unknown"
    assert look_now() == 1
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert delivery.permalink
    assert delivery.transitions.last().by == "reconciliation"
    assert len(posts()) == 1


def test_facebook_is_asked_and_nothing_is_there(fault, make_channel, deliver, posts):
    delivery = deliver(make_channel("facebook"), link="https://loa.example/l/khongco")
    fault("facebook", "html_502")
    work_a_shift(4)
    assert look_now() == 0
    delivery.refresh_from_db()
    assert delivery.state == "unknown"
    assert "looked 1x" in delivery.reason
    assert posts() == []
    assert reconcile.waiting(timezone.now()) == [], "the next look comes later"
    assert outbox.resend(delivery_id=delivery.pk, by="nhân viên")
    work_a_shift(4)
    delivery.refresh_from_db()
    assert (delivery.state, len(posts())) == ("sent", 1)


def test_what_certainly_did_not_happen_is_tried_again(fault, make_channel, deliver, posts):
    delivery = deliver(make_channel())
    fault("telegram", "http_429")
    work_a_shift(3)
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"
    assert delivery.error_code == "throttled"
    assert posts() == []


def test_a_throttled_bot_waits_as_long_as_it_was_told(fault, make_channel, deliver, posts):
    deliver(make_channel())
    fault("telegram", "http_429")
    work_a_shift(3)
    retry = Operation.objects.get().next_try
    assert retry > timezone.now() - dt.timedelta(seconds=5)
    while Delivery.objects.get().state != "sent" and timezone.now() < retry + dt.timedelta(seconds=10):
        work_a_shift(3)
    assert Attempt.objects.last().started >= retry - dt.timedelta(seconds=0.1)
    assert len(posts()) == 1


def dead_shift(owner="chết"):
    return Shift.objects.create(owner=owner, until=timezone.now() - dt.timedelta(seconds=1))


@pytest.mark.parametrize(("platform", "state"), [("telegram", "unknown"), ("manual", "scheduled")])
def test_a_dead_senders_open_attempt(platform, state, make_channel, deliver):
    """Not to be repeated: unknown. Harmless to repeat: free again."""
    delivery = deliver(make_channel(platform))
    shift = dead_shift()
    Operation.objects.update(state="running", owner=shift.owner, tries=1)
    Delivery.objects.update(state="sending")
    repeatable = platform == "manual"
    Attempt.objects.create(
        operation=Operation.objects.get(), n=1, step="s", repeatable=repeatable, started=timezone.now()
    )
    assert shifts.reap() == 1
    delivery.refresh_from_db()
    assert (delivery.state, Attempt.objects.get().outcome) == (state, "lost")


def test_what_a_dead_sender_had_only_claimed_is_taken_up_again(make_channel, deliver, posts):
    delivery = deliver(make_channel())
    shift = dead_shift()
    Operation.objects.update(owner=shift.owner)
    work_a_shift(3)
    delivery.refresh_from_db()
    assert (delivery.state, len(posts())) == ("sent", 1)


def test_a_late_answer_of_a_reaped_sender_still_counts(make_channel, deliver):
    """A sender that was only slow: its receipt is the truth about its attempt."""
    from publishers import turn
    from publishers.message import Receipt
    from publishers.work import Result, target_of, work_of

    delivery = deliver(make_channel())
    operation = Operation.objects.select_related("delivery__channel").get()
    work = work_of(operation, target_of(operation.delivery.channel))
    shift = Shift.objects.create(owner="chậm", until=timezone.now() + dt.timedelta(seconds=60))
    Operation.objects.update(owner=shift.owner)
    assert turn.take_turn(shift.owner, [], [work]).started == [work]
    Shift.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    shifts.reap()
    delivery.refresh_from_db()
    assert delivery.state == "unknown"
    turn.take_turn(shift.owner, [Result(work, timezone.now(), Receipt("77", "https://t.me/x/77"))], [])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.external_id) == ("sent", "77")
    # … but not once a person has decided to send it again.
    Delivery.objects.update(state="failed")
    outbox.resend(delivery_id=delivery.pk, by="nhân viên")
    turn.take_turn(shift.owner, [Result(work, timezone.now(), Receipt("78"))], [])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.external_id) == ("scheduled", "77")


def test_a_reaped_sender_starts_nothing_more(make_channel, deliver):
    from publishers import turn
    from publishers.work import target_of, work_of

    deliver(make_channel())
    operation = Operation.objects.select_related("delivery__channel").get()
    work = work_of(operation, target_of(operation.delivery.channel))
    Operation.objects.update(owner="người khác")
    assert turn.take_turn("chậm", [], [work]).started == []
    assert not Attempt.objects.exists()


def test_a_recall_works_while_the_platform_fails(fault, make_channel, deliver, posts):
    from publishers.recall import recall_delivery

    delivery = deliver(make_channel())
    work_a_shift(3)
    fault("telegram", "html_502", times=1)
    recall_delivery(delivery_id=delivery.pk, by="trực ban")
    until = timezone.now() + dt.timedelta(seconds=20)
    while Delivery.objects.get().state != "withdrawn" and timezone.now() < until:
        work_a_shift(2)
    assert (Delivery.objects.get().state, len(posts("delete"))) == ("withdrawn", 1)


def test_a_recall_of_what_is_unknown_waits_for_the_answer(fault, make_channel, deliver, posts):
    from publishers.recall import recall_delivery

    delivery = deliver(make_channel("facebook"), link="https://loa.example/l/chothu")
    fault("facebook", "commit_then_reset")
    work_a_shift(4)
    assert recall_delivery(delivery_id=delivery.pk, by="trực ban").outcome == "deleting"
    look_now()
    Operation.objects.update(next_try=timezone.now())
    work_a_shift(8)
    delivery.refresh_from_db()
    assert delivery.state == "withdrawn"
    assert len(posts("delete")) >= 1


def test_a_shift_that_ends_between_two_steps_leaves_the_rest_to_the_next(make_channel, deliver, posts):
    """Its time is over after the first of several steps: nothing stays in "sending"."""
    from publishers import turn
    from publishers.message import Receipt
    from publishers.work import Result, target_of, work_of

    delivery = deliver(make_channel(), text="Phòng, chống mua bán người là việc của mọi người. " * 150)
    operation = Operation.objects.select_related("delivery__channel").get()
    work = work_of(operation, target_of(operation.delivery.channel))
    shift = shifts.take_seat(2)
    Operation.objects.update(owner=shift.owner)
    turn.take_turn(shift.owner, [], [work])
    first = Receipt("5", data={"ids": [5]})
    turn.take_turn(shift.owner, [Result(work, timezone.now(), first)], [])
    shifts.leave(shift.owner)
    operation.refresh_from_db()
    delivery.refresh_from_db()
    assert (operation.state, operation.owner, delivery.state) == ("ready", "", "scheduled")
    assert list(operation.progress) == ["send-1"]
    work_a_shift(6)
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert len(posts()) == 1, "the first piece was not sent again"
