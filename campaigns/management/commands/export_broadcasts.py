import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from campaigns.personal.exports import adapter_named, document


class Command(BaseCommand):
    help = (
        "Writes stations, their bulletins and plays as neutral JSON (docs/export.md), or through an adapter "
        "in the form that a receiving system wants."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", required=True, dest="first", type=dt.date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--to", required=True, dest="last", type=dt.date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--output", type=Path, help="the file; without it, standard output")
        parser.add_argument("--rehearsal", action="store_true", help="practice instead of real work")
        parser.add_argument("--adapter", default="", help="dotted path of a function from the document to bytes")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["first"] > options["last"]:
            raise CommandError(_("The period ends before it begins."), returncode=2)
        try:
            adapt = adapter_named(options["adapter"])
        except ImportError as error:
            raise CommandError(str(error), returncode=2) from None
        content = adapt(document(options["first"], options["last"], rehearsal=options["rehearsal"]))
        if options["output"] is None:
            self.stdout.write(content.decode())
            return
        options["output"].write_bytes(content)
        self.stdout.write(str(options["output"]))
