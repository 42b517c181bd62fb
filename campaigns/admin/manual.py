"""Channels without an interface: what is ready to be posted by hand, and "posted" with time and link."""

from typing import Any

from django import forms
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

from campaigns.admin.delivery_words import title_of
from campaigns.admin.permissions import SEE_POSTINGS, Requires
from campaigns.models import ManualPost, PostingItem
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


class DeclareForm(forms.ModelForm):
    class Meta:
        model = ManualPost
        fields = ["posted_at", "link", "declared_by"]
        widgets = {"posted_at": AdminDateTimeInput}

    def clean_posted_at(self) -> Any:
        posted_at = self.cleaned_data["posted_at"]
        if posted_at > timezone.now():
            raise forms.ValidationError(_("This time has not come yet."))
        return posted_at


class DeclareView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Somebody says that it was posted: counted as declared."""

    requires = DECLARE
    template_name = "campaigns/admin/manual/declare.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        initial = {"posted_at": timezone.now(), "declared_by": str(request.user)}
        return self._ask(request, DeclareForm(initial=initial))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = DeclareForm(request.POST, instance=ManualPost(item=self.item))
        if not form.is_valid():
            return self._ask(request, form)
        form.save()
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
