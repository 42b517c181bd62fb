"""The Celery application: ``celery -A cms worker`` and ``celery -A cms beat``."""

import logging
import os
import threading
from typing import Any

from celery import Celery
from celery.signals import after_setup_logger, after_setup_task_logger, beat_init, celeryd_init

from publishers.redact import RedactFilter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
app = Celery("cms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def refuse_memory_broker(**kwargs: Any) -> None:
    """A process of its own cannot hear an in-memory broker: it would wait for ever and send nothing.

    :raises SystemExit: with the cure.
    """
    # The demo's beat is a thread of the process that holds the broker; a program of its own is a main thread.
    alone = threading.current_thread() is threading.main_thread()
    if alone and str(app.conf.broker_url).startswith("memory:"):
        raise SystemExit(
            "Loa: CELERY_BROKER_URL là memory://, chỉ dùng trong một tiến trình; worker và beat chạy riêng cần một "
            "broker thật. Hãy đặt CELERY_BROKER_URL=redis://127.0.0.1:6379/0 (và chạy Redis) rồi chạy lại."
        )


@after_setup_logger.connect
@after_setup_task_logger.connect
def mask_credentials(logger: logging.Logger, **kwargs: Any) -> None:
    """Celery puts handlers of its own in the place of ours; they mask credentials as well."""
    for handler in logger.handlers:
        if not any(isinstance(known, RedactFilter) for known in handler.filters):
            handler.addFilter(RedactFilter())
