"""Named instants at which the crash test kills this process; nothing in ordinary life.

``LOA_CRASH_AT`` names the instant, ``LOA_CRASH_ODDS`` how often it strikes (0 to 1).
"""

import os
import random
import signal

CRASH_AT = os.environ.get("LOA_CRASH_AT", "")
ODDS = float(os.environ.get("LOA_CRASH_ODDS", "1"))
POINTS = ("after-claim", "after-commit", "after-answer", "before-save")


def point(name: str) -> None:
    """Die here, as if the power went, when the crash test asked for it."""
    if CRASH_AT == name and random.random() < ODDS:  # noqa: S311
        os.kill(os.getpid(), signal.SIGKILL)
