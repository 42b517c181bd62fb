"""The sandbox server: one aiohttp application with all rehearsal platforms, alone or in a thread.

Nothing here imports Django. Start it with ``python -m publishers.sandbox`` or with SandboxServer.
"""

import asyncio
import contextlib
import pathlib
import threading
from collections.abc import AsyncIterator
from types import TracebackType

import aiohttp
from aiohttp import web

from publishers.sandbox.facebook import FacebookApi
from publishers.sandbox.log import SandboxLog
from publishers.sandbox.notices import add_notice_routes
from publishers.sandbox.state import SANDBOX, Sandbox
from publishers.sandbox.telegram import TelegramApi
from publishers.sandbox.telegram_page import add_telegram_pages
from publishers.sandbox.timeline import add_timeline_routes
from publishers.sandbox.training import add_training_routes
from publishers.sandbox.zalo import ZaloApi

MAX_BODY = 52 * 1024 * 1024


def make_app(log_path: pathlib.Path, *, delay: float = 0.0) -> web.Application:
    """Build the application on a log file, which is created or continued.

    ``delay`` is the time in seconds that every platform call takes before it acts. Raises OSError when
    another process uses the log, LogDamagedError when the file is not a log of the sandbox.
    """
    app = web.Application(client_max_size=MAX_BODY)
    app[SANDBOX] = Sandbox(log=SandboxLog(log_path), delay=delay)
    telegram = TelegramApi(app[SANDBOX].log)
    telegram.add_routes(app)
    FacebookApi().add_routes(app)
    ZaloApi().add_routes(app)
    add_notice_routes(app)
    add_telegram_pages(app, telegram.chats)
    add_timeline_routes(app)
    add_training_routes(app)

    async def running(app: web.Application) -> AsyncIterator[None]:
        sandbox = app[SANDBOX]
        sandbox.client = aiohttp.ClientSession(headers={"User-Agent": "LoaSandbox/1.0 (rehearsal)"})
        pusher = asyncio.create_task(telegram.updates.push(sandbox))
        yield
        sandbox.faults.stopping.set()
        pusher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pusher
        await sandbox.client.close()
        await sandbox.log.settled()
        sandbox.log.close()

    async def stop_waiting(app: web.Application) -> None:
        app[SANDBOX].faults.stopping.set()

    app.cleanup_ctx.append(running)
    app.on_shutdown.append(stop_waiting)
    return app


class SandboxServer:
    """The sandbox in a daemon thread with its own event loop; a context manager.

    ``port`` 0 takes a free one. ``start`` raises OSError when the port is taken or the log is in use.
    """

    def __init__(self, log_path: pathlib.Path, host: str = "127.0.0.1", port: int = 0, delay: float = 0.0) -> None:
        self.log_path = log_path
        self.host = host
        self.port = port
        self.delay = delay
        self.sandbox: Sandbox | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._error: BaseException | None = None

    @property
    def url(self) -> str:
        """The address of the running server, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> "SandboxServer":
        """Serve until ``stop``; returns once requests are answered. Raises OSError."""
        self._ready.clear()
        self._error = None
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error
        return self

    def stop(self) -> None:
        """Stop serving; what was accepted is on disk. Harmless when it does not run."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        self._thread = None

    def __enter__(self) -> "SandboxServer":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # handed to the thread that called start()
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        app = make_app(self.log_path, delay=self.delay)
        self.sandbox = app[SANDBOX]
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self.host, self.port)
            await site.start()
            self.port = runner.addresses[0][1]
            self._ready.set()
            await self._stop.wait()
        finally:
            await runner.cleanup()
