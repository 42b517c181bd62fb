"""`manage.py speak TEXT|-`: what a loudspeaker reader says, and how long it takes."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from media.speech import seconds, spoken


class Command(BaseCommand):
    help = "Print a text as a loudspeaker reader should say it, and below it its length in seconds."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", help="the text, or - to read it from standard input")
        parser.add_argument(
            "--speed", type=float, default=190, metavar="N", help="the reader's syllables per minute (default 190)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        text = options["text"]
        if text == "-":
            text = sys.stdin.buffer.read().decode("utf-8", errors="replace")
        if options["speed"] <= 0:
            raise CommandError(_("The speed has to be more than 0."), returncode=2)
        said = spoken(text)
        # The first line holds the whole text, so that the second is always the length.
        self.stdout.write(" ".join(said.split()))
        self.stdout.write(f"{seconds(said, options['speed']):.1f}")
