"""The sheets of one posting for all its stations: one PDF to print, or a zip with a file for each."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views import View
from wagtail.admin import messages

from campaigns.admin.permissions import SEE_POSTINGS, Requires
from campaigns.models import Hotline, Posting, PostingItem
from campaigns.models.speech import lexicon
from campaigns.personal.links import stations_of_links, url_of
from campaigns.sheets import is_withdrawn, sheet_spec
from media.fonts import MissingGlyphs
from media.sheets import render_many_pdf, render_zip
from media.sheets.spec import SheetSpec

STATION = "loudspeaker"
TYPES: dict[str, Any] = {"pdf": ("application/pdf", render_many_pdf), "zip": ("application/zip", render_zip)}


def specs_of(posting: Posting) -> list[SheetSpec]:
    """The sheet of each station that gets something, by place; nothing that was withdrawn."""
    related = ("channel__station__place", "channel__audience__agency", "posting__campaign__lead", "posting__bulletin")
    rows = (
        PostingItem.objects.filter(posting=posting, channel__platform=STATION, delivery__isnull=False)
        .select_related(
            *related, "posting__page", "delivery", "language", "approval__language", "approval__approved_by"
        )
        .prefetch_related("approval__authors", "channel__station__slots")
        .order_by("channel__station__place__name", "pk")
    )
    items = [item for item in rows if not is_withdrawn(item)]
    hotlines = list(Hotline.objects.all())
    links = stations_of_links([item.channel for item in items])
    words = lexicon()
    return [sheet_spec(item, hotlines, qr_url=url_of(links[item.channel_id]), words=words) for item in items]


class SheetsView(Requires, View):
    """The file; where nothing can be made of it, back to the posting with the reason."""

    requires = SEE_POSTINGS

    def get(self, request: HttpRequest, pk: int, form: str) -> HttpResponse:
        posting = get_object_or_404(Posting, pk=pk)
        specs = specs_of(posting)
        kind, render = TYPES[form]
        if not specs:
            messages.warning(request, _("No station gets a sheet of this posting."))
            return redirect("loa_posting", posting.pk)
        try:
            content = render(specs)
        except MissingGlyphs:
            text = _(
                "This sheet cannot be printed here: letters are missing. Read from the page, or take the Word file."
            )
            messages.error(request, text)
            return redirect("loa_posting", posting.pk)
        shown = f'attachment; filename="phieu-{posting.pk}.{form}"'
        return HttpResponse(
            content, content_type=kind, headers={"Content-Disposition": shown, "Cache-Control": "no-store"}
        )
