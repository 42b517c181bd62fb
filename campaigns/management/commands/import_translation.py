"""Bring a translator's sheet back into a draft."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from campaigns.exchange.returned import MAX_FILE, import_sheet
from campaigns.imports.table import CannotRead
from campaigns.management.commands.export_translation import version_of

WORD_OF = {"text": lambda fault: str(fault), "json": lambda fault: json.dumps(vars(fault), ensure_ascii=False)}


class Command(BaseCommand):
    help = (
        "Read the sheet FILE of the translation PAGE_ID: all texts become one draft by USER, or nothing does. "
        "Exit 1 when a cell is wrong (each is named by row and column), 2 on wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("page_id", metavar="PAGE_ID", type=int)
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--user", required=True, metavar="USER", help="who brings it in and counts as a writer")
        parser.add_argument("--translator", required=True, metavar="NAME", help="who translated it")
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(_("There is no active account %(name)s.") % {"name": options["user"]}, returncode=2)
        try:
            revision = import_sheet(
                page=version_of(options["page_id"]),
                content=self._content(options["file"]),
                user=user,
                translator=options["translator"],
                dry_run=options["dry_run"],
            )
        except CannotRead as error:
            for fault in error.faults:
                self.stdout.write(WORD_OF[options["format"]](fault))
            raise CommandError(_("Nothing was taken over."), returncode=1) from error
        except PermissionDenied as error:
            raise CommandError(str(error), returncode=1) from error
        self.stdout.write(json.dumps({"revision": revision.pk if revision else None}))

    def _content(self, path: Path) -> bytes:
        """At most one byte more than a sheet may have: a huge file is refused without being read."""
        try:
            with path.open("rb") as file:
                return file.read(MAX_FILE + 1)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=2) from error
