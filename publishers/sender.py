"""A sender: one asyncio loop with many requests in flight and one thread that talks to the database.

It works a shift of some seconds: claims what is due soon, starts each message in a transaction of its
own second, and writes results in groups. Any number of senders may work at once (publishers/shifts.py).
"""

import asyncio
import contextlib
import datetime as dt
import heapq
import itertools
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.conf import settings
from django.db import connections
from django.utils import timezone

from publishers import crash, renewal, shifts, turn
from publishers.errors import Ambiguous, CredentialsExpired, SendError, Transient
from publishers.models import Operation
from publishers.platform import Wire
from publishers.redact import redact
from publishers.target import Target
from publishers.wire import open_wire
from publishers.work import Result, Work, target_of, work_of

logger = logging.getLogger(__name__)
T = TypeVar("T")

WINDOW = dt.timedelta(seconds=3)
CLAIM_EVERY = 0.4
RENEW_EVERY = 0.75
START_AHEAD = 0.05
BATCH = 500
# Attempts whose start is committed and whose result is not yet: what a killed sender can leave unknown.
OPEN_ATTEMPTS = 96


class Sender:
    """One shift. ``await run(seconds)`` works until nothing is near, at most ``seconds`` long."""

    def __init__(self, owner: str, *, in_flight: int | None = None, threads: int = 16) -> None:
        self.owner = owner
        self.in_flight = in_flight or settings.LOA_SEND_IN_FLIGHT
        self.threads = threads
        self.waiting: list[tuple[float, int, Work]] = []
        self.results: list[Result] = []
        self.open = 0
        self.alive = True
        self.news = asyncio.Event()
        self.targets: dict[int, Target] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self._order = itertools.count()
        self._database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")

    async def run(self, seconds: float = 20.0) -> int:
        """Send what is due and return how many attempts were made."""
        made = 0
        closing = time.monotonic() + seconds
        try:
            async with open_wire(self.in_flight, self.threads) as wire:
                slots = asyncio.Semaphore(self.in_flight)
                keeper = asyncio.create_task(self._keep_lease())
                next_claim = 0.0
                while True:
                    clock = time.monotonic()
                    claiming = clock < closing and self.alive
                    if claiming and clock >= next_claim:
                        await self._claim()
                        next_claim = time.monotonic() + CLAIM_EVERY
                    ready = self._ready() if claiming else []
                    if ready or self.results:
                        made += await self._turn(ready, wire, slots)
                    elif not self.open and (not claiming or not self.waiting):
                        break
                    else:
                        await self._rest(next_claim if claiming else closing)
                keeper.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await keeper
        finally:
            await self._db(shifts.leave, self.owner)
            await self._db(connections.close_all)
            self._database.shutdown()
        return made

    async def _db(self, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, function, *args)

    async def _keep_lease(self) -> None:
        while self.alive:
            await asyncio.sleep(RENEW_EVERY)
            if not await self._db(self._renew_and_reap):
                logger.warning("shift %s lost its lease; it starts nothing more", self.owner[:8])
                self.alive = False
                self.waiting.clear()

    def _renew_and_reap(self) -> bool:
        alive = shifts.renew(self.owner)
        shifts.reap()
        return alive

    async def _claim(self) -> None:
        for work in await self._db(self._load):
            self._push(work.start_at, work)

    def _load(self) -> list[Work]:
        ids = shifts.claim(self.owner, WINDOW, BATCH)
        if not ids:
            return []
        crash.point("after-claim")
        rows = Operation.objects.filter(pk__in=ids).select_related("delivery__channel").order_by("next_try", "pk")
        works = []
        for row in rows:
            try:
                works.append(work_of(row, self._target(row)))
            except Exception as error:
                turn.refuse(row, error)
        return works

    def _target(self, operation: Operation) -> Target:
        channel = operation.delivery.channel
        if channel.pk not in self.targets:
            self.targets[channel.pk] = target_of(channel)
        return self.targets[channel.pk]

    def _push(self, at: float, work: Work) -> None:
        heapq.heappush(self.waiting, (at, next(self._order), work))

    def _ready(self) -> list[Work]:
        """Take what starts now, as far as open attempts leave room."""
        now, room = time.time() + START_AHEAD, OPEN_ATTEMPTS - self.open
        ready: list[Work] = []
        while self.waiting and self.waiting[0][0] <= now and len(ready) < room:
            ready.append(heapq.heappop(self.waiting)[2])
        return ready

    async def _turn(self, ready: list[Work], wire: Wire, slots: asyncio.Semaphore) -> int:
        results, self.results = self.results, []
        self.news.clear()
        if results:
            crash.point("before-save")
        decided = await self._db(turn.take_turn, self.owner, results, ready)
        self.open += len(decided.started) - len(results)
        for at, work in decided.later:
            self._push(at, work)
        for work in decided.started:
            task = asyncio.create_task(self._perform(work, wire, slots))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        return len(decided.started)

    async def _rest(self, wake: float) -> None:
        """Sleep until a result comes in, something starts, or it is time to claim (monotonic)."""
        pause = wake - time.monotonic()
        if self.waiting and self.open < OPEN_ATTEMPTS and self.alive:
            pause = min(pause, self.waiting[0][0] - START_AHEAD - time.time())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), max(pause, 0.001))

    async def _perform(self, work: Work, wire: Wire, slots: asyncio.Semaphore) -> None:
        """One attempt on the wire, at its second. Whatever goes wrong becomes a result."""
        early = work.start_at - time.time()
        if early > 0:
            await asyncio.sleep(early)
        receipt, failure = None, None
        async with slots:
            crash.point("after-commit")
            try:
                receipt = await work.platform.perform(work.step, work.job, wire)
            except CredentialsExpired as error:
                failure = await self._renew(work, error, wire)
            except SendError as error:
                failure = error
            except Exception as error:
                logger.exception("%s failed at %s", work.platform.name, work.job.reference)
                failure = Ambiguous("bug", redact(repr(error)))
            crash.point("after-answer")
        self.results.append(Result(work, timezone.now(), receipt, failure))
        self.news.set()

    async def _renew(self, work: Work, expired: CredentialsExpired, wire: Wire) -> SendError:
        """Get new credentials for the next try; the error says whether there will be one."""
        if not work.platform.renewable:
            return expired
        try:
            self.targets[work.job.target.channel_id] = await renewal.renew(
                work.job.target, wire, self._db
            )
        except SendError as error:
            return error
        except Exception as error:
            # The post itself was certainly refused: trying again is safe.
            logger.exception("renewing channel %s failed", work.job.target.channel_id)
            return Transient("renewal-lost", redact(repr(error)))
        return expired


def work_a_shift(seconds: float = 20.0) -> int:
    """Take a seat and send what is due; 0 when all seats are taken or nothing is near."""
    shift = shifts.take_seat(settings.LOA_SEND_SEATS)
    if shift is None:
        return 0
    return asyncio.run(Sender(shift.owner).run(seconds))
