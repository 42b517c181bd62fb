from typing import Any

from django.core.management.base import BaseCommand

from cms.catalogues import ensure_catalogues


class Command(BaseCommand):
    help = "Compiles the message catalogues that are missing or older than their source."
    # The check that misses a catalogue must not stop the command that makes it.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        written = ensure_catalogues()
        self.stdout.write(f"compiled: {written}")
