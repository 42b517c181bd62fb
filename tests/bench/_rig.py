"""What the outbox's benchmarks share: an API in a process of its own, channels, deliveries, medians.

The API answers after 50 ms and remembers when each request came, so that rates, lateness and repetitions
are told by the receiver and not by the sender.
"""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

IN_FLIGHT, DELAY = 64, 0.05
BUCKET = 5.0


def setup(database: str = "", **settings: str) -> None:
    """Point Django at a database of its own, with the limits out of the way unless ``settings`` say so."""
    scratch = Path(tempfile.mkdtemp(prefix="loa-bench-"))
    os.environ |= {
        "DATABASE_URL": database or f"sqlite:///{scratch / 'bench.sqlite3'}",
        "MEDIA_ROOT": str(scratch / "uploads"),
        "TELEGRAM_PER_SECOND": "1000000",
        "TELEGRAM_CHAT_PER_MINUTE": "60000000",
        "FACEBOOK_SECONDS_PER_POST": "0.000001",
        "DJANGO_SETTINGS_MODULE": "cms.settings",
        **settings,
    }
    start_django()
    from django.core.management import call_command

    # The outbox knows no other table.
    call_command("migrate", "publishers", verbosity=0)


def start_django() -> None:
    """Django with the campaigns' gate stepped aside: these benchmarks are about the engine."""
    import django

    django.setup()
    from publishers import gate

    gate.register(lambda references: dict.fromkeys(references, gate.ALLOW))


# --- the receiver -------------------------------------------------------------------------------------


async def _serve(port: int, limit: int) -> None:
    """Telegram's sendMessage and a page's feed. What comes faster than ``limit`` a second gets 429 (0: no limit).

    A bucket that holds five, so that it is the sender who has to keep the pace; Telegram's own bears a whole second.
    """
    from aiohttp import web

    arrived: list[tuple[float, str]] = []
    refused = 0
    level, stamp = BUCKET, time.time()

    def too_many(now: float) -> bool:
        nonlocal level, stamp
        level, stamp = min(BUCKET, level + (now - stamp) * limit), now
        if limit and level < 1:
            return True
        level -= 1
        return False

    async def telegram(request: web.Request) -> web.Response:
        nonlocal refused
        now = time.time()
        form = await request.post()
        if too_many(now):
            refused += 1
            wait = {"description": "Too Many Requests", "parameters": {"retry_after": 1}}
            return web.json_response({"ok": False, "error_code": 429, **wait}, status=429)
        arrived.append((now, str(form["text"])))
        await asyncio.sleep(DELAY)
        chat = {"id": -100999, "type": "channel", "title": "x", "username": str(form["chat_id"])[1:]}
        message = {"message_id": len(arrived), "date": int(now), "chat": chat, "text": "x"}
        return web.json_response({"ok": True, "result": message})

    async def graph(request: web.Request) -> web.Response:
        now = time.time()
        form = await request.post()
        arrived.append((now, str(form["message"])))
        await asyncio.sleep(DELAY)
        post = f"{request.match_info['page']}_{len(arrived)}"
        return web.json_response({"id": post, "permalink_url": f"https://fb.example/{post}"})

    async def told(request: web.Request) -> web.Response:
        nonlocal refused
        answer = {"arrived": list(arrived), "refused": refused}
        arrived.clear()
        refused = 0
        return web.json_response(answer)

    app = web.Application()
    app.router.add_post("/telegram/bot{token}/{method}", telegram)
    app.router.add_post("/graph/{version}/{page}/feed", graph)
    app.router.add_get("/told", told)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


class Api:
    """The receiver as its user sees it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def told(self) -> tuple[list[tuple[float, str]], int]:
        """What came since the last time, in order: (Unix time, text) each; and how many were refused."""
        with urllib.request.urlopen(f"{self.url}/told", timeout=10) as answer:
            said = json.load(answer)
        return [(at, text) for at, text in said["arrived"]], said["refused"]


@contextlib.contextmanager
def api(limit: int = 0) -> Iterator[Api]:
    """Run the receiver in a process of its own."""
    port = 18000 + os.getpid() % 2000
    process = subprocess.Popen([sys.executable, "-m", "tests.bench._rig", str(port), str(limit)])
    served = Api(port)
    try:
        for _try in range(100):
            with contextlib.suppress(OSError):
                served.told()
                break
            time.sleep(0.1)
        yield served
    finally:
        process.terminate()
        process.wait()


# --- Loa's side ---------------------------------------------------------------------------------------


def register(platform: str, channels: int, count: int, start: float, spread: float = 0.0) -> str:
    """Put ``count`` deliveries to ``channels`` rehearsal channels into the outbox; returns the run's name.

    They are due at Unix time ``start``, or evenly over ``spread`` seconds from then.
    """
    import datetime as dt

    from publishers import outbox
    from publishers.message import Message

    known = _channels(platform, channels)
    run = str(time.time_ns())
    outbox.register(
        [
            outbox.NewDelivery(
                known[number % channels],
                f"{run}:{number}",
                Message(text=f"Tin {number}"),
                dt.datetime.fromtimestamp(start + spread * number / count, dt.UTC),
            )
            for number in range(count)
        ],
        by="bench",
    )
    return run


def _channels(platform: str, count: int) -> list:  # type: ignore[type-arg]
    """Rehearsal channels that share one bot, or one page each."""
    from publishers.models import Channel
    from publishers.sandbox import credentials

    there = Channel.objects.filter(platform=platform).count()
    for number in range(there, count):
        page = f"9991002{number:03}"
        options = {"page_id": page} if platform == "facebook" else {"chat_id": f"@dientap_{number}"}
        channel = Channel(platform=platform, name=f"{platform} {number}", options=options, rehearsal=True)
        channel.secrets = credentials.issue(platform, page if platform == "facebook" else "@dientap_bench")
        channel.save()
    return list(Channel.objects.filter(platform=platform).order_by("pk")[:count])


def sent(run: str) -> int:
    """How many deliveries of a run are sent, by the outbox."""
    from publishers.models import Delivery

    return Delivery.objects.filter(reference__startswith=f"{run}:", state="sent").count()


def alternate(
    runs: int, limit: float, baseline: Callable[[], float], ours: Callable[[], float], name: str, unit: str = "/s"
) -> tuple[float, float, float]:
    """Measure both in turn; medians of ours, the baseline's, and their ratio, printed.

    ``limit`` is what the baseline could physically reach; 0 when it has none.
    """
    pairs = []
    for _run in range(runs):
        pairs.append((baseline(), ours()))
        part = f" ({pairs[-1][0] / limit:.2f} of its limit)" if limit else ""
        print(f"  baseline {pairs[-1][0]:7.1f}{unit}{part}   loa {pairs[-1][1]:7.1f}{unit}", flush=True)
    base, own = (statistics.median(values) for values in zip(*pairs, strict=True))
    counts = "" if base >= 0.8 * limit else "  (does not count: baseline below 0.8 of its limit)"
    print(f"{name}: {own / base:.2f} (medians {own:.1f}{unit} and {base:.1f}{unit}){counts}", flush=True)
    return own, base, own / base


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
