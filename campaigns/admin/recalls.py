"""Recall from the screen: a posting, a content or short message with all that was posted of it; how far it is."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from campaigns.admin.outbox import decorate, deliveries_for_staff
from campaigns.admin.permissions import WORK_OUTBOX, WRITE_BULLETINS, Requires, who
from campaigns.models import Approval, Bulletin, BulletinState, Posting, PostingItem
from campaigns.recall import (
    Recall,
    people_to_call,
    recall_bulletin,
    recall_content,
    recall_posting,
    versions_of,
)
from publishers import health
from publishers.recall_progress import progress

DEFAULT_REASON = gettext_lazy("Recalled by staff.")
# What became of each delivery, worst news first.
OUTCOMES: tuple[tuple[str, Any, str, str], ...] = (
    ("cannot", gettext_lazy("Cannot be taken back by Loa"), "bad", "warning"),
    ("failing", gettext_lazy("Not deleted yet, Loa keeps trying"), "warn", "rotate"),
    ("deleting", gettext_lazy("Being deleted"), "going", "rotate"),
    ("replaced", gettext_lazy("Turned into a notice"), "good", "check"),
    ("withdrawn", gettext_lazy("Deleted"), "good", "check"),
    ("stopped", gettext_lazy("Stopped before it left"), "good", "check"),
    ("none", gettext_lazy("Not recalled"), "off", "no-view"),
)
UNDER_WAY = ("failing", "deleting")


class RecallForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("May stay empty. A reason helps whoever reads the record later."),
    )


class RecallView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Asks once and recalls. With ``shows_result`` it says how far that is, as often as it is looked at.

    Pressing it again does nothing more.
    """

    requires = WORK_OUTBOX
    template_name = "campaigns/admin/postings/recall.html"
    header_icon = "no-view"
    shows_result = False
    # What a subclass recalls, the names of its addresses, and whether the content is withdrawn with it.
    title = ""
    back = ""
    result_url = ""
    of_content = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.shows_result:
            return self._show("campaigns/admin/postings/recalled.html", **self._result())
        return self._show("campaigns/admin/postings/recall.html", form=RecallForm(), reach=self.reach())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = RecallForm(request.POST)
        if not form.is_valid():
            return self._show("campaigns/admin/postings/recall.html", form=form, reach=self.reach())
        self.recall(form.cleaned_data["why"].strip() or str(DEFAULT_REASON))
        return redirect(self.result_url, *self.kwargs.values())

    def items(self) -> QuerySet[PostingItem]:
        """The channels concerned."""
        raise NotImplementedError

    def reach(self) -> dict[str, int]:
        """How much is touched, in figures."""
        return {"deliveries": self.items().filter(delivery__isnull=False).count()}

    def pages_down(self) -> list[Page]:
        """The public pages that the recall took down."""
        return []

    def recall(self, why: str) -> Recall:
        raise NotImplementedError

    def _result(self) -> dict[str, Any]:
        rows = [decorate(row) for row in deliveries_for_staff().filter(posting_item__in=self.items())]
        outcomes = _sorted(rows)
        first = self.items().order_by("pk").first()
        return {
            "outcomes": outcomes,
            "to_call": people_to_call(self.items()),
            "pages": self.pages_down(),
            "under_way": sum(len(group["rows"]) for group in outcomes if group["name"] in UNDER_WAY),
            "sender_is_silent": health.sender_is_silent(),
            "correct": first.posting_id if first else None,
            "may_write": self.request.user.has_perm(WRITE_BULLETINS),
        }

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

    result_url = "loa_recalled_posting"

    @cached_property
    def posting(self) -> Posting:
        return get_object_or_404(Posting.objects.select_related("page", "bulletin"), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return str(self.posting)

    @property
    def back(self) -> str:  # type: ignore[override]
        return reverse("loa_posting", args=[self.posting.pk])

    def items(self) -> QuerySet[PostingItem]:
        return PostingItem.objects.filter(posting=self.posting)

    def recall(self, why: str) -> Recall:
        return recall_posting(posting=self.posting, by=who(self.request), why=why)


class RecalledDeliveryView(RecallView):
    """How far the recall of one delivery is; it is asked for on the delivery's own screen."""

    shows_result = True

    @cached_property
    def item(self) -> PostingItem:
        rows = PostingItem.objects.select_related("posting__page", "posting__bulletin", "channel")
        return get_object_or_404(rows, delivery_id=self.kwargs["pk"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return f"{self.item.posting} → {self.item.channel}"

    @property
    def back(self) -> str:  # type: ignore[override]
        return reverse("loa_delivery", args=[self.kwargs["pk"]])

    def items(self) -> QuerySet[PostingItem]:
        return PostingItem.objects.filter(pk=self.item.pk)


class RecallContentView(RecallView):
    """A content in all its languages: its approvals, its public pages, and everything posted of it."""

    of_content = True
    result_url = "loa_recalled_content"

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

    def items(self) -> QuerySet[PostingItem]:
        return PostingItem.objects.filter(posting__page__translation_key=self.page.translation_key)

    def reach(self) -> dict[str, int]:
        versions = Page.objects.filter(translation_key=self.page.translation_key)
        return {
            **super().reach(),
            "pages": versions.filter(live=True).count(),
            "postings": Posting.objects.filter(page__in=versions).count(),
        }

    def pages_down(self) -> list[Page]:
        versions = Page.objects.filter(translation_key=self.page.translation_key, live=False)
        return list(versions.filter(approvals__withdrawn_at__isnull=False).select_related("locale").distinct())

    def recall(self, why: str) -> Recall:
        return recall_content(page=self.page, user=self.request.user, why=why)


class RecallBulletinView(RecallView):
    """A short message in all its languages: its approvals and everything posted of it."""

    of_content = True
    result_url = "loa_recalled_bulletin"

    @cached_property
    def bulletin(self) -> Bulletin:
        return get_object_or_404(Bulletin, pk=self.kwargs["pk"], state=BulletinState.APPROVED)

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.bulletin.title

    @property
    def back(self) -> str:  # type: ignore[override]
        return reverse("loa_bulletin", args=[self.bulletin.pk])

    def items(self) -> QuerySet[PostingItem]:
        return PostingItem.objects.filter(posting__bulletin__in=versions_of(self.bulletin))

    def reach(self) -> dict[str, int]:
        postings = Posting.objects.filter(bulletin__in=versions_of(self.bulletin)).count()
        return {**super().reach(), "pages": 0, "postings": postings}

    def recall(self, why: str) -> Recall:
        return recall_bulletin(bulletin=self.bulletin, user=self.request.user, why=why)


def _sorted(rows: list[Any]) -> list[dict[str, Any]]:
    """The deliveries by what became of them, worst first, each with how far its recall is."""
    ways = progress(rows)
    found = [
        {
            "name": outcome,
            "label": label,
            "look": look,
            "icon": icon,
            "rows": [(row, ways[row.pk]) for row in rows if ways[row.pk].outcome == outcome],
        }
        for outcome, label, look, icon in OUTCOMES
    ]
    return [group for group in found if group["rows"]]
