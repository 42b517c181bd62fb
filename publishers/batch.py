"""Many rows in one statement, and few round trips per transaction, on both databases.

The ORM has no such thing for updates that differ from row to row, and its per-row cost was a third of a
burst; on PostgreSQL each round trip of the sender's thread also waits for the interpreter lock
(docs/benchmarks.md). Here and nowhere else does the outbox know which database it runs on.
"""

import contextlib
import dataclasses
import datetime as dt
import functools
import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models, transaction

# A few rows are looked up by their keys, whatever the planner thinks of a small table: reading the whole of
# one took half of a turn (measured at 18,000 attempts).
BY_INDEX = "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


@dataclasses.dataclass(frozen=True)
class Statement:
    """An update of ``columns`` of the row that ``key`` names, or without ``key`` an insert, for many rows.

    Values come in the order columns, key. JSON columns take text. A key may come once per execution.
    """

    model: type[models.Model]
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()

    @functools.cached_property
    def for_sqlite(self) -> str:
        table = self.model._meta.db_table
        if not self.key:
            return f"INSERT INTO {table} ({', '.join(self.columns)}) VALUES ({', '.join(['%s'] * len(self.columns))})"
        given = ", ".join(f"{column}=%s" for column in self.columns)
        return f"UPDATE {table} SET {given} WHERE {' AND '.join(f'{column}=%s' for column in self.key)}"

    @functools.cached_property
    def for_postgres(self) -> str:
        """One statement whose rows travel as one JSON parameter."""
        table = self.model._meta.db_table
        names = (*self.columns, *self.key)
        rows = f"json_to_recordset(%s::json) AS v({', '.join(f'{name} {self._type(name)}' for name in names)})"
        if not self.key:
            chosen = ", ".join(self._value(name) for name in self.columns)
            return f"INSERT INTO {table} ({', '.join(self.columns)}) SELECT {chosen} FROM {rows}"
        given = ", ".join(f"{column}={self._value(column)}" for column in self.columns)
        same = " AND ".join(f"t.{name}=v.{name}" for name in self.key)
        return f"UPDATE {table} t SET {given} FROM {rows} WHERE {same}"

    def _field(self, column: str) -> "models.Field[Any, Any]":
        return next(field for field in self.model._meta.concrete_fields if field.column == column)

    def _type(self, column: str) -> str:
        """The type to read the value as. ``varchar(n)`` would cut what is too long without a word."""
        field = self._field(column)
        if isinstance(field, models.CharField | models.JSONField):
            return "text"
        return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))

    def _value(self, column: str) -> str:
        return f"v.{column}::jsonb" if isinstance(self._field(column), models.JSONField) else f"v.{column}"

    def execute(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write ``rows`` within the transaction that is open."""
        if not _is_postgres():
            with connection.cursor() as cursor:
                cursor.executemany(self.for_sqlite, rows)
            return
        names = (*self.columns, *self.key)
        named = [dict(zip(names, row, strict=True)) for row in rows]
        ask(self.for_postgres, json.dumps(named, default=str))


def db_time(moment: dt.datetime) -> Any:
    """``moment`` as the database's own parameter."""
    return connection.ops.adapt_datetimefield_value(moment)


def among(column: str, kind: str) -> str:
    """A condition that ``column`` is one of a :func:`listed` parameter. ``kind`` is PostgreSQL's type."""
    if _is_postgres():
        return f"{column} = ANY(%s::{kind}[])"
    return f"{column} IN (SELECT value FROM json_each(%s))"


def listed(values: Sequence[Any]) -> Any:
    """``values`` as one parameter for :func:`among`."""
    return list(values) if _is_postgres() else json.dumps(list(values))


def for_update(of: str, *, skip_locked: bool = False) -> str:
    """The clause that locks the rows of table alias ``of``; SQLite's writers queue at their BEGIN."""
    return f" FOR UPDATE OF {of}{' SKIP LOCKED' if skip_locked else ''}" if _is_postgres() else ""


class Answer:
    """Rows that were asked for; within :func:`pipelined` they travel only when they are fetched."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def rows(self) -> list[tuple[Any, ...]]:
        with connection.wrap_database_errors:
            rows: list[tuple[Any, ...]] = self._cursor.fetchall()
            self._cursor.close()
            return rows


def ask(sql: str, *values: Any) -> Answer:
    """Run ``sql``; on PostgreSQL with parameters bound by the server, which spares quoting them here."""
    if not _is_postgres():
        cursor: Any = connection.cursor()
        cursor.execute(sql, values)
        return Answer(cursor)
    import psycopg

    connection.ensure_connection()
    bound = psycopg.Cursor(connection.connection)
    with connection.wrap_database_errors:
        bound.execute(sql.encode(), values)
    return Answer(bound)


@contextlib.contextmanager
def pipelined() -> Iterator[None]:
    """One transaction whose statements do not wait for one another's answers."""
    connection.ensure_connection()
    raw: Any = connection.connection
    with contextlib.ExitStack() as stack:
        if _is_postgres():
            stack.enter_context(connection.wrap_database_errors)
            stack.enter_context(raw.pipeline())
        stack.enter_context(transaction.atomic())
        if _is_postgres():
            ask(BY_INDEX)
        yield
