import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from campaigns.reference import load_reference


class Command(BaseCommand):
    help = "Loads places, languages, groups, hotlines, plans and campaigns; makes only what is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--refresh", action="store_true", help="overwrite what differs from the files")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = load_reference(refresh=options["refresh"])
        if options["format"] == "json":
            self.stdout.write(json.dumps(counts, ensure_ascii=False))
            return
        made = {kind: count for kind, count in counts.items() if count}
        for kind, count in made.items():
            self.stdout.write(f"{kind}: {count}")
        if not made:
            self.stdout.write(_("The reference data is complete; nothing was changed."))
