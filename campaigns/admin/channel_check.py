"""Asks a channel's platform whether the stored credentials work, and shows what it said."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campaigns.admin.permissions import KEEP_CHANNELS, Requires
from publishers import health
from publishers.models import Channel


class ChannelCheckView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """The last answer; POST asks anew."""

    requires = KEEP_CHANNELS
    template_name = "campaigns/admin/channels/check.html"
    header_icon = "key"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = health.check(self.channel)
        if found.ok:
            messages.success(request, _("The channel is well."))
        else:
            messages.error(request, _("Something is missing. See below."))
        return redirect(request.path)

    @cached_property
    def channel(self) -> Channel:
        return get_object_or_404(Channel, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        title = _("Check the channel")
        return {
            **super().get_context_data(**kwargs),
            "channel": self.channel,
            "report": self.channel.check_report,
            "header_title": title,
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("kenh:edit", args=[self.channel.pk]), "label": str(self.channel)},
                {"url": "", "label": title},
            ],
        }
