"""What the parts of a running sandbox share: log, faults, limits, and the last requests."""

import asyncio
import hashlib
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from publishers.sandbox.faults import Call, FaultBoard
from publishers.sandbox.limits import FloodLimits
from publishers.sandbox.log import Post, SandboxLog

MAX_FETCH = 20 * 1024 * 1024


class FetchError(Exception):
    """A picture given by address could not be fetched; the text says why."""


@dataclass
class Sandbox:
    """One running sandbox."""

    log: SandboxLog
    delay: float = 0.0
    faults: FaultBoard = field(default_factory=FaultBoard)
    limits: FloodLimits = field(default_factory=FloodLimits)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=500))
    client: aiohttp.ClientSession | None = None

    def note(self, call: Call, status: int, started: float) -> None:
        """Keep one line about a request; never its token, which is part of Telegram's paths."""
        self.requests.append(
            {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "platform": call.platform,
                "method": call.method,
                "account": call.account,
                "status": status,
                "fault": call.fault,
                "ms": round((time.monotonic() - started) * 1000, 1),
            }
        )

    async def fetch(self, url: str) -> tuple[bytes, str]:
        """Fetch a picture as the platform's servers would: (content, content type). Raises FetchError."""
        if not url.startswith(("http://", "https://")) or self.client is None:
            raise FetchError("not an http address")
        try:
            async with self.client.get(url, timeout=aiohttp.ClientTimeout(total=10)) as answer:
                if answer.status != 200:
                    raise FetchError(f"HTTP {answer.status}")
                content = await answer.content.read(MAX_FETCH + 1)
                while len(content) <= MAX_FETCH and not answer.content.at_eof():
                    content += await answer.content.read(MAX_FETCH + 1)
                return content, answer.content_type
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise FetchError(type(error).__name__) from error


SANDBOX: web.AppKey[Sandbox] = web.AppKey("sandbox", Sandbox)


def figures(post: Post, now: datetime | None = None) -> dict[str, int]:
    """Plausible figures of a post that grow with its age: views, reactions, clicks, shares, comments.

    The same post at the same age always has the same figures. Half of the final audience is reached
    after ten minutes, so that a rehearsal shows growth while people watch.
    """
    seed = hashlib.sha256(f"{post.platform}/{post.account}/{post.id}".encode()).digest()
    age = max(0.0, ((now or datetime.now(UTC)) - post.at).total_seconds())
    final = 180 + int.from_bytes(seed[:2], "big") % 2400
    views = int(3 + seed[2] % 9 + final * age / (age + 600))
    return {
        "views": views,
        "reach": max(1, views * (78 + seed[3] % 15) // 100),
        # Rounded up from 0.4, so that a short rehearsal sees its first reaction within seconds.
        "reactions": (views * (2 + seed[4] % 5) + 60) // 100,
        "clicks": (views * (1 + seed[5] % 4) + 60) // 100,
        "shares": views * (seed[6] % 3) // 100,
        "comments": views * (seed[7] % 2) // 100,
    }


def base_url(request: web.Request) -> str:
    """The address the client used for this server, without a slash at the end."""
    return str(request.url.origin())


async def answer_after(sandbox: Sandbox) -> None:
    """Take the time a distant API takes, when one was asked for."""
    if sandbox.delay > 0:
        await asyncio.sleep(sandbox.delay)
