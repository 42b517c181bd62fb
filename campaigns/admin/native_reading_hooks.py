"""Where native reading and the translator's sheet hang in Wagtail's admin."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button

from campaigns.admin import exchange, native_reading
from campaigns.models.pages import CampaignContent
from campaigns.models.review import needs_native_review
from campaigns.workflow import link_senders


@hooks.register("register_admin_viewset")
def register_viewset() -> Any:
    return native_reading.NativeReaderViewSet()


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("doc-lai/", native_reading.ReadingsView.as_view(), name="loa_readings"),
        path("doc-lai/<int:page_id>/", native_reading.ReadingView.as_view(), name="loa_reading"),
        path("doc-lai/ghi-am/<int:pk>/", native_reading.VoiceNoteView.as_view(), name="loa_voice_note"),
        path("dich-ngoai/<int:page_id>/", exchange.ExchangeView.as_view(), name="loa_exchange"),
        path("dich-ngoai/<int:page_id>/phieu.xlsx", exchange.SheetView.as_view(), name="loa_exchange_sheet"),
    ]


class ReadingsMenuItem(MenuItem):
    """For whoever may see what readers said."""

    def is_shown(self, request: HttpRequest) -> bool:
        self.url = reverse("loa_readings")
        user: Any = request.user
        return bool(user.has_perm(native_reading.SEE))


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    return ReadingsMenuItem(native_reading.TITLE, "", name="loa_readings", icon_name="user", order=146)


@hooks.register("register_page_header_buttons")
def reading_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """“Native reading” and “Sheet for a translator”, on versions in other languages."""
    if not isinstance(page, CampaignContent) or not needs_native_review(page):
        return
    version: Any = page
    if user.has_perm(native_reading.SEE):
        address = reverse("loa_reading", args=[version.pk])
        yield Button(_("Native reading"), address, icon_name="user", priority=8)
    if version.permissions_for_user(user).can_edit():
        address = reverse("loa_exchange", args=[version.pk])
        yield Button(_("Sheet for a translator"), address, icon_name="download", priority=9)


@hooks.register("before_edit_page")
def say_why_the_sender_does_not_approve(request: HttpRequest, page: Any) -> None:
    """Whoever gave the reader the link is told why the button to approve is missing."""
    if request.method != "GET" or not isinstance(page, CampaignContent):
        return
    user: Any = request.user
    content: Any = page
    task = content.current_workflow_task
    if task and user.pk in link_senders(content) and task.specific.user_can_access_editor(content, user):
        messages.warning(request, _("You gave the native reader the link. Somebody else has to approve."))
