"""One turn of a sender at the database: write what came back, start what is due, in one transaction.

What is written once per message goes through ``publishers.batch``: one statement for all rows of a kind.
"""

import dataclasses
import datetime as dt
import json
import random
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from publishers import batch, gate, outbox
from publishers.batch import Statement, db_time
from publishers.errors import Ambiguous, Throttled, Transient
from publishers.message import UNWRITABLE
from publishers.models import (
    Attempt,
    Delivery,
    DeliveryState,
    Operation,
    OperationKind,
    OperationState,
    Stop,
    Transition,
)
from publishers.pacing import Paces
from publishers.redact import redact
from publishers.work import Result, Work

# How long before its second a message is started at the database (seconds); it goes out at its second.
START_AHEAD = 0.05
# A paced message is started longer before its slot, so that a slow commit does not push it into the next one's.
BOOK_AHEAD = 0.3
MAX_TRIES = 20
LONGEST_PAUSE = 600.0
S, O = DeliveryState, OperationState  # noqa: E741

# What is written once per message, in the order in which the rows of an operation lock.
RUN = Statement(Operation, ("state", "tries"), key=("id",))
GO_ON = Statement(Operation, ("state", "progress"), key=("id",))
RELEASE = Statement(Operation, ("state", "owner", "progress"), key=("id",))
RELEASE_UNTIL = Statement(Operation, ("state", "owner", "progress", "next_try"), key=("id",))
BEGIN_ATTEMPT = Statement(
    Attempt, ("operation_id", "n", "step", "repeatable", "started", "outcome", "code", "detail")
)
END_ATTEMPT = Statement(Attempt, ("ended", "outcome", "code", "detail"), key=("operation_id", "n"))
MOVED = Statement(Delivery, ("state",), key=("id",))
SENT = Statement(
    Delivery, ("state", "sent_at", "external_id", "permalink", "error_code", "reason"), key=("id",)
)
KNOWN_AS = Statement(Delivery, ("external_id", "permalink"), key=("id",))
OUTCOME = Statement(Delivery, ("state", "error_code", "reason"), key=("id",))
EDITED = Statement(Delivery, ("message",), key=("id",))
TRANSITION = Statement(Transition, ("delivery_id", "before", "after", "at", "by", "why"))


@dataclasses.dataclass
class Turn:
    """What a turn decided: attempts that may go on the wire, and works to look at again at a time."""

    owner: str
    started: list[Work] = dataclasses.field(default_factory=list)
    later: list[tuple[float, Work]] = dataclasses.field(default_factory=list)
    statements: dict[Statement, list[tuple[Any, ...]]] = dataclasses.field(default_factory=dict)
    # Those of ``started`` that were between two steps.
    under_way: set[int] = dataclasses.field(default_factory=set)

    def add(self, statement: Statement, *values: Any) -> None:
        """Queue one row of ``statement``."""
        self.statements.setdefault(statement, []).append(values)

    def transition(self, work: Work, before: str, after: str, at: Any, why: str = "", by: str = "") -> None:
        self.add(TRANSITION, work.delivery_id, before, after, at, by or f"sender {self.owner[:8]}", why)

    def start(self, work: Work) -> None:
        """Count the next attempt of ``work``; what is written of it has to be queued as well."""
        if work.running:
            self.under_way.add(work.operation_id)
        work.number, work.running = work.number + 1, True
        self.started.append(work)

    def take_back(self) -> None:
        """Forget what was decided: the transaction failed, or the answer to its commit got lost."""
        for work in self.started:
            work.number, work.running = work.number - 1, work.operation_id in self.under_way

    def flush(self) -> None:
        for statement, rows in self.statements.items():
            if statement.key:
                # A later row of the same key stands for an earlier one.
                rows = list({row[-len(statement.key) :]: row for row in rows}.values())
            statement.execute(rows)


