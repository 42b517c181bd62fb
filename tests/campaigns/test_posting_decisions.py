"""Fan-out: versions and times as shown, best slots, a second person's tap, stale screens and double clicks."""

import datetime as dt
import html
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import fanout, posting_decisions
from campaigns.fanout_plan import AT, BEST, NOW, StalePlan, make_plan
from campaigns.models import (
    Approval,
    AudienceLanguage,
    Language,
    Place,
    Posting,
    PostingItem,
    PostingState,
    Slot,
    Station,
)
from campaigns.posting_times import Agenda, platform_times, read_times
from campaigns.recall import recall_content
from publishers import registry
from publishers.models import Channel, Delivery
from tests.campaigns.staff_world import OPTIONS, TEXT, StaffWorld, world
from tests.campaigns.test_personal_race import all_at_once

__all__ = ["world"]
pytestmark = pytest.mark.django_db

CLOCK = dt.time(7, 30)


def morning(days: int = 1, clock: dt.time = dt.time(7, 0)) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(timezone.localdate() + dt.timedelta(days=days), clock))


def local(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def submit(
    world: StaffWorld, pages: list[Any], channels: list[Any], *, role: str, when: str = NOW, **given: Any
) -> Any:
    """What the screen does: plan, show, store."""
    at, seen = given.pop("at", None), given.pop("seen", None)
    seen = seen or make_plan(contents=pages, channels=channels, when=when, at=at).digest
    values = {"key": "k", "seen": seen, "campaign": world.campaign, "by": world.users[role]} | given
    return posting_decisions.submit(contents=pages, channels=channels, when=when, at=at, **values)


# --- Times ------------------------------------------------------------------------------------------


def test_every_platform_has_best_times_and_a_channel_its_own(world: StaffWorld) -> None:
    assert platform_times()["*"]
    first, second = world.channel("telegram"), world.channel("facebook")
    second.audience.best_times = "19h30; 06:15"
    second.audience.save()
    agenda = Agenda([first, second])
    assert agenda.best_times(first) == list(platform_times()["telegram"])
    assert agenda.best_times(second) == [dt.time(6, 15), dt.time(19, 30)]
    assert set(registry.platforms()) - {"loudspeaker"} >= set(platform_times()) - {"*"}


@pytest.mark.parametrize("text", ["sáng", "25:00", "7", "07:30 19:30"])
def test_times_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        read_times(text)


def test_best_slots_skip_what_is_taken_quiet_or_past(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel("telegram")
    channel.audience.best_times = "07:30, 12:00, 23:00"
    channel.audience.save()
    channel.quiet_from, channel.quiet_to = dt.time(22, 0), dt.time(6, 0)
    channel.save()
    taken = morning(clock=CLOCK) + dt.timedelta(seconds=20)
    fanout.post(key="x", campaign=world.campaign, page=page, channels=[channel], due=taken, by=world.chief)
    agenda = Agenda([channel])
    found = [agenda.best_for(channel, morning()).due for _each in range(3)]
    assert [local(moment) for moment in found] == ["12:00", "07:30", "12:00"]
    assert found[1].date() > found[0].date()


def test_two_posts_of_a_channel_never_share_a_minute_nor_its_quiet_hours(world: StaffWorld) -> None:
    channel = world.channel("telegram")
    agenda = Agenda([channel])
    assert [local(agenda.at_for(channel, morning(clock=CLOCK)).due) for _each in range(3)] == [
        "07:30",
        "07:31",
        "07:32",
    ]
    channel.quiet_from, channel.quiet_to = dt.time(21, 0), dt.time(6, 0)
    moved = Agenda([channel]).at_for(channel, morning(clock=dt.time(21, 0)))
    assert (local(moved.due), moved.why) == ("06:00", "sau giờ yên lặng")


def test_a_station_gets_its_next_free_slot_the_evening_before(world: StaffWorld) -> None:
    OPTIONS.setdefault("loudspeaker", {})
    channel = world.channel("loudspeaker", "Trạm xã")
    station = Station.objects.create(channel=channel, place=Place.objects.filter(valid_to=None).first())
    Slot.objects.create(station=station, at=dt.time(5, 15), minutes=1)
    pages = [world.approved(title=f"Bài {number}") for number in range(2)]
    tomorrow = morning(2, dt.time(0, 0))
    submit(world, pages, [channel], role="approver", when=BEST, at=tomorrow)
    items = list(PostingItem.objects.order_by("pk").select_related("delivery"))
    assert [local(item.slot) for item in items] == ["05:15", "05:15"]
    assert items[1].slot - items[0].slot == dt.timedelta(days=1)
    assert items[0].delivery.due == items[0].slot - dt.timedelta(hours=12)
    [told] = items[0].delivery.message["details"]["slots"]
    assert dt.datetime.fromisoformat(told) == items[0].slot
    third = make_plan(contents=pages[:1], channels=[channel], when=BEST, at=tomorrow).posts[0].moment
    assert third is not None
    assert third.slot == items[1].slot + dt.timedelta(days=1)


def test_a_station_without_slots_says_so(world: StaffWorld) -> None:
    OPTIONS.setdefault("loudspeaker", {})
    channel = world.channel("loudspeaker", "Trạm không giờ")
    with pytest.raises(ValidationError, match="Trạm không giờ"):
        make_plan(contents=[world.approved()], channels=[channel], when=BEST)


# --- Who decides ------------------------------------------------------------------------------------


def test_an_approver_who_wrote_none_of_it_posts_at_once(world: StaffWorld) -> None:
    [posting] = submit(world, [world.approved()], [world.channel()], role="approver")
    assert posting.state == PostingState.DECIDED
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("role", ["channel_manager", "senior_editor", "administrator"])
def test_anybody_else_waits_for_a_second_person(world: StaffWorld, role: str) -> None:
    page, channel = world.approved(), world.channel()
    [posting] = submit(world, [page], [channel], role=role)
    assert posting.state == PostingState.WAITING
    assert not Delivery.objects.exists()
    seen = posting_decisions.seen_digest([posting])
    for other in (role, "author", "senior_editor", "translator"):
        with pytest.raises(PermissionDenied):
            posting_decisions.approve(postings=[posting], by=world.users[other], seen=seen)
    posting_decisions.approve(postings=[posting], by=world.users["approver"], seen=seen)
    posting.refresh_from_db()
    assert (posting.state, posting.decided_by) == (PostingState.DECIDED, world.users["approver"])
    assert Delivery.objects.get().due <= timezone.now()


def test_an_approver_who_wrote_part_of_it_waits_too(world: StaffWorld) -> None:
    page = world.approved()
    Approval.objects.get(page=page).authors.add(world.users["approver"])
    [posting] = submit(world, [page], [world.channel()], role="approver")
    assert posting.state == PostingState.WAITING
    with pytest.raises(PermissionDenied):
        posting_decisions.approve(
            postings=[posting], by=world.users["approver"], seen=posting_decisions.seen_digest([posting])
        )
    posting_decisions.approve(postings=[posting], by=world.chief, seen=posting_decisions.seen_digest([posting]))
    assert Delivery.objects.count() == 1


def test_what_was_submitted_together_is_decided_with_one_tap(world: StaffWorld) -> None:
    pages = [world.approved(title=f"Bài {number}") for number in range(3)]
    channels = [world.channel("telegram"), world.channel("feed")]
    submit(world, pages, channels, role="channel_manager", when=AT, at=morning(clock=CLOCK))
    first = Posting.objects.earliest("pk")
    home = world.client("approver").get(reverse("wagtailadmin_home")).content.decode()
    address = reverse("loa_decide_posting", args=[first.pk])
    assert address in home
    client = world.client("approver")
    looked = client.get(address)
    assert all(page.title in looked.content.decode() for page in pages)
    client.post(address, {"step": "approve", "seen": looked.context["seen"]})
    assert Delivery.objects.count() == 6
    assert sorted({local(row.due) for row in Delivery.objects.all()}) == ["07:30", "07:31", "07:32"]
    client.post(address, {"step": "approve", "seen": looked.context["seen"]})
    assert Delivery.objects.count() == 6


def test_it_is_returned_with_a_reason_and_told_on_the_home(world: StaffWorld) -> None:
    [posting] = submit(world, [world.approved()], [world.channel()], role="channel_manager")
    address = reverse("loa_decide_posting", args=[posting.pk])
    client = world.client("approver")
    assert client.post(address, {"step": "return", "why": " "}).status_code == 200
    assert client.post(address, {"step": "return", "why": "Kênh này để tuần sau"}).status_code == 302
    home = world.client("channel_manager").get(reverse("wagtailadmin_home")).content.decode()
    assert "Kênh này để tuần sau" in home
    assert not Delivery.objects.exists()
    with pytest.raises(StalePlan):
        posting_decisions.approve(postings=[posting], by=world.users["approver"], seen="")


@pytest.mark.parametrize("role", ["author", "translator", "native_reviewer", "report_signer", "senior_editor"])
def test_no_other_role_opens_the_second_persons_screen(world: StaffWorld, role: str) -> None:
    [posting] = submit(world, [world.approved()], [world.channel()], role="channel_manager")
    address = reverse("loa_decide_posting", args=[posting.pk])
    for answer in (world.client(role).get(address), world.client(role).post(address, {"step": "approve"})):
        assert answer["Location"] == reverse("wagtailadmin_home")
    posting.refresh_from_db()
    assert posting.state == PostingState.WAITING


def test_a_recalled_content_is_not_decided_any_more(world: StaffWorld) -> None:
    page = world.approved()
    [posting] = submit(world, [page], [world.channel()], role="channel_manager")
    seen = posting_decisions.seen_digest([posting])
    recall_content(page=page, user=world.chief, why="thử")
    with pytest.raises(StalePlan):
        posting_decisions.approve(postings=[posting], by=world.users["approver"], seen=seen)
    assert not Delivery.objects.exists()


def test_a_time_that_passed_while_it_waited_is_asked_about(world: StaffWorld) -> None:
    [posting] = submit(
        world, [world.approved()], [world.channel()], role="channel_manager", when=AT, at=morning(clock=CLOCK)
    )
    PostingItem.objects.update(due=timezone.now() - dt.timedelta(hours=3))
    given = {"postings": [posting], "by": world.users["approver"], "seen": posting_decisions.seen_digest([posting])}
    with pytest.raises(ValidationError, match="Có giờ đã qua"):
        posting_decisions.approve(**given)
    posting.refresh_from_db()
    assert posting.state == PostingState.WAITING
    posting_decisions.approve(**given, late_now=True)
    assert abs(Delivery.objects.get().due - timezone.now()) < dt.timedelta(minutes=1)


# --- Stale screens and double clicks ----------------------------------------------------------------


def approve_anew(world: StaffWorld, page: Any) -> None:
    page.summary = f"{TEXT} Mới."
    page.save_revision(user=world.users["author"], log_action=True)
    page.get_workflow().start(page, world.users["author"])
    page.current_workflow_task_state.approve(user=world.users["approver"])


def form_of(world: StaffWorld, chosen: list[Any], **changes: Any) -> dict[str, Any]:
    data = {"key": "k", "campaign": world.campaign.pk, "channels": [c.pk for c in chosen], "when": "now"}
    return data | changes


def test_an_approval_between_look_and_post_is_said_and_shown_anew(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel()
    client, address = world.client("approver"), reverse("loa_post", args=[page.pk])
    seen = client.post(address, form_of(world, [channel], step="look")).context["seen"]
    approve_anew(world, page)
    stale = client.post(address, form_of(world, [channel], step="post", seen=seen))
    assert "Có thay đổi từ lúc bạn xem" in stale.content.decode()
    assert "Mới." in stale.content.decode()
    assert not Posting.objects.exists()
    assert client.post(address, form_of(world, [channel], step="post", seen=stale.context["seen"])).status_code == 302
    assert Delivery.objects.count() == 1


def test_a_form_that_showed_nothing_posts_nothing(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel()
    answer = world.client("approver").post(reverse("loa_post", args=[page.pk]), form_of(world, [channel], step="post"))
    assert answer.status_code == 200
    assert not Posting.objects.exists()


def test_the_second_person_sees_what_was_approved_meanwhile(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel()
    [posting] = submit(world, [page], [channel], role="channel_manager")
    client, address = world.client("approver"), reverse("loa_decide_posting", args=[posting.pk])
    seen = client.get(address).context["seen"]
    approve_anew(world, page)
    stale = client.post(address, {"step": "approve", "seen": seen})
    assert "Mới." in stale.content.decode()
    assert not Delivery.objects.exists()
    client.post(address, {"step": "approve", "seen": stale.context["seen"]})
    assert "Mới." in Delivery.objects.get().message["text"]


def test_looking_at_what_waits_stores_nothing(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel()
    [posting] = submit(world, [page], [channel], role="channel_manager")
    before = PostingItem.objects.values().get()
    approve_anew(world, page)
    answer = world.client("approver").get(reverse("loa_decide_posting", args=[posting.pk]))
    assert "Mới." in answer.content.decode()
    assert PostingItem.objects.values().get() == before


def test_a_version_that_came_meanwhile_is_not_blurted_out(world: StaffWorld) -> None:
    page, channel, later = world.approved(), world.channel(), world.channel("telegram", "Kênh chưa có bản")
    languages = AudienceLanguage.objects.filter(audience__channel=later)
    languages.update(language=Language.objects.exclude(code="vi").first())
    due = morning(3)
    [posting] = submit(world, [page], [channel, later], role="channel_manager", when=AT, at=due)
    languages.update(language=Language.objects.get(code="vi"))
    seen = posting_decisions.seen_digest([posting])
    posting_decisions.approve(postings=[posting], by=world.users["approver"], seen=seen)
    assert [(one.channel, one.due) for one in Delivery.objects.all()] == [(channel, due)]


def test_another_tab_takes_the_best_slot_and_this_one_is_told(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel()
    shown = make_plan(contents=[page], channels=[channel], when=BEST)
    submit(world, [page], [channel], role="approver", when=BEST, key="other-tab")
    with pytest.raises(StalePlan):
        submit(world, [page], [channel], role="approver", when=BEST, seen=shown.digest)
    submit(world, [page], [channel], role="approver", when=BEST)
    first, second = Delivery.objects.order_by("due").values_list("due", flat=True)
    assert first < second


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_a_double_click_makes_one_posting(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel()
    at = morning(clock=CLOCK)
    seen = make_plan(contents=[page], channels=[channel], when=AT, at=at).digest
    found = all_at_once(
        lambda _n: submit(world, [page], [channel], role="approver", when=AT, at=at, seen=seen, key="two clicks")
    )
    assert len({posting.pk for [posting] in found}) == 1
    assert (Posting.objects.count(), Delivery.objects.count()) == (1, 1)


# --- The screen -------------------------------------------------------------------------------------


def test_several_contents_and_a_whole_campaign_are_chosen(world: StaffWorld) -> None:
    pages = [world.approved(title=f"Bài {number}") for number in range(2)]
    world.channel("telegram", "Kênh xã")
    client = world.client("approver")
    chosen = client.get(reverse("loa_content_to_post")).content.decode()
    assert all(f'name="noi-dung" value="{page.pk}"' in chosen for page in pages)
    for query in ({"noi-dung": [page.pk for page in pages]}, {"dot": world.campaign.pk}):
        shown = client.get(reverse("loa_fan_out"), query).content.decode()
        assert all(page.title in shown for page in pages)
    assert client.get(reverse("loa_fan_out"), {"noi-dung": ["x", "0"]})["Location"] == reverse("loa_content_to_post")


def test_the_screen_says_quiet_hours_best_times_and_why_not(world: StaffWorld) -> None:
    page, channel = world.approved(is_sample=True), world.channel("telegram", "Kênh yên")
    channel.quiet_from, channel.quiet_to = dt.time(21, 0), dt.time(6, 0)
    channel.save()
    world.channel("feed", "Trang thật", rehearsal=False)
    shown = world.client("approver").get(reverse("loa_post", args=[page.pk]))
    words = html.unescape(shown.content.decode())
    assert "21:00–06:00" in words
    assert "07:00, 19:30" in words
    assert [row["channel"].name for row in shown.context["nothing"]] == ["Trang thật"]
    assert "Bài mẫu chỉ tới kênh diễn tập" in words


def test_any_channels_view_of_an_approved_content(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel("telegram")
    answer = world.client("author").get(reverse("loa_channel_preview", args=[page.pk, channel.pk]))
    assert "Trước khi đi làm xa" in answer.content.decode()
    assert world.client("author").get(reverse("loa_channel_preview", args=[page.pk, 999_999])).status_code == 404


def test_three_hundred_channels_cost_no_more_queries_than_three(world: StaffWorld) -> None:
    page = world.approved()
    client = world.client("approver")
    address = reverse("loa_post", args=[page.pk])

    def cost(key: str) -> dict[str, int]:
        data = form_of(world, list(Channel.objects.all()), key=key, when="best", step="look")
        found: dict[str, int] = {}
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
        found["show"] = len(caught)
        with CaptureQueriesContext(connection) as caught:
            seen = client.post(address, data).context["seen"]
        found["look"] = len(caught)
        with CaptureQueriesContext(connection) as caught:
            assert client.post(address, data | {"step": "post", "seen": seen}).status_code == 302
        found["post"] = len(caught)
        return found

    for number in range(3):
        world.channel("manual", f"Nhóm {number}")
    cost("warm")
    few = cost("few")
    for number in range(3, 60):
        world.channel(("manual", "telegram")[number % 2], f"Nhóm {number}")
    many = cost("many")
    assert many["show"] <= few["show"] + 1
    assert many["look"] <= few["look"] + 1
    assert many["post"] <= few["post"] + 4
