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
    if name == CRASH_AT and random.random() < ODDS:
        os.kill(os.getpid(), signal.SIGKILL)
