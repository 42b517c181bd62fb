"""Bring in a schedule of many short messages."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.imports.bulk import refuse_approver, store_schedule
from campaigns.imports.schedule import COLUMNS, CannotRead, Checked, Fault, check_schedule

SHOWN = 200


class Command(BaseCommand):
    help = (
        f"Read a CSV or XLSX file with the columns {', '.join(COLUMNS)}: one bulletin and delivery a row, all or "
        "nothing. Exit 1 when a cell is wrong (each is named by row and column), 2 on wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--author", required=True, metavar="USER", help="who wrote the texts")
        parser.add_argument("--approve-as", metavar="USER", help="who approves them; without it the rows are drafts")
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        author = self._user(options["author"])
        approver = self._user(options["approve_as"]) if options["approve_as"] else None
        if approver is not None:
            try:
                refuse_approver(approver, {author.pk})
            except PermissionDenied as error:
                raise CommandError(str(error), returncode=1) from error
        self.as_json = options["format"] == "json"
        checked = self._check(options["file"], author, approver)
        made = {"bulletins": 0, "approvals": 0, "deliveries": 0}
        if not options["dry_run"]:
            made = store_schedule(rows=checked.rows, author=author, approver=approver, name=options["file"].name)
        self._report(checked, made, dry_run=options["dry_run"])

    def _user(self, name: str) -> Any:
        user = get_user_model().objects.filter(username=name, is_active=True).first()
        if user is None:
            raise CommandError(_("There is no active account %(name)s.") % {"name": name}, returncode=2)
        return user

    def _check(self, path: Path, author: Any, approver: Any) -> Checked:
        try:
            checked = check_schedule(path, author=author, approver=approver)
        except CannotRead as error:
            self._refuse(list(error.faults))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise CommandError(
                _("Cannot read %(file)s: %(reason)s") % {"file": path, "reason": reason}, returncode=2
            ) from error
        if checked.faults:
            self._refuse(checked.faults)
        return checked

    def _refuse(self, faults: list[Fault]) -> None:
        """Name every bad cell; nothing was written."""
        if self.as_json:
            rows = [{"row": fault.row, "column": fault.column, "message": fault.text} for fault in faults]
            self.stdout.write(json.dumps({"rows": 0, "faults": rows}, ensure_ascii=False))
        else:
            for fault in faults[:SHOWN]:
                self.stderr.write(str(fault))
        text = _("Nothing was imported: %(count)d cells have to be mended.") % {"count": len(faults)}
        raise CommandError(text, returncode=1)

    def _report(self, checked: Checked, made: dict[str, int], *, dry_run: bool) -> None:
        due = [timezone.localtime(row.due) for row in checked.rows]
        if self.as_json:
            told = {"rows": len(due), **made, "dry_run": dry_run, "first": min(due).isoformat()}
            hints = [{"row": hint.row, "column": hint.column, "message": hint.text} for hint in checked.hints]
            self.stdout.write(json.dumps({**told, "last": max(due).isoformat(), "hints": hints}, ensure_ascii=False))
            return
        for text, first in _once(checked.hints).items():
            self.stdout.write(_("Note (first in row %(row)d): %(text)s") % {"row": first, "text": text})
        words = {"rows": len(due), "first": f"{min(due):%d/%m/%Y %H:%M}", "last": f"{max(due):%d/%m/%Y %H:%M}"}
        self.stdout.write(_("%(rows)d rows are right, from %(first)s to %(last)s.") % words)
        if dry_run:
            self.stdout.write(_("Nothing was written, as asked."))
        elif made["deliveries"]:
            self.stdout.write(_("%(deliveries)d messages are approved and wait for their time.") % made)
        else:
            self.stdout.write(_("%(bulletins)d drafts were stored; a second person has to approve them.") % made)


def _once(hints: list[Fault]) -> dict[str, int]:
    """Each hint's words with the first row that they are about."""
    first: dict[str, int] = {}
    for hint in hints:
        first.setdefault(hint.text, hint.row)
    return first
