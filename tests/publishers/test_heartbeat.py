"""When nobody sends any more it is seen, and nothing stays in *sending* because of it."""

import datetime as dt

import pytest
from django.utils import timezone

from publishers import health, sender, shifts, turn
from publishers.models import Attempt, Delivery, Heartbeat, Operation, Shift
from publishers.sender import work_a_shift
from publishers.tasks import send_due

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("open_gate")]


def test_only_a_tick_that_a_worker_took_is_a_sign_of_life():
    """Without beat there is no tick, without a worker nobody takes it: both are silence."""
    assert health.sender_is_silent()
    send_due()
    assert not health.sender_is_silent()
    Heartbeat.objects.update(at=timezone.now() - dt.timedelta(seconds=61))
    assert health.sender_is_silent()


def test_a_sender_at_work_is_alive_without_ticks(make_channel, deliver, sandbox):
    """A worker with one process takes no tick during a long shift."""
    sandbox.sandbox.delay = 1.0
    deliver(make_channel())
    work_a_shift(5)
    assert not health.sender_is_silent()


@pytest.mark.parametrize(
    ("operation", "delivery", "then"), [("running", "sending", "unknown"), ("ready", "scheduled", "sent")]
)
@pytest.mark.services
def test_what_no_shift_holds_is_taken_up(operation, delivery, then, make_channel, deliver, posts):
    """Its sender was reaped, claimed once more before it noticed, and died."""
    deliver(make_channel())
    Operation.objects.update(state=operation, owner="không còn", tries=1)
    Delivery.objects.update(state=delivery)
    if operation == "running":
        Attempt.objects.create(operation=Operation.objects.get(), n=1, step="send-1", started=timezone.now())
    work_a_shift(3)
    assert (Delivery.objects.get().state, len(posts())) == (then, then == "sent")


@pytest.mark.services
def test_what_a_living_shift_holds_stays_with_it(make_channel, deliver):
    deliver(make_channel())
    Shift.objects.create(owner="sống", until=timezone.now() + dt.timedelta(seconds=60))
    Operation.objects.update(owner="sống")
    assert shifts.reap() == 0
    assert Operation.objects.get().owner == "sống"


def test_a_step_without_an_end_becomes_unknown(make_channel, deliver, sandbox, monkeypatch):
    monkeypatch.setattr(sender, "LONGEST_STEP", 0.3)
    sandbox.sandbox.delay = 3.0
    deliver(make_channel())
    work_a_shift(5)
    assert (Delivery.objects.get().state, Delivery.objects.get().error_code) == ("unknown", "timeout")


def test_nothing_can_stay_in_sending_for_a_quarter_of_an_hour():
    """The longest way: booked ahead, a whole shift of waiting, a step without an end, a dead sender's lease."""
    longest = turn.BOOK_AHEAD + 20 + sender.LONGEST_STEP + shifts.LEASE.total_seconds() + 10
    assert longest < 15 * 60


def test_the_next_shift_waits_for_one_that_seems_dead(make_channel, deliver):
    """It would have nothing to do, and nobody else may come for a while."""
    Shift.objects.create(owner="im", until=timezone.now() + dt.timedelta(seconds=1.2))
    work_a_shift(6)
    assert not Shift.objects.exists()
