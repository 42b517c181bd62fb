"""Deciding a posting: which version each channel gets, why, and that a second click does no harm."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import ManualPost, Posting
from publishers import outbox
from publishers.models import Delivery
from tests.campaigns.staff_world import StaffWorld, world

__all__ = ["world"]


def decide(world: StaffWorld, page: Any, channels: list[Any], **changes: Any) -> Any:
    data = {"key": "staff-thu", "campaign": world.campaign.pk, "channels": [c.pk for c in channels], "at_once": "on"}
    return world.client("channel_manager").post(reverse("loa_post", args=[page.pk]), data | changes)


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
    assert posting.created_by == world.users["channel_manager"]
    assert Delivery.objects.filter(posting_item__posting=posting, state="scheduled").count() == 2
    shown = world.client("author").get(answer["Location"]).content.decode()
    assert all(channel.name in shown for channel in channels)


def test_a_second_click_posts_nothing_twice(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel("telegram")
    decide(world, page, [channel])
    decide(world, page, [channel])
    assert (Posting.objects.count(), Delivery.objects.count()) == (1, 1)


def test_a_chosen_time_is_kept_as_vietnam_time(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel("telegram")
    day = timezone.localdate() + dt.timedelta(days=2)
    decide(world, page, [channel], at_once="", due=f"{day:%d/%m/%Y} 07:30")
    assert f"{timezone.localtime(Delivery.objects.get().due):%d/%m/%Y %H:%M}" == f"{day:%d/%m/%Y} 07:30"


@pytest.mark.parametrize("due", ["", "01/01/2020 07:30"])
def test_a_missing_or_past_time_is_refused(world: StaffWorld, due: str) -> None:
    answer = decide(world, world.approved(), [world.channel("telegram")], at_once="", due=due)
    assert answer.status_code == 200
    assert not Posting.objects.exists()


def test_what_the_platform_would_refuse_is_said_and_nothing_is_stored(world: StaffWorld) -> None:
    page = world.approved(social_text="a" * 70_000)
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
