"""Recall from the screen: one posting, or a content with all that was ever posted of it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from campaigns.admin.outbox import decorate, deliveries_for_staff
from campaigns.admin.permissions import WORK_OUTBOX, Requires, who
from campaigns.models import Approval, Posting
from campaigns.recall import Recall, recall_content, recall_posting
from publishers.models import Delivery

DEFAULT_REASON = gettext_lazy("Recalled by staff.")
# What became of each delivery, worst news first.
OUTCOMES: tuple[tuple[str, Any, str, str], ...] = (
    ("cannot", gettext_lazy("Cannot be taken back by Loa"), "bad", "warning"),
    ("deleting", gettext_lazy("Being deleted"), "going", "rotate"),
    ("stopped", gettext_lazy("Stopped before it left"), "good", "check"),
    ("withdrawn", gettext_lazy("Stopped or recalled before"), "off", "no-view"),
)


class RecallForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("May stay empty. A reason helps whoever reads the record later."),
    )


class RecallView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Asks once, recalls, and says what came of it. Pressing it again does nothing more."""

    requires = WORK_OUTBOX
    template_name = "campaigns/admin/postings/recall.html"
    header_icon = "no-view"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show("campaigns/admin/postings/recall.html", form=RecallForm(), reach=self.reach())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = RecallForm(request.POST)
        if not form.is_valid():
            return self._show("campaigns/admin/postings/recall.html", form=form, reach=self.reach())
        done = self.recall(form.cleaned_data["why"].strip() or str(DEFAULT_REASON))
        return self._show("campaigns/admin/postings/recalled.html", done=done, outcomes=_sorted(done))

    # What a subclass recalls, where "go back" leads, how many deliveries it touches, and the deed itself.
    title = ""
    back = ""
    of_content = False

    def reach(self) -> dict[str, int]:
        raise NotImplementedError

    def recall(self, why: str) -> Recall:
        raise NotImplementedError

    def _show(self, template: str, **context: Any) -> HttpResponse:
        frame = {
            "title": self.title,
            "back": self.back,
            "of_content": self.of_content,
            "header_title": _("Recall"),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_postings"), "label": _("Postings")},
                {"url": "", "label": _("Recall")},
            ],
        }
        return TemplateResponse(self.request, template, {**frame, **context})


class RecallPostingView(RecallView):
    """One decision, on all its channels."""

    @cached_property
    def posting(self) -> Posting:
        return get_object_or_404(Posting.objects.select_related("page", "bulletin"), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return str(self.posting)

    @property
    def back(self) -> str:  # type: ignore[override]
        return reverse("loa_posting", args=[self.posting.pk])

    def reach(self) -> dict[str, int]:
        return {"deliveries": Delivery.objects.filter(posting_item__posting=self.posting).count()}

    def recall(self, why: str) -> Recall:
        return recall_posting(posting=self.posting, by=who(self.request), why=why)


class RecallContentView(RecallView):
    """A content in all its languages: its approvals, its public pages, and everything posted of it."""

    of_content = True

    @cached_property
    def page(self) -> Page:
        page = get_object_or_404(Page, pk=self.kwargs["page_id"])
        get_object_or_404(Approval.objects.filter(page__translation_key=page.translation_key).order_by()[:1])
        return page

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.page.title

    @property
    def back(self) -> str:  # type: ignore[override]
        return reverse("loa_postings")

    def reach(self) -> dict[str, int]:
        versions = Page.objects.filter(translation_key=self.page.translation_key)
        return {
            "pages": versions.filter(live=True).count(),
            "postings": Posting.objects.filter(page__in=versions).count(),
            "deliveries": Delivery.objects.filter(posting_item__posting__page__in=versions).count(),
        }

    def recall(self, why: str) -> Recall:
        return recall_content(page=self.page, user=self.request.user, why=why)


def _sorted(done: Recall) -> list[dict[str, Any]]:
    """The deliveries by what became of them, worst first, each with its channel. One query."""
    rows = deliveries_for_staff().filter(pk__in=[one.delivery_id for one in done.deliveries])
    shown = {row.pk: decorate(row) for row in rows}
    found = [
        {
            "label": label,
            "look": look,
            "icon": icon,
            "rows": [(shown[one.delivery_id], one.text) for one in done.deliveries if one.outcome == outcome],
        }
        for outcome, label, look, icon in OUTCOMES
    ]
    return [group for group in found if group["rows"]]
