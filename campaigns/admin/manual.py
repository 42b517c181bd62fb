"""Channels without an interface: what is ready to be posted by hand, and "posted" with time and link."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateTimeInput

from campaigns import manual_posts
from campaigns.admin.delivery_words import title_of
from campaigns.admin.permissions import SEE_POSTINGS, Requires
from campaigns.models import PostingItem
from publishers import registry
from publishers.message import Message
from publishers.models import DeliveryState

PLATFORM = "manual"
DECLARE = "campaigns.add_manualpost"
TITLE = gettext_lazy("Post by hand")
SHOWN_DONE = 20


def waiting_items() -> QuerySet[PostingItem]:
    """Items of manual channels whose text is ready and that nobody has posted yet."""
    return _items().filter(manual_post=None, delivery__state=DeliveryState.SENT).order_by("delivery__due")


def _items() -> QuerySet[PostingItem]:
    rows = PostingItem.objects.filter(channel__platform=PLATFORM)
    return rows.select_related("channel", "delivery", "posting__campaign", "manual_post", "channel__audience")


def _shown(item: PostingItem) -> PostingItem:
    """Add what the template shows: title, the text to copy and the pictures."""
    assert item.delivery is not None
    message = Message.from_json(item.delivery.message)
    item.title = title_of(item.delivery)  # type: ignore[attr-defined]
    item.pieces = [str(piece) for piece in registry.get(PLATFORM).compose(message)]  # type: ignore[attr-defined]
    item.images = message.images  # type: ignore[attr-defined]
    item.documents = message.documents  # type: ignore[attr-defined]
    return item


class ManualView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """What waits to be posted by hand, and what was posted lately."""

    requires = SEE_POSTINGS
    template_name = "campaigns/admin/manual/list.html"
    page_title = TITLE
    header_icon = "edit"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": TITLE}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        done = _items().exclude(manual_post=None).order_by("-manual_post__posted_at")[:SHOWN_DONE]
        return {
            **super().get_context_data(**kwargs),
            "waiting": [_shown(item) for item in waiting_items()],
            "done": [_shown(item) for item in done if item.delivery],
            "may_declare": self.request.user.has_perm(DECLARE),
        }


class DeclareForm(forms.Form):
    posted_at = forms.DateTimeField(label=gettext_lazy("Posted at"), widget=AdminDateTimeInput)
    link = forms.CharField(label=gettext_lazy("Link"), required=False, max_length=500)
    declared_by = forms.CharField(label=gettext_lazy("Who says so"), max_length=120)


class DeclareView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Somebody says that it was posted: counted as declared."""

    requires = DECLARE
    template_name = "campaigns/admin/manual/declare.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        initial = {"posted_at": timezone.now(), "declared_by": str(request.user)}
        return self._ask(request, DeclareForm(initial=initial))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = DeclareForm(request.POST)
        if not form.is_valid():
            return self._ask(request, form)
        try:
            manual_posts.record(item=self.item, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
            return self._ask(request, form)
        messages.success(request, _("Noted: “%(title)s” was posted.") % {"title": self.item.title})  # type: ignore[attr-defined]
        return redirect("loa_manual")

    @cached_property
    def item(self) -> PostingItem:
        return _shown(get_object_or_404(waiting_items(), pk=self.kwargs["pk"]))

    def _ask(self, request: HttpRequest, form: DeclareForm) -> HttpResponse:
        context = {
            "form": form,
            "item": self.item,
            "header_title": _("It was posted"),
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_manual"), "label": TITLE},
                {"url": "", "label": str(self.item.channel)},
            ],
        }
        return TemplateResponse(request, self.template_name, context)
