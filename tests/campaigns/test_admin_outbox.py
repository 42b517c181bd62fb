"""The outbox screen: state and reason in words, filters, constant cost, and buttons that act."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import gate, manual_posts
from campaigns.admin.delivery_words import HANDED_OVER, shown_piece, state_words
from campaigns.admin.stops import DEFAULT_REASON
from campaigns.models import Hotline
from campaigns.reference import load_reference
from publishers import health, outbox, registry
from publishers.models import Delivery, DeliveryState, Operation, Stop, Transition
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
    Delivery.objects.update(external_id="7")
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
    assert "value" not in client.get(reverse("loa_stop", args=["all"])).context["form"].errors
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


def test_the_stop_needs_no_typing(world: StaffWorld) -> None:
    client, address = world.client("approver"), reverse("loa_stop", args=["all"])
    assert address in client.get(reverse("wagtailadmin_home")).content.decode()
    assert address not in world.client("author").get(reverse("wagtailadmin_home")).content.decode()
    client.post(address, {"why": ""})
    assert Stop.objects.get(key="all").reason == str(DEFAULT_REASON)


@pytest.fixture
def held(world: StaffWorld, delivery: Delivery) -> Delivery:
    """The hotline that the text names has gone from the directory, so the gate holds it."""
    Hotline.objects.filter(number="111").delete()
    reason = gate.decide([delivery.reference])[delivery.reference].reason
    moved(delivery, "held", "gate", reason)
    return delivery


def test_what_only_a_new_text_cures_is_not_offered_to_be_sent(world: StaffWorld, held: Delivery) -> None:
    client, address = world.client("channel_manager"), reverse("loa_delivery", args=[held.pk])
    release = reverse("loa_delivery_action", args=[held.pk, "release"])
    for screen in (address, reverse("wagtailadmin_home")):
        shown = client.get(screen).content.decode()
        assert reverse("loa_delivery_content", args=[held.pk]) in shown, screen
        assert release not in shown, screen
    shown = client.get(address).content.decode()
    assert reverse("loa_delivery_action", args=[held.pk, "replace"]) in shown
    press(world, held, "release")
    held.refresh_from_db()
    assert held.state == "held"


def test_it_is_offered_again_when_the_gate_has_changed_its_mind(world: StaffWorld, held: Delivery) -> None:
    load_reference()
    release = reverse("loa_delivery_action", args=[held.pk, "release"])
    assert release in world.client("channel_manager").get(reverse("loa_delivery", args=[held.pk])).content.decode()
    press(world, held, "release")
    held.refresh_from_db()
    assert held.state == "scheduled"


def test_cancelling_to_post_anew_opens_the_posting_screen(world: StaffWorld, held: Delivery) -> None:
    answer = press(world, held, "replace")
    held.refresh_from_db()
    assert held.state == "cancelled"
    assert answer["Location"] == reverse("loa_post", args=[held.posting_item.posting.page_id])


def test_the_content_opens_for_who_may_write_and_is_read_by_others(world: StaffWorld, held: Delivery) -> None:
    page, address = held.posting_item.posting.page, reverse("loa_delivery_content", args=[held.pk])
    assert page is not None
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert world.client("author").get(address)["Location"] == edit
    assert world.client("report_signer").get(address)["Location"] == page.full_url


def test_what_was_handed_over_is_not_called_sent(world: StaffWorld) -> None:
    item = world.posting(world.channel("manual", "Nhóm Zalo")).items.get()
    assert item.delivery_id is not None
    outbox.move(delivery_id=item.delivery_id, before=("scheduled",), after="sent", by="test", sent_at=timezone.now())
    Delivery.objects.update(due=timezone.now())
    client = world.client("channel_manager")
    screens = [
        reverse("loa_outbox"),
        reverse("loa_delivery", args=[item.delivery_id]),
        reverse("loa_posting", args=[item.posting_id]),
        reverse("wagtailadmin_home"),
    ]
    waiting, posted = (str(words[0]) for words in HANDED_OVER["manual"])
    for screen in screens:
        assert waiting in client.get(screen).content.decode(), screen
    manual_posts.record(item=item, declared_by="Lò Thị Hoa")
    for screen in screens:
        shown = client.get(screen).content.decode()
        assert posted in shown, screen
        assert waiting not in shown, screen


def test_a_programme_counts_as_played_only_when_somebody_says_so() -> None:
    waiting, played = (state_words("sent", "loudspeaker", done_by_people=done) for done in (False, True))
    assert waiting[0] != played[0]
    assert state_words("sent", "telegram", done_by_people=False)[0] == DeliveryState.SENT.label


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
