"""Where the matrix, the assignments and the handover hang in Wagtail's admin."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogFormatter

from campaigns.admin import assignments, coverage, coverage_cell
from campaigns.models import Step
from campaigns.models.pages import CampaignContent


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("ma-tran/", coverage.CoverageStartView.as_view(), name="loa_coverage_start"),
        path("ma-tran/<int:pk>/", coverage.CoverageView.as_view(), name="loa_coverage"),
        path(
            "ma-tran/<int:pk>/giao/<slug:language>/", assignments.AssignManyView.as_view(), name="loa_coverage_assign"
        ),
        path(
            "ma-tran/<int:pk>/<int:content>/<slug:language>/",
            coverage_cell.CellView.as_view(),
            name="loa_coverage_cell",
        ),
        path("viec/", assignments.AssignmentsView.as_view(), name="loa_assignments"),
        path("viec/ket-qua/", assignments.AssignmentsView.as_view(results_only=True), name="loa_assignments_results"),
        path("viec/<int:pk>/", assignments.AssignmentView.as_view(), name="loa_assignment"),
        path("viec/ban-giao/", assignments.HandOverView.as_view(), name="loa_hand_over"),
    ]


class SeenMenuItem(MenuItem):
    """For whoever may see assignments."""

    def __init__(self, label: Any, url_name: str, **kwargs: Any) -> None:
        self.url_name = url_name
        super().__init__(label, "", name=url_name, **kwargs)

    def is_shown(self, request: HttpRequest) -> bool:
        self.url = reverse(self.url_name)
        user: Any = request.user
        return bool(user.has_perm(coverage.SEE))


@hooks.register("register_admin_menu_item")
def matrix_item() -> MenuItem:
    return SeenMenuItem(coverage.TITLE, "loa_coverage_start", icon_name="table", order=142)


@hooks.register("register_admin_menu_item")
def assignments_item() -> MenuItem:
    return SeenMenuItem(assignments.TITLE, "loa_assignments", icon_name="tasks", order=143)


@hooks.register("insert_global_admin_css")
def css() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("campaigns/admin/coverage.css"))


@hooks.register("register_page_header_buttons")
def matrix_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """From a content to its row in the matrix."""
    if isinstance(page, CampaignContent) and page.campaign_id and user.has_perm(coverage.SEE):
        address = reverse("loa_coverage", args=[page.campaign_id])
        yield Button(_("Languages of the campaign"), address, icon_name="table", priority=8)


class AssignmentFormatter(LogFormatter):
    """How a page's history tells of assignments."""

    def format_message(self, entry: Any) -> str:
        data = {key: entry.data.get(key, "") for key in ("language", "to", "from", "step")}
        if data["step"] in Step.values:
            data["step"] = str(Step(data["step"]).label)
        if entry.action == "loa.hand_over":
            return _("%(step)s in %(language)s: handed from %(from)s to %(to)s") % data
        if entry.action == "loa.unassign":
            return _("%(step)s in %(language)s: no longer asked of %(to)s") % data
        return _("%(step)s in %(language)s: asked of %(to)s") % data


class AssignedFormatter(AssignmentFormatter):
    label = gettext_lazy("Assigned")


class HandedOverFormatter(AssignmentFormatter):
    label = gettext_lazy("Handed over")


class TakenBackFormatter(AssignmentFormatter):
    label = gettext_lazy("Assignment taken back")


@hooks.register("register_log_actions")
def register_actions(actions: Any) -> None:
    actions.register_action("loa.assign")(AssignedFormatter)
    actions.register_action("loa.hand_over")(HandedOverFormatter)
    actions.register_action("loa.unassign")(TakenBackFormatter)
