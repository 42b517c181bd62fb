import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from campaigns.safeguards import Finding, blocks, check


class Command(BaseCommand):
    help = (
        "Checks a text with the safeguards and prints each finding as one line of JSON "
        "(level, code, start, end, message, cure). Exit 1 when something blocks, 2 on wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a UTF-8 text file; - reads standard input")
        parser.add_argument("--fragment", action="store_true", help="a part of a text: hotline and rights not needed")
        parser.add_argument("--language", default="vi", help="locale code of the text (default: vi)")

    def handle(self, *args: Any, **options: Any) -> None:
        found = check(_read(options["file"]), language=options["language"], fragment=options["fragment"])
        for finding in found:
            self.stdout.write(_line(finding))
        if blocks(found):
            sys.exit(1)


def _read(name: str) -> str:
    """The text of ``name`` with its line ends as they are, so that offsets fit the file."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CommandError(
            _("Cannot read %(file)s: %(reason)s") % {"file": name, "reason": reason}, returncode=2
        ) from error
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(_("%(file)s is not UTF-8 text.") % {"file": name}, returncode=2) from error


def _line(finding: Finding) -> str:
    keys = ("level", "code", "start", "end", "message", "cure")
    return json.dumps({key: getattr(finding, key) for key in keys}, ensure_ascii=False)