def take_turn(owner: str, results: Sequence[Result], ready: Sequence[Work]) -> Turn:
    """Write ``results`` and start what of ``ready`` may start. Returns what to do next.

    The gate is asked before the transaction, so that a slow one holds no lock.
    """
    asked = [work.job.reference for work in ready if work.job.kind != OperationKind.DELETE and not work.running]
    verdicts = gate.ask(asked)
    turn = Turn(owner)
    try:
        _decide(turn, results, ready, verdicts)
    except Exception:
        turn.take_back()
        raise
    return turn


def _decide(turn: Turn, results: Sequence[Result], ready: Sequence[Work], verdicts: dict[str, gate.Verdict]) -> None:
    """The transaction of a turn."""
    throttled = [r.work for r in results if isinstance(r.error, Throttled)]
    paces = Paces(limit.key for work in [*ready, *throttled] for limit in work.limits)
    with batch.pipelined():
        now, standing = _look({work.operation_id for work in (*ready, *(r.work for r in results))}, paces)
        for result in results:
            state, tries, _owner, delivery_state = now.get(result.work.operation_id, ("", -1, "", ""))
            # A late result of a reaped attempt is still the truth about that attempt.
            if tries == result.work.number and state in (O.RUNNING, O.UNKNOWN):
                result.work.delivery_state = delivery_state
                _finish(turn, result, paces)
        for work in ready:
            state, tries, row_owner, delivery_state = now.get(work.operation_id, ("", 0, "", ""))
            if row_owner != turn.owner:
                continue
            work.delivery_state = delivery_state
            if state == O.RUNNING and tries == work.number + 1:
                # Started in a turn whose commit was never answered, so it never went on the wire.
                turn.start(work)
            elif state in (O.READY, O.RUNNING):
                _consider(turn, work, verdicts.get(work.job.reference, gate.ALLOW), standing, paces)
        turn.flush()
        paces.store()


def _look(ids: set[int], paces: Paces) -> tuple[dict[int, tuple[str, int, str, str]], set[str]]:
    """The operations as they are now, locked, and the stops that stand; ``paces`` are filled."""
    paces.ask()
    operations = batch.ask(
        f"SELECT o.id, o.state, o.tries, o.owner, d.state FROM {Operation._meta.db_table} o"
        f" JOIN {Delivery._meta.db_table} d ON d.id = o.delivery_id"
        f" WHERE {batch.among('o.id', 'bigint')} ORDER BY o.id{batch.for_update('o')}",
        batch.listed(sorted(ids)),
    )
    stops = batch.ask(f"SELECT s.key FROM {Stop._meta.db_table} s")
    paces.take()
    now = {pk: (state, tries, owner, delivery) for pk, state, tries, owner, delivery in operations.rows()}
    return now, {key for (key,) in stops.rows()}


def _said(text: str, longest: int) -> str:
    """What a platform said, without credentials."""
    return _writable(redact(text), longest)


def _writable(text: str, longest: int) -> str:
    """``text`` without what the database cannot hold: one such character would lose a whole turn's results."""
    return UNWRITABLE.sub("", text)[:longest]


def _as_text(data: Any) -> str:
    """``data`` as JSON, its words writable."""

    def clean(part: Any) -> Any:
        if isinstance(part, str):
            return UNWRITABLE.sub("", part)
        if isinstance(part, dict):
            return {key: clean(value) for key, value in part.items()}
        return [clean(one) for one in part] if isinstance(part, list | tuple) else part

    return json.dumps(clean(data))


# --- starting -----------------------------------------------------------------------------------------


