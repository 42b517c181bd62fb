"""Everything that runs during the demo, in one process: site, sandbox, a Celery worker and beat.

One process, because its broker is in memory: a killed demo takes all of it along, and the database
says where to go on.
"""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from celery import Celery
from celery.beat import Scheduler, Service
from celery.worker import WorkController
from django.conf import settings
from django.utils.translation import gettext as _
from waitress import create_server

from publishers.sandbox.server import SandboxServer


class PortTaken(Exception):
    """Another program already listens where the demo wants to."""


def port_of(url: str) -> tuple[str, int]:
    """Host and port of an address."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80)


def refuse_taken(url: str, setting: str) -> None:
    """Raise PortTaken, with the cure, when something listens at ``url``."""
    host, port = port_of(url)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            text = _("Port %(port)d is taken: stop what uses it, or set %(setting)s to another address.")
            raise PortTaken(text % {"port": port, "setting": setting}) from error


class Runtime:
    """A context manager: started, it serves; left, it stops what it started."""

    def __init__(self, app: Celery, log_path: Path) -> None:
        refuse_taken(settings.SITE_URL, "SITE_URL")
        refuse_taken(settings.LOA_SANDBOX_URL, "LOA_SANDBOX_URL")
        host, port = port_of(settings.LOA_SANDBOX_URL)
        self.sandbox = SandboxServer(log_path, host=host, port=port)
        self.app = app

    def __enter__(self) -> "Runtime":
        from cms.wsgi import application

        host, port = port_of(settings.SITE_URL)
        self.sandbox.start()
        self.site = create_server(application, host=host, port=port, threads=6, ident=None)
        self.worker = WorkController(app=self.app, pool_cls="threads", concurrency=4, without_heartbeat=True)
        self.beat = Service(self.app, max_interval=1, scheduler_cls=Scheduler)
        self._thread("site", self.site.run)
        self._thread("worker", self.worker.start)
        self._thread("beat", lambda: self.beat.start(embedded_process=True))
        return self

    def _thread(self, name: str, target: Callable[[], object]) -> None:
        threading.Thread(target=target, name=name, daemon=True).start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.beat.stop()
        self.worker.stop(in_sighandler=True)
        self.site.close()
        self.sandbox.stop()
