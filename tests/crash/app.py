"""The Celery application of the crash test: the real one, with the campaigns' gate stepped aside."""

import os
from pathlib import Path
from typing import Any

import django
from celery.signals import beat_init, worker_ready

from cms.celery import app

django.setup()

from publishers import gate  # noqa: E402

gate.register(lambda references: dict.fromkeys(references, gate.ALLOW))


@worker_ready.connect
@beat_init.connect
def say_ready(**_more: Any) -> None:
    """Leave a file behind that says that this process has started."""
    Path(os.environ["LOA_CRASH_READY"]).touch()


__all__ = ["app"]
