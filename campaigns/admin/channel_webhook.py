"""A channel's webhook: which address to give the platform, its secret (shown once), and what came lately."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campaigns.admin.permissions import KEEP_CHANNELS, Requires
from publishers import registry, webhook_setup
from publishers.errors import SendError
from publishers.models import Channel
from publishers.platform import Platform

# What platforms tell (Event.kind), in words.
KINDS = {
    "reactions": gettext_lazy("reactions"),
    "follow": gettext_lazy("new followers"),
    "unfollow": gettext_lazy("followers who left"),
    "feed-comment": gettext_lazy("comments"),
    "feed-reaction": gettext_lazy("reactions"),
    "feed-share": gettext_lazy("shares"),
}
OTHER_KIND = gettext_lazy("other news of posts")


class ChannelWebhookView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """POST makes a new secret, or tells the platform the address where it can be told by a call."""

    requires = KEEP_CHANNELS
    template_name = "campaigns/admin/channels/webhook.html"
    header_icon = "link"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("step") == "secret":
            try:
                answer = self._show(made=webhook_setup.make_secret(self.channel))
            except LookupError:
                raise Http404 from None
            # Shown once: no browser and no proxy keeps it.
            answer["Cache-Control"] = "no-store"
            return answer
        if not self.platform.can_listen:
            raise Http404
        try:
            webhook_setup.register(self.channel)
        except SendError as error:
            words = self.platform.explain(error.code)
            messages.error(request, f"{words.cause} {words.cure} {error.detail}".strip())
        else:
            messages.success(request, _("The platform knows the address now."))
        return redirect(request.path)

    @cached_property
    def channel(self) -> Channel:
        return get_object_or_404(Channel, pk=self.kwargs["pk"])

    @cached_property
    def platform(self) -> Platform:
        known = registry.get(self.channel.platform)
        if not known.webhook_help:
            raise Http404
        return known

    def _show(self, made: str = "") -> HttpResponse:
        title, option = _("Calls from the platform"), webhook_setup.secret_of(self.channel)
        lately = webhook_setup.lately(self.channel)
        context = {
            "channel": self.channel,
            "platform": self.platform,
            "address": webhook_setup.address_of(self.channel),
            "reachable": webhook_setup.address_of(self.channel).startswith("https://") or self.channel.rehearsal,
            "secret": option,
            "stored": bool(option and self.channel.secrets.get(option.name)),
            "made": made,
            "lately": [{**row, "label": KINDS.get(row["kind"], OTHER_KIND)} for row in lately],
            "header_title": title,
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("kenh:edit", args=[self.channel.pk]), "label": str(self.channel)},
                {"url": "", "label": title},
            ],
        }
        return TemplateResponse(self.request, self.template_name, context)
