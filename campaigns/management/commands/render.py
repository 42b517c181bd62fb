"""`manage.py render PAGE_ID --form FORM --output FILE`: one rendering of an approved content."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from wagtail.models import Page

from campaigns.models import Approval, EventPage, MaterialPage, TargetGroup
from campaigns.posters import REFUSALS, sources
from campaigns.renderings import Ask, forms
from media.posters import LAYOUTS

REFUSED, WRONG_USAGE = 1, 2


class Command(BaseCommand):
    help = (
        "Writes one rendering of an approved material or event to a file. A poster is a PDF when the file's name ends "
        "in .pdf, else a picture. Exit 1 when it cannot be made, 2 on wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("page", metavar="PAGE_ID", type=int, help="any language's page of the content")
        parser.add_argument("--form", required=True, choices=sorted(forms()))
        parser.add_argument("--output", required=True, type=Path, metavar="FILE")
        parser.add_argument("--language", metavar="L", help="locale code of the version; the page's own if left out")
        parser.add_argument("--group", metavar="G", help="key of a target group; everybody if left out")
        parser.add_argument("--layout", choices=LAYOUTS, default="colour", help="of posters and cards")

    def handle(self, *args: Any, **options: Any) -> None:
        source, group = self._source(options), self._group(options["group"])
        is_pdf = options["form"].startswith("poster-") and options["output"].suffix.lower() == ".pdf"
        try:
            data = forms()[options["form"]](Ask(source, group, options["layout"], is_pdf))
        except REFUSALS as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        try:
            _write(options["output"], data)
        except OSError as error:
            text = _("Cannot write %(file)s: %(reason)s") % {"file": options["output"], "reason": error.strerror}
            raise CommandError(text, returncode=WRONG_USAGE) from error

    def _source(self, options: dict[str, Any]) -> Approval:
        page: Any = Page.objects.type(MaterialPage, EventPage).filter(pk=options["page"]).first()
        if page is None:
            text = _("There is no material or event with the number %(number)d.") % {"number": options["page"]}
            raise CommandError(text, returncode=WRONG_USAGE)
        code = options["language"] or page.locale.language_code
        found = sources(page)
        if code not in found:
            known = ", ".join(sorted(found)) or "–"
            text = _("No version in “%(code)s” is approved. Approved: %(known)s.") % {"code": code, "known": known}
            raise CommandError(text, returncode=REFUSED)
        return found[code]

    def _group(self, key: str | None) -> TargetGroup | None:
        if not key:
            return None
        group = TargetGroup.objects.filter(key=key).first()
        if group is None:
            known = ", ".join(TargetGroup.objects.values_list("key", flat=True))
            text = _("There is no target group “%(key)s”. Known: %(known)s.") % {"key": key, "known": known}
            raise CommandError(text, returncode=WRONG_USAGE)
        return group


def _write(target: Path, data: bytes) -> None:
    """The whole file or nothing."""
    handle, name = tempfile.mkstemp(dir=target.parent or ".", prefix=".unfinished-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
