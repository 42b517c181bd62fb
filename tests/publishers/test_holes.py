"""Holes that an attacker found, each closed and kept closed."""

import http.server
import threading

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from publishers import health, outbox
from publishers.checks import sandbox_is_ours
from publishers.message import Attachment, Message
from publishers.models import Channel, Delivery, Operation
from publishers.recall import recall_delivery
from publishers.sender import work_a_shift


class _Proxy(http.server.BaseHTTPRequestHandler):
    seen: list[str] = []

    def do_GET(self):
        self.seen.append(self.path)
        self.send_error(502)

    do_POST = do_CONNECT = do_GET

    def log_message(self, *args):
        pass


@pytest.mark.parametrize("platform", ["telegram", "facebook", "manual"])
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("open_gate")
def test_a_rehearsal_goes_through_no_proxy_of_the_environment(platform, make_channel, deliver, posts, monkeypatch):
    _Proxy.seen = []
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    delivery = deliver(make_channel(platform))
    work_a_shift(4)
    health.check(delivery.channel)
    proxy.shutdown()
    delivery.refresh_from_db()
    assert _Proxy.seen == []
    assert (delivery.state, len(posts())) == ("sent", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("open_gate")
def test_a_missing_picture_fails_before_anything_leaves(make_channel, deliver, posts):
    delivery = deliver(make_channel(), images=(Attachment("images/khong-co.jpg"),))
    work_a_shift(3)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code, posts()) == ("failed", "missing-file", [])


def unknown(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(state="unknown")
    Operation.objects.update(state="unknown")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("platform", "link", "number"),
    [
        ("telegram", "https://t.me/dientap_thu/77", "77"),
        ("facebook", "https://www.facebook.com/x/posts/55", "999100200300_55"),
        ("facebook", "https://www.facebook.com/999100200300_56", "999100200300_56"),
        ("telegram", "https://t.me/dientap_thu", ""),
    ],
)
def test_a_confirmed_post_can_be_recalled_or_says_that_it_cannot(platform, link, number, make_channel, deliver):
    delivery = deliver(make_channel(platform))
    unknown(delivery)
    assert outbox.confirm_sent(delivery_id=delivery.pk, by="nhân viên", permalink=link)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.external_id) == ("sent", number)
    done = recall_delivery(delivery_id=delivery.pk, by="trực ban")
    assert done.outcome == ("deleting" if number else "cannot")
    assert Operation.objects.filter(kind="delete").exists() == bool(number)


@pytest.mark.django_db
def test_what_is_being_recalled_is_not_sent_again(make_channel, deliver):
    delivery = deliver(make_channel("facebook"))
    unknown(delivery)
    assert recall_delivery(delivery_id=delivery.pk, by="trực ban").outcome == "deleting"
    assert not outbox.resend(delivery_id=delivery.pk, by="nhân viên")


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "operation"), [("sent", "done"), ("unknown", "unknown"), ("withdrawn", "done")])
def test_cancelling_what_has_left_changes_nothing(state, operation, make_channel, deliver):
    delivery = deliver(make_channel())
    Delivery.objects.update(state=state)
    Operation.objects.update(state=operation)
    assert not outbox.cancel(delivery_id=delivery.pk, by="ai đó")
    assert (Delivery.objects.get().state, Operation.objects.get().state) == (state, operation)


def test_a_message_holds_no_control_characters():
    message = Message(text="một\x0bhai\x00ba\ufffe", title="a\x07b", summary="c\r\nd")
    assert (message.text, message.title, message.summary) == ("một\nhaiba", "ab", "c\nd")
    assert Message.from_json(message.as_json()) == message


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("platform", "options"),
    [
        ("feed", {"slug": "../../x"}),
        ("feed", {"slug": "a/b"}),
        ("feed", {"slug": "<script>"}),
        ("telegram", {"chat_id": "@x/../y"}),
        ("facebook", {"page_id": "999/../me"}),
    ],
)
def test_an_option_is_no_path(platform, options, make_channel):
    good = make_channel(platform)
    good.options = {**good.options, **options}
    with pytest.raises(ValidationError):
        good.save()


@pytest.mark.django_db
def test_two_feeds_have_two_addresses(make_channel):
    make_channel("feed", "Nguồn một")
    with pytest.raises(ValidationError):
        make_channel("feed", "Nguồn hai")
    live = Channel(platform="feed", name="Nguồn thật", options={"slug": "thu"}, form="website")
    live.save()


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://api.telegram.org", "publishers.E001"),
        ("https://sandbox.example.org", "publishers.W001"),
        ("http://127.0.0.1:8765", None),
        ("http://10.0.0.5:8765", None),
    ],
)
def test_the_sandbox_is_no_live_platform(address, found, settings):
    settings.LOA_SANDBOX_URL = address
    assert [one.id for one in sandbox_is_ours(None)] == ([found] if found else [])


@pytest.mark.django_db
def test_a_held_delivery_can_still_be_cancelled(make_channel, deliver):
    delivery = deliver(make_channel(), due=timezone.now())
    Delivery.objects.update(state="held")
    Operation.objects.update(state="held")
    assert outbox.cancel(delivery_id=delivery.pk, by="ai đó")
    assert Delivery.objects.get().state == "cancelled"
