"""Calls of the platforms: whoever is not the platform gets nowhere, nothing counts twice, nobody is kept."""

import asyncio
import datetime as dt
import hashlib
import hmac
import json

import pytest
import requests
from django.utils import timezone
from telegram import Bot

from publishers import webhooks
from publishers.models import Channel, Delivery, Reading, WebhookEvent
from publishers.sender import work_a_shift
from publishers.tasks import webhooks_left, work_on_webhook

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services, pytest.mark.usefixtures("open_gate")]
SECRET = "only-for-this-test_1"
PERSON = "8761239874"


@pytest.fixture
def channel_of(make_channel):
    def make(platform):
        channel = make_channel(platform)
        channel.secrets = {**channel.secrets, "webhook_secret": SECRET}
        channel.save()
        return channel

    return make


@pytest.fixture
def call(live_server):
    def post(channel, body, headers=None, method="POST", **more):
        url = f"{live_server.url}/webhook/{more.pop('platform', channel.platform)}/{more.pop('pk', channel.pk)}/"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return requests.request(method, url, data=content, headers=headers or {}, timeout=10, **more)

    return post


def telegram_update(number=1, message_id=7, total=3, chat="dientap_thu", **more):
    return {
        "update_id": number,
        "message_reaction_count": {
            "chat": {"id": -1001, "type": "channel", "username": chat},
            "message_id": message_id,
            "date": int(timezone.now().timestamp()),
            "reactions": [
                {"type": {"type": "emoji", "emoji": "❤"}, "total_count": total - 1},
                {"type": {"type": "emoji", "emoji": "🙏"}, "total_count": 1},
            ],
        },
        **more,
    }


def telegram_headers(secret=SECRET):
    return {"X-Telegram-Bot-Api-Secret-Token": secret}


def facebook_body(page="999100200300", post="999100200300_1", verb="add"):
    value = {"item": "comment", "verb": verb, "post_id": post, "from": {"id": PERSON, "name": "Người Bình Luận"}}
    change = {"field": "feed", "value": {**value, "message": "Nội dung riêng"}}
    entry = {"id": page, "time": int(timezone.now().timestamp()), "changes": [change]}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


def facebook_headers(channel, body):
    key = channel.secrets["app_secret"].encode()
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()}


def zalo_body(kind="follow", stamp=None, **more):
    stamp = stamp or str(int(timezone.now().timestamp() * 1000))
    told = {"app_id": "999777", "oa_id": "999400500600", "event_name": kind, "timestamp": stamp}
    return json.dumps({**told, "follower": {"id": PERSON}, **more}).encode()


def zalo_headers(body, secret=SECRET, prefix="mac="):
    stamp = json.loads(body)["timestamp"]
    mac = hashlib.sha256(b"999777" + body + stamp.encode() + secret.encode()).hexdigest()
    return {"X-ZEvent-Signature": prefix + mac}


def sent(channel, deliver, external_id):
    delivery = deliver(channel)
    Delivery.objects.filter(pk=delivery.pk).update(state="sent", external_id=external_id, sent_at=timezone.now())
    return delivery


def work_off():
    return work_on_webhook(list(WebhookEvent.objects.filter(done_at=None).values_list("pk", flat=True)))


def test_a_reaction_on_telegram_becomes_a_reading(channel_of, call, deliver):
    channel = channel_of("telegram")
    delivery = sent(channel, deliver, "6,7")
    assert call(channel, telegram_update(), telegram_headers()).status_code == 200
    assert not Reading.objects.exists(), "answered first, worked on later"
    assert work_off() == 1
    reading = Reading.objects.get()
    assert (reading.delivery_id, reading.metric, reading.value) == (delivery.pk, "reactions", 3)
    assert abs(reading.read_at - timezone.now()) < dt.timedelta(seconds=30)


def test_the_sandbox_itself_calls_and_is_understood(channel_of, live_server, deliver, sandbox):
    """setWebhook, a post, and the platform's own push, over real sockets from end to end."""
    channel = channel_of("telegram")
    delivery = deliver(channel)

    async def set_webhook():
        base = f"{sandbox.url}/telegram/bot"
        async with Bot(channel.secrets["token"], base_url=base) as bot:
            url = f"{live_server.url}/webhook/telegram/{channel.pk}/"
            await bot.set_webhook(url, secret_token=SECRET, allowed_updates=["message_reaction_count"])

    asyncio.run(set_webhook())
    work_a_shift(3)
    until = timezone.now() + dt.timedelta(seconds=40)
    while not WebhookEvent.objects.exists() and timezone.now() < until:
        work_a_shift(1)
        asyncio.run(asyncio.sleep(0.5))
    work_off()
    reading = Reading.objects.get(delivery=delivery)
    assert (reading.metric, reading.value >= 1) == ("reactions", True)


