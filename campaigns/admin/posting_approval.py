"""The second person's screen: what somebody submitted, read once more, decided or returned."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campaigns import posting_decisions
from campaigns.admin.fan_out import plan_of_postings, told_of, versions_of
from campaigns.admin.permissions import SEE_POSTINGS, Requires
from campaigns.fanout_plan import StalePlan
from campaigns.models import Posting, PostingState
from campaigns.previews.shown import Stage

# So many lines on the staff's home; what came back is shown for so long.
SHOWN, REMEMBERED = 6, dt.timedelta(days=14)


class DecidePostingView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Everything that was submitted together with this posting: one tap decides all of it."""

    requires = SEE_POSTINGS
    template_name = "campaigns/admin/postings/decide.html"
    header_icon = "calendar-check"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user: Any = request.user
        if not self.postings:
            return redirect("loa_posting", kwargs["pk"])
        if not posting_decisions.is_approver(user) and not self.is_own:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def postings(self) -> list[Posting]:
        posting = get_object_or_404(Posting, pk=self.kwargs["pk"])
        if posting.state != PostingState.WAITING or posting.withdrawn_at is not None:
            return []
        return posting_decisions.batch_of(posting)

    @property
    def is_own(self) -> bool:
        return self.postings[0].created_by_id == self.request.user.pk

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show(request)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if request.POST.get("step") == "return":
                posting_decisions.give_back(postings=self.postings, by=request.user, why=request.POST.get("why", ""))
                words = _("Taken back.") if self.is_own else _("Returned to the person who submitted it.")
            else:
                posting_decisions.approve(
                    postings=self.postings,
                    by=request.user,
                    seen=request.POST.get("seen", ""),
                    late_now="late_now" in request.POST,
                )
                words = _("Decided. The outbox shows each channel.")
        except StalePlan as error:
            return self._show(request, warning=error.messages[0])
        except ValidationError as error:
            return self._show(request, errors=error.messages)
        messages.success(request, words)
        return redirect("wagtailadmin_home")

    def _show(self, request: HttpRequest, warning: str = "", errors: Any = ()) -> HttpResponse:
        # What is shown is what holds now: an approval may be newer than what was submitted.
        items, changed = posting_decisions.fresh_items(self.postings)
        if changed:
            warning = warning or _("A text was approved anew since this was submitted; you see the new one.")
        plan = plan_of_postings(self.postings, items)
        versions = versions_of(plan.posts, Stage([post.item for post in plan.posts]))
        context = {
            **told_of(plan, versions),
            "postings": self.postings,
            "first": self.postings[0],
            "seen": posting_decisions.digest_of_items(items),
            "late": posting_decisions.late_items(items),
            "is_own": self.is_own,
            "warning": warning,
            "errors": errors,
            "header_title": _("Decide a posting"),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_postings"), "label": _("Postings")},
                {"url": "", "label": str(self.postings[0])},
            ],
        }
        return TemplateResponse(request, self.template_name, context)


def home_lines(user: Any) -> dict[str, Any]:
    """For the staff's home: what waits for this person's tap, and what came back to them."""
    rows = posting_decisions.waiting().select_related("page", "bulletin", "created_by").order_by("created_at")
    others: dict[Any, dict[str, Any]] = {}
    if posting_decisions.is_approver(user):
        for posting in rows.exclude(created_by=user)[: 10 * SHOWN]:
            entry = others.setdefault(posting.batch or posting.pk, {"posting": posting, "more": -1})
            entry["more"] += 1
    mine: dict[Any, Posting] = {}
    for posting in rows.filter(created_by=user)[: 10 * SHOWN]:
        mine.setdefault(posting.batch or posting.pk, posting)
    since = timezone.now() - REMEMBERED
    returned = Posting.objects.filter(
        state=PostingState.RETURNED, created_by=user, withdrawn_at=None, decided_at__gte=since
    ).exclude(decided_by=user)
    back: dict[Any, Posting] = {}
    for posting in returned.select_related("page", "bulletin", "decided_by").order_by("-decided_at")[:SHOWN]:
        back.setdefault(posting.batch or posting.pk, posting)
    return {
        "postings_to_decide": list(others.values())[:SHOWN],
        "postings_waiting": list(mine.values())[:SHOWN],
        "postings_returned": list(back.values()),
    }
