"""A bot's 30 messages a second, shared by two worker processes, told by the receiver (DESIGN section 7).

300 due messages a run; the API bears five at once and 30 a second. Wanted: all delivered, none twice, no 429,
at least 0.96 of the limit over the receiver's span. ``python -m tests.bench.shared_limit``.
"""

import argparse
import statistics
import subprocess
import sys
import time

from tests.bench import _rig

COUNT, LIMIT, SENDERS = 300, 30, 2


def send() -> None:
    """One worker process: shifts until nothing is left."""
    _rig.start_django()
    from publishers.models import Delivery
    from publishers.sender import work_a_shift

    while Delivery.objects.filter(state__in=("scheduled", "sending")).exists():
        if not work_a_shift(20):
            time.sleep(0.1)


def run_once(api: _rig.Api) -> tuple[float, int, int, int]:
    """(rate over the receiver's span, arrived, twice, refused)."""
    run = _rig.register("telegram", 100, COUNT, time.time() + 4)
    api.told()
    senders = [subprocess.Popen([sys.executable, "-m", "tests.bench.shared_limit", "--send"]) for _n in range(SENDERS)]
    codes = [process.wait() for process in senders]
    assert codes == [0] * SENDERS
    assert _rig.sent(run) == COUNT
    arrived, refused = api.told()
    span = arrived[-1][0] - arrived[0][0]
    return (len(arrived) - 1) / span, len(arrived), len(arrived) - len({text for _at, text in arrived}), refused


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--send", action="store_true")
    given = parser.parse_args()
    if given.send:
        send()
        return 0
    wrong = 0
    rates = []
    with _rig.api(limit=LIMIT) as api:
        _rig.setup(given.database, LOA_SANDBOX_URL=api.url, TELEGRAM_PER_SECOND=str(LIMIT))
        for _run in range(given.runs):
            rate, arrived, twice, refused = run_once(api)
            rates.append(rate)
            wrong += twice + refused + (arrived != COUNT)
            print(f"  {rate:5.2f}/s, {arrived} of {COUNT} arrived, {twice} twice, {refused} × 429", flush=True)
    print(f"shared limit: {statistics.median(rates) / LIMIT:.3f} of it by two processes; wrong: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