def _consider(turn: Turn, work: Work, verdict: gate.Verdict, standing: set[str], paces: Paces) -> None:
    """Start ``work`` unless something speaks against it. A step after the first is only paced."""
    now = timezone.now()
    if work.job.kind != OperationKind.PUBLISH and work.delivery_state in (S.SENDING, S.UNKNOWN):
        turn.later.append((now.timestamp() + 5, work))
        return
    if work.job.kind != OperationKind.DELETE and not work.running:
        if work.stop_keys & standing:
            return _hold(turn, work, "stopped", ", ".join(sorted(work.stop_keys & standing)))
        if verdict.decision == "hold":
            return _hold(turn, work, "gate", verdict.reason)
        if verdict.decision == "drop":
            return _drop(turn, work, verdict.reason)
    if work.job.kind == OperationKind.PUBLISH and not work.running:
        if now > work.due + work.grace:
            return _hold(turn, work, "overdue", "")
        if work.quiet and (until := quiet_until(work.quiet, timezone.localtime(now))):
            return _postpone(turn, work, until)
    soonest = max(now.timestamp(), work.start_at)
    at = paces.admit(work.limits, soonest, BOOK_AHEAD)
    if at > soonest + BOOK_AHEAD:
        # Looked at again when half of what is booked ahead has gone.
        turn.later.append((at - BOOK_AHEAD / 2, work))
        return None
    work.start_at = at
    _start(turn, work, now)
    return None


def _start(turn: Turn, work: Work, now: dt.datetime) -> None:
    at = db_time(now)
    if work.job.kind == OperationKind.PUBLISH and work.delivery_state != S.SENDING:
        turn.add(MOVED, S.SENDING, work.delivery_id)
        turn.transition(work, work.delivery_state, S.SENDING, at)
    turn.start(work)
    turn.add(RUN, O.RUNNING, work.number, work.operation_id)
    step = work.step
    turn.add(BEGIN_ATTEMPT, work.operation_id, work.number, step.name, step.repeatable, at, "", "", "")


def quiet_until(quiet: tuple[dt.time, dt.time], now: dt.datetime) -> dt.datetime | None:
    """The end of the quiet hours that ``now`` (local) lies in, or None. They may cross midnight."""
    start, end = quiet
    clock = now.time()
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    if not inside:
        return None
    ends = now.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return ends if ends > now else ends + dt.timedelta(days=1)


def _release(turn: Turn, work: Work, state: str, next_try: dt.datetime | None = None) -> None:
    progress = _as_text(work.job.progress)
    if next_try is None:
        turn.add(RELEASE, state, "", progress, work.operation_id)
    else:
        turn.add(RELEASE_UNTIL, state, "", progress, db_time(next_try), work.operation_id)


def _set_delivery(turn: Turn, work: Work, state: str, code: str, why: str) -> None:
    """Move the delivery of a publish operation, on the record."""
    if work.job.kind != OperationKind.PUBLISH:
        return
    turn.add(OUTCOME, state, code[:60], why, work.delivery_id)
    if state != work.delivery_state:
        text = ": ".join(part for part in (code, why) if part)
        turn.transition(work, work.delivery_state, state, db_time(timezone.now()), text)


def _hold(turn: Turn, work: Work, code: str, why: str) -> None:
    _release(turn, work, O.HELD)
    _set_delivery(turn, work, S.HELD, code, why)


def _drop(turn: Turn, work: Work, why: str) -> None:
    _release(turn, work, O.CANCELLED)
    _set_delivery(turn, work, S.CANCELLED, "gate", why)


def _postpone(turn: Turn, work: Work, until: dt.datetime) -> None:
    """Quiet hours: go on after them, or hold when that is too late."""
    if until > work.due + work.grace:
        _hold(turn, work, "overdue", "quiet hours")
    else:
        _release(turn, work, O.READY, until)


# --- finishing ----------------------------------------------------------------------------------------


