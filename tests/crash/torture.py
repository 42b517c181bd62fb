"""Kill workers, beats and the broker while deliveries are being sent, then count in the receiver's log.

``python -m tests.crash.torture --kills 50 --deliveries 300`` starts its own sandbox, Redis server, workers
and beats, and prints one JSON line: lost, twice, unknown, and how fast a dead sender's work was taken
up again. Exit 1 when anything was lost or sent twice.
"""

import argparse
import collections
import contextlib
import datetime as dt
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CRASH_POINTS = ("", "", "after-claim", "after-commit", "after-answer", "before-save")
MARKER = re.compile(r"Tin số \d{5}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Zoo:
    """The processes under torture. A killed one is started again at once."""

    def __init__(self, scratch: Path, workers: int, beats: int, rng: random.Random) -> None:
        self.scratch, self.rng = scratch, rng
        self.redis_port = int(os.environ["CELERY_BROKER_URL"].rsplit(":", 1)[1].split("/")[0])
        self.kinds = ["broker", *(f"worker-{n}" for n in range(workers)), *(f"beat-{n}" for n in range(beats))]
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def command(self, name: str) -> list[str]:
        if name == "broker":
            port = str(self.redis_port)
            return ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(self.scratch)]
        celery = [sys.executable, "-m", "celery", "-A", "tests.crash.app"]
        if name.startswith("beat"):
            return [*celery, "beat", "-s", str(self.scratch / name), "--pidfile=", "-l", "ERROR"]
        return [*celery, "worker", "-P", "solo", "-l", "ERROR", "--without-gossip", "--without-mingle", "-n", name]

    def start(self, name: str, crash_at: str = "") -> None:
        env = {**os.environ, "LOA_CRASH_AT": crash_at, "LOA_CRASH_ODDS": "0.02"}
        log = (self.scratch / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            self.command(name), env=env, stdout=log, stderr=log, start_new_session=True
        )

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def revive(self) -> int:
        """Start again whoever died of a crash point; returns how many had."""
        dead = [name for name, process in self.running.items() if process.poll() is not None]
        for name in dead:
            self.start(name, self.rng.choice(CRASH_POINTS) if name.startswith("worker") else "")
        return len(dead)

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)


def prepare(scratch: Path) -> None:
    """Settings for this process and all it starts; then an empty, migrated database."""
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{scratch / 'crash.sqlite3'}")
    os.environ |= {
        "CELERY_BROKER_URL": f"redis://127.0.0.1:{free_port()}/0",
        "MEDIA_ROOT": str(scratch / "uploads"),
        "DJANGO_SETTINGS_MODULE": "cms.settings",
        "LOA_SANDBOX_URL": f"http://127.0.0.1:{free_port()}",
        "TELEGRAM_PER_SECOND": "100000",
        "TELEGRAM_CHAT_PER_MINUTE": "6000000",
        "FACEBOOK_SECONDS_PER_POST": "0.001",
        "LOA_SEND_SEATS": "4",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill(count: int, spread: float) -> None:
    """Register deliveries to Telegram and Facebook rehearsal channels, due within ``spread`` seconds."""
    from django.utils import timezone

    from publishers import outbox
    from publishers.message import Message
    from publishers.models import Channel
    from publishers.sandbox import credentials

    channels = []
    for number in range(20):
        facebook = number % 4 == 3
        options = {"page_id": f"9991002{number:03}"} if facebook else {"chat_id": f"@dientap_c{number}"}
        account = next(iter(options.values()))
        platform = "facebook" if facebook else "telegram"
        run = f"{time.time_ns()}"
        channel = Channel(platform=platform, name=f"{platform} {number} {run}", options=options, rehearsal=True)
        channel.secrets = credentials.issue(platform, account)
        channel.save()
        channels.append(channel)
    start = timezone.now() + dt.timedelta(seconds=5)
    outbox.register(
        [
            outbox.NewDelivery(
                channels[number % 20],
                f"crash:{time.time_ns()}:{number}",
                Message(text=f"Tin số {number:05}.", link=f"https://loa.example/l/c{number:05}x"),
                start + dt.timedelta(seconds=spread * number / count),
            )
            for number in range(count)
        ],
        by="crash test",
    )


def open_count() -> int:
    """Deliveries that are not settled; an empty database answers while it is locked."""
    from publishers.models import Delivery

    return Delivery.objects.filter(state__in=("scheduled", "sending")).count()


def torture(zoo: Zoo, kills: int, seconds: float) -> int:
    """Kill ``kills`` times over ``seconds``; then wait until everything is settled."""
    done = 0
    pause = seconds / max(1, kills)
    while done < kills:
        time.sleep(zoo.rng.uniform(0.3, 1.7) * pause)
        done += zoo.revive()
        victim = zoo.rng.choice(zoo.kinds)
        zoo.kill(victim)
        zoo.start(victim, zoo.rng.choice(CRASH_POINTS) if victim.startswith("worker") else "")
        done += 1
    for name in zoo.kinds:
        if name.startswith("worker"):
            zoo.kill(name)
            zoo.start(name)
    until = time.monotonic() + 180
    while open_count() and time.monotonic() < until:
        time.sleep(0.5)
        zoo.revive()
    return done


def count(log_path: Path) -> dict[str, object]:
    """Compare the receiver's log with the outbox."""
    from publishers.models import Attempt, Delivery

    posted: collections.Counter[str] = collections.Counter()
    for line in log_path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["action"] == "publish":
            posted[MARKER.search(entry["text"]).group()] += 1  # type: ignore[union-attr]
    states = collections.Counter(Delivery.objects.values_list("state", flat=True))
    marks = {MARKER.search(row.message["text"]).group(): row.state for row in Delivery.objects.all()}  # type: ignore[union-attr]
    return {
        "deliveries": len(marks),
        "states": dict(states),
        "lost": sum(state not in ("sent", "unknown") for state in marks.values())
        + sum(state == "sent" and not posted[mark] for mark, state in marks.items()),
        "twice": sum(number > 1 for number in posted.values()),
        "unknown": states["unknown"],
        "unknown_but_there": sum(bool(posted[mark]) for mark, state in marks.items() if state == "unknown"),
        "attempts_lost": Attempt.objects.filter(outcome="lost").count(),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--deliveries", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--beats", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="loa-crash-"))
    prepare(scratch)
    from django.conf import settings

    from publishers.sandbox.server import SandboxServer

    port = int(settings.LOA_SANDBOX_URL.rsplit(":", 1)[1])
    zoo = Zoo(scratch, given.workers, given.beats, random.Random(given.seed))
    with SandboxServer(scratch / "sandbox.jsonl", port=port, delay=0.05):
        fill(given.deliveries, given.seconds)
        try:
            for name in zoo.kinds:
                zoo.start(name)
            kills = torture(zoo, given.kills, given.seconds)
        finally:
            zoo.stop()
        result = {"seed": given.seed, "kills": kills, **count(scratch / "sandbox.jsonl")}
    print(json.dumps(result, ensure_ascii=False))
    if result["lost"] or result["twice"]:
        print(f"kept for a look: {scratch}", file=sys.stderr)
        return 1
    shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