@pytest.mark.parametrize(
    "headers", [{}, telegram_headers(""), telegram_headers("wrong"), telegram_headers(SECRET[:-1])]
)
def test_who_does_not_know_the_secret_gets_what_nobody_gets(headers, channel_of, call):
    channel = channel_of("telegram")
    refused = call(channel, telegram_update(), headers)
    nobody = call(channel, telegram_update(), telegram_headers(), pk=channel.pk + 1000)
    assert (refused.status_code, refused.content) == (nobody.status_code, nobody.content) == (404, b"")
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("platform", ["telegram", "facebook", "zalo", "feed", "khong-co"])
def test_without_a_stored_secret_nobody_is_recognised(platform, make_channel, call):
    channel = make_channel(platform if platform != "khong-co" else "feed")
    body = zalo_body()
    headers = {**telegram_headers(""), **zalo_headers(body, secret=""), "X-Hub-Signature-256": "sha256="}
    assert call(channel, body, headers, platform=platform).status_code == 404


def test_a_channel_is_only_known_under_its_own_platform(channel_of, call):
    channel = channel_of("telegram")
    assert call(channel, telegram_update(), telegram_headers(), platform="zalo").status_code == 404


def test_a_repeated_call_counts_once(channel_of, call, deliver):
    channel = channel_of("telegram")
    sent(channel, deliver, "7")
    update = telegram_update()
    for _ in range(3):
        assert call(channel, update, telegram_headers()).status_code == 200
    assert work_off() == 1
    assert call(channel, update, telegram_headers()).status_code == 200
    assert (work_off(), Reading.objects.count()) == (0, 1)


def test_an_event_is_worked_on_once_however_often_its_task_runs(channel_of, call, deliver):
    channel = channel_of("telegram")
    sent(channel, deliver, "7")
    call(channel, telegram_update(), telegram_headers())
    ids = list(WebhookEvent.objects.values_list("pk", flat=True))
    assert [work_on_webhook(ids) for _ in range(3)] == [1, 0, 0]


def test_what_a_lost_task_left_is_taken_up_by_beat(channel_of, call, deliver):
    channel = channel_of("telegram")
    sent(channel, deliver, "7")
    call(channel, telegram_update(), telegram_headers())
    assert webhooks_left() == 0
    WebhookEvent.objects.update(received_at=timezone.now() - dt.timedelta(minutes=10))
    assert webhooks_left() == 1


def test_other_updates_and_other_channels_of_the_bot_are_dropped(channel_of, call):
    channel = channel_of("telegram")
    person = {"update_id": 5, "message": {"from": {"id": int(PERSON)}, "text": "Tôi cần giúp"}}
    assert call(channel, person, telegram_headers()).status_code == 200
    assert call(channel, telegram_update(chat="dientap_khac"), telegram_headers()).status_code == 200
    assert not WebhookEvent.objects.exists()


def test_a_reaction_to_a_post_that_is_not_ours_makes_no_reading(channel_of, call, deliver):
    channel = channel_of("telegram")
    sent(channel, deliver, "77,78")
    call(channel, telegram_update(message_id=7), telegram_headers())
    assert (work_off(), Reading.objects.count()) == (0, 0)


def test_facebooks_handshake(channel_of, call):
    channel = channel_of("facebook")

    def ask(**changed):
        query = {"hub.mode": "subscribe", "hub.verify_token": SECRET, "hub.challenge": "1158201444", **changed}
        return call(channel, b"", method="GET", params=query)

    assert ask().text == "1158201444"
    assert ask().headers["Content-Type"].startswith("text/plain")
    for changed in ({"hub.verify_token": "x"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}):
        assert ask(**changed).status_code == 404


def test_a_change_on_the_page_has_the_post_read(channel_of, call, deliver, sandbox):
    channel = channel_of("facebook")
    delivery = deliver(channel, link="https://loa.example/l/abc")
    work_a_shift(4)
    delivery.refresh_from_db()
    body = facebook_body(post=delivery.external_id)
    assert call(channel, body, facebook_headers(channel, body)).status_code == 200
    assert work_off() >= 1
    assert "views" in set(Reading.objects.filter(delivery=delivery).values_list("metric", flat=True))
    before = Reading.objects.count()
    more = facebook_body(post=delivery.external_id, verb="edited")
    call(channel, more, facebook_headers(channel, more))
    assert (work_off(), Reading.objects.count()) == (0, before), "asked at most once a minute"


def test_facebooks_signature_is_over_the_raw_body(channel_of, call):
    channel = channel_of("facebook")
    body = facebook_body()
    good = facebook_headers(channel, body)
    assert call(channel, body + b" ", good).status_code == 404
    assert call(channel, body.replace(b"add", b"hid"), good).status_code == 404
    assert call(channel, body, {"X-Hub-Signature-256": "sha256=" + "0" * 64}).status_code == 404
    assert call(channel, body, {"X-Hub-Signature-256": "sha256=à".encode()}).status_code == 404
    assert call(channel, body, good).status_code == 200


