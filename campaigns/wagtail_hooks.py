"""Where the staff's screens hang in Wagtail's admin: addresses, menu, buttons and messages on pages."""

from collections.abc import Iterator
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button

from campaigns.admin import (
    alerts,
    bulletin_batches,
    channel_check,
    channel_webhook,
    channels,
    delivery,
    fan_out,
    links,
    manual,
    outbox,
    permissions,
    posting_approval,
    postings,
    recalls,
    stops,
    viewsets,
)
from campaigns.models import Approval, EventPage, Posting
from campaigns.models.pages import CampaignContent
from campaigns.workflow import writers_since_approval


@hooks.register("register_admin_viewset")
def register_viewsets() -> list[Any]:
    return [*viewsets.viewsets, *channels.viewsets]


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("hop-gui/", outbox.OutboxView.as_view(), name="loa_outbox"),
        path("hop-gui/ket-qua/", outbox.OutboxView.as_view(results_only=True), name="loa_outbox_results"),
        path("hop-gui/dung/", stops.StopsView.as_view(), name="loa_stops"),
        path("hop-gui/dung/<str:key>/", stops.StopView.as_view(), name="loa_stop"),
        path("hop-gui/dung/<str:key>/bo/", stops.LiftView.as_view(), name="loa_stop_lift"),
        path("hop-gui/<int:pk>/", delivery.DeliveryView.as_view(), name="loa_delivery"),
        path("hop-gui/<int:pk>/bai/", delivery.DeliveryContentView.as_view(), name="loa_delivery_content"),
        path("hop-gui/<int:pk>/thu-hoi/", recalls.RecalledDeliveryView.as_view(), name="loa_recalled_delivery"),
        path("hop-gui/<int:pk>/<str:action>/", delivery.DeliveryActionView.as_view(), name="loa_delivery_action"),
        path("lich-dang/", postings.PostingsView.as_view(), name="loa_postings"),
        path("lich-dang/ket-qua/", postings.PostingsView.as_view(results_only=True), name="loa_postings_results"),
        path("lich-dang/chon/", fan_out.ContentToPostView.as_view(), name="loa_content_to_post"),
        path("lich-dang/moi/", fan_out.FanOutView.as_view(), name="loa_fan_out"),
        path("lich-dang/<int:pk>/duyet/", posting_approval.DecidePostingView.as_view(), name="loa_decide_posting"),
        path(
            "lich-dang/trang/<int:page_id>/kenh/<int:channel_id>/",
            fan_out.ChannelPreviewView.as_view(),
            name="loa_channel_preview",
        ),
        path("lich-dang/<int:pk>/", postings.PostingView.as_view(), name="loa_posting"),
        path("lich-dang/<int:pk>/thu-hoi/", recalls.RecallPostingView.as_view(), name="loa_recall_posting"),
        path("lich-dang/trang/<int:page_id>/thu-hoi/", recalls.RecallContentView.as_view(), name="loa_recall_content"),
        path(
            "lich-dang/<int:pk>/thu-hoi/ket-qua/",
            recalls.RecallPostingView.as_view(shows_result=True),
            name="loa_recalled_posting",
        ),
        path(
            "lich-dang/trang/<int:page_id>/thu-hoi/ket-qua/",
            recalls.RecallContentView.as_view(shows_result=True),
            name="loa_recalled_content",
        ),
        path(
            "canh-bao/<int:pk>/thu-hoi/ket-qua/",
            recalls.RecallBulletinView.as_view(shows_result=True),
            name="loa_recalled_bulletin",
        ),
        path("lich-dang/trang/<int:page_id>/", fan_out.FanOutView.as_view(), name="loa_post"),
        path("lien-ket/<str:purpose>/<int:pk>/", links.LinkView.as_view(), name="loa_personal_link"),
        path("kenh/<int:pk>/kiem-tra/", channel_check.ChannelCheckView.as_view(), name="loa_channel_check"),
        path("kenh/<int:pk>/webhook/", channel_webhook.ChannelWebhookView.as_view(), name="loa_channel_webhook"),
        path("canh-bao/", alerts.BulletinsView.as_view(), name="loa_bulletins"),
        path("canh-bao/ket-qua/", alerts.BulletinsView.as_view(results_only=True), name="loa_bulletins_results"),
        path("canh-bao/moi/", alerts.AlertView.as_view(), name="loa_alert"),
        path("canh-bao/kiem-tra/", alerts.CheckTextView.as_view(), name="loa_bulletin_check"),
        path("canh-bao/tep/", bulletin_batches.BatchView.as_view(), name="loa_bulletin_batch"),
        path("canh-bao/<int:pk>/", alerts.BulletinView.as_view(), name="loa_bulletin"),
        path("canh-bao/<int:pk>/sua/", alerts.AlertView.as_view(), name="loa_alert_edit"),
        path("canh-bao/<int:pk>/thu-hoi/", recalls.RecallBulletinView.as_view(), name="loa_recall_bulletin"),
        path("dang-tay/", manual.ManualView.as_view(), name="loa_manual"),
        path("dang-tay/<int:pk>/", manual.DeclareView.as_view(), name="loa_manual_declare"),
    ]


