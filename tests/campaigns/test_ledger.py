import datetime as dt

import pytest
from django.utils import timezone

from campaigns.ledger import fold, fold_changes
from campaigns.models import LedgerRow, TrackedLink
from publishers.models import Transition
from tests.campaigns.reach_world import ReachWorld, at, reference  # noqa: F401

pytestmark = [pytest.mark.usefixtures("reference"), pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def world() -> ReachWorld:
    return ReachWorld()


def row(code: str, kind: str | None = None) -> LedgerRow:
    found = LedgerRow.objects.filter(indicator__code=code)
    return (found.filter(source_kind=kind) if kind else found).get()


def test_folding_twice_changes_nothing(world):
    item = world.item(world.channel(), "2026-07-10")
    world.reading(item, "views", 40, "2026-07-11")
    world.clicks(item, d2026_07_11=3)
    assert fold() == 3
    before = list(LedgerRow.objects.values())
    assert fold() == 0
    assert list(LedgerRow.objects.values()) == before


def test_a_later_reading_moves_the_row_and_raises_its_version(world):
    item = world.item(world.channel(), "2026-07-10")
    world.reading(item, "views", 40, "2026-07-11")
    fold()
    world.reading(item, "views", 55, "2026-07-12")
    assert fold() == 1
    assert (row("views").value, row("views").version) == (55, 2)


def test_a_reading_that_comes_late_but_was_taken_earlier_does_not_win(world):
    item = world.item(world.channel(), "2026-07-10")
    world.reading(item, "views", 55, "2026-07-12")
    world.reading(item, "views", 40, "2026-07-11")
    fold()
    assert row("views").value == 55


def test_two_metrics_of_one_indicator_are_never_added(world):
    item = world.item(world.channel(), "2026-07-10")
    world.reading(item, "post_media_view", 300, "2026-07-11", approximate=True)
    world.reading(item, "post_video_views", 120, "2026-07-11")
    fold()
    assert row("views").value == 300
    assert row("views").approximate


def test_a_metric_that_nobody_mapped_is_left_out(world):
    world.reading(world.item(world.channel(), "2026-07-10"), "page_follows", 9, "2026-07-11")
    fold()
    assert not LedgerRow.objects.filter(source_kind="reading").exists()


def test_a_row_carries_the_dimensions_of_its_posting(world):
    commune = world.place("Xã Bắc Hà")
    channel = world.channel(places=[commune], agency=world.women)
    item = world.item(channel, "2026-07-10", language=world.mong, group="pupils", heads=(6, 2))
    fold()
    found = row("posts")
    assert (found.place, found.language, found.group.key, found.agency) == (
        commune,
        world.mong,
        "pupils",
        world.women,
    )
    assert (found.campaign, found.form, found.heads) == (world.campaign, "website", [2, 6])
    assert found.basis == "measured"
    assert found.period_from == found.period_to == dt.date(2026, 7, 10)
    assert str(item.posting.bulletin) in found.source_label


def test_a_channel_for_several_places_ties_its_posts_to_none(world):
    channel = world.channel(places=[world.place("Xã Bắc Hà"), world.place("Xã Si Ma Cai")])
    world.item(channel, "2026-07-10")
    fold()
    assert row("posts").place is None


def test_a_post_sent_late_at_night_belongs_to_the_local_day(world):
    item = world.item(world.channel(), "2026-07-10")
    item.delivery.sent_at = dt.datetime(2026, 7, 10, 18, 30, tzinfo=dt.UTC)  # 01:30 on the 11th in Hanoi
    item.delivery.save()
    fold()
    assert row("posts").period_from == dt.date(2026, 7, 11)


@pytest.mark.parametrize("state", ["failed", "unknown", "held", "cancelled", "scheduled", "sending"])
def test_what_did_not_go_out_for_certain_is_no_post(world, state):
    world.item(world.channel(), "2026-07-10", state=state)
    assert fold() == 0


def test_a_withdrawn_post_counts_0_and_keeps_its_views(world):
    item = world.item(world.channel(), "2026-07-10")
    world.reading(item, "views", 70, "2026-07-11")
    fold()
    item.delivery.state = "withdrawn"
    item.delivery.save()
    Transition.objects.create(
        delivery=item.delivery, before="sent", after="withdrawn", at=timezone.now(), by="thử"
    )
    assert fold(since=timezone.now() - dt.timedelta(minutes=1)) == 1
    assert (row("posts").value, row("posts").version) == (0, 2)
    assert row("views").value == 70


def test_a_sheet_sent_to_a_station_is_no_post(world):
    world.item(world.station(world.place("Xã Bắc Hà")).channel, "2026-07-10")
    assert fold() == 0


def test_a_play_is_one_play_and_its_seconds_where_the_station_stands(world):
    commune = world.place("Xã Bắc Hà")
    item = world.item(world.station(commune).channel, "2026-07-10")
    world.play(item, "2026-07-10", seconds=330, basis="measured")
    fold()
    assert (row("loud_plays").value, row("loud_minutes").value) == (1, 330)
    assert (row("loud_plays").place, row("loud_plays").basis) == (commune, "measured")


def test_a_corrected_play_replaces_the_row_and_does_not_add_one(world):
    item = world.item(world.station(world.place("Xã Bắc Hà")).channel, "2026-07-10")
    first = world.play(item, "2026-07-10", seconds=330)
    fold()
    second = world.play(item, "2026-07-11", seconds=200, corrects=first)
    third = world.play(item, "2026-07-12", seconds=210, corrects=second)
    fold()
    assert LedgerRow.objects.count() == 2
    assert row("loud_minutes").value == third.seconds
    assert row("loud_plays").period_from == dt.date(2026, 7, 12)
    assert row("loud_minutes").version == 2


def test_a_corrected_result_moves_and_an_abandoned_indicator_goes(world):
    activity = world.activity(world.place("Xã Bắc Hà"), "2026-07-10")
    wrong = world.result(activity, "leaflet", 500)
    fold()
    world.result(activity, "poster", 50, corrects=wrong)
    fold(since=timezone.now() - dt.timedelta(minutes=1))
    assert list(LedgerRow.objects.values_list("indicator__code", "value")) == [("poster", 50)]


def test_a_total_of_an_agency_is_declared_whatever_was_ticked(world):
    province = world.place("Tỉnh Lào Cai", "province")
    total = world.activity(province, "2026-07-01", "2026-09-30", is_total=True)
    world.result(total, "session", 120, basis="counted")
    world.result(total, "attendance", 6000, basis="estimated")
    fold()
    assert row("session", "declared_total").basis == "declared"
    assert row("attendance", "declared_total").basis == "estimated"


def test_minutes_entered_by_hand_are_kept_in_seconds(world):
    world.result(world.activity(world.place("Xã Bắc Hà"), "2026-07-10"), "loud_minutes", 12)
    fold()
    assert row("loud_minutes").value == 720


def test_rehearsal_stays_marked(world):
    commune = world.place("Xã Bắc Hà")
    item = world.item(world.station(commune, rehearsal=True).channel, "2026-07-10")
    world.play(item, "2026-07-10")
    world.result(world.activity(commune, "2026-07-10", rehearsal=True), "session", 1)
    world.clicks(world.item(world.channel(rehearsal=True), "2026-07-10"), d2026_07_10=2)
    fold()
    assert set(LedgerRow.objects.values_list("rehearsal", flat=True)) == {True}


def test_a_declared_hand_post_counts_as_declared(world):
    item = world.item(world.channel("manual", form="social"), "2026-07-10")
    world.declare_post(item, "2026-07-11")
    fold()
    assert (row("manual_posts").basis, row("manual_posts").period_from) == ("declared", dt.date(2026, 7, 11))
    assert not LedgerRow.objects.filter(indicator__code="posts").exists()


def test_clicks_of_a_link_without_a_posting_count_too(world):
    link = TrackedLink.objects.create(target="https://example.org/", label="Áp phích chợ Bắc Hà")
    link.clicks.create(day=dt.date(2026, 7, 12), count=4)
    fold()
    assert (row("clicks").value, row("clicks").source_label) == (4, "Áp phích chợ Bắc Hà")


def test_folding_changes_only_finds_what_came_since(world):
    item = world.item(world.channel(), "2026-07-10")
    world.reading(item, "views", 40, "2026-07-11")
    start = timezone.now()
    assert fold_changes(now=start) == 2
    assert fold_changes(now=start + dt.timedelta(minutes=5)) == 0
    item.delivery.readings.create(
        channel=item.channel, metric="views", value=90, read_at=start + dt.timedelta(minutes=6)
    )
    assert fold_changes(now=start + dt.timedelta(minutes=7)) == 1
    assert row("views").value == 90


def test_a_full_fold_takes_out_rows_whose_source_is_gone(world):
    item = world.item(world.channel(), "2026-07-10")
    world.clicks(item, d2026_07_11=3, d2026_07_12=4)
    fold()
    item.tracked_link.clicks.filter(day=at("2026-07-11").date()).delete()
    assert fold() == 1
    assert row("clicks").value == 4


def test_the_number_of_queries_does_not_grow_with_the_rows(world, django_assert_max_num_queries):
    channel = world.channel()
    for number in range(25):
        world.reading(world.item(channel, "2026-07-10"), "views", number, "2026-07-11")
    with django_assert_max_num_queries(75):
        fold()
