"""Deciding a posting: which version each channel gets, why, and that a second click does no harm."""

import datetime as dt
import html
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.admin.posting_form import PostingForm
from campaigns.admin.posting_preview import previews
from campaigns.gate import decide as decide_gate
from campaigns.models import Approval, Hotline, ManualPost, Posting, PostingItem
from campaigns.workflow import approve_revision
from publishers import outbox
from publishers.models import Delivery, Operation
from tests.campaigns.staff_world import StaffWorld, world

__all__ = ["world"]


def decide(world: StaffWorld, page: Any, channels: list[Any], role: str = "approver", **changes: Any) -> Any:
    """Look once more, then press the button: what an approver does who wrote none of it."""
    data = {"key": "staff-thu", "campaign": world.campaign.pk, "channels": [c.pk for c in channels], "when": "now"}
    client, address = world.client(role), reverse("loa_post", args=[page.pk])
    looked = client.post(address, data | {"step": "look"} | changes)
    if changes.get("step") or "seen" not in looked.context:
        return looked
    return client.post(address, data | {"step": "post", "seen": looked.context["seen"]} | changes)


def test_the_screen_says_which_version_and_why(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel("telegram")
    shown = world.client("approver").get(reverse("loa_post", args=[page.pk])).content.decode()
    assert channel.name in shown
    assert "Tiếng Việt" in shown


def test_a_channel_without_a_version_cannot_be_ticked(world: StaffWorld) -> None:
    page = world.material()
    channel = world.channel("telegram")
    shown = world.client("approver").get(reverse("loa_post", args=[page.pk])).content.decode()
    assert f'value="{channel.pk}" disabled' in shown


def test_a_sample_reaches_rehearsal_channels_only(world: StaffWorld) -> None:
    page = world.approved(is_sample=True)
    live, rehearsal = world.channel("feed", "Thật", rehearsal=False), world.channel("feed", "Diễn tập")
    shown = world.client("approver").get(reverse("loa_post", args=[page.pk])).content.decode()
    assert f'value="{live.pk}" disabled' in shown
    assert f'value="{rehearsal.pk}" disabled' not in shown


def test_deciding_puts_deliveries_into_the_outbox(world: StaffWorld) -> None:
    page, channels = world.approved(), [world.channel("telegram"), world.channel("feed")]
    answer = decide(world, page, channels)
    posting = Posting.objects.get()
    assert answer["Location"] == reverse("loa_posting", args=[posting.pk])
    assert posting.created_by == world.users["approver"]
    assert Delivery.objects.filter(posting_item__posting=posting, state="scheduled").count() == 2
    shown = world.client("author").get(answer["Location"]).content.decode()
    assert all(channel.name in shown for channel in channels)


def test_a_second_click_posts_nothing_twice(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel("telegram")
    decide(world, page, [channel])
    decide(world, page, [channel])
    assert (Posting.objects.count(), Delivery.objects.count()) == (1, 1)


def soon() -> dt.date:
    return timezone.localdate() + dt.timedelta(days=2)


@pytest.mark.parametrize("when", ["", "at"])
def test_a_chosen_time_is_kept_as_vietnam_time(world: StaffWorld, when: str) -> None:
    page, channel = world.approved(), world.channel("telegram")
    decide(world, page, [channel], when=when, day=soon().isoformat(), clock="07:30")
    assert f"{timezone.localtime(Delivery.objects.get().due):%Y-%m-%d %H:%M}" == f"{soon():%Y-%m-%d} 07:30"


@pytest.mark.parametrize(
    ("when", "day", "clock", "field"),
    [
        ("", "", "", "when"),
        ("at", "", "", "day"),
        ("at", "2090-07-30", "", "clock"),
        ("", "", "07:30", "day"),
        ("now", "2090-07-30", "07:30", "when"),
        ("now", "", "07:30", "when"),
        ("at", "30/13/2090", "07:30", "day"),
        ("now", "mai", "", "day"),
        ("at", "2090-07-30", "25:71", "clock"),
        ("at", "2020-01-01", "07:30", "day"),
        ("at", "0001-01-01", "07:30", "day"),
    ],
)
def test_no_time_is_lost_or_guessed(world: StaffWorld, when: str, day: str, clock: str, field: str) -> None:
    form = PostingForm(
        {
            "key": "k",
            "campaign": world.campaign.pk,
            "channels": [world.channel("telegram").pk],
            "when": when,
            "day": day,
            "clock": clock,
        }
    )
    assert not form.is_valid()
    assert list(form.errors) == [field]


def test_nonsense_is_refused_by_the_screen_too(world: StaffWorld) -> None:
    answer = decide(world, world.approved(), [world.channel("telegram")], when="at", day="mai", clock="sáng")
    assert answer.status_code == 200
    assert not Posting.objects.exists()


def test_the_time_is_said_back_before_anything_is_decided(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel("telegram")
    shown = decide(world, page, [channel], when="at", day="2090-07-28", clock="07:30", step="look").content.decode()
    assert "07:30" in shown
    assert "28/7/2090" in shown
    assert "thứ sáu" in shown.lower()
    assert not Posting.objects.exists()
    again = decide(world, page, [channel], when="at", day="2090-07-28", clock="07:30", step="back").content.decode()
    assert 'value="2090-07-28"' in again
    assert not Posting.objects.exists()


def test_the_screen_shows_what_each_channel_would_be_sent(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel("telegram")
    shown = world.client("approver").get(reverse("loa_post", args=[page.pk])).content.decode()
    message = previews(page, [channel])[0].message
    decide(world, page, [channel])
    sent = Delivery.objects.get().message
    assert message is not None
    assert (message.title, message.text, len(message.link)) == (sent["title"], sent["text"], len(sent["link"]))
    assert message.text.split(".")[0] in shown


def test_what_the_gate_would_hold_is_said_before(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel("telegram")
    assert not previews(page, [channel])[0].held
    Hotline.objects.filter(number="111").delete()
    row = previews(page, [channel])[0]
    assert row.held
    shown = decide(world, page, [channel], step="look").content.decode()
    assert all(text in html.unescape(shown) for text in row.held)
    decide(world, page, [channel])
    item = PostingItem.objects.get()
    assert decide_gate([f"item:{item.pk}"])[f"item:{item.pk}"].reason == "\n".join(row.held)


def test_the_screen_costs_the_same_for_three_times_the_channels(world: StaffWorld) -> None:
    page = world.approved()
    address = reverse("loa_post", args=[page.pk])
    client = world.client("approver")
    for number in range(3):
        world.channel("telegram", f"Kênh {number}")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(3, 9):
        world.channel("telegram", f"Kênh {number}")
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)


def test_what_the_platform_would_refuse_is_said_and_nothing_is_stored(world: StaffWorld) -> None:
    page = world.material(social_text="a" * 70_000)
    # Approving refuses such a text by now; one that was approved before is what the platform has to refuse.
    approve_revision(revision=page.latest_revision, user=world.users["approver"])
    answer = decide(world, page, [world.channel("facebook", "Trang chật")])
    assert answer.status_code == 200
    assert "<li>Trang chật" in answer.content.decode()
    assert not Posting.objects.exists()
    assert not Delivery.objects.exists()


def test_posting_by_hand_is_noted_as_declared(world: StaffWorld) -> None:
    item = world.posting(world.channel("manual", "Nhóm Zalo thôn")).items.get()
    outbox.move(delivery_id=item.delivery_id, before=("scheduled",), after="sent", by="test", sent_at=timezone.now())
    client = world.client("channel_manager")
    assert "Nhóm Zalo thôn" in client.get(reverse("loa_manual")).content.decode()
    now = timezone.localtime()
    data = {"posted_at": f"{now:%d/%m/%Y %H:%M}", "link": "https://zalo.example/g/1", "declared_by": "Lò Thị Hoa"}
    assert client.post(reverse("loa_manual_declare", args=[item.pk]), data).status_code == 302
    posted = ManualPost.objects.get(item=item)
    assert (posted.declared_by, posted.link) == ("Lò Thị Hoa", "https://zalo.example/g/1")
    assert client.get(reverse("loa_manual_declare", args=[item.pk])).status_code == 404


def test_an_author_cannot_declare_a_post(world: StaffWorld) -> None:
    item = world.posting(world.channel("manual")).items.get()
    outbox.move(delivery_id=item.delivery_id, before=("scheduled",), after="sent", by="test", sent_at=timezone.now())
    now = f"{timezone.localtime():%d/%m/%Y %H:%M}"
    world.client("author").post(reverse("loa_manual_declare", args=[item.pk]), {"posted_at": now, "declared_by": "A"})
    assert not ManualPost.objects.exists()


def test_a_posting_is_recalled_from_the_screen(world: StaffWorld) -> None:
    out, waiting, hand = (
        world.channel("telegram", "Đã đăng"),
        world.channel("feed", "Đang chờ"),
        world.channel("manual"),
    )
    posting = world.posting(out, waiting, hand)
    for channel in (out, hand):
        row = Delivery.objects.get(channel=channel)
        outbox.move(delivery_id=row.pk, before=("scheduled",), after="sent", by="test", sent_at=timezone.now())
    Delivery.objects.filter(channel=out).update(external_id="7")
    address, client = reverse("loa_recall_posting", args=[posting.pk]), world.client("channel_manager")
    assert address in client.get(reverse("loa_posting", args=[posting.pk])).content.decode()
    assert client.get(address).status_code == 200
    posting.refresh_from_db()
    assert posting.withdrawn_at is None
    answer = client.post(address, {"why": ""}, follow=True)
    posting.refresh_from_db()
    assert posting.withdrawn_at is not None
    found = {group["name"]: [row.channel.name for row, _way in group["rows"]] for group in answer.context["outcomes"]}
    assert found == {"deleting": [out.name], "stopped": [waiting.name], "cannot": [hand.name]}
    assert len(answer.context["to_call"]) == 1
    assert all(line in html.unescape(answer.content.decode()) for line in answer.context["to_call"])
    assert Operation.objects.filter(delivery__channel=out, kind="delete").exists()


def test_a_content_is_recalled_everywhere(world: StaffWorld) -> None:
    page = world.approved()
    posting = world.posting(world.channel("telegram"), page=page)
    client, address = world.client("approver"), reverse("loa_recall_content", args=[page.pk])
    assert client.get(address).status_code == 200
    answer = client.post(address, {"why": "Số điện thoại sai"}, follow=True)
    page.refresh_from_db()
    posting.refresh_from_db()
    assert not page.live
    assert posting.withdrawn_at is not None
    assert not Approval.objects.filter(page=page, withdrawn_at=None).exists()
    assert page.title in answer.content.decode()
    assert client.post(address, follow=True).status_code == 200


def test_only_those_who_work_the_outbox_recall(world: StaffWorld) -> None:
    page = world.approved()
    posting = world.posting(world.channel("telegram"), page=page)
    for address in (reverse("loa_recall_posting", args=[posting.pk]), reverse("loa_recall_content", args=[page.pk])):
        assert world.client("author").post(address)["Location"] == reverse("wagtailadmin_home")
    posting.refresh_from_db()
    assert posting.withdrawn_at is None
    shown = world.client("author").get(reverse("loa_posting", args=[posting.pk])).content.decode()
    assert reverse("loa_recall_posting", args=[posting.pk]) not in shown
