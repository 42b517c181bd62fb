"""What has happened to others, replayed (their threads are named): nothing twice, nothing late, nothing silent."""

import datetime as dt
import json
import os
import subprocess
import sys
import time

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from publishers import gate, health, outbox, polling, readings
from publishers.models import Attempt, Channel, Delivery, Operation
from publishers.platform import Step
from publishers.registry import get
from publishers.sandbox import credentials
from publishers.sender import work_a_shift
from publishers.tasks import clear_up, refresh_tokens
from publishers.turn import quiet_until
from tests.publishers.files import picture, video
from tests.publishers.live import live, platforms, states

__all__ = ["live", "platforms"]


def lose_answers(platforms, ending):
    def lose(asked, answer):
        if asked.path.endswith(ending) and asked.method == "POST":
            answer.lost = True
        return answer

    platforms.mishap = lose


@pytest.mark.parametrize("files", [{}, {"images": 1}, {"images": 2}])
def test_delivered_although_timed_out(files, live, platforms):
    """python-telegram-bot#1045, #4071, #3937: Telegram posts it, the answer never comes, a retry doubles it."""
    live.deliver(live.channel("telegram"), images=tuple(picture(f"a{n}") for n in range(files.get("images", 0))))
    lose_answers(platforms, ("sendMessage", "sendPhoto", "sendMediaGroup"))
    live.work()
    platforms.mishap = None
    for _shift in range(3):
        Operation.objects.update(next_try=timezone.now())
        work_a_shift(1)
    assert (states(), Attempt.objects.count(), platforms.broken) == (["unknown"], 1, [])
    assert len(platforms.telegram.posts) == max(1, files.get("images", 0))
    assert get("telegram").explain(Delivery.objects.get().error_code).cure
    assert outbox.confirm_sent(delivery_id=Delivery.objects.get().pk, by="test", permalink="https://t.me/kenh_that/1")
    assert Delivery.objects.get().external_id == "1"


def test_http_500_code_2_and_published(live, platforms):
    """koala#699: Facebook answers 500 with code 2 and publishes all the same: seven copies."""

    def fail(asked, answer):
        if asked.path.endswith("/feed"):
            error = {"message": "Service temporarily unavailable", "code": 2, "is_transient": True}
            answer.status, answer.body = 500, {"error": error}
        return answer

    live.deliver(live.channel("facebook"))
    platforms.mishap = fail
    live.work()
    assert (states(), len(platforms.facebook.posts)) == (["unknown"], 1)
    for _look in range(3):
        Operation.objects.update(next_try=timezone.now())
        clear_up()
    live.work()
    assert (states(), len(platforms.facebook.posts), platforms.broken) == (["sent"], 1, [])


@pytest.mark.parametrize("platform", ["telegram", "facebook", "zalo"])
def test_two_posts_in_the_same_minute(platform, live, platforms):
    """trypost#178: of two posts in the same minute one was sent."""
    channel, due = live.channel(platform), timezone.now()
    for _post in range(2):
        live.deliver(channel, due=due)
    live.work()
    assert (states(), platforms.broken) == (["sent", "sent"], [])


def test_two_beats(platforms, tmp_path):
    """Socioboard-5.0#335: two crons, everything twice. Here they are two processes on one database.

    They know the platforms' addresses from the environment alone, as an installation does.
    """
    env = {
        **os.environ,
        **platforms.urls,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'outbox.sqlite3'}",
        "LOA_VAR_DIR": str(tmp_path / "var"),
        "SECRET_KEY": "only for this test",
        "SITE_URL": "https://loa.example",
        "ZALO_NIGHT": "00:00-00:00",
        "LOG_LEVEL": "ERROR",
    }

    def start(*args):
        command = [sys.executable, "-m", "tests.publishers.live_beats", *args]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)

    assert start("prepare", json.dumps(secrets_of(platforms))).wait(60) == 0
    beats = [start("beat", "6"), start("beat", "6")]
    assert [beat.wait(60) for beat in beats] == [0, 0]
    shown, _ = start("show").communicate(timeout=60)
    assert json.loads(shown) == {"states": ["sent"] * 10, "outcomes": ["ok"]}
    assert (len(platforms.facebook.posts), len(platforms.zalo.articles), platforms.broken) == (5, 5, [])


def secrets_of(platforms):
    facebook, zalo = platforms.facebook, platforms.zalo
    pair = {"access_token": zalo.access, "refresh_token": zalo.refresh, "app_secret": zalo.secret}
    return {
        "facebook": [{"page_id": facebook.page}, {"token": facebook.token, "app_secret": facebook.secret}],
        "zalo": [{"oa_id": zalo.oa, "app_id": zalo.app}, pair],
    }


def test_a_three_day_outage_across_30_july(live, platforms):
    """postiz posts however late; here nothing overdue is blurted out, and nothing is lost from sight."""
    channel, now = live.channel("facebook"), timezone.now()
    ages = {"held": (72, 49, 48, 24, 5, 2.1), "sent": (1.5, 0.1), "scheduled": (-1, -24)}
    wanted = []
    for state, hours in ages.items():
        for age in hours:
            live.deliver(channel, due=now - dt.timedelta(hours=age))
            wanted.append(state)
    for _shift in range(4):
        work_a_shift(2)
    assert (states(), len(platforms.facebook.posts), platforms.broken) == (wanted, 2, [])
    held = Delivery.objects.filter(state="held")
    assert set(held.values_list("error_code", flat=True)) == {"overdue"}
    assert not Attempt.objects.filter(operation__delivery__in=held).exists()
    assert outbox.release(delivery_id=held.first().pk, by="test")
    live.work(3)
    assert len(platforms.facebook.posts) == 3


