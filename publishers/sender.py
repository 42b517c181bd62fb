"""A sender: one asyncio loop with many requests in flight and two threads that talk to the database.

It works a shift of some seconds: claims what is due soon, starts each message in a transaction of its
own second, and writes results in groups. Any number of senders may work at once (publishers/shifts.py).
"""

import asyncio
import contextlib
import datetime as dt
import functools
import gc
import heapq
import itertools
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.utils import timezone

from publishers import aftermath, crash, health, renewal, shifts, turn
from publishers.errors import Ambiguous, CredentialsExpired, SendError, Transient
from publishers.models import Channel, Operation
from publishers.platform import Wire
from publishers.redact import redact
from publishers.target import Target
from publishers.wire import open_wire
from publishers.work import Result, Work, target_of, work_of

logger = logging.getLogger(__name__)
T = TypeVar("T")

WINDOW = dt.timedelta(seconds=3)
CLAIM_EVERY = 0.4
# Few at a time, so that the first are on the wire while the next are read.
BATCH = 100
# So many that could start at once are enough; more are claimed only every CLAIM_EVERY.
ENOUGH = 200
RENEW_EVERY = 0.75
PATIENCE = 0.2
# A step that has not come to an end by then never will (seconds): nothing stays in *sending* for 15 minutes.
LONGEST_STEP = 600.0
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
        self.more_is_near = False
        self.alive = True
        self.news = asyncio.Event()
        self.channels: dict[int, Channel] = {}
        self.targets: dict[int, Target] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        # When the last message of each pace went out.
        self.gone: dict[str, float] = {}
        self._order = itertools.count()
        self.claim: asyncio.Task[None] | None = None
        self._database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
        # Reads what is due beside the turns, so that nobody on the wire waits for it.
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox-reader")

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
                    if self.claim is not None and self.claim.done():
                        self.claim.result()
                        self.claim = None
                    if claiming and self.claim is None and (clock >= next_claim or self._runs_short()):
                        self.claim = asyncio.create_task(self._claim())
                        next_claim = clock + CLAIM_EVERY
                    ready = self._ready() if claiming else []
                    if ready or self.results:
                        made += await self._turn(ready, wire, slots)
                    elif self.claim is None and not self.open and not (claiming and await self._is_needed()):
                        break
                    else:
                        await self._rest(next_claim if claiming else clock + CLAIM_EVERY)
                keeper.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await keeper
        finally:
            if self.claim is not None:
                await asyncio.wait([self.claim])
            await self._db(shifts.leave, self.owner)
            for thread in (self._database, self._reader):
                await self._on(thread, connections.close_all)
                thread.shutdown()
        return made

    async def _db(self, function: Callable[..., T], *args: Any) -> T:
        return await self._on(self._database, function, *args)

    @staticmethod
    async def _on(thread: ThreadPoolExecutor, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, function, *args)

    async def _patiently(
        self, function: Callable[..., T], *args: Any, thread: ThreadPoolExecutor | None = None
    ) -> T | None:
        """As :meth:`_db`, but None while the database cannot answer: it restarts, is locked, had a deadlock.

        What this sender holds in memory stays there, so that no result is lost by it.
        """
        thread = thread or self._database
        try:
            return await self._on(thread, function, *args)
        except (OperationalError, InterfaceError) as error:
            logger.warning("the outbox's database: %s; trying again", redact(str(error).strip()))
            with contextlib.suppress(DatabaseError, InterfaceError):
                await self._on(thread, connections.close_all)
            await asyncio.sleep(PATIENCE)
            return None

    async def _keep_lease(self) -> None:
        while self.alive:
            await asyncio.sleep(RENEW_EVERY)
            if await self._patiently(self._renew_and_reap) is False:
                logger.warning("shift %s lost its lease; it starts nothing more", self.owner[:8])
                self.alive = False
                self.waiting.clear()

    def _renew_and_reap(self) -> bool:
        alive = shifts.renew(self.owner)
        shifts.reap()
        health.beat("sender")  # a long shift may keep a small installation from working on a tick
        return alive

    async def _is_needed(self) -> bool:
        """Whether something is near, or a shift that seems to have died will have to be reaped soon."""
        near = bool(self.waiting) or self.more_is_near
        return near or bool(await self._patiently(shifts.someone_is_silent, self.owner))

    def _runs_short(self) -> bool:
        """Whether there is more to claim and little that could start at once."""
        now = time.time()
        return self.more_is_near and sum(at <= now for at, _order, _work in self.waiting) < ENOUGH

    async def _claim(self) -> None:
        """Claim what is due soon."""
        try:
            claimed, works = await self._patiently(self._load, thread=self._reader) or (0, [])
            self.more_is_near = claimed == BATCH
            for work in works:
                self._push(work.start_at, work)
        finally:
            self.news.set()

    def _load(self) -> tuple[int, list[Work]]:
        """How many were claimed, and the works that were made of them."""
        ids = shifts.claim(self.owner, WINDOW, BATCH)
        if not ids:
            return 0, []
        crash.point("after-claim")
        rows = list(Operation.objects.filter(pk__in=ids).select_related("delivery").order_by("next_try", "pk"))
        self._know({row.delivery.channel_id for row in rows})
        works = []
        for row in rows:
            row.delivery.channel = self.channels[row.delivery.channel_id]
            try:
                works.append(work_of(row, self._target(row.delivery.channel)))
            except Exception as error:
                turn.refuse(row, error)
        return len(ids), works

    def _know(self, channel_ids: set[int]) -> None:
        """Read the channels that this shift has not met yet."""
        new = channel_ids - self.channels.keys()
        if new:
            self.channels |= Channel.objects.in_bulk(new)

    def _target(self, channel: Channel) -> Target:
        if channel.pk not in self.targets:
            self.targets[channel.pk] = target_of(channel)
        return self.targets[channel.pk]

    def _push(self, at: float, work: Work) -> None:
        heapq.heappush(self.waiting, (at, next(self._order), work))

    def _ready(self) -> list[Work]:
        """Take what starts now, as far as open attempts leave room."""
        now, room = time.time() + turn.START_AHEAD, OPEN_ATTEMPTS - self.open
        ready: list[Work] = []
        while self.waiting and self.waiting[0][0] <= now and len(ready) < room:
            ready.append(heapq.heappop(self.waiting)[2])
        return ready

    async def _turn(self, ready: list[Work], wire: Wire, slots: asyncio.Semaphore) -> int:
        results, self.results = self.results, []
        self.news.clear()
        if results:
            crash.point("before-save")
        decided = await self._patiently(turn.take_turn, self.owner, results, ready)
        if decided is None:
            self.results[:0] = results
            for work in ready:
                self._push(work.start_at, work)
            return 0
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
            pause = min(pause, self.waiting[0][0] - turn.START_AHEAD - time.time())
        if self.results:
            return
        self.news.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), max(pause, 0.001))

    async def _wait_for_slot(self, work: Work) -> None:
        """Wait for its second; what a busy machine held up does not then go out in one bunch."""
        now = time.time()
        strict = [limit for limit in work.limits if limit.burst == 1]
        at = max([now, work.start_at, *(self.gone.get(limit.key, 0.0) + limit.interval for limit in strict)])
        for limit in strict:
            self.gone[limit.key] = at
        if at > now:
            await asyncio.sleep(at - now)

    async def _perform(self, work: Work, wire: Wire, slots: asyncio.Semaphore) -> None:
        """One attempt on the wire, at its second. Whatever goes wrong becomes a result."""
        await self._wait_for_slot(work)
        receipt, failure = None, None
        async with slots:
            crash.point("after-commit")
            crash.soon("on-the-wire", 0.03)
            try:
                async with asyncio.timeout(LONGEST_STEP):
                    receipt = await work.platform.perform(work.step, work.job, wire)
            except CredentialsExpired as error:
                failure = await self._renew(work, error, wire)
            except SendError as error:
                failure = error
            except TimeoutError:
                failure = Ambiguous("timeout", f"no end after {LONGEST_STEP:.0f} s")
            except Exception as error:
                logger.exception("%s failed at %s", work.platform.name, work.job.reference)
                failure = Ambiguous("bug", redact(repr(error)))
            crash.point("after-answer")
            if receipt is not None and (receipt.options or receipt.pauses):
                await self._db(aftermath.keep, work.job.target.channel_id, receipt)
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


@functools.cache
def settle_memory() -> None:
    """Have the collector look through the program itself once in a process and then leave it alone.

    A full collection over all of Django and Wagtail stopped every message in flight for 0.15 s (measured).
    """
    gc.collect()
    gc.freeze()


def work_a_shift(seconds: float = 20.0) -> int:
    """Take a seat and send what is due; 0 when all seats are taken or nothing is near."""
    settle_memory()
    shift = shifts.take_seat(settings.LOA_SEND_SEATS)
    if shift is None:
        return 0
    return asyncio.run(Sender(shift.owner).run(seconds))
