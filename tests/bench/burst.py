"""Burst: 1,000 due deliveries to 100 Telegram channels, an API that answers in 50 ms.

Ratio to one bare aiohttp session with 64 requests in flight, same payload, same server, alternating
runs (DESIGN section 7). Run with ``make bench`` or ``python -m tests.bench.burst``.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

COUNT, CHANNELS, IN_FLIGHT, DELAY = 1000, 100, 64, 0.05
LIMIT = IN_FLIGHT / DELAY


def setup(database: str) -> Path:
    """Point Django at a database of its own, with the limits out of the way."""
    scratch = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    url = database or f"sqlite:///{scratch / 'bench.sqlite3'}"
    os.environ |= {
        "DATABASE_URL": url,
        "MEDIA_ROOT": str(scratch / "uploads"),
        "TELEGRAM_PER_SECOND": "1000000",
        "TELEGRAM_CHAT_PER_MINUTE": "60000000",
        "DJANGO_SETTINGS_MODULE": "cms.settings",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return scratch


async def serve(port: int) -> None:
    """The API: answers sendMessage after 50 ms, and counts."""
    from aiohttp import web

    async def answer(request: web.Request) -> web.Response:
        form = await request.post()
        await asyncio.sleep(DELAY)
        chat = {"id": -100999, "type": "channel", "title": "x", "username": str(form["chat_id"])[1:]}
        message = {"message_id": int(time.time() * 1e6) % 10**9, "date": int(time.time()), "chat": chat, "text": "x"}
        return web.json_response({"ok": True, "result": message})

    app = web.Application()
    app.router.add_post("/telegram/bot{token}/{method}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


async def bare(port: int, token: str) -> float:
    """The baseline: nothing but the requests."""
    import aiohttp

    url = f"http://127.0.0.1:{port}/telegram/bot{token}/sendMessage"
    slots = asyncio.Semaphore(IN_FLIGHT)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:

        async def one(number: int) -> None:
            data = {"chat_id": f"@dientap_{number % CHANNELS}", "text": f"<b>Tin {number}</b>", "parse_mode": "HTML"}
            async with slots, session.post(url, data=data) as response:
                await response.json()

        started = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(COUNT)))
        return COUNT / (time.perf_counter() - started)


def loa(port: int) -> float:
    """The same through the outbox, durable states included."""
    from django.conf import settings
    from django.utils import timezone

    from publishers import gate, outbox
    from publishers.message import Message
    from publishers.models import Channel, Delivery, Operation
    from publishers.sandbox import credentials
    from publishers.sender import work_a_shift

    settings.LOA_SANDBOX_URL = f"http://127.0.0.1:{port}"
    gate.register(lambda references: dict.fromkeys(references, gate.ALLOW))
    run = str(time.time_ns())
    if not Channel.objects.exists():
        secrets = credentials.issue("telegram", "@dientap_bench")
        for number in range(CHANNELS):
            channel = Channel(
                platform="telegram", name=f"c{number}", options={"chat_id": f"@dientap_{number}"}, rehearsal=True
            )
            channel.secrets = secrets
            channel.save()
    channels = list(Channel.objects.order_by("pk"))
    now = timezone.now()
    outbox.register(
        [
            outbox.NewDelivery(channels[number % CHANNELS], f"{run}:{number}", Message(text=f"Tin {number}"), now)
            for number in range(COUNT)
        ],
        by="bench",
    )
    started = time.perf_counter()
    work_a_shift(60)
    took = time.perf_counter() - started
    sent = Delivery.objects.filter(reference__startswith=f"{run}:", state="sent").count()
    assert sent == COUNT, f"{sent} sent, {Operation.objects.exclude(state='done').count()} not done"
    return COUNT / took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--serve", type=int)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve))
        return
    import subprocess

    port = 18000 + os.getpid() % 2000
    server = subprocess.Popen([sys.executable, "-m", "tests.bench.burst", "--serve", str(port)])
    try:
        setup(given.database)
        time.sleep(1)
        from publishers.sandbox import credentials

        token = credentials.issue("telegram", "@dientap_bench")["token"]
        if given.profile:
            import cProfile

            loa(port)
            cProfile.runctx("loa(port)", {"loa": loa, "port": port}, {}, sort="cumtime")
            return
        pairs = []
        for _run in range(given.runs):
            base = asyncio.run(bare(port, token))
            pairs.append((base, loa(port)))
            print(f"  bare {base:7.0f}/s ({base / LIMIT:.2f} of its limit)   loa {pairs[-1][1]:7.0f}/s", flush=True)
        base, ours = (statistics.median(values) for values in zip(*pairs, strict=True))
        valid = "" if base >= 0.8 * LIMIT else "  (does not count: baseline below 0.8 of its limit)"
        print(f"burst {ours / base:.2f} x bare aiohttp, medians {ours:.0f}/s and {base:.0f}/s{valid}")
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
