"""Many phones at the same instant: one row, one answer for everyone."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.utils import timezone

from campaigns import field_results, manual_posts, playbacks
from campaigns.models import Activity, ActivityResult, Fault, ManualPost, Playback
from campaigns.personal.faults import report_fault
from tests.campaigns.personal_world import world

__all__ = ["world"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
PHONES = 6


def all_at_once(work):
    """Run ``work`` on six phones that start together (PostgreSQL), or one after the other (SQLite in memory).

    A database in memory has one connection's lock for all threads and no waiting for it; the file database
    of a real site queues its writers.
    """
    together = PHONES if connection.vendor == "postgresql" else 1
    gate = threading.Barrier(together)

    def one(n):
        gate.wait(10)
        try:
            return work(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(together) as pool:
        return list(pool.map(one, range(PHONES)))


@pytest.mark.parametrize("in_slot", [True, False])
def test_one_play_is_recorded(world, in_slot):
    moment = timezone.now().replace(second=0, microsecond=0) - dt.timedelta(hours=1)
    item = world.item(world.station().channel, due=moment)
    answers = all_at_once(
        lambda n: playbacks.record(
            item=item, planned_for=moment if in_slot else None, played_at=moment, operator_name=f"Máy {n}"
        )
    )
    assert Playback.objects.count() == 1
    assert [created for _play, created in answers].count(True) == 1
    assert len({play.pk for play, _created in answers}) == 1


def test_one_correction_follows_another(world):
    moment = timezone.now() - dt.timedelta(hours=1)
    item = world.item(world.station().channel, due=moment)
    play, _ = playbacks.record(item=item, planned_for=moment, played_at=moment, seconds=60, operator_name="A")
    all_at_once(lambda n: playbacks.correct(playback=play, seconds=50 + n, operator_name=f"Máy {n}"))
    assert len(playbacks.history(play)) == PHONES + 1
    assert playbacks.standing().count() == 1


def test_one_post_by_hand_is_recorded(world):
    item = world.item(world.manual(), due=timezone.now())
    answers = all_at_once(lambda n: manual_posts.record(item=item, declared_by=f"Máy {n}"))
    assert ManualPost.objects.count() == 1
    assert [created for _post, created in answers].count(True) == 1


def test_one_result_is_recorded(world):
    event = world.event()
    all_at_once(lambda n: field_results.record(event=event, values={"attendance": 90}, reported_by=f"Máy {n}"))
    assert Activity.objects.count() == 1
    assert ActivityResult.objects.count() == 1


def test_one_fault_is_recorded(world):
    station = world.station()
    all_at_once(lambda n: report_fault(station=station, text="Mất tiếng", reported_by="A"))
    assert Fault.objects.count() == 1
