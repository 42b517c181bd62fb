"""Burst against one Celery task per message: 64 threads of a worker on Redis, the same durable states.

1,000 Telegram messages, of which the tasks get 400 (it is slow), the API answers in 50 ms (DESIGN section 7: at
least 2.5 times as fast).
``python -m tests.bench.per_task``; starts a redis-server of its own.
"""

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tests.bench import _rig
from tests.bench.burst import CHANNELS, loa

COUNT = 400


@contextlib.contextmanager
def worker(port: int) -> Iterator[None]:
    """A broker and a worker with as many threads as Loa has requests in flight."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    broker = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", tempfile.mkdtemp()]
    celery = [sys.executable, "-m", "celery", "-A", "tests.bench._task_app", "worker", "-P", "threads", "-l", "ERROR"]
    started = [subprocess.Popen(broker, **quiet)]
    try:
        started.append(subprocess.Popen([*celery, "-c", str(_rig.IN_FLIGHT)], **quiet))
        yield
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def one_task_each(count: int = COUNT) -> float:
    """The baseline's rate, from the first task given until the outbox says that all are sent."""
    from publishers.models import Delivery, Operation
    from tests.bench._task_app import send_one

    # Held for Loa's own senders: this run's messages are the tasks' alone.
    run = _rig.register("telegram", CHANNELS, count, time.time() + 86_400)
    ids = Operation.objects.filter(delivery__reference__startswith=f"{run}:").values_list("pk", flat=True)
    started = time.perf_counter()
    for pk in ids:
        send_one.delay(pk)
    while Delivery.objects.filter(reference__startswith=f"{run}:", state="sent").count() < count:
        time.sleep(0.02)
    return count / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    if not shutil.which("redis-server"):
        print("one task per message: not measured, there is no redis-server here (apt install redis-server)")
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{port}/0"
    with _rig.api() as api:
        _rig.setup(given.database, LOA_SANDBOX_URL=api.url)
        with worker(port):
            one_task_each(100)  # the worker is up and its threads are warm
            _rig.alternate(given.runs, 0, one_task_each, loa, "burst ÷ one Celery task per message")


if __name__ == "__main__":
    main()
