"""Pacing before the platform complains: the generic cell rate algorithm, one row per key.

The rows are locked in key order inside the transaction that starts the sends, so that all workers
share them and no two wait for each other.
"""

import dataclasses
from collections.abc import Iterable, Sequence

from publishers import batch
from publishers.models import Pace
from publishers.platform import Limit

# Kept below the platform's own figure, since its clock and the network are not ours: at 30 a second a
# request may come 30 ms late before a second holds 31.
SHARE = 0.97
STORE = batch.Statement(Pace, ("tat", "until"), key=("key",))


@dataclasses.dataclass
class Cell:
    """One pace row in memory: Unix times, as in :class:`publishers.models.Pace`."""

    tat: float
    until: float


class Paces:
    """The pace rows of one transaction: ``ask`` and ``take`` first, ``store`` last."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = sorted(set(keys))
        self.rows: dict[str, Cell] = {}
        self.changed: set[str] = set()
        self._asked: batch.Answer | None = None

    def ask(self) -> None:
        """Ask for the rows, locked."""
        if self.keys:
            table = Pace._meta.db_table
            self._asked = batch.ask(
                f"SELECT p.key, p.tat, p.until FROM {table} p WHERE {batch.among('p.key', 'text')} ORDER BY p.key"
                + batch.for_update("p"),
                batch.listed(self.keys),
            )

    def take(self) -> None:
        """Take what was asked for, making the rows that are missing."""
        if self._asked is None:
            return
        self.rows = {key: Cell(tat, until) for key, tat, until in self._asked.rows()}
        self._asked = None
        missing = [key for key in self.keys if key not in self.rows]
        if missing:
            Pace.objects.bulk_create([Pace(key=key) for key in missing], ignore_conflicts=True)
            self.ask()
            self.take()

    def admit(self, limits: Sequence[Limit], start: float, ahead: float = 0.0) -> float:
        """Return when a message that is due at ``start`` may go; count it if that is at most ``ahead`` later.

        One that has to wait longer consumes nothing.
        """
        earliest = start
        for limit in limits:
            row = self.rows[limit.key]
            allowance = (limit.burst - 1) * limit.interval / SHARE
            earliest = max(earliest, row.tat - allowance, row.until)
        if earliest > start + ahead:
            return earliest
        for limit in limits:
            row = self.rows[limit.key]
            row.tat = max(row.tat, earliest) + limit.interval / SHARE
            self.changed.add(limit.key)
        return earliest

    def pause(self, key: str, until: float) -> None:
        """Nothing with ``key`` goes before ``until`` (Unix time): the platform said so."""
        row = self.rows[key]
        row.until = max(row.until, until)
        self.changed.add(key)

    def store(self) -> None:
        """Write what changed."""
        if self.changed:
            STORE.execute([(self.rows[key].tat, self.rows[key].until, key) for key in sorted(self.changed)])
