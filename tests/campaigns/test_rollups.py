"""The roll-ups that reports read are, after anything that may happen, what a fold from scratch makes of it."""

import datetime as dt
import random

import pytest
from django.core.management import call_command

from campaigns.ledger import fold
from campaigns.ledger.rollups import rebuild
from campaigns.models import ActivityResult, Campaign, ClickCount, LedgerDay, LedgerMonth, LedgerRow, Playback
from campaigns.report.cells import cells_in, cells_of, rows_in_scope, whole_months, within
from campaigns.report.periods import Period
from campaigns.report.scope import PlanChain
from publishers.models import Delivery, Reading
from tests.campaigns.reach_world import ReachWorld, reference  # noqa: F401
from tests.recount.test_recount import FIRST, LAST, Year

pytestmark = [pytest.mark.usefixtures("reference"), pytest.mark.django_db, pytest.mark.services]


def stored() -> tuple[list, list]:
    months = LedgerMonth.objects.order_by("key").values_list("key", "month", "heads", "value", "rows")
    return list(months), list(LedgerDay.objects.order_by("key").values_list("key", "day", "value", "rows"))


def upset(world: ReachWorld, seed: int) -> None:
    """Corrections, recalls, clicks that go on, results taken out and sources that vanish."""
    pick = random.Random(seed)
    for play in pick.sample(list(Playback.objects.filter(corrected_by=None)), 6):
        world.play(play.item, "2025-08-08", seconds=pick.choice([0, 77, 400]), corrects=play)
    for result in pick.sample(list(ActivityResult.objects.filter(corrected_by=None)), 8):
        world.result(result.activity, result.indicator.code, pick.randint(0, 99), corrects=result)
    sent = list(Delivery.objects.filter(state="sent"))
    for delivery in pick.sample(sent, 5):
        Delivery.objects.filter(pk=delivery.pk).update(state="withdrawn")
    for reading in pick.sample(list(Reading.objects.exclude(delivery=None)), 5):
        Reading.objects.create(
            channel=reading.channel,
            delivery=reading.delivery,
            metric=reading.metric,
            value=pick.randint(0, 9999),
            read_at=dt.datetime(2026, 1, pick.randint(1, 28), tzinfo=dt.UTC),
        )
    ClickCount.objects.filter(pk=ClickCount.objects.first().pk).delete()
    Campaign.objects.filter(pk=world.campaign.pk).update(name="Tên mới")


def test_the_rollups_equal_a_fold_from_scratch_after_everything():
    world = ReachWorld("144-kh-ubnd-2024")
    year = Year(world, seed=7)
    year.posts(15)
    year.plays(15)
    year.activities(15)
    fold()
    for seed in (1, 2):
        upset(world, seed)
        year.posts(4)
        fold()
        kept = stored()
        assert sum(one[4] for one in kept[0]) > 60
        rebuild()
        assert stored() == kept
    LedgerRow.objects.all().delete()
    fold()
    call_command("rebuild_rollups", verbosity=0)
    assert stored() == kept
    ids = PlanChain(world.plan).ids
    for first, last in ((FIRST, LAST), (dt.date(2025, 5, 9), dt.date(2025, 8, 3)), (FIRST, dt.date(2025, 4, 20))):
        period = Period(first, last)
        rows = within(rows_in_scope(ids, rehearsal=False), period)
        assert figures(cells_in(ids, period, rehearsal=False, leave_out=set())) == figures(cells_of(rows, set()))
        assert figures(cells_of(rows, set()))


def figures(cells) -> dict:
    found: dict = {}
    for cell in cells:
        key = (cell.indicator, cell.basis, cell.source_kind, cell.place_id, cell.language_id, cell.heads, cell.form)
        value, rows = found.get(key, (0, 0))
        found[key] = (value + cell.value, rows + cell.rows)
    return found


def test_whole_months_leave_the_edges_out():
    months = whole_months(Period(dt.date(2025, 12, 2), dt.date(2026, 3, 31)))
    assert months == [dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)]
    assert whole_months(Period(dt.date(2026, 3, 5), dt.date(2026, 3, 31))) == []
    assert whole_months(Period(dt.date(2026, 3, 1), dt.date(2026, 3, 30))) == []
