"""Named instants at which the crash test kills this process; nothing in ordinary life.

They are after-claim, after-commit, on-the-wire, after-answer and before-save.

``LOA_CRASH_AT`` names the instant, ``LOA_CRASH_ODDS`` how often it strikes (0 to 1), and only while the file
``LOA_CRASH_WHILE`` is there.
"""

import asyncio
import os
import random
import signal

CRASH_AT = os.environ.get("LOA_CRASH_AT", "")
ODDS = float(os.environ.get("LOA_CRASH_ODDS", "1"))
WHILE = os.environ.get("LOA_CRASH_WHILE", "")


def point(name: str) -> None:
    """Die here, as if the power went, when the crash test asked for it."""
    if name == CRASH_AT and random.random() < ODDS and os.path.exists(WHILE):
        os.write(2, f"struck at {name}\n".encode())  # past Celery, which keeps sys.stderr for its log
        os.kill(os.getpid(), signal.SIGKILL)


def soon(name: str, seconds: float) -> None:
    """The same in ``seconds``, while what runs on this loop goes on."""
    if name == CRASH_AT:
        asyncio.get_running_loop().call_later(seconds, point, name)
