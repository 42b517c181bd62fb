"""Where posters, reading speeds and the loudspeakers' abbreviations hang in Wagtail's admin."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.widgets.button import Button

from campaigns.admin import posters, reading_speed
from campaigns.admin.permissions import SEE_POSTINGS
from campaigns.models.pages import CampaignContent


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("ap-phich/<int:page_id>/", posters.PosterView.as_view(), name="loa_posters"),
        path("ap-phich/<int:page_id>/xem/", posters.PosterLookView.as_view(), name="loa_poster_look"),
        path("ap-phich/<int:page_id>/tai/", posters.PosterFileView.as_view(), name="loa_poster_file"),
        path("ap-phich/lo/<int:pk>/", posters.BatchView.as_view(), name="loa_poster_batch"),
        path("ap-phich/lo/<int:pk>/tai/", posters.BatchFileView.as_view(), name="loa_poster_batch_file"),
        path("tram-loa/<int:pk>/toc-do/", reading_speed.ReadingSpeedView.as_view(), name="loa_reading_speed"),
    ]


@hooks.register("register_page_header_buttons")
def poster_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """“Posters and cards”, on every content that is stored."""
    if isinstance(page, CampaignContent) and user.has_perm(SEE_POSTINGS):
        content: Any = page
        yield Button(posters.TITLE, reverse("loa_posters", args=[content.pk]), icon_name="image", priority=7)
