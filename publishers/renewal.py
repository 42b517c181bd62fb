"""Renewing credentials that run out, once for all senders, and never losing the new ones.

A refresh token works once, so two exchanges at a time would burn the channel's access. The right to
exchange is a lease in the channel's ``Renewal`` row, taken in a transaction of its own that locks the row;
the exchange itself happens outside any transaction (on SQLite an open one would stop every other writer),
and the new pair is committed before anybody uses it. Whoever finds the lease taken waits for the new pair.

If the answer is lost, or the holder dies before it has stored the pair, the old token may be used up. It is
tried once more: should Zalo then refuse it, a person has to consent anew and the channel says so.
"""

import asyncio
import dataclasses
import datetime as dt
import logging
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from django.db import connections, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from publishers import registry
from publishers.errors import Ambiguous, CredentialsExpired, Permanent, SendError, Transient
from publishers.models import Channel, Renewal
from publishers.platform import Wire
from publishers.redact import redact
from publishers.target import Target
from publishers.wire import open_wire
from publishers.work import target_of

logger = logging.getLogger(__name__)
T = TypeVar("T")
Database = Callable[..., Awaitable[Any]]

# Longer than a request may take (publishers/wire.py), so that a lease never ends under a living holder.
LEASE = dt.timedelta(seconds=150)
WAIT_FOR_OTHERS = 90.0
LOOK_EVERY = 0.2
# Credentials refused so soon after an exchange will not be mended by another one.
JUST_NOW = dt.timedelta(minutes=2)
DAILY = dt.timedelta(hours=20)


@dataclasses.dataclass(frozen=True)
class Turn:
    """What was found: fresh credentials in ``target``, or the lease when ``holds``, or neither (wait)."""

    target: Target
    holds: bool = False
    fresh: bool = False


async def renew(stale: Target, wire: Wire, database: Database | None = None) -> Target:
    """Return the channel with credentials newer than those in ``stale``, exchanging them if need be.

    ``database`` runs a function where the caller talks to the database; without it a thread of the wire does.

    :raises Permanent: ``consent-needed`` or ``token-refused``, when only a person can help.
    :raises Transient: when it did not work for now; nothing was posted in any case.
    """
    owner = uuid.uuid4().hex
    database = database or partial(in_database, wire)
    loop = asyncio.get_running_loop()
    giving_up = loop.time() + WAIT_FOR_OTHERS
    while True:
        turn = await database(take, stale, owner)
        if turn.fresh:
            return turn.target
        if turn.holds:
            return await _exchange(turn.target, owner, wire, database)
        if loop.time() > giving_up:
            raise Transient("renewal-lost", "another sender holds the renewal")
        await asyncio.sleep(LOOK_EVERY)


async def _exchange(target: Target, owner: str, wire: Wire, database: Database) -> Target:
    """Exchange with the lease in hand; whatever happens, the lease is given back or has a reason to stand."""
    platform = registry.get(target.platform)
    try:
        try:
            secrets = await platform.renew(target, wire)
        except Ambiguous:
            secrets = await platform.renew(target, wire)
    except Permanent as error:
        refused = target if error.code == "consent-needed" else None
        await database(give_back, target.channel_id, owner, refused)
        raise
    except SendError as error:
        await database(give_back, target.channel_id, owner, None)
        raise Transient("renewal-lost", f"{error.code}: {error.detail}") from error
    stored: Target = await database(store, target, owner, secrets)
    return stored


async def in_database(wire: Wire, function: Callable[..., T], *args: Any) -> T:
    """Run ``function`` in a thread of the wire, with a connection of its own that is closed afterwards."""

    def run() -> T:
        try:
            return function(*args)
        finally:
            connections.close_all()

    return await asyncio.get_running_loop().run_in_executor(wire.threads, run)


@transaction.atomic
def take(stale: Target, owner: str) -> Turn:
    """Find fresh credentials, or take the lease.

    :raises Permanent: when a person has to act.
    """
    Renewal.objects.get_or_create(channel_id=stale.channel_id)
    row = Renewal.objects.select_for_update().get(channel_id=stale.channel_id)
    now = target_of(Channel.objects.get(pk=stale.channel_id))
    if now.secrets != stale.secrets:
        return Turn(now, fresh=True)
    if row.refused and row.refused == digest_of(now):
        raise Permanent("consent-needed")
    moment = timezone.now()
    if row.owner and row.until and row.until > moment:
        return Turn(now)
    if row.renewed_at and row.renewed_at > moment - JUST_NOW:
        raise Permanent("token-refused")
    row.owner, row.until = owner, moment + LEASE
    row.save(update_fields=["owner", "until"])
    return Turn(now, holds=True)


@transaction.atomic
def give_back(channel_id: int, owner: str, refused: Target | None) -> None:
    """End the lease; ``refused`` has the credentials that the platform will never take again."""
    row = Renewal.objects.select_for_update().get(channel_id=channel_id)
    if refused is not None:
        row.refused = digest_of(refused)
    if row.owner == owner:
        row.owner, row.until = "", None
    row.save(update_fields=["owner", "until", "refused"])


@transaction.atomic
def store(target: Target, owner: str, secrets: dict[str, str]) -> Target:
    """Commit the new credentials before anybody uses them. Other secrets keep what a person entered meanwhile."""
    row = Renewal.objects.select_for_update().get(channel_id=target.channel_id)
    channel = Channel.objects.select_for_update().get(pk=target.channel_id)
    changed = {name: value for name, value in secrets.items() if target.secrets.get(name) != value}
    if channel.secrets.get("refresh_token") == target.secrets.get("refresh_token"):
        channel.secrets = {**channel.secrets, **changed}
        # Not save(): a complaint about something else must not lose a pair that exists nowhere else.
        Channel.objects.filter(pk=channel.pk).update(sealed=channel.sealed)
        row.renewed_at = timezone.now()
    if row.owner == owner:
        row.owner, row.until = "", None
    row.save(update_fields=["owner", "until", "renewed_at"])
    return target_of(channel)


def digest_of(target: Target) -> str:
    """A keyed digest of the refresh token: tells whether it is the same one, and nothing else."""
    token = target.secrets.get("refresh_token", "")
    return salted_hmac("loa.refresh_token", token, algorithm="sha256").hexdigest()


async def asking(target: Target, wire: Wire, ask: Callable[[Target], Awaitable[T]]) -> T:
    """``ask`` something harmless of the platform; with renewed credentials once more if they had run out.

    :raises SendError: as ``ask`` does, and as :func:`renew` does.
    """
    try:
        return await ask(target)
    except CredentialsExpired:
        return await ask(await renew(target, wire))


def renew_all() -> int:
    """Renew every channel whose credentials run out and were not renewed today; returns how many were.

    A refresh token lives from one exchange to the next (Zalo: three months), so channels without posts are
    kept alive too.
    """
    names = [name for name, platform in registry.platforms().items() if platform.renewable]
    old = timezone.now() - DAILY
    targets = []
    for channel in Channel.objects.filter(platform__in=names).exclude(renewal__renewed_at__gt=old):
        try:
            targets.append(target_of(channel))
        except SendError as error:
            logger.warning("channel %s cannot be renewed: %s", channel.pk, error.code)

    async def renew_each() -> int:
        async with open_wire(in_flight=4, threads=2) as wire:
            return sum([await _renewed(target, wire) for target in targets])

    return asyncio.run(renew_each()) if targets else 0


async def _renewed(target: Target, wire: Wire) -> bool:
    try:
        await renew(target, wire)
    except SendError as error:
        logger.warning("channel %s was not renewed: %s", target.channel_id, redact(str(error)))
        return False
    return True
