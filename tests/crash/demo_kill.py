"""Kill the demo with SIGKILL at seeded instants, run it again each time, then count.

``python -m tests.crash.demo_kill --kills 20 --seed 1``: in a folder and on ports of its own. At the end
nothing was sent twice by the sandbox's log, nothing is lost, and log, outbox and report agree.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.torture import free_port
from tests.recount.recount_demo import differences

ROOT = Path(__file__).resolve().parent.parent.parent


def environment(scratch: Path) -> dict[str, str]:
    return {
        **os.environ,
        "LOA_VAR_DIR": str(scratch),
        "DATABASE_URL": f"sqlite:///{scratch / 'demo' / 'loa.sqlite3'}",
        "SITE_URL": f"http://127.0.0.1:{free_port()}",
        "LOA_SANDBOX_URL": f"http://127.0.0.1:{free_port()}",
    }


def start(env: dict[str, str], log: Path, *, fresh: bool = False) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        command = [sys.executable, "manage.py", "demo", "--exit", *(["--fresh"] if fresh else [])]
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output)


def wait_for_job(process: subprocess.Popen[bytes], log: Path, offset: int) -> None:
    """Wait until this run has said its first line about the job, so that kills hit the job itself."""
    while process.poll() is None and b"Celery" not in log.read_bytes()[offset:]:
        time.sleep(0.1)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    scratch = Path(tempfile.mkdtemp(prefix="loa-demo-kill-"))
    env, log = environment(scratch), scratch / "output.log"
    killed = rounds = 0
    wrong: list[str] = []
    fresh = True
    while killed < given.kills and not wrong:
        offset = log.stat().st_size if log.exists() else 0
        process = start(env, log, fresh=fresh)
        # Three of four in the middle of the job, the fourth anywhere, set-up included.
        if killed % 4:
            wait_for_job(process, log, offset)
            time.sleep(rng.uniform(0, 3))
        else:
            time.sleep(rng.uniform(1, 20))
        fresh = process.poll() is not None
        if fresh:
            # It came to its end before the blow: count, and begin a new round from nothing.
            rounds += 1
            wrong += differences(scratch / "demo")
        else:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
    code = start(env, log).wait(timeout=300)
    wrong += differences(scratch / "demo") if code == 0 else [log.read_text(encoding="utf-8")[-2000:]]
    summary = json.loads((scratch / "demo" / "summary.json").read_text(encoding="utf-8")) if code == 0 else {}
    result = {"seed": given.seed, "killed": killed, "rounds": rounds + 1, "exit": code, "wrong": wrong}
    print(json.dumps({**result, "deliveries": summary.get("deliveries")}, ensure_ascii=False))
    if wrong:
        print(f"kept for a look: {scratch}", file=sys.stderr)
        return 1
    shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