def _finish(turn: Turn, result: Result, paces: Paces) -> None:
    error = result.error
    if error is not None and error.undone:
        result.work.undo(error.undone)
    turn.add(
        END_ATTEMPT,
        db_time(result.ended),
        error.outcome if error else "ok",
        _said(error.code, 60) if error else "",
        _said(error.detail, 2000) if error else "",
        result.work.operation_id,
        result.work.number,
    )
    if error is None:
        _succeeded(turn, result)
    elif isinstance(error, Ambiguous) and not result.work.step.repeatable:
        first_look = result.ended + dt.timedelta(seconds=result.work.platform.reconcile_after)
        _release(turn, result.work, O.UNKNOWN, first_look)
        _set_delivery(turn, result.work, S.UNKNOWN, error.code, _said(error.detail, 2000))
    elif isinstance(error, Throttled):
        key = error.key or (result.work.limits[-1].key if result.work.limits else None)
        until = result.ended.timestamp() + error.seconds
        if key in paces.rows:
            paces.pause(key, until)
        _retry(turn, result, until)
    elif isinstance(error, Transient | Ambiguous):
        _retry(turn, result, result.ended.timestamp() + backoff(result.work.number))
    else:
        _release(turn, result.work, O.FAILED)
        _set_delivery(turn, result.work, S.FAILED, error.code, _said(error.detail, 2000))


def backoff(tries: int) -> float:
    """Seconds to wait after the ``tries``-th failure: doubling, with jitter, bounded."""
    return min(LONGEST_PAUSE, 2.0**tries) * random.uniform(0.5, 1.0)


def _retry(turn: Turn, result: Result, at: float) -> None:
    """Try again at Unix time ``at``, within the grace; a recall keeps trying for as long as it takes."""
    work, error = result.work, result.error
    assert error is not None
    next_try = dt.datetime.fromtimestamp(at, dt.UTC)
    if work.job.kind == OperationKind.PUBLISH:
        if next_try > work.due + work.grace:
            return _hold(turn, work, "overdue", f"{error.code}: {_said(error.detail, 2000)}")
        if work.number >= MAX_TRIES:
            _release(turn, work, O.FAILED)
            return _set_delivery(turn, work, S.FAILED, "gave-up", f"{error.code}: {_said(error.detail, 2000)}")
    _release(turn, work, O.READY, next_try)
    _set_delivery(turn, work, S.SCHEDULED, error.code, _said(error.detail, 2000))
    return None


def _succeeded(turn: Turn, result: Result) -> None:
    work, receipt = result.work, result.receipt
    assert receipt is not None
    last = work.is_last_step
    done = work.after(receipt)
    if not last:
        turn.add(GO_ON, O.RUNNING, _as_text(done.job.progress), work.operation_id)
        if receipt.external_id:
            # Known from now on, so that a recall finds it even if a later step fails.
            turn.add(KNOWN_AS, _writable(receipt.external_id, 200), _writable(receipt.permalink, 500), work.delivery_id)
        turn.later.append((0.0, done))
        return
    _release(turn, done, O.DONE)
    at = db_time(receipt.sent_at or result.ended)
    if work.job.kind == OperationKind.PUBLISH:
        known, where = _writable(receipt.external_id, 200), _writable(receipt.permalink, 500)
        turn.add(SENT, S.SENT, at, known, where, "", "", work.delivery_id)
        turn.transition(work, work.delivery_state, S.SENT, at, where)
    elif work.job.kind == OperationKind.DELETE:
        turn.add(MOVED, S.WITHDRAWN, work.delivery_id)
        turn.transition(work, work.delivery_state, S.WITHDRAWN, at, "recall")
    else:
        turn.add(EDITED, _as_text(work.job.message.as_json()), work.delivery_id)
        turn.transition(work, work.delivery_state, work.delivery_state, at, "edit")




@transaction.atomic
def refuse(operation: Operation, error: Exception) -> None:
    """An operation that cannot even be prepared (credentials, broken message) fails, with its reason."""
    code = getattr(error, "code", "bug")
    detail = redact(str(getattr(error, "detail", "") or repr(error)))
    Operation.objects.filter(pk=operation.pk).update(state=O.FAILED, owner="")
    if operation.kind == OperationKind.PUBLISH:
        outbox.move(
            delivery_id=operation.delivery_id,
            before=(S.SCHEDULED, S.SENDING),
            after=S.FAILED,
            by="sender",
            why=code,
            error_code=code,
            reason=detail,
        )
