import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from cms.doctor import BROKEN, CHECKS, OK, WARN, examine, is_broken

MARKS = {OK: "✓", WARN: "!", BROKEN: "✗"}


class Command(BaseCommand):
    help = "Says what is missing on this machine or in these settings, and how to mend it. Exit 1: broken."
    # It has to run exactly where the system checks or the database do not.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument("--only", action="append", choices=list(CHECKS), help="run this check; may repeat")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine(options["only"])
        if options["format"] == "json":
            rows = [dataclasses.asdict(finding) for finding in findings]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
        else:
            for finding in findings:
                self.stdout.write(f"{MARKS[finding.level]} {finding.check}: {finding.found}")
                if finding.cure:
                    self.stdout.write(f"    → {finding.cure}")
        if is_broken(findings):
            if options["format"] == "text":
                self.stdout.write(_("Something is broken; the arrows say how to mend it."))
            sys.exit(1)
