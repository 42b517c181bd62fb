import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from campaigns.ledger.export import export_ledger


class Command(BaseCommand):
    help = (
        "Writes readings, clicks, plays, activities, deliveries and places as CSV for an independent recount."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", required=True, dest="first", type=dt.date.fromisoformat, help="YYYY-MM-DD"
        )
        parser.add_argument("--to", required=True, dest="last", type=dt.date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--output", required=True, type=Path, help="folder for the files")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["first"] > options["last"]:
            raise CommandError(_("The period ends before it begins."), returncode=2)
        written = export_ledger(options["first"], options["last"], options["output"])
        if options["format"] == "json":
            self.stdout.write(json.dumps(written))
            return
        for name, rows in written.items():
            self.stdout.write(f"{options['output'] / name}.csv: {rows}")
