"""Burst: 1,000 due deliveries to 100 Telegram channels, an API that answers in 50 ms.

Ratio to one bare aiohttp session with 64 requests in flight, same payload, same server, alternating
runs (DESIGN section 7). Run with ``make bench`` or ``python -m tests.bench.burst``.
"""

import argparse
import asyncio
import time

from tests.bench import _rig

COUNT, CHANNELS = 1000, 100


async def bare(url: str, token: str) -> float:
    """The baseline: nothing but the requests."""
    import aiohttp

    slots = asyncio.Semaphore(_rig.IN_FLIGHT)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_rig.IN_FLIGHT)) as session:

        async def one(number: int) -> None:
            data = {"chat_id": f"@dientap_{number % CHANNELS}", "text": f"Tin {number}", "parse_mode": "HTML"}
            async with slots, session.post(f"{url}/telegram/bot{token}/sendMessage", data=data) as response:
                await response.json()

        started = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(COUNT)))
        return COUNT / (time.perf_counter() - started)


def loa() -> float:
    """The same through the outbox, durable states included."""
    from publishers.sender import work_a_shift

    run = _rig.register("telegram", CHANNELS, COUNT, time.time())
    started = time.perf_counter()
    work_a_shift(60)
    took = time.perf_counter() - started
    assert _rig.sent(run) == COUNT
    return COUNT / took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    with _rig.api() as api:
        _rig.setup(given.database, LOA_SANDBOX_URL=api.url)
        from publishers.sandbox import credentials

        token = credentials.issue("telegram", "@dientap_bench")["token"]
        if given.profile:
            import cProfile

            loa()
            cProfile.runctx("loa()", {"loa": loa}, {}, sort="cumtime")
            return
        limit = _rig.IN_FLIGHT / _rig.DELAY
        _rig.alternate(given.runs, limit, lambda: asyncio.run(bare(api.url, token)), loa, "burst ÷ bare aiohttp")


if __name__ == "__main__":
    main()
