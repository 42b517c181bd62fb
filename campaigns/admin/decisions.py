"""“Safety check” of one content: what was found, what people said of it, and approving with reasons.

The screen needs no script and works on a phone; the editor's own “approve” leads here while a reason is missing.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogFormatter
from wagtail.models import Page

from campaigns import decisions
from campaigns.admin.content_words import field_names, group_names
from campaigns.admin.permissions import ADD_HOTLINES, DECIDE_FINDINGS
from campaigns.decisions import Judged
from campaigns.models import DecisionKind, EventPage, FourEyesTask, MaterialPage
from campaigns.models.pages import CampaignContent
from campaigns.workflow import writers_since_approval

TITLE = gettext_lazy("Safety check")


@dataclasses.dataclass(frozen=True)
class Shown:
    """A finding as the screen shows it: where it stands, and whether this user may still say something."""

    judged: Judged
    where: list[str]
    mine: bool
    name: str
    typed: str = ""


class DecisionsView(WagtailAdminTemplateMixin, TemplateView):
    """Findings of the revision that is to be decided on; else of the newest draft."""

    template_name = "campaigns/admin/decisions/page.html"
    page_title = TITLE
    header_icon = "lock"

    @cached_property
    def stored(self) -> Any:
        return get_object_or_404(Page.objects.type(MaterialPage, EventPage), pk=self.kwargs["page_id"]).specific

    @cached_property
    def content(self) -> Any:
        """The content as it stands in the revision in question."""
        state = self.stored.current_workflow_task_state
        revision = state.revision if state else self.stored.latest_revision
        return revision.as_object() if revision else self.stored

    @cached_property
    def task(self) -> Any:
        return self.stored.current_workflow_task

    @cached_property
    def writes(self) -> bool:
        return self.request.user.pk in writers_since_approval(self.stored)

    @cached_property
    def may_decide(self) -> bool:
        return bool(self.request.user.has_perm(DECIDE_FINDINGS)) and not self.writes

    @cached_property
    def may_approve(self) -> bool:
        """Whether the workflow waits for this very user's approval."""
        if not isinstance(self.task, FourEyesTask) or not self.may_decide:
            return False
        return any(action[0] == "approve" for action in self.task.get_actions(self.stored, self.request.user))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_look(self.stored, request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        given = kwargs.pop("given", {})
        found = [self._shown(one, given) for one in decisions.judged(self.content)]
        edit = reverse("wagtailadmin_pages:edit", args=[self.stored.pk])
        title = self.stored.get_admin_display_title()
        return {
            **super().get_context_data(**kwargs),
            "header_title": TITLE,
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": edit, "label": title},
                {"url": "", "label": TITLE},
            ],
            "content": self.content,
            "title": title,
            "blocks": [one for one in found if not one.judged.is_warning],
            "warnings": [one for one in found if one.judged.is_warning],
            "standing": any(one.judged.stands for one in found),
            "history": decisions.history(self.stored),
            "may_decide": self.may_decide,
            "may_approve": self.may_approve,
            "may_add_hotline": self.request.user.has_perm(ADD_HOTLINES),
            "writes": self.writes,
            "edit": edit,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if "approve" in request.POST:
                return self._approve(request)
            return self._lift(request)
        except ValidationError as error:
            for said in error.messages:
                messages.error(request, said)
        given = {key.removeprefix("reason-"): value for key, value in request.POST.items() if key.startswith("reason-")}
        return self.render_to_response(self.get_context_data(given=given))

    def _lift(self, request: HttpRequest) -> HttpResponse:
        name = request.POST.get("lift", "")
        code, _dot, spot = name.partition(".")
        decisions.lift(
            page=self.content, code=code, spot=spot, by=request.user, reason=request.POST.get(f"reason-{name}", "")
        )
        messages.success(request, _("Your word is on record. It holds for this very text only."))
        return redirect("loa_decisions", self.stored.pk)

    @transaction.atomic
    def _approve(self, request: HttpRequest) -> HttpResponse:
        """Keep the reasons and approve: both, or neither."""
        if not self.may_approve:
            raise PermissionDenied
        for one in decisions.judged(self.content):
            if one.is_warning and not one.reason_of(request.user):
                code, spot = one.placed.finding.code, one.placed.spot
                reason = request.POST.get(f"reason-{code}.{spot}", "")
                decisions.keep(page=self.content, code=code, spot=spot, by=request.user, reason=reason)
        self.task.on_action(self.stored.current_workflow_task_state, request.user, "approve")
        said = _("“%(title)s” is approved and stands on the site.")
        messages.success(request, said % {"title": self.stored.get_admin_display_title()})
        return redirect("wagtailadmin_home")

    @cached_property
    def groups(self) -> dict[str, str]:
        return group_names()

    def _shown(self, one: Judged, given: dict[str, str]) -> Shown:
        said = one.reasons if one.is_warning else one.lifts
        name = f"{one.placed.finding.code}.{one.placed.spot}"
        return Shown(
            judged=one,
            where=field_names(self.content, one.fields, self.groups),
            mine=any(decision.by_id == self.request.user.pk for decision in said),
            name=name,
            typed=given.get(name, ""),
        )


def may_look(content: Any, user: Any) -> bool:
    """Whoever edits the content, decides on it in the workflow, or decides about findings."""
    if content.permissions_for_user(user).can_edit():
        return True
    return bool(user.has_perm(DECIDE_FINDINGS))


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [path("kiem-tra/<int:page_id>/", DecisionsView.as_view(), name="loa_decisions")]


@hooks.register("register_page_header_buttons")
def decisions_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """“Safety check” on materials and events."""
    if isinstance(page, CampaignContent) and may_look(page, user):
        yield Button(TITLE, reverse("loa_decisions", args=[page.pk]), icon_name="lock", priority=4)


@hooks.register("before_edit_page")
def ask_for_reasons(request: HttpRequest, page: Any) -> HttpResponse | None:
    """Who approves while a warning lacks their reason, or something stops the text, is led to the screen for it."""
    approves = "action-workflow-action" in request.POST and request.POST.get("workflow-action-name") == "approve"
    if not approves or not isinstance(page, CampaignContent):
        return None
    content: Any = page
    if not isinstance(content.current_workflow_task, FourEyesTask):
        return None
    revision = content.current_workflow_task_state.revision.as_object()
    open_ones = [one for one in decisions.judged(revision) if one.stands or _silent(one, request.user)]
    if not open_ones or not may_look(page, request.user):
        return None
    messages.warning(request, _("Before this is approved, something has to be said about what was found in the text."))
    return redirect("loa_decisions", content.pk)


def _silent(one: Judged, user: Any) -> bool:
    return one.is_warning and not one.reason_of(user)


@hooks.register("register_log_actions")
def name_log_actions(actions: Any) -> None:
    """How the page's history tells of these words."""
    actions.register_action(decisions.LOGGED[DecisionKind.LIFT])(LiftedWords)
    actions.register_action(decisions.LOGGED[DecisionKind.REASON])(KeptWords)


class LiftedWords(LogFormatter):
    label = gettext_lazy("Lift a finding")
    said = gettext_lazy("Lifted: %(message)s Reason: %(reason)s")

    def format_message(self, log_entry: Any) -> str:
        return str(self.said % {"message": log_entry.data["message"], "reason": log_entry.data["reason"]})


class KeptWords(LiftedWords):
    label = gettext_lazy("Keep a warning with a reason")
    said = gettext_lazy("Kept: %(message)s Reason: %(reason)s")
