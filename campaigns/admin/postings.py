"""Posting to channels: choose channels and a time, see which version each one gets and why, decide."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.models import IndexView
from wagtail.admin.widgets import AdminDateTimeInput
from wagtail.admin.widgets.button import HeaderButton
from wagtail.models import Page

from campaigns import fanout
from campaigns.admin.outbox import decorate
from campaigns.admin.permissions import DECIDE_POSTINGS, SEE_POSTINGS, Requires
from campaigns.models import Approval, Campaign, Posting, PostingItem
from campaigns.models.pages import CampaignContent
from publishers.models import Channel, DeliveryState

TITLE = gettext_lazy("Postings")
SOURCE_LANGUAGE = "vi"


class PostingForm(forms.Form):
    """Channels, time and campaign. ``key`` makes a second click on the button harmless."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=60)
    campaign = forms.ModelChoiceField(Campaign.objects.all(), label=gettext_lazy("Campaign"))
    channels = forms.ModelMultipleChoiceField(
        Channel.objects.all(),
        label=gettext_lazy("Channels"),
        error_messages={"required": gettext_lazy("Choose at least one channel.")},
    )
    at_once = forms.BooleanField(label=gettext_lazy("As soon as possible"), required=False, initial=True)
    due = forms.DateTimeField(
        label=gettext_lazy("or at"), required=False, widget=AdminDateTimeInput, help_text=gettext_lazy("Vietnam time.")
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        now = timezone.now()
        if data.get("at_once"):
            data["due"] = now
        elif not data.get("due"):
            self.add_error("due", gettext_lazy("Choose a time, or tick “As soon as possible”."))
        elif data["due"] < now - dt.timedelta(minutes=1):
            self.add_error("due", gettext_lazy("This time has passed."))
        return data


class PostView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Decide a posting of one approved content."""

    requires = DECIDE_POSTINGS
    template_name = "campaigns/admin/postings/new.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        initial = {"key": f"staff-{get_random_string(16)}", "campaign": self.content.campaign_id}
        return self._show(request, PostingForm(initial=initial))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = PostingForm(request.POST)
        if not form.is_valid():
            return self._show(request, form)
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

    @cached_property
    def content(self) -> Any:
        page = get_object_or_404(Page, pk=self.kwargs["page_id"]).specific
        if not isinstance(page, CampaignContent):
            raise ValidationError(_("Only materials and events are posted from here."))
        return page

    def _show(self, request: HttpRequest, form: PostingForm) -> HttpResponse:
        channels = list(Channel.objects.all())
        ticked = {str(value) for value in form.data.getlist("channels")} if form.is_bound else set()  # type: ignore[attr-defined]
        rows: list[dict[str, Any]] = [
            {"planned": planned, "ticked": str(planned.channel.pk) in ticked}
            for planned in fanout.plan_items(self.content, channels)
        ]
        context = {
            "form": form,
            "content": self.content,
            "rows": rows,
            "ready": any(row["planned"].approval for row in rows),
            "before": Posting.objects.filter(page_id=self.content.pk, withdrawn_at=None).order_by("-pk")[:3],
            "header_title": _("Post to channels"),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_postings"), "label": TITLE},
                {"url": "", "label": self.content.title},
            ],
        }
        return TemplateResponse(request, self.template_name, context)


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
        words.append(_("%(count)d sent") % {"count": posting.sent_count})
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
        items = PostingItem.objects.filter(posting=posting).select_related(
            "channel", "language", "group", "approval", "delivery__channel"
        )
        for item in items:
            if item.delivery:
                decorate(item.delivery)
        return {
            **super().get_context_data(**kwargs),
            "posting": posting,
            "items": items,
            "header_title": str(posting),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_postings"), "label": TITLE},
                {"url": "", "label": str(posting)},
            ],
        }
