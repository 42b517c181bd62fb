"""Watches the outbox while it is tortured: what no log says afterwards.

How many attempts a sender has open at most (what it would leave unknown if it died now), and how long
after its last sign of life what a dead sender held was free again. Only time in which somebody was up who
could have done that counts: where everything was killed, nothing is taken up before something has started.
"""

import contextlib
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, connections
from django.db.models import Count


class Watch:
    """A thread that looks every fifth of a second; ``stop`` ends it."""

    def __init__(self, able: Callable[[], bool]) -> None:
        self.able = able
        self.most_open = 0
        self.longest_taken_up = 0.0
        self.reaped = 0
        self._ends: dict[str, float] = {}
        self._silent: dict[str, float] = {}
        self._looked = time.time()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Watch":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.2):
            with contextlib.suppress(DatabaseError):
                self._look()
        connections.close_all()

    def _look(self) -> None:
        from publishers.models import Operation, Shift

        now = time.time()
        passed, self._looked = (now - self._looked) * self.able(), now
        ends = {owner: until.timestamp() for owner, until in Shift.objects.values_list("owner", "until")}
        for owner, end in self._ends.items():
            renewed = ends.get(owner, end) != end
            self._silent[owner] = 0.0 if renewed else self._silent.get(owner, 0.0) + passed
            # One that ended by itself did so within its lease.
            if owner not in ends and end < now:
                self.reaped += 1
                self.longest_taken_up = max(self.longest_taken_up, self._silent[owner])
        self._ends = ends
        running = Operation.objects.filter(state="running").exclude(owner="").order_by()
        counts = running.values_list("owner").annotate(n=Count("pk"))
        self.most_open = max([self.most_open, *(count for _owner, count in counts)])
