"""The outbox screen: state and reason in words, filters, constant cost, and buttons that act."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.admin.delivery_words import shown_piece
from publishers import health, outbox, registry
from publishers.models import Delivery, Operation, Transition
from tests.campaigns.staff_world import SECRET, StaffWorld, world

__all__ = ["world"]


@pytest.fixture
def delivery(world: StaffWorld) -> Delivery:
    item = world.posting(world.channel("telegram")).items.get()
    assert item.delivery is not None
    return item.delivery


def moved(delivery: Delivery, after: str, code: str = "", reason: str = "") -> None:
    assert outbox.move(
        delivery_id=delivery.pk, before=(delivery.state,), after=after, by="test", error_code=code, reason=reason
    )
    delivery.refresh_from_db()


def press(world: StaffWorld, delivery: Delivery, action: str, role: str = "channel_manager", **data: str) -> Any:
    return world.client(role).post(reverse("loa_delivery_action", args=[delivery.pk, action]), data)


def test_the_list_says_state_and_reason_in_words(world: StaffWorld, delivery: Delivery) -> None:
    moved(delivery, "unknown", "timeout", "no answer after 20 s")
    page = world.client("author").get(reverse("loa_outbox")).content.decode()
    words = registry.get("telegram").explain("timeout")
    assert str(words.cause) in page
    assert str(words.cure).split("“")[0] in page
    assert delivery.get_state_display() in page
    assert "timeout" not in page.split("listing-results")[1]
    assert delivery.message["title"] in page


def test_rehearsal_is_marked(world: StaffWorld, delivery: Delivery) -> None:
    page = world.client("author").get(reverse("loa_outbox"), {"rehearsal": "true"}).content.decode()
    assert "loa-rehearsal" in page
    live = world.client("author").get(reverse("loa_outbox"), {"rehearsal": "false"}).content.decode()
    assert delivery.message["title"] not in live


def test_filters_narrow_the_list(world: StaffWorld, delivery: Delivery) -> None:
    client = world.client("author")
    title = delivery.message["title"]
    day = timezone.localdate(delivery.due)
    shows: list[dict[str, Any]] = [
        {"state": "scheduled"},
        {"channel__platform": "telegram"},
        {"channel": delivery.channel_id},
        {"campaign": world.campaign.pk},
        {"due_from": day.isoformat(), "due_to": day.isoformat()},
    ]
    hides: list[dict[str, Any]] = [
        {"state": "sent"},
        {"channel__platform": "feed"},
        {"due_from": (day + dt.timedelta(days=1)).isoformat()},
    ]
    for query in shows:
        assert title in client.get(reverse("loa_outbox_results"), query).content.decode(), query
    for query in hides:
        assert title not in client.get(reverse("loa_outbox_results"), query).content.decode(), query


def test_the_list_costs_the_same_for_three_times_the_rows(world: StaffWorld) -> None:
    page = world.approved()
    channels = [world.channel("feed", f"Kênh {number}") for number in range(9)]
    world.posting(*channels[:3], page=page)
    client = world.client("channel_manager")
    client.get(reverse("loa_outbox_results"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("loa_outbox_results"))
    world.posting(*channels[3:], page=page)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("loa_outbox_results"))
    assert Delivery.objects.count() == 9
    assert len(many) == len(few)


def test_the_detail_shows_message_and_history_and_no_secret(world: StaffWorld, delivery: Delivery) -> None:
    moved(delivery, "held", "overdue")
    page = world.client("author").get(reverse("loa_delivery", args=[delivery.pk])).content.decode()
    assert delivery.message["text"].split(".")[0] in page
    assert Transition.objects.filter(delivery=delivery).count() == 2
    assert delivery.channel.secrets["token"] not in page
    assert SECRET not in page


def test_a_button_asks_before_it_acts(world: StaffWorld, delivery: Delivery) -> None:
    address = reverse("loa_delivery_action", args=[delivery.pk, "cancel"])
    asked = world.client("channel_manager").get(address)
    assert asked.status_code == 200
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"
    press(world, delivery, "cancel", why="Sai ngày")
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"
    last = Transition.objects.filter(delivery=delivery).latest("pk")
    assert (last.by, last.why) == ("channel_manager", "Sai ngày")


def test_cancelling_needs_a_reason(world: StaffWorld, delivery: Delivery) -> None:
    assert press(world, delivery, "cancel").status_code == 200
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"


def test_a_held_delivery_is_sent_now(world: StaffWorld, delivery: Delivery) -> None:
    moved(delivery, "held", "overdue")
    press(world, delivery, "release")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == ("scheduled", "")


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_failed_or_unknown_delivery_is_sent_again(world: StaffWorld, delivery: Delivery, state: str) -> None:
    moved(delivery, state, "timeout")
    press(world, delivery, "resend")
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"
    assert Operation.objects.get(delivery=delivery).state == "ready"


def test_an_unknown_delivery_that_is_there_is_noted_with_its_link(world: StaffWorld, delivery: Delivery) -> None:
    moved(delivery, "unknown", "timeout")
    press(world, delivery, "confirm", permalink="https://t.me/dientap_thu/7")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.permalink) == ("sent", "https://t.me/dientap_thu/7")


def test_recalling_a_sent_delivery_asks_the_platform_to_delete_it(world: StaffWorld, delivery: Delivery) -> None:
    moved(delivery, "sent")
    press(world, delivery, "recall", role="approver", why="Số điện thoại sai")
    assert Operation.objects.filter(delivery=delivery, kind="delete").count() == 1
    page = world.client("author").get(reverse("loa_outbox_results")).content.decode()
    assert "Đang thu hồi" in page or "Being recalled" in page


def test_a_button_that_no_longer_fits_changes_nothing(world: StaffWorld, delivery: Delivery) -> None:
    moved(delivery, "sent")
    response = world.client("channel_manager").get(reverse("loa_delivery_action", args=[delivery.pk, "resend"]))
    assert response.status_code == 302
    press(world, delivery, "resend")
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_an_unknown_button_is_not_found(world: StaffWorld, delivery: Delivery) -> None:
    client = world.client("channel_manager")
    assert client.get(reverse("loa_delivery_action", args=[delivery.pk, "explode"])).status_code == 404


def test_stopping_and_lifting_everything(world: StaffWorld, delivery: Delivery) -> None:
    client = world.client("approver")
    assert client.post(reverse("loa_stop", args=["all"]), {"why": ""}).status_code == 200
    client.post(reverse("loa_stop", args=["all"]), {"why": "Có tin sai"})
    page = world.client("author").get(reverse("loa_stops")).content.decode()
    assert "Có tin sai" in page
    moved(delivery, "held", "stopped")
    client.post(reverse("loa_stop_lift", args=["all"]))
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"


def test_one_channel_and_one_campaign_have_switches(world: StaffWorld, delivery: Delivery) -> None:
    page = world.client("approver").get(reverse("loa_stops")).content.decode()
    assert reverse("loa_stop", args=[delivery.channel.stop_key]) in page
    assert reverse("loa_stop", args=[world.campaign.stop_key]) in page
    assert world.client("approver").get(reverse("loa_stop", args=["channel:999999"])).status_code == 404


def test_a_silent_sender_is_shown(world: StaffWorld) -> None:
    client = world.client("author")
    assert "loa-silent" in client.get(reverse("loa_outbox")).content.decode()
    health.beat("sender")
    assert "loa-silent" not in client.get(reverse("loa_outbox")).content.decode()


@pytest.mark.parametrize(
    ("piece", "shown"),
    [
        ("<b>Đậm</b> &amp; thường", "<b>Đậm</b> &amp; thường"),
        ("<b><i>cả hai</i></b>", "<b><i>cả hai</i></b>"),
        ("1 < 2 và 3 > 2", "1 &lt; 2 và 3 &gt; 2"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('<b onclick="x()">a</b>', "&lt;b onclick=&quot;x()&quot;&gt;a&lt;/b&gt;"),
        ('<a href="javascript:x()">a</a>', "&lt;a href=&quot;javascript:x()&quot;&gt;a&lt;/a&gt;"),
        ("<b>không đóng", "&lt;b&gt;không đóng"),
    ],
)
def test_a_message_is_shown_with_its_marks_and_nothing_else(piece: str, shown: str) -> None:
    assert shown_piece(piece) == shown
