"""Write the translator's sheet of one version."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from wagtail.models import Page

from campaigns.exchange.sheet import CannotExport, write_sheet
from campaigns.models.pages import CampaignContent


def version_of(number: int) -> Any:
    """The material or event with this page number.

    :raises CommandError: when there is none.
    """
    page = Page.objects.filter(pk=number).first()
    found = page.specific if page else None
    if not isinstance(found, CampaignContent):
        raise CommandError(_("There is no material or event with the number %(id)d.") % {"id": number}, returncode=2)
    return found


class Command(BaseCommand):
    help = "Write the sheet (XLSX) of the translation PAGE_ID for an outside translator. Exit 1 when it has none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("page_id", metavar="PAGE_ID", type=int)
        parser.add_argument("--output", required=True, metavar="FILE", help="where to write it; - is standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        page = version_of(options["page_id"])
        try:
            content = write_sheet(page)
        except CannotExport as error:
            raise CommandError(str(error), returncode=1) from error
        if options["output"] == "-":
            sys.stdout.buffer.write(content)
            return
        try:
            Path(options["output"]).write_bytes(content)
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror}", returncode=2) from error
