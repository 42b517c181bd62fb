"""A real sandbox over sockets, and channels that talk to it."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from publishers import gate, outbox
from publishers.message import Message
from publishers.models import Channel, Delivery
from publishers.sandbox import credentials
from publishers.sandbox.server import SandboxServer

ACCOUNTS = {
    "telegram": {"chat_id": "@dientap_thu"},
    "facebook": {"page_id": "999100200300"},
    "zalo": {"oa_id": "999400500600", "app_id": "999777"},
    "feed": {"slug": "thu"},
    "manual": {"form": "zalo-group"},
    "loudspeaker": {},
}


@pytest.fixture
def sandbox(tmp_path: Path, settings: Any) -> Iterator[SandboxServer]:
    with SandboxServer(tmp_path / "sandbox.jsonl") as server:
        settings.LOA_SANDBOX_URL = server.url
        yield server


@pytest.fixture
def posts(sandbox: SandboxServer) -> Callable[..., list[dict[str, Any]]]:
    """Read the sandbox's own log: what a reader of the platform would have seen."""

    def read(action: str = "publish") -> list[dict[str, Any]]:
        lines = sandbox.log_path.read_text(encoding="utf-8").splitlines() if sandbox.log_path.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["action"] == action]

    return read


@pytest.fixture
def open_gate() -> Iterator[None]:
    """The campaigns' gate steps aside; these tests are about the engine alone."""
    before = list(gate._registered)
    gate.register(lambda references: dict.fromkeys(references, gate.ALLOW))
    yield
    gate._registered[:] = before


@pytest.fixture
def make_channel(db: None) -> Callable[..., Channel]:
    def make(platform: str = "telegram", name: str = "", **options: str) -> Channel:
        chosen = {**ACCOUNTS[platform], **options}
        account = chosen.get("chat_id") or chosen.get("page_id") or chosen.get("oa_id") or ""
        channel = Channel(
            platform=platform, name=name or f"Kênh thử {platform}", options=chosen, rehearsal=True, form="social"
        )
        channel.secrets = credentials.issue(platform, account)
        channel.save()
        return channel

    return make


@pytest.fixture
def deliver() -> Callable[..., Delivery]:
    count = iter(range(1_000_000))

    def make(channel: Channel, text: str = "", due: dt.datetime | None = None, **fields: Any) -> Delivery:
        number = next(count)
        message = Message(text=text or f"Gọi 111 khi cần giúp đỡ, tin số {number}.", title=f"Tin {number}", **fields)
        new = outbox.NewDelivery(channel, f"test:{number}", message, due or timezone.now())
        return outbox.register([new], by="test")[f"test:{number}"]

    return make
