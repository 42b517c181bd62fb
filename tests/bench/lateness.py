"""Lateness at the receiver: 500 messages spread over 20 s, and 500 due in the same second.

Against a bare asyncio sender with timers and 64 connections (DESIGN section 7: p99 at most twice its
own, maximum at most 1.3 times). ``python -m tests.bench.lateness``.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable

from tests.bench import _rig

COUNT, CHANNELS = 500, 100
Figures = tuple[float, float, float]


async def bare(url: str, token: str, start: float, spread: float) -> None:
    """Each message sleeps until its second; 64 connections."""
    import aiohttp

    slots = asyncio.Semaphore(_rig.IN_FLIGHT)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_rig.IN_FLIGHT)) as session:

        async def one(number: int) -> None:
            await asyncio.sleep(start + spread * number / COUNT - time.time())
            data = {"chat_id": f"@dientap_{number % CHANNELS}", "text": f"Tin {number}", "parse_mode": "HTML"}
            async with slots, session.post(f"{url}/telegram/bot{token}/sendMessage", data=data) as response:
                await response.json()

        await asyncio.gather(*(one(number) for number in range(COUNT)))


def figures(api: _rig.Api, start: float, spread: float) -> Figures:
    """p50, p99 and maximum of the lateness in ms; every message came once, and none too early."""
    arrived, _refused = api.told()
    late = sorted(1000 * (at - start - spread * int(text.split()[1]) / COUNT) for at, text in arrived)
    assert len(late) == COUNT
    assert len({text for _at, text in arrived}) == COUNT
    assert late[0] > -5
    return statistics.median(late), late[round(0.99 * COUNT) - 1], late[-1]


def measure(name: str, api: _rig.Api, spread: float, runs: int, senders: dict[str, Callable[[float], None]]) -> None:
    """Alternate the senders; print medians of p50, p99 and maximum, and the ratios."""
    got: dict[str, list[Figures]] = {who: [] for who in senders}
    for _run in range(runs):
        for who, send in senders.items():
            start = time.time() + 2.5
            send(start)
            got[who].append(figures(api, start, spread))
    middle = {who: [statistics.median(one) for one in zip(*rows, strict=True)] for who, rows in got.items()}
    for who, (half, most, worst) in middle.items():
        print(f"  {name}, {who}: p50 {half:.1f} ms, p99 {most:.1f} ms, maximum {worst:.1f} ms", flush=True)
    ours, base = middle["loa"], middle["bare"]
    most, worst = ours[1] / base[1], ours[2] / base[2]
    print(f"lateness, {name}: p99 {most:.2f} x, maximum {worst:.2f} x a bare sender's", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with _rig.api() as api:
        _rig.setup(given.database, LOA_SANDBOX_URL=api.url)
        from publishers.sandbox import credentials
        from publishers.sender import settle_memory, work_a_shift

        token = credentials.issue("telegram", "@dientap_bench")["token"]
        settle_memory()
        _rig.register("telegram", CHANNELS, CHANNELS, time.time())
        work_a_shift(5)  # channels and paces are there
        api.told()
        for name, spread in (("500 over 20 s", 20.0), ("500 at once", 0.0)):

            def loa(start: float, spread: float = spread) -> None:
                _rig.register("telegram", CHANNELS, COUNT, start, spread)
                work_a_shift(60)

            def alone(start: float, spread: float = spread) -> None:
                asyncio.run(bare(api.url, token, start, spread))

            measure(name, api, spread, given.runs, {"bare": alone, "loa": loa})


if __name__ == "__main__":
    main()
