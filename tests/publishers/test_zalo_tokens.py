"""Zalo's refresh tokens work once: exchanged by one, stored before use, and what happens when one burns."""

import asyncio
import datetime as dt
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone

from publishers import health, registry, renewal
from publishers.errors import Permanent, Transient
from publishers.models import Attempt, Channel, Delivery, Operation, Renewal
from publishers.sandbox import credentials
from publishers.sender import work_a_shift
from publishers.tasks import refresh_tokens
from publishers.wire import open_wire
from publishers.work import target_of
from tests.publishers.test_zalo import article, day, fault, pictures, shifts_until

__all__ = ["article", "day", "fault", "pictures"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.services,
    pytest.mark.usefixtures("open_gate", "day"),
]
ACCOUNT = "999400500600"


@pytest.fixture
def expired(make_channel):
    """A channel whose access token ran out two days ago; its refresh token is good."""
    channel = make_channel("zalo")
    age_token(channel)
    return channel


def age_token(channel):
    parts = credentials.zalo_token_parts(channel.secrets["access_token"])
    old = credentials.zalo_token("access", ACCOUNT, parts.lineage, parts.serial, parts.issued - 2 * 86_400)
    channel.secrets = {**channel.secrets, "access_token": old}
    channel.save()


def refreshes(posts):
    return len(posts("refresh"))


def stored():
    return Channel.objects.get().secrets


def meet(channel, count):
    """``count`` renewals at once, as senders ask for them; each one's answer or error."""

    async def main():
        with ThreadPoolExecutor(1) as thread:

            async def database(function, *args):
                return await asyncio.get_running_loop().run_in_executor(thread, function, *args)

            async with open_wire(in_flight=8, threads=1) as wire:
                stale = target_of(channel)
                asks = (renewal.renew(stale, wire, database) for _ in range(count))
                return await asyncio.gather(*asks, return_exceptions=True)

    return asyncio.run(main())


def test_an_expired_token_is_renewed_and_the_article_goes_out_once(expired, article, posts):
    before = stored()
    article(expired)
    assert shifts_until("sent").state == "sent"
    after = stored()
    assert refreshes(posts) == 1
    assert len(posts()) == 1
    assert {name for name in after if after[name] != before[name]} == {"access_token", "refresh_token"}
    assert Attempt.objects.filter(step="create").count() == 2, "refused once, then made"
    assert "SANDBOX-" not in Channel.objects.get().sealed


def test_many_who_ask_at_once_make_one_exchange(expired, posts, sandbox):
    answers = meet(expired, 6)
    assert refreshes(posts) == 1
    assert {answer.secrets["refresh_token"] for answer in answers} == {stored()["refresh_token"]}
    assert Renewal.objects.get().owner == ""


def test_two_senders_in_two_processes_make_one_exchange(sandbox, pictures, posts, tmp_path):
    env = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'outbox.sqlite3'}",
        "LOA_SANDBOX_URL": sandbox.url,
        "LOA_VAR_DIR": str(tmp_path / "var"),
        "SECRET_KEY": "only for this test",
        "COVER": f"{pictures}/cover.jpg",
        "LOG_LEVEL": "ERROR",
    }

    def start(*args):
        command = [sys.executable, "-m", "tests.publishers.zalo_senders", *args]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)

    assert start("prepare").wait(120) == 0
    both = [start("work", "12"), start("work", "12")]
    assert [sender.wait(120) for sender in both] == [0, 0]
    shown, _ = start("show").communicate(timeout=120)
    found = json.loads(shown)
    assert found["states"] == ["sent"] * 10
    assert found["codes"] == ["-220"]
    assert refreshes(posts) == 1
    assert len(posts()) == 10
    assert credentials.zalo_token_parts(found["secrets"]["refresh_token"]).serial == 1


def test_a_lost_answer_that_burnt_the_token_needs_consent(expired, article, posts, fault):
    article(expired)
    fault("commit_then_reset", method="refresh")
    row = shifts_until("failed")
    assert (row.error_code, posts(), refreshes(posts)) == ("consent-needed", [], 1)
    assert stored()["refresh_token"] == expired.secrets["refresh_token"]
    # Nobody knocks again with a token that is known to be dead.
    assert all(isinstance(answer, Permanent) for answer in meet(expired, 2))
    assert refresh_tokens() == 0
    words = registry.get("zalo").explain("consent-needed")
    assert health.check(expired).problems == (f"{words.cause} {words.cure}",)


