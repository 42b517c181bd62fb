from typing import Any

from django.core.management.base import BaseCommand

from campaigns.ledger import fold
from campaigns.ledger.rollups import rebuild


class Command(BaseCommand):
    help = "Folds everything that happened into the ledger and makes the sums that reports read anew."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = fold()
        self.stdout.write(f"ledger rows changed: {changed}; sums by month: {rebuild()}")
