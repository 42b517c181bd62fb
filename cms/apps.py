from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, post_save


def set_write_ahead_log(using: str, **kwargs: Any) -> None:
    """Put SQLite into WAL mode, once: on every connection it could wait for a lock (docs/decisions.md)."""
    connection = connections[using]
    if connection.vendor == "sqlite" and not connection.is_in_memory_db():  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")


class CmsConfig(AppConfig):
    name = "cms"

    def ready(self) -> None:
        from cms import checks  # noqa: F401
        from cms.models import HomePage
        from cms.roles import admit_to_new_home
        from cms.wagtail_words import speak_vietnamese

        speak_vietnamese()
        post_migrate.connect(set_write_ahead_log, sender=self)
        post_save.connect(admit_to_new_home, sender=HomePage)
