"""What a sender sends with, made for one event loop and closed with it."""

import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import aiohttp
from django.core.files.storage import default_storage

from publishers.errors import Permanent
from publishers.message import Attachment
from publishers.platform import Wire

# Telegram and Facebook may take their time with a picture; a post without an answer after this long
# is ambiguous, not failed.
TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10, sock_read=30)


def read_attachment(attachment: Attachment) -> bytes:
    """The bytes of a stored file.

    :raises Permanent: when it is not there any more; nothing has left then.
    """
    try:
        with default_storage.open(attachment.name) as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError as error:
        raise Permanent("missing-file", attachment.name) from error


@contextlib.asynccontextmanager
async def open_wire(in_flight: int, threads: int = 16) -> AsyncIterator[Wire]:
    """Yield a wire with at most ``in_flight`` requests at once; close what is cached on it at the end."""
    connector = aiohttp.TCPConnector(limit=in_flight, ttl_dns_cache=300)
    inside = aiohttp.TCPConnector(limit=in_flight, ttl_dns_cache=300)
    pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="platform")
    async with (
        aiohttp.ClientSession(connector=connector, timeout=TIMEOUT, trust_env=True) as live,
        # The sandbox is never reached through a proxy that the environment names (DESIGN 4.6).
        aiohttp.ClientSession(connector=inside, timeout=TIMEOUT, trust_env=False) as rehearsal,
    ):
        wire = Wire(live=live, rehearsal=rehearsal, threads=pool, read=read_attachment)
        try:
            yield wire
        finally:
            for kept in wire.cache.values():
                close = getattr(kept, "aclose", None)
                if close is not None:
                    await close()
            pool.shutdown(wait=False, cancel_futures=True)
