"""The decisions to post: their list, and one of them with what became of each channel."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.models import IndexView
from wagtail.admin.widgets.button import HeaderButton

from campaigns.admin.outbox import decorate, deliveries_for_staff
from campaigns.admin.permissions import DECIDE_POSTINGS, SEE_POSTINGS, WORK_OUTBOX, Requires
from campaigns.models import Posting, PostingItem, PostingState
from campaigns.posting_decisions import is_approver
from publishers.models import DeliveryState

TITLE = gettext_lazy("Postings")


class PostingsView(Requires, IndexView):
    """All decisions to post, newest first."""

    requires = SEE_POSTINGS
    permission_policy = None
    model = Posting
    page_title = TITLE
    header_icon = "calendar-check"
    index_url_name = "loa_postings"
    index_results_url_name = "loa_postings_results"
    paginate_by = 30
    default_ordering = "-created_at"
    list_filter = ("campaign", "state")
    table_classname = "listing loa-stack"
    search_fields = ["page__title", "bulletin__title"]
    no_results_message = gettext_lazy("Nothing was posted yet. Open an approved material and press “Post to channels”.")

    @cached_property
    def header_buttons(self) -> list[Any]:
        user: Any = self.request.user
        if not user.has_perm(DECIDE_POSTINGS):
            return []
        return [HeaderButton(_("Post something"), url=reverse("loa_content_to_post"), icon_name="plus")]

    @cached_property
    def columns(self) -> list[Any]:
        return [
            TitleColumn("title", label=_("Content"), accessor=str, url_name="loa_posting"),
            Column("campaign", label=_("Campaign")),
            Column("channels", label=_("Channels"), accessor=_outcome),
            Column("created_by", label=_("Decided by")),
            DateColumn("created_at", label=_("Decided at"), sort_key="created_at"),
        ]

    def get_base_queryset(self) -> QuerySet[Posting]:
        trouble = (DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.HELD)
        return Posting.objects.select_related("page", "bulletin", "campaign", "created_by").annotate(
            channel_count=Count("items"),
            sent_count=Count("items", filter=Q(items__delivery__state=DeliveryState.SENT)),
            trouble_count=Count("items", filter=Q(items__delivery__state__in=trouble)),
        )

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": TITLE}]


def _outcome(posting: Any) -> str:
    """How many channels, and what became of them, in words."""
    words = [_("%(count)d channels") % {"count": posting.channel_count}]
    if posting.state != PostingState.DECIDED:
        words.insert(0, str(PostingState(posting.state).label))
    if posting.sent_count:
        words.append(_("%(count)d sent or handed over") % {"count": posting.sent_count})
    if posting.trouble_count:
        words.append(_("%(count)d need attention") % {"count": posting.trouble_count})
    return " · ".join(words)


class PostingView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """One decision: every channel, the version it got, why, and what became of it."""

    requires = SEE_POSTINGS
    template_name = "campaigns/admin/postings/detail.html"
    header_icon = "calendar-check"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = Posting.objects.select_related("page", "bulletin", "campaign", "created_by", "decided_by")
        posting = get_object_or_404(rows, pk=self.kwargs["pk"])
        items = PostingItem.objects.filter(posting=posting).select_related("channel", "language", "group", "approval")
        carried = {row.pk: decorate(row) for row in deliveries_for_staff().filter(posting_item__posting=posting)}
        for item in items:
            item.row = carried.get(item.delivery_id or 0)  # type: ignore[attr-defined]
        waits = posting.state == PostingState.WAITING and posting.withdrawn_at is None
        user: Any = self.request.user
        return {
            **super().get_context_data(**kwargs),
            "posting": posting,
            "items": items,
            "sheets": sum(item.channel.platform == "loudspeaker" and item.delivery_id is not None for item in items),
            "waits": waits,
            "may_decide": waits and (is_approver(user) or posting.created_by_id == user.pk),
            "returned": posting.state == PostingState.RETURNED,
            "may_recall": self.request.user.has_perm(WORK_OUTBOX),
            "header_title": str(posting),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_postings"), "label": TITLE},
                {"url": "", "label": str(posting)},
            ],
        }