class PermittedMenuItem(MenuItem):
    """A menu item for those who have a permission; left out when its address does not exist."""

    def __init__(self, label: Any, url_name: str, permission: str, **kwargs: Any) -> None:
        self.url_name = url_name
        self.permission = permission
        super().__init__(label, "", **kwargs)

    def is_shown(self, request: HttpRequest) -> bool:
        try:
            self.url = reverse(self.url_name)
        except NoReverseMatch:
            return False
        user: Any = request.user
        return bool(user.has_perm(self.permission))


MENU: tuple[tuple[Any, str, str, str, int], ...] = (
    (gettext_lazy("Alerts and short messages"), "loa_bulletins", permissions.SEE_BULLETINS, "warning", 145),
    (gettext_lazy("Postings"), "loa_postings", permissions.SEE_POSTINGS, "calendar-check", 150),
    (gettext_lazy("Outbox"), "loa_outbox", permissions.SEE_OUTBOX, "mail", 160),
    (gettext_lazy("Post by hand"), "loa_manual", permissions.SEE_POSTINGS, "edit", 170),
    (gettext_lazy("Reach reports"), "reach_report", permissions.SEE_REPORT, "table", 200),
)


def _register_menu(label: Any, url_name: str, permission: str, icon: str, order: int) -> None:
    hooks.register(
        "register_admin_menu_item",
        lambda: PermittedMenuItem(label, url_name, permission, name=url_name, icon_name=icon, order=order),
    )


for entry in MENU:
    _register_menu(*entry)


@hooks.register("insert_global_admin_css")
def admin_css() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("campaigns/admin/admin.css"))


@hooks.register("register_page_header_buttons")
def post_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """“Post to channels” on content that somebody approved, for those who may decide it."""
    if not isinstance(page, CampaignContent) or not user.has_perm(permissions.DECIDE_POSTINGS):
        return
    content: Any = page
    if Approval.objects.filter(page__translation_key=content.translation_key, withdrawn_at=None).exists():
        yield Button(_("Post to channels"), reverse("loa_post", args=[content.pk]), icon_name="mail", priority=5)


@hooks.register("register_page_header_buttons")
def recall_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """“Recall” on content that somebody approved, for those who work the outbox."""
    if not isinstance(page, CampaignContent) or not user.has_perm(permissions.WORK_OUTBOX):
        return
    content: Any = page
    if Approval.objects.filter(page__translation_key=content.translation_key, withdrawn_at=None).exists():
        address = reverse("loa_recall_content", args=[content.pk])
        yield Button(_("Recall everywhere"), address, icon_name="no-view", priority=90)


@hooks.register("register_page_header_buttons")
def results_link_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """The link by which an event's results come in, on the event."""
    if isinstance(page, EventPage) and user.has_perm(permissions.KEEP_CHANNELS):
        address = reverse("loa_personal_link", args=["field", page.pk])
        yield Button(_("Link for the results"), address, icon_name="link", priority=6)


