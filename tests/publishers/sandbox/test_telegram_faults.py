"""Faults of the sandbox's Telegram, as python-telegram-bot meets them."""

import asyncio

import pytest
import requests
from telegram import Bot, InputMediaPhoto
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from publishers.sandbox.server import SandboxServer
from tests.publishers.sandbox.bot import TOKEN, Arm, Records, drive
from tests.publishers.sandbox.conftest import CHAT, png


def test_commit_then_hang_is_a_timeout_and_posted(server: SandboxServer, arm: Arm, records: Records) -> None:
    arm("telegram", "commit_then_hang")

    async def work(bot: Bot) -> None:
        with pytest.raises(TimedOut):
            await bot.send_message(CHAT, "Đã lên", read_timeout=0.6)

    drive(server, work)
    assert [r["text"] for r in records("publish")] == ["Đã lên"]


@pytest.mark.parametrize(
    ("fault", "posted"),
    [
        ("commit_then_reset", 1),
        ("reset_after", 1),
        ("commit_then_500", 1),
        ("reset_before", 0),
        ("html_502", 0),
    ],
)
def test_faults_that_look_alike_but_post_or_not(
    server: SandboxServer, arm: Arm, records: Records, fault: str, posted: int
) -> None:
    arm("telegram", fault)

    async def work(bot: Bot) -> None:
        with pytest.raises(NetworkError) as caught:
            await bot.send_message(CHAT, "Một lần")
        assert not isinstance(caught.value, BadRequest)
        await bot.send_message(CHAT, "Sau sự cố")

    drive(server, work)
    assert len(records("publish")) == posted + 1


def test_throttle_expired_blocked_and_slow(server: SandboxServer, arm: Arm, records: Records) -> None:
    async def work(bot: Bot) -> None:
        arm("telegram", "http_429", seconds=7)
        with pytest.raises(RetryAfter) as flood:
            await bot.send_message(CHAT, "x")
        assert flood.value.retry_after == 7
        arm("telegram", "expired_token")
        with pytest.raises(InvalidToken):
            await bot.send_message(CHAT, "x")
        arm("telegram", "blocked")
        with pytest.raises(Forbidden):
            await bot.send_message(CHAT, "x")
        assert records() == []
        arm("telegram", "slow", seconds=0.3)
        before = asyncio.get_running_loop().time()
        await bot.send_message(CHAT, "x")
        assert asyncio.get_running_loop().time() - before >= 0.3

    drive(server, work)


def test_partial_album_leaves_the_first_items(server: SandboxServer, arm: Arm, records: Records) -> None:
    arm("telegram", "partial_album")

    async def work(bot: Bot) -> None:
        with pytest.raises(BadRequest, match=r"[Ff]ailed to send message #3"):
            await bot.send_media_group(CHAT, [InputMediaPhoto(png(shade=s)) for s in (1, 2, 3)])

    drive(server, work)
    assert [len(r["media"]) for r in records("publish")] == [2]


def test_fault_waits_for_its_method_and_account(server: SandboxServer, arm: Arm) -> None:
    arm("telegram", "html_502", method="editMessageText", account="@dientap_khac")

    async def work(bot: Bot) -> None:
        sent = await bot.send_message(CHAT, "x")
        await bot.edit_message_text("y", CHAT, sent.message_id)
        other = await bot.send_message("@dientap_khac", "x")
        with pytest.raises(NetworkError):
            await bot.edit_message_text("y", "@dientap_khac", other.message_id)

    drive(server, work)
    state = requests.get(f"{server.url}/_sandbox/state", timeout=5).json()
    assert state["faults"] == []
    assert state["posts"]["telegram"]["published"] == 2
    assert TOKEN not in str(state)
