"""The editor of materials and events: Wagtail's own, with our panels at its side.

A panel is a ``BaseSidePanel``; the server draws it again whenever the draft is saved by itself. One that has
nothing to say about a page says so by ``is_shown()``.
"""

from typing import Any, ClassVar

from wagtail import hooks
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.viewsets.pages import PageViewSet

from campaigns.admin.source_panel import SourceSidePanel
from campaigns.models import EventPage, MaterialPage


class ContentEditView(EditView):
    """Adds the side panels of ``side_panel_classes`` after Wagtail's."""

    side_panel_classes: ClassVar[list[Any]] = [SourceSidePanel]

    def get_side_panels(self) -> Any:
        own = [panel(self.page, self.request) for panel in self.side_panel_classes]
        shown = [panel for panel in own if panel.is_shown()]
        return MediaContainer([*super().get_side_panels(), *shown])


@hooks.register("register_admin_viewset")
def editors() -> list[Any]:
    return [PageViewSet(model=model, edit_view_class=ContentEditView) for model in (MaterialPage, EventPage)]
