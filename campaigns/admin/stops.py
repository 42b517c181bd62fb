"""The emergency stop: one switch for everything, one for each campaign and each channel."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campaigns.admin.permissions import LIFT_STOP, SEE_OUTBOX, STOP_ALL, Requires, who
from campaigns.models import Campaign
from publishers import stops
from publishers.models import Channel, Stop

TITLE = gettext_lazy("Emergency stop")


# In an emergency nobody types: the stop stands with these words until somebody writes better ones.
DEFAULT_REASON = gettext_lazy("Stopped at once, to be looked into.")


class StopForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One sentence. Everybody sees it at the posts that are held."),
    )


def switches() -> list[dict[str, Any]]:
    """Every switch there is, with the stop that stands on it. Three queries."""
    standing = {stop.key: stop for stop in Stop.objects.all()}
    rows: list[tuple[str, Any, Any]] = [(stops.ALL, _("Everything"), _("all channels and campaigns"))]
    rows += [(campaign.stop_key, campaign.name, _("campaign")) for campaign in Campaign.objects.all()]
    rows += [(channel.stop_key, str(channel), channel.get_platform_display()) for channel in Channel.objects.all()]
    return [{"key": key, "name": name, "kind": kind, "stop": standing.get(key)} for key, name, kind in rows]


class StopsView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """All switches. Everybody who sees the outbox sees them; pressing asks for the right to."""

    requires = SEE_OUTBOX
    template_name = "campaigns/admin/stops/list.html"
    page_title = TITLE
    header_icon = "warning"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("loa_outbox"), "label": _("Outbox")},
            {"url": "", "label": TITLE},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = switches()
        return {
            **super().get_context_data(**kwargs),
            "all": rows[0],
            "rows": rows[1:],
            "may_stop": self.request.user.has_perm(STOP_ALL),
            "may_lift": self.request.user.has_perm(LIFT_STOP),
        }


class StopView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Asks why, then stops, or with ``lifts`` lifts. Only a POST changes anything."""

    requires = STOP_ALL
    template_name = "campaigns/admin/stops/confirm.html"
    lifts = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._ask(request, StopForm(initial={"why": DEFAULT_REASON}))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        switch = self._switch()
        if self.lifts:
            freed = stops.lift(switch["key"], who(request))
            messages.success(
                request,
                _("The stop on “%(name)s” is lifted. %(count)d posts go on.")
                % {"name": switch["name"], "count": freed},
            )
            return redirect("loa_stops")
        form = StopForm(request.POST)
        if not form.is_valid():
            return self._ask(request, form)
        stops.stop(switch["key"], who(request), form.cleaned_data["why"].strip() or str(DEFAULT_REASON))
        messages.warning(request, _("“%(name)s” is stopped. Nothing leaves.") % {"name": switch["name"]})
        return redirect("loa_stops")

    def _switch(self) -> dict[str, Any]:
        for switch in switches():
            if switch["key"] == self.kwargs["key"]:
                return switch
        raise Http404

    def _ask(self, request: HttpRequest, form: StopForm) -> HttpResponse:
        switch = self._switch()
        title = _("Lift the stop") if self.lifts else _("Stop")
        context = {
            "form": form,
            "switch": switch,
            "lifts": self.lifts,
            "header_title": title,
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_stops"), "label": TITLE},
                {"url": "", "label": title},
            ],
        }
        return TemplateResponse(request, self.template_name, context)


class LiftView(StopView):
    """Asks, then lifts."""

    requires = LIFT_STOP
    lifts = True