def test_new_consent_mends_it(expired, article, posts, fault):
    article(expired)
    fault("commit_then_reset", method="refresh")
    shifts_until("failed")
    channel = Channel.objects.get()
    channel.secrets = credentials.issue("zalo", ACCOUNT)
    channel.save()
    assert health.check(channel).ok
    from publishers import outbox

    outbox.resend(delivery_id=Delivery.objects.get().pk, by="nhân viên")
    assert shifts_until("sent").state == "sent"


def test_a_lost_answer_that_burnt_nothing_is_asked_once_more(expired, article, posts, fault):
    article(expired)
    fault("reset_before", method="refresh")
    assert shifts_until("sent").state == "sent"
    assert (refreshes(posts), len(posts())) == (1, 1)


def test_zalo_away_is_only_waited_for(expired, article, posts, fault):
    article(expired)
    fault("html_502", method="refresh", times=2)
    work_a_shift(2)
    assert (Delivery.objects.get().state, Delivery.objects.get().error_code) == ("scheduled", "renewal-lost")
    assert shifts_until("sent").state == "sent"


def test_a_holder_that_died_is_followed_up(expired, posts, sandbox):
    """It may have burnt the token: the old one is tried once more when its lease is over."""
    Renewal.objects.create(channel=expired, owner="chết", until=timezone.now() - dt.timedelta(seconds=1))
    (answer,) = meet(expired, 1)
    assert answer.secrets["refresh_token"] == stored()["refresh_token"] != expired.secrets["refresh_token"]


def test_while_another_holds_the_lease_nobody_exchanges(expired, posts, sandbox, monkeypatch):
    monkeypatch.setattr(renewal, "WAIT_FOR_OTHERS", 0.5)
    Renewal.objects.create(channel=expired, owner="khác", until=timezone.now() + dt.timedelta(seconds=60))
    (answer,) = meet(expired, 1)
    assert isinstance(answer, Transient)
    assert refreshes(posts) == 0


def test_a_token_refused_just_after_its_exchange_is_no_endless_loop(make_channel, article, posts, fault):
    article(make_channel("zalo"))
    fault("expired_token", method="create", times=9)
    row = shifts_until("failed")
    assert (row.error_code, refreshes(posts), posts()) == ("token-refused", 1, [])


def test_the_daily_task_renews_each_channel_once_a_day(make_channel, posts, sandbox):
    make_channel("zalo")
    make_channel("telegram")
    assert (refresh_tokens(), refreshes(posts)) == (1, 1)
    assert (refresh_tokens(), refreshes(posts)) == (0, 1)
    Renewal.objects.update(renewed_at=timezone.now() - dt.timedelta(hours=24))
    assert (refresh_tokens(), refreshes(posts)) == (1, 2)
    assert credentials.zalo_token_parts(stored_of("zalo")["refresh_token"]).serial == 2


def stored_of(platform):
    return Channel.objects.get(platform=platform).secrets


def test_what_a_person_entered_meanwhile_is_kept(expired, sandbox):
    """New consent beats an exchange that was under way with the old token."""
    target = target_of(expired)
    assert renewal.take(target, "ta").holds
    fresh = credentials.issue("zalo", ACCOUNT)
    Channel.objects.filter(pk=expired.pk).update(sealed=sealed(fresh))
    after = renewal.store(target, "ta", {**target.secrets, "access_token": "cũ", "refresh_token": "cũ"})
    assert after.secrets == stored() == fresh


def sealed(secrets):
    from publishers.credentials import seal

    return seal(secrets)


def test_readings_and_reconciliation_renew_too(make_channel, article, posts, fault):
    from publishers import readings

    channel = make_channel("zalo")
    article(channel)
    shifts_until("sent")
    fault("expired_token", method="getdetail")
    assert readings.collect(everything=True) == 2
    assert refreshes(posts) == 1


def test_no_token_is_in_what_is_stored_or_logged(expired, article, posts, fault, caplog):
    article(expired)
    fault("commit_then_reset", method="refresh")
    shifts_until("failed")
    kept = json.dumps(
        [
            *Attempt.objects.values("code", "detail"),
            *Delivery.objects.values("reason", "error_code"),
            *Operation.objects.values("progress"),
        ]
    )
    assert "SANDBOX-" not in kept + caplog.text
    assert "SANDBOX-" not in repr(target_of(expired))