def test_a_token_that_expires_between_two_posts_is_renewed(live, platforms):
    channel = live.channel("zalo")
    live.deliver(channel)
    live.work()
    platforms.zalo.expired = True
    live.deliver(channel)
    live.work()
    assert (states(), platforms.zalo.serial, platforms.broken) == (["sent", "sent"], 1, [])


def test_a_token_that_dies_between_two_posts_is_said_with_its_cure(live, platforms):
    """postiz-app#1881: the channel looks healthy, each post ends in "Unknown Error"."""
    channel = live.channel("facebook")
    live.deliver(channel)
    live.work()
    platforms.facebook.dead.add(platforms.facebook.token)
    live.deliver(channel)
    live.work()
    assert (states(), len(platforms.facebook.posts)) == (["sent", "failed"], 1)
    words = get("facebook").explain("bad-token")
    assert get("facebook").explain(Delivery.objects.latest("pk").error_code) is words
    assert health.check_needed_soon() == 0, "nothing is due any more"
    live.deliver(channel, due=timezone.now() + dt.timedelta(hours=70))
    assert health.check_needed_soon() == 1
    assert Channel.objects.get().check_report["problems"] == [words.words]


class TestAHostInAnotherZone:
    """wagtail#4890, postiz-app#1145: whose midnight is it?"""

    @pytest.fixture(params=["America/New_York", "Pacific/Kiritimati"])
    def zone(self, request, monkeypatch):
        monkeypatch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
        monkeypatch.undo()
        time.tzset()

    def test_posts_leave_at_their_instant(self, zone, live, platforms):
        channel = live.channel("facebook")
        live.deliver(channel, due=timezone.now())
        live.deliver(channel, due=timezone.now() + dt.timedelta(hours=1))
        live.deliver(channel, due=timezone.now() - dt.timedelta(hours=3))
        work_a_shift(2)
        work_a_shift(1)
        assert states() == ["sent", "scheduled", "held"]

    def test_quiet_hours_and_nights_are_vietnams(self, zone, settings):
        settings.ZALO_NIGHT = "22:00-06:00"
        evening = dt.datetime(2027, 7, 30, 15, 30, tzinfo=dt.UTC)  # 22:30 in Lào Cai
        morning = dt.datetime(2027, 7, 30, 23, 0, tzinfo=dt.UTC)  # 06:00 in Lào Cai
        quiet = quiet_until((dt.time(21), dt.time(6)), timezone.localtime(evening))
        assert (quiet, get("zalo").hints({"broadcast": "yes"}, morning)[-1].code) == (morning, "no-recall")
        assert get("zalo").due(Step("broadcast"), {}, evening) == morning

    def test_a_process_started_there_shows_vietnams_time(self):
        script = (
            "import django, json; django.setup(); import datetime as dt; from django.utils import timezone;"
            "print(json.dumps(str(timezone.localtime(dt.datetime(2027, 7, 30, 17, 30, tzinfo=dt.UTC)))))"
        )
        env = {**os.environ, "TZ": "America/New_York", "DJANGO_SETTINGS_MODULE": "cms.settings"}
        done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
        assert json.loads(done.stdout) == "2027-07-31 00:30:00+07:00"


@pytest.fixture
def rehearsal(platforms, sandbox, settings):
    """A sandbox of ours, while every live address in the settings leads to the stand-in."""
    settings.LOA_SANDBOX_URL = sandbox.url
    return platforms


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("open_gate")
class TestARehearsalWithLiveAddressesInTheEnvironment:
    @pytest.mark.parametrize("platform", ["telegram", "facebook", "zalo"])
    def test_nothing_leaves(self, platform, rehearsal, make_channel, deliver, posts):
        channel = make_channel(platform)
        files = {"facebook": {"videos": (video(),)}, "telegram": {"images": (picture(),)}}.get(platform, {})
        deliver(channel, **files)
        work_a_shift(4)
        health.check(channel)
        readings.collect(everything=True)
        polling.collect()
        refresh_tokens()
        assert rehearsal.asked == []
        assert (len(posts()), states()) == ((0, ["failed"]) if platform == "zalo" else (1, ["sent"]))

    @pytest.mark.parametrize("platform", ["telegram", "facebook", "zalo"])
    def test_live_credentials_do_not_even_enter(self, platform, rehearsal, make_channel):
        channel = make_channel(platform)
        live_ones = {"telegram": {"token": rehearsal.telegram.token}, "facebook": {"token": rehearsal.facebook.token}}
        channel.secrets = {**channel.secrets, **live_ones.get(platform, {"access_token": rehearsal.zalo.access})}
        with pytest.raises(ValidationError):
            channel.save()

    @pytest.mark.parametrize("platform", ["telegram", "facebook", "zalo"])
    def test_nor_do_rehearsal_credentials_enter_a_live_channel(self, platform, rehearsal, make_channel):
        known = make_channel(platform)
        channel = Channel(platform=platform, name="Thật", options=known.options, form="social")
        channel.secrets = credentials.issue(platform, "@dientap_thu" if platform == "telegram" else "999100200300")
        with pytest.raises(ValidationError):
            channel.save()


def test_a_gate_that_raises(live, platforms):
    def broken(references):
        raise RuntimeError("the safeguards' database is away")

    live.deliver(live.channel("telegram"))
    live.deliver(live.channel("facebook"))
    gate.register(broken)
    live.work(2)
    assert (states(), platforms.asked) == (["held", "held"], [])
    assert set(Delivery.objects.values_list("error_code", flat=True)) == {"gate"}
    gate.register(lambda references: dict.fromkeys(references, gate.ALLOW))
    for delivery in Delivery.objects.all():
        assert outbox.release(delivery_id=delivery.pk, by="test")
    live.work()
    assert (states(), platforms.broken) == (["sent", "sent"], [])
