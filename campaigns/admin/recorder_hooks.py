"""Where sound hangs in Wagtail's admin."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.widgets.button import Button

from campaigns.admin import recorder, sound_pieces
from campaigns.admin.permissions import SEE_POSTINGS
from campaigns.models.pages import CampaignContent


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("am-thanh/<int:page_id>/", recorder.SoundView.as_view(), name="loa_sound"),
        path("am-thanh/<int:page_id>/dang-lam/", recorder.SoundWorksView.as_view(), name="loa_sound_works"),
        path("am-thanh/ban-ghi/<int:pk>/", recorder.RecordingView.as_view(), name="loa_recording"),
        path("am-thanh/nhac-hieu/", sound_pieces.SoundPiecesView.as_view(), name="loa_sound_pieces"),
    ]


@hooks.register("register_page_header_buttons")
def sound_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """“Sound”, on every content that is stored."""
    if isinstance(page, CampaignContent) and user.has_perm(SEE_POSTINGS):
        content: Any = page
        yield Button(recorder.TITLE, reverse("loa_sound", args=[content.pk]), icon_name="media", priority=7)
