"""The database goes away for a moment while messages are under way: nothing is lost, nothing is sent twice."""

import dataclasses
import datetime as dt
import threading
import time

import pytest
from django.db import connection, connections
from django.utils import timezone

from publishers import turn
from publishers.errors import Permanent
from publishers.message import Receipt
from publishers.models import Attempt, Delivery, Operation, Shift
from publishers.sender import work_a_shift
from publishers.work import Result, target_of, work_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services, pytest.mark.usefixtures("open_gate")]


def interrupt(seconds):
    """Cut every connection to the database (PostgreSQL), or keep the file locked beyond patience (SQLite)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        else:
            cursor.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            cursor.execute("ROLLBACK")


def test_a_shift_outlives_a_broken_connection(make_channel, deliver, posts, sandbox, monkeypatch):
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0.1)
    for number in range(4):
        channel = make_channel(name=f"Kênh {number}", chat_id=f"@dientap_mat{number}")
        for _message in range(3):
            deliver(channel)
    sandbox.sandbox.delay = 0.3
    shift = threading.Thread(target=work_a_shift, args=(10,))
    shift.start()
    for _time in range(3):
        time.sleep(0.25)
        interrupt(0.4)
    shift.join()
    texts = [post["text"] for post in posts()]
    assert len(texts) == len(set(texts)) == 12
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert set(Attempt.objects.values_list("outcome", flat=True)) == {"ok"}


@pytest.fixture
def claimed(make_channel, deliver):
    """A claimed operation as the sender has it in memory."""
    deliver(make_channel())
    Shift.objects.create(owner="tôi", until=timezone.now() + dt.timedelta(seconds=60))
    Operation.objects.update(owner="tôi")
    operation = Operation.objects.select_related("delivery__channel").get()
    return work_of(operation, target_of(operation.delivery.channel))


def test_a_start_whose_commit_was_not_answered_is_started_once(claimed):
    """The turn was written, but the sender heard of an error: it takes the same turn again."""
    turn.take_turn("tôi", [], [claimed]).take_back()
    again = turn.take_turn("tôi", [], [claimed])
    assert (again.started, claimed.number) == ([claimed], 1)
    assert Attempt.objects.count() == 1


def test_a_failed_turn_leaves_the_work_as_it_was(claimed):
    class Broken(set):
        """Stop keys that fail when the turn looks at them."""

        def __and__(self, other):
            raise RuntimeError

    fine = claimed.stop_keys
    other = dataclasses.replace(claimed, stop_keys=Broken())
    with pytest.raises(RuntimeError):
        turn.take_turn("tôi", [], [claimed, other])
    assert (claimed.number, claimed.running, claimed.stop_keys) == (0, False, fine)
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("said", ["lỗi \x00 giữa chừng", "nửa dấu \ud83d"])
def test_what_a_platform_says_cannot_lose_a_turn(said, claimed):
    """Neither database holds such a character; the whole turn's results would be lost with it."""
    turn.take_turn("tôi", [], [claimed])
    turn.take_turn("tôi", [Result(claimed, timezone.now(), error=Permanent("refused", said))], [])
    assert Delivery.objects.get().state == "failed"


def test_what_a_platform_calls_a_post_cannot_lose_a_turn(claimed):
    turn.take_turn("tôi", [], [claimed])
    receipt = Receipt("77\x00" + "7" * 300, "https://t.me/\x00x/77", data={"ids": ["\x00"]})
    turn.take_turn("tôi", [Result(claimed, timezone.now(), receipt)], [])
    assert (Delivery.objects.get().state, Delivery.objects.get().external_id[:3]) == ("sent", "777")
