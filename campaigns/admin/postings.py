"""Posting to channels: choose channels and a time, see which version each one gets and why, decide."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.models import IndexView
from wagtail.admin.widgets.button import HeaderButton
from wagtail.models import Page

from campaigns import fanout
from campaigns.admin.outbox import decorate, deliveries_for_staff
from campaigns.admin.permissions import DECIDE_POSTINGS, SEE_POSTINGS, WORK_OUTBOX, Requires
from campaigns.admin.posting_form import PostingForm
from campaigns.admin.posting_preview import previews
from campaigns.models import Approval, Posting, PostingItem
from campaigns.models.pages import CampaignContent
from publishers.models import Channel, DeliveryState

TITLE = gettext_lazy("Postings")
SOURCE_LANGUAGE = "vi"


class PostView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Decide a posting of one approved content."""

    requires = DECIDE_POSTINGS
    template_name = "campaigns/admin/postings/new.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        initial = {"key": f"staff-{get_random_string(16)}", "campaign": self.content.campaign_id}
        return self._show(request, PostingForm(initial=initial))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Three buttons: look at it once more, post it, or go back and change it."""
        form = PostingForm(request.POST)
        step = request.POST.get("step", "look")
        if not form.is_valid() or step == "back":
            return self._show(request, form)
        if step != "post":
            return self._show_once_more(request, form)
        try:
            posting = fanout.post(
                page=self.content,
                by=request.user,
                **{name: form.cleaned_data[name] for name in ("key", "campaign", "channels", "due")},
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self._show(request, form)
        messages.success(request, _("Decided. The outbox shows each channel."))
        return redirect("loa_posting", posting.pk)

    def _show_once_more(self, request: HttpRequest, form: PostingForm) -> HttpResponse:
        """Say back what was chosen, with the text of each channel; what a platform refuses goes back to the form."""
        rows = previews(self.content, list(form.cleaned_data["channels"]), form.cleaned_data["due"])
        refused = [f"{row.planned.channel}: {text}" for row in rows for text in row.refused]
        if refused:
            form.add_error(None, ValidationError(refused))
            return self._show(request, form)
        context = {
            **self._frame(),
            "form": form,
            "sentence": form.due_in_words(),
            "rows": rows,
            "held": sum(row.blocked for row in rows),
        }
        return TemplateResponse(request, "campaigns/admin/postings/look.html", context)

    @cached_property
    def content(self) -> Any:
        page = get_object_or_404(Page, pk=self.kwargs["page_id"]).specific
        if not isinstance(page, CampaignContent):
            raise Http404
        return page

    def _show(self, request: HttpRequest, form: PostingForm) -> HttpResponse:
        channels = list(Channel.objects.all())
        ticked = {str(value) for value in form.data.getlist("channels")} if form.is_bound else set()  # type: ignore[attr-defined]
        rows: list[dict[str, Any]] = [
            {"preview": row, "planned": row.planned, "ticked": str(row.planned.channel.pk) in ticked}
            for row in previews(self.content, channels)
        ]
        context = {
            **self._frame(),
            "form": form,
            "rows": rows,
            "ready": any(row["planned"].approval for row in rows),
            "before": Posting.objects.filter(page_id=self.content.pk, withdrawn_at=None).order_by("-pk")[:3],
        }
        return TemplateResponse(request, self.template_name, context)

    def _frame(self) -> dict[str, Any]:
        return {
            "content": self.content,
            "header_title": _("Post to channels"),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_postings"), "label": TITLE},
                {"url": "", "label": self.content.title},
            ],
        }


class ContentToPostView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """The approved contents, newest approval first, with what was posted of them before."""

    requires = DECIDE_POSTINGS
    template_name = "campaigns/admin/postings/choose.html"
    header_icon = "calendar-check"
    shown = 100

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        source = Approval.objects.filter(withdrawn_at=None, page__locale__language_code=SOURCE_LANGUAGE)
        newest = source.values("page").annotate(newest=Max("pk")).values("newest")
        rows = (
            Approval.objects.filter(pk__in=newest)
            .select_related("page", "approved_by")
            .annotate(posted=Max("page__postings__created_at"))
            .order_by("-approved_at")[: self.shown]
        )
        return {
            **super().get_context_data(**kwargs),
            "rows": rows,
            "header_title": _("What do you want to post?"),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_postings"), "label": TITLE},
                {"url": "", "label": _("What do you want to post?")},
            ],
        }


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
    list_filter = ("campaign",)
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
        posting = get_object_or_404(
            Posting.objects.select_related("page", "bulletin", "campaign", "created_by"), pk=self.kwargs["pk"]
        )
        items = PostingItem.objects.filter(posting=posting).select_related("channel", "language", "group", "approval")
        rows = {row.pk: decorate(row) for row in deliveries_for_staff().filter(posting_item__posting=posting)}
        for item in items:
            item.row = rows.get(item.delivery_id or 0)  # type: ignore[attr-defined]
        return {
            **super().get_context_data(**kwargs),
            "posting": posting,
            "items": items,
            "may_recall": self.request.user.has_perm(WORK_OUTBOX),
            "header_title": str(posting),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_postings"), "label": TITLE},
                {"url": "", "label": str(posting)},
            ],
        }