def test_another_page_of_the_app_is_not_ours(channel_of, call):
    channel = channel_of("facebook")
    body = facebook_body(page="999000111")
    assert call(channel, body, facebook_headers(channel, body)).status_code == 200
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("prefix", ["mac=", ""])
def test_a_follower_of_zalo_is_counted_and_not_known(prefix, channel_of, call):
    channel = channel_of("zalo")
    for kind in ("follow", "unfollow", "user_send_text"):
        body = zalo_body(kind, message={"text": "Tôi cần giúp"})
        assert call(channel, body, zalo_headers(body, prefix=prefix)).status_code == 200
    assert sorted(WebhookEvent.objects.values_list("kind", flat=True)) == ["follow", "unfollow"]
    assert work_off() == 0
    assert not WebhookEvent.objects.filter(done_at=None).exists()


def test_zalos_repetition_is_known_by_what_it_tells(channel_of, call):
    channel = channel_of("zalo")
    for retry in range(3):
        body = zalo_body(stamp="1795000000000", num_retry=retry)
        assert call(channel, body, zalo_headers(body)).status_code == 200
    assert WebhookEvent.objects.count() == 1


def test_zalos_signature(channel_of, call):
    channel = channel_of("zalo")
    body = zalo_body()
    assert call(channel, body, zalo_headers(body, secret="x")).status_code == 404
    assert call(channel, body.replace(b'"follow"', b'"unfollow"'), zalo_headers(body)).status_code == 404
    assert call(channel, zalo_body(stamp="1"), zalo_headers(body)).status_code == 404
    assert call(channel, body).status_code == 404
    assert call(channel, body, zalo_headers(body)).status_code == 200


def test_nothing_stored_names_a_person(channel_of, call):
    facebook, zalo = channel_of("facebook"), channel_of("zalo")
    body = facebook_body()
    call(facebook, body, facebook_headers(facebook, body))
    told = zalo_body()
    call(zalo, told, zalo_headers(told))
    assert WebhookEvent.objects.count() == 2
    stored = json.dumps(list(WebhookEvent.objects.values("kind", "digest", "data")), ensure_ascii=False)
    assert PERSON not in stored
    assert "Người Bình Luận" not in stored
    assert "Nội dung riêng" not in stored
    key = f"follow:{json.loads(told)['timestamp']}:{PERSON}"
    guesses = {hashlib.sha256(text.encode()).hexdigest() for text in (key, f"{zalo.pk}:{key}")}
    assert not guesses & set(WebhookEvent.objects.values_list("digest", flat=True)), "the digest is keyed"


FAR_AWAY = {"chat": {"username": "dientap_thu"}, "message_id": 1, "date": 10**30, "reactions": []}


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"[]", b'"x"', b"null", b"{}\xff", b'{"update_id": "x", "message_reaction_count": {}}'),
        *(json.dumps(telegram_update(message_id=broken)).encode() for broken in ("x", None, {})),
        json.dumps({"update_id": 1, "message_reaction_count": FAR_AWAY}).encode(),
    ],
)
def test_rubbish_with_the_right_secret_is_refused(body, channel_of, call):
    assert call(channel_of("telegram"), body, telegram_headers()).status_code == 400
    assert not WebhookEvent.objects.exists()


def test_what_is_too_large_is_refused(channel_of, call):
    channel = channel_of("telegram")
    update = json.dumps(telegram_update()).encode()
    fits = update + b" " * (webhooks.MAX_BODY - len(update))
    assert call(channel, fits + b" ", telegram_headers()).status_code == 413
    assert not WebhookEvent.objects.exists()
    assert call(channel, fits, telegram_headers()).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(method, channel_of, call):
    channel = channel_of("telegram")
    assert call(channel, telegram_update(), telegram_headers(), method=method).status_code == 404


def test_the_empty_trial_call_gets_the_same_answer_everywhere(channel_of, call):
    channel = channel_of("zalo")
    assert call(channel, b"").status_code == 200
    assert call(channel, b"", pk=channel.pk + 1000).status_code == 200
    assert not WebhookEvent.objects.exists()


def test_a_webhook_secret_is_neither_live_nor_rehearsal(make_channel):
    channel = make_channel("zalo")
    channel.secrets = {**channel.secrets, "webhook_secret": SECRET}
    channel.save()
    assert Channel.objects.get().secrets["webhook_secret"] == SECRET


def test_a_secret_that_opens_something_still_has_to_be_the_sandboxs(make_channel):
    from django.core.exceptions import ValidationError

    channel = make_channel("zalo")
    channel.secrets = {**channel.secrets, "access_token": "a-live-token"}
    with pytest.raises(ValidationError):
        channel.save()
