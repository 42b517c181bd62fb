"""Pacing before the platform complains: the generic cell rate algorithm, one row per key.

The rows are locked in key order inside the transaction that starts the sends, so that all workers
share them and no two wait for each other.
"""

from collections.abc import Iterable, Sequence

from django.db import connection

from publishers.models import Pace
from publishers.platform import Limit

# Kept below the platform's own figure, since its clock and the network are not ours.
SHARE = 0.98


class Paces:
    """The pace rows of one transaction. Call :meth:`load` first and :meth:`store` last."""

    def __init__(self) -> None:
        self.rows: dict[str, Pace] = {}
        self.changed: set[str] = set()

    def load(self, keys: Iterable[str]) -> None:
        """Lock the rows of ``keys``, making those that are missing."""
        wanted = sorted(set(keys))
        if not wanted:
            return
        self.rows = self._locked(wanted)
        missing = [key for key in wanted if key not in self.rows]
        if missing:
            Pace.objects.bulk_create([Pace(key=key) for key in missing], ignore_conflicts=True)
            self.rows = self._locked(wanted)

    @staticmethod
    def _locked(keys: Sequence[str]) -> dict[str, Pace]:
        rows = Pace.objects.select_for_update().filter(key__in=keys).order_by("key")
        return {row.key: row for row in rows}

    def admit(self, limits: Sequence[Limit], now: float) -> float:
        """Return ``now`` and count one message when all ``limits`` allow it, else the time when they may.

        A refused message consumes nothing.
        """
        earliest = now
        for limit in limits:
            row = self.rows[limit.key]
            allowance = (limit.burst - 1) * limit.interval / SHARE
            earliest = max(earliest, row.tat - allowance, row.until)
        if earliest > now:
            return earliest
        for limit in limits:
            row = self.rows[limit.key]
            row.tat = max(row.tat, now) + limit.interval / SHARE
            self.changed.add(limit.key)
        return now

    def pause(self, key: str, until: float) -> None:
        """Nothing with ``key`` goes before ``until`` (Unix time): the platform said so."""
        row = self.rows[key]
        row.until = max(row.until, until)
        self.changed.add(key)

    def store(self) -> None:
        """Write what changed."""
        if self.changed:
            values = [(self.rows[key].tat, self.rows[key].until, key) for key in sorted(self.changed)]
            with connection.cursor() as cursor:
                cursor.executemany(f"UPDATE {Pace._meta.db_table} SET tat=%s, until=%s WHERE key=%s", values)