@hooks.register("register_page_listing_more_buttons")
def post_button_in_lists(page: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """The same in the lists, without asking the database for each row: a live content was approved."""
    content: Any = page
    if isinstance(page, CampaignContent) and content.live and user.has_perm(permissions.DECIDE_POSTINGS):
        yield Button(_("Post to channels"), reverse("loa_post", args=[content.pk]), icon_name="mail", priority=25)


@hooks.register("before_edit_page")
def say_why_not_to_approve(request: HttpRequest, page: Any) -> None:
    """A writer who could approve otherwise is told why the button is missing."""
    if request.method != "GET" or not isinstance(page, CampaignContent):
        return
    content: Any = page
    task = content.current_workflow_task
    user: Any = request.user
    if task and user.pk in writers_since_approval(content) and task.specific.user_can_access_editor(content, user):
        messages.warning(
            request,
            _("You wrote part of this text, so you cannot approve it. Another approver has to look at it."),
        )


@hooks.register("after_edit_page")
def say_what_the_decision_did(request: HttpRequest, page: Any) -> HttpResponse | None:
    """After a decision of the workflow: what came of it, and back to the staff's home where the next one waits."""
    action = request.POST.get("workflow-action-name")
    # The name alone stays in the form of somebody who pressed the button, thought again and only saved.
    decided = "action-workflow-action" in request.POST and action in ("approve", "reject")
    if not decided or not isinstance(page, CampaignContent):
        return None
    content: Any = page
    # Wagtail's own "has been updated" says nothing of the decision; reading the messages takes them away.
    list(get_messages(request))
    title = {"title": content.get_admin_display_title()}
    if action == "reject":
        messages.success(request, _("“%(title)s” went back to its author.") % title)
    elif content.current_workflow_state is None:
        button = messages.button(content.get_full_url() or "/", _("See the page"), new_window=True)
        messages.success(request, _("“%(title)s” is approved and stands on the site.") % title, buttons=[button])
    else:
        messages.success(request, _("Noted. “%(title)s” now waits for an approver.") % title)
    return redirect("wagtailadmin_home")


@hooks.register("construct_page_action_menu")
def decide_first(menu_items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """For whoever may approve, approving comes first: saving a draft would make them a writer.

    Wagtail's "cancel workflow" stores a draft under their name, too, and shuts them out of their own decision:
    whoever does not want to approve sends back.
    """
    if not isinstance(context.get("page"), CampaignContent) or context.get("view") != "edit":
        return
    if any(item.name == "approve" for item in menu_items):
        menu_items[:] = [item for item in menu_items if item.name != "action-cancel-workflow"]
        first = {"approve": 0, "reject": 1}
        menu_items.sort(key=lambda item: first.get(item.name, 2))


@hooks.register("before_delete_page")
def refuse_to_delete_approved(request: HttpRequest, page: Any) -> HttpResponse | None:
    """What was approved or posted stays on the record: it is recalled or unpublished, never deleted."""
    pages = page.get_descendants(inclusive=True)
    if Approval.objects.filter(page__in=pages).exists() or Posting.objects.filter(page__in=pages).exists():
        messages.error(
            request,
            _("This was approved before, so it stays on the record and cannot be deleted. Recall what was posted."),
        )
        return redirect("wagtailadmin_pages:edit", page.pk)
    return None


@hooks.register("before_bulk_action")
def refuse_bulk_delete_of_approved(
    request: HttpRequest, action_type: str, objects: Any, action_class_instance: Any
) -> HttpResponse | None:
    """The same for many pages at once."""
    if action_type != "delete" or action_class_instance.models[0]._meta.label != "wagtailcore.Page":
        return None
    for page in objects:
        answer = refuse_to_delete_approved(request, page)
        if answer is not None:
            return redirect("wagtailadmin_home")
    return None
