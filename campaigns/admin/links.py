"""The personal link of a station, a hand-posting channel or an event: to show, print and hand over."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campaigns.admin.permissions import KEEP_CHANNELS, Requires
from campaigns.models import EventPage, PersonalLink
from campaigns.models.links import LinkPurpose
from campaigns.personal import links
from campaigns.personal.qr import qr_svg
from publishers.models import Channel

# What each purpose hangs on: the platform of its channel, or None for an event.
PLATFORMS = {LinkPurpose.STATION: "loudspeaker", LinkPurpose.MANUAL: "manual", LinkPurpose.FIELD: None}
PLATFORMS[LinkPurpose.RECEIVER] = "loudspeaker"


class HolderForm(forms.Form):
    holder = forms.CharField(label=gettext_lazy("Who gets the link"), max_length=120)


class LinkView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Shows the link and its QR code; POST hands it to somebody else, and every older link stops working."""

    requires = KEEP_CHANNELS
    template_name = "campaigns/admin/links/link.html"
    header_icon = "link"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("step") == "revoke":
            links.revoke(self.link)
            messages.success(request, _("The link is closed. “Make a new link” opens it again."))
            return redirect(request.path)
        form = HolderForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        links.hand_over(self.link, form.cleaned_data["holder"])
        messages.success(request, _("Here is the new link. The old one no longer works."))
        return redirect(request.path)

    @cached_property
    def owner(self) -> Any:
        """The channel or the event."""
        purpose = self.kwargs["purpose"]
        if purpose not in PLATFORMS:
            raise Http404
        platform = PLATFORMS[LinkPurpose(purpose)]
        if platform is None:
            return get_object_or_404(EventPage, pk=self.kwargs["pk"])
        return get_object_or_404(Channel, pk=self.kwargs["pk"], platform=platform)

    @cached_property
    def link(self) -> PersonalLink:
        owner = self.owner
        if isinstance(owner, EventPage):
            return links.field_link(owner)
        if self.kwargs["purpose"] == LinkPurpose.STATION:
            return links.station_link(owner)
        if self.kwargs["purpose"] == LinkPurpose.RECEIVER:
            return links.receiver_link(owner)
        return links.manual_link(owner)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        address = links.url_of(self.link)
        if self.kwargs["purpose"] == LinkPurpose.RECEIVER:
            lists = [address.replace("podcast.xml", name) for name in ("list.m3u", "tuan.ics", "nhat-ky.json")]
            kwargs["machine"] = dict(zip(("m3u", "ics", "log"), lists, strict=True))
        return {
            "form": HolderForm(initial={"holder": self.link.holder}),
            **super().get_context_data(**kwargs),
            "link": self.link,
            "address": address,
            "qr": qr_svg(address, scale=5),
            "owner": self.owner,
            "header_title": _("Personal link"),
            "breadcrumbs_items": [*self.breadcrumbs_items, {"url": "", "label": _("Personal link")}],
        }
