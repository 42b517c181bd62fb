import datetime as dt
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from campaigns.ledger import fold, fold_changes
from campaigns.models import Plan
from campaigns.report.build import build
from campaigns.report.files import FORMATS, render
from campaigns.report.pdf import NoOffice
from campaigns.report.places import LEVELS
from campaigns.report.scope import find_plan


class Command(BaseCommand):
    help = "Writes the reach report of a plan for a period, from the ledger brought up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--plan", required=True, help="the plan's number and sign, 84/KH-UBND, or its key"
        )
        parser.add_argument(
            "--from", required=True, dest="first", type=dt.date.fromisoformat, help="YYYY-MM-DD"
        )
        parser.add_argument("--to", required=True, dest="last", type=dt.date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--format", choices=sorted(FORMATS), default="json")
        parser.add_argument("--output", type=Path, help="file to write; without it, standard output")
        parser.add_argument(
            "--rehearsal", action="store_true", help="rehearsal figures only, marked all over"
        )
        parser.add_argument(
            "--refold", action="store_true", help="read everything that ever happened again, not the changes only"
        )
        parser.add_argument("--place-level", choices=LEVELS, default="commune")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plan = find_plan(options["plan"])
        except Plan.DoesNotExist:
            known = ", ".join(Plan.objects.values_list("number", flat=True))
            text = _("There is no plan %(number)s. Known plans: %(known)s.")
            raise CommandError(text % {"number": options["plan"], "known": known}, returncode=2) from None
        if options["first"] > options["last"]:
            raise CommandError(_("The period ends before it begins."), returncode=2)
        fold() if options["refold"] else fold_changes()
        report = build(
            plan,
            options["first"],
            options["last"],
            include_rehearsal=options["rehearsal"],
            place_level=options["place_level"],
        )
        try:
            content = render(report, options["format"])
        except NoOffice as error:
            raise CommandError(str(error), returncode=1) from error
        self._write(content, options["output"])

    def _write(self, content: bytes, output: Path | None) -> None:
        if output is None:
            # Binary forms go out as they are; text is UTF-8 whatever the terminal says.
            sys.stdout.buffer.write(content)
            sys.stdout.flush()
            return
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(content)
        self.stdout.write(str(output))
