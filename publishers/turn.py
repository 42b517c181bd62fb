"""One turn of a sender at the database: write what came back, start what is due, in one transaction.

The statements that run once per message are plain SQL sent in batches; measured, the ORM's per-row
cost was a third of a burst (docs/benchmarks.md).
"""

import dataclasses
import datetime as dt
import json
import random
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from publishers import gate, outbox, stops
from publishers.errors import Ambiguous, Throttled, Transient
from publishers.models import Attempt, Delivery, DeliveryState, Operation, OperationKind, OperationState, Transition
from publishers.pacing import Paces
from publishers.redact import redact
from publishers.work import Result, Work

MAX_TRIES = 20
LONGEST_PAUSE = 600.0
OP, DELIVERY = Operation._meta.db_table, Delivery._meta.db_table
ATTEMPT, TRANSITION = Attempt._meta.db_table, Transition._meta.db_table
S, O = DeliveryState, OperationState  # noqa: E741


@dataclasses.dataclass
class Turn:
    """What a turn decided: attempts that may go on the wire, and works to look at again at a time."""

    owner: str
    started: list[Work] = dataclasses.field(default_factory=list)
    later: list[tuple[float, Work]] = dataclasses.field(default_factory=list)
    statements: dict[str, list[tuple[Any, ...]]] = dataclasses.field(default_factory=dict)

    def add(self, sql: str, *values: Any) -> None:
        """Queue one row of a batch statement."""
        self.statements.setdefault(sql, []).append(values)

    def transition(self, work: Work, before: str, after: str, at: Any, why: str = "", by: str = "") -> None:
        self.add(
            f"INSERT INTO {TRANSITION} (delivery_id, before, after, at, by, why) VALUES (%s, %s, %s, %s, %s, %s)",
            work.delivery_id,
            before,
            after,
            at,
            by or f"sender {self.owner[:8]}",
            why,
        )

    def flush(self) -> None:
        with connection.cursor() as cursor:
            for sql, rows in self.statements.items():
                cursor.executemany(sql, rows)


def db_time(moment: dt.datetime) -> Any:
    """``moment`` as the database's own parameter."""
    return connection.ops.adapt_datetimefield_value(moment)


def take_turn(owner: str, results: Sequence[Result], ready: Sequence[Work]) -> Turn:
    """Write ``results`` and start what of ``ready`` may start. Returns what to do next.

    The gate is asked before the transaction, so that a slow one holds no lock.
    """
    asked = [work.job.reference for work in ready if work.job.kind != OperationKind.DELETE and not work.running]
    verdicts = gate.ask(asked)
    turn = Turn(owner)
    with transaction.atomic():
        paces = Paces()
        throttled = [r.work for r in results if isinstance(r.error, Throttled)]
        paces.load(limit.key for work in [*ready, *throttled] for limit in work.limits)
        ids = {work.operation_id for work in ready} | {result.work.operation_id for result in results}
        rows = Operation.objects.select_for_update(of=("self",)).filter(pk__in=ids)
        now = {
            pk: (state, tries, owner, delivery_state)
            for pk, state, tries, owner, delivery_state in rows.values_list(
                "pk", "state", "tries", "owner", "delivery__state"
            )
        }
        for result in results:
            state, tries, _owner, delivery_state = now.get(result.work.operation_id, ("", -1, "", ""))
            # A late result of a reaped attempt is still the truth about that attempt.
            if tries == result.work.number and state in (O.RUNNING, O.UNKNOWN):
                result.work.delivery_state = delivery_state
                _finish(turn, result, paces)
        standing = stops.standing() if ready else set()
        for work in ready:
            state, _tries, row_owner, delivery_state = now.get(work.operation_id, ("", 0, "", ""))
            if row_owner == owner and state in (O.READY, O.RUNNING):
                work.delivery_state = delivery_state
                _consider(turn, work, verdicts.get(work.job.reference, gate.ALLOW), standing, paces)
        turn.flush()
        paces.store()
    return turn


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
    at = paces.admit(work.limits, now.timestamp())
    if at > now.timestamp():
        turn.later.append((at, work))
        return None
    _start(turn, work, now)
    return None


