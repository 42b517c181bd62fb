"""Channels and loudspeaker stations: their lists and forms."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.models import CreateView

from campaigns.admin.channel_form import ChannelForm
from campaigns.admin.delete_used import ChannelDeleteView
from campaigns.admin.delivery_words import platform_label
from campaigns.admin.station_form import StationForm
from campaigns.admin.viewsets import QuietViewSet, mark_column
from campaigns.models import Station
from publishers import registry
from publishers.models import Channel

# Stations have a screen of their own, which makes their channel.
STATION_PLATFORM = "loudspeaker"


def _languages(channel: Channel) -> str:
    audience = getattr(channel, "audience", None)
    if audience is None:
        return ""
    return ", ".join(row.language.name_vi for row in audience.ordered_languages.all())


class ChannelCreateView(CreateView):
    """First the platform, then its form."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.platform is None and self.user_has_permission("add"):
            context = {
                "platforms": [
                    (name, platform.label)
                    for name, platform in sorted(registry.platforms().items())
                    if name != STATION_PLATFORM
                ],
                "breadcrumbs_items": self.get_breadcrumbs_items(),
                "header_title": _("Which platform?"),
                "header_icon": self.header_icon,
            }
            return TemplateResponse(request, "campaigns/admin/channels/choose_platform.html", context)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def platform(self) -> str | None:
        name = self.request.GET.get("platform", "")
        return name if name in registry.platforms() else None

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "platform": self.platform}

    def get_add_url(self) -> str:
        return f"{super().get_add_url()}?platform={self.platform}"

    def get_page_subtitle(self) -> str:
        return str(platform_label(self.platform)) if self.platform else super().get_page_subtitle()


class ChannelViewSet(QuietViewSet):
    model = Channel
    name = "kenh"
    icon = "redirect"
    menu_label = _("Channels")
    menu_order = 190
    add_to_admin_menu = True
    table_classname = "listing loa-stack"
    add_view_class = ChannelCreateView
    delete_view_class = ChannelDeleteView
    create_template_name = "campaigns/admin/channels/form.html"
    edit_template_name = "campaigns/admin/channels/form.html"
    related = ("audience",)
    prefetched: ClassVar[tuple[str, ...]] = ("audience__ordered_languages__language",)
    list_display = ["name", "platform", "form", Column("languages", label=_("Languages"), accessor=_languages)]
    list_display += [mark_column("rehearsal", _("Rehearsal"), _("REHEARSAL"))]
    list_filter: ClassVar[list[str]] = ["platform", "rehearsal", "form"]
    search_fields: ClassVar[list[str]] = ["name"]

    def get_form_class(self, for_update: bool = False) -> type[ChannelForm]:
        return ChannelForm


class StationViewSet(QuietViewSet):
    model = Station
    name = "tram-loa"
    icon = "media"
    menu_label = _("Loudspeaker stations")
    menu_order = 180
    add_to_admin_menu = True
    delete_view_class = ChannelDeleteView
    table_classname = "listing loa-stack"
    create_template_name = "campaigns/admin/stations/form.html"
    edit_template_name = "campaigns/admin/stations/form.html"
    related = ("channel", "place")
    prefetched: ClassVar[tuple[str, ...]] = ("slots",)
    list_display = [
        "__str__",
        Column("place", label=_("Place")),
        Column("slots", label=_("Slots"), accessor=lambda row: ", ".join(str(slot) for slot in row.slots.all())),
        Column("operator_name", label=_("Operator")),
        Column("operator_phone", label=_("Telephone")),
    ]
    search_fields: ClassVar[list[str]] = ["channel__name", "place__name", "operator_name"]

    def get_form_class(self, for_update: bool = False) -> type[StationForm]:
        return StationForm


viewsets: list[Any] = [ChannelViewSet(), StationViewSet()]
