"""Driving the sandbox's Telegram with python-telegram-bot, or with bare requests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import requests
from telegram import Bot

from publishers.sandbox.credentials import issue
from publishers.sandbox.server import SandboxServer
from tests.publishers.sandbox.conftest import CHAT

T = TypeVar("T")
TOKEN = issue("telegram", CHAT)["token"]
Arm = Callable[..., None]
Records = Callable[..., list[dict[str, Any]]]


def drive(server: SandboxServer, work: Callable[[Bot], Awaitable[T]], token: str = TOKEN) -> T:
    async def run() -> T:
        async with Bot(token, base_url=f"{server.url}/telegram/bot") as bot:
            return await work(bot)

    return asyncio.run(run())


def post(server: SandboxServer, method: str, **data: Any) -> requests.Response:
    return requests.post(f"{server.url}/telegram/bot{TOKEN}/{method}", json=data, timeout=5)


def no_limits(server: SandboxServer) -> None:
    assert requests.post(f"{server.url}/_sandbox/limits", json={"on": False}, timeout=5).json() == {"on": False}


def refusal(server: SandboxServer, method: str, **data: Any) -> str:
    answer = post(server, method, **data)
    body = answer.json()
    assert not body["ok"]
    assert body["error_code"] == answer.status_code
    return str(body["description"])