def _start(turn: Turn, work: Work, now: dt.datetime) -> None:
    work.number += 1
    at = db_time(now)
    turn.add(f"UPDATE {OP} SET state='running', tries=%s WHERE id=%s", work.number, work.operation_id)
    turn.add(
        f"INSERT INTO {ATTEMPT} (operation_id, n, step, repeatable, started, outcome, code, detail)"
        " VALUES (%s, %s, %s, %s, %s, '', '', '')",
        work.operation_id,
        work.number,
        work.step.name,
        work.step.repeatable,
        at,
    )
    if work.job.kind == OperationKind.PUBLISH and work.delivery_state != S.SENDING:
        turn.add(f"UPDATE {DELIVERY} SET state='sending' WHERE id=%s", work.delivery_id)
        turn.transition(work, work.delivery_state, S.SENDING, at)
    work.running = True
    turn.started.append(work)


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
    progress = json.dumps(work.job.progress)
    if next_try is None:
        turn.add(f"UPDATE {OP} SET state=%s, owner='', progress=%s WHERE id=%s", state, progress, work.operation_id)
    else:
        turn.add(
            f"UPDATE {OP} SET state=%s, owner='', progress=%s, next_try=%s WHERE id=%s",
            state,
            progress,
            db_time(next_try),
            work.operation_id,
        )


def _set_delivery(turn: Turn, work: Work, state: str, code: str, why: str) -> None:
    """Move the delivery of a publish operation, on the record."""
    if work.job.kind != OperationKind.PUBLISH:
        return
    turn.add(
        f"UPDATE {DELIVERY} SET state=%s, error_code=%s, reason=%s WHERE id=%s",
        state,
        code,
        why,
        work.delivery_id,
    )
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
        f"UPDATE {ATTEMPT} SET ended=%s, outcome=%s, code=%s, detail=%s WHERE operation_id=%s AND n=%s",
        db_time(result.ended),
        error.outcome if error else "ok",
        error.code[:60] if error else "",
        redact(error.detail)[:2000] if error else "",
        result.work.operation_id,
        result.work.number,
    )
    if error is None:
        _succeeded(turn, result)
    elif isinstance(error, Ambiguous) and not result.work.step.repeatable:
        first_look = result.ended + dt.timedelta(seconds=result.work.platform.reconcile_after)
        _release(turn, result.work, O.UNKNOWN, first_look)
        _set_delivery(turn, result.work, S.UNKNOWN, error.code, redact(error.detail))
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
        _set_delivery(turn, result.work, S.FAILED, error.code, redact(error.detail))


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
            return _hold(turn, work, "overdue", f"{error.code}: {redact(error.detail)}")
        if work.number >= MAX_TRIES:
            _release(turn, work, O.FAILED)
            return _set_delivery(turn, work, S.FAILED, "gave-up", f"{error.code}: {redact(error.detail)}")
    _release(turn, work, O.READY, next_try)
    _set_delivery(turn, work, S.SCHEDULED, error.code, redact(error.detail))
    return None


def _succeeded(turn: Turn, result: Result) -> None:
    work, receipt = result.work, result.receipt
    assert receipt is not None
    last = work.is_last_step
    done = work.after(receipt)
    if not last:
        turn.add(
            f"UPDATE {OP} SET state='running', progress=%s WHERE id=%s",
            json.dumps(done.job.progress),
            work.operation_id,
        )
        if receipt.external_id:
            # Known from now on, so that a recall finds it even if a later step fails.
            turn.add(
                f"UPDATE {DELIVERY} SET external_id=%s, permalink=%s WHERE id=%s",
                receipt.external_id[:200],
                receipt.permalink[:500],
                work.delivery_id,
            )
        turn.later.append((0.0, done))
        return
    _release(turn, done, O.DONE)
    at = db_time(receipt.sent_at or result.ended)
    if work.job.kind == OperationKind.PUBLISH:
        turn.add(
            f"UPDATE {DELIVERY} SET state='sent', sent_at=%s, external_id=%s, permalink=%s, error_code='', reason=''"
            " WHERE id=%s",
            at,
            receipt.external_id[:200],
            receipt.permalink[:500],
            work.delivery_id,
        )
        turn.transition(work, work.delivery_state, S.SENT, at, receipt.permalink)
    elif work.job.kind == OperationKind.DELETE:
        turn.add(f"UPDATE {DELIVERY} SET state='withdrawn' WHERE id=%s", work.delivery_id)
        turn.transition(work, work.delivery_state, S.WITHDRAWN, at, "recall")
    else:
        turn.add(
            f"UPDATE {DELIVERY} SET message=%s WHERE id=%s",
            json.dumps(work.job.message.as_json()),
            work.delivery_id,
        )
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
