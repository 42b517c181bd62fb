"""The editor of materials and events: Wagtail's own, with our panels at its side.

A panel is a ``BaseSidePanel``; the server draws it again whenever the draft is saved by itself. One that has
nothing to say about a page says so by ``is_shown()``.
"""

import logging
from typing import Any, ClassVar

from wagtail import hooks
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.viewsets.pages import PageViewSet

from campaigns.admin.findings import FindingsSidePanel
from campaigns.admin.source_panel import SourceSidePanel
from campaigns.coverage.letters import NOT_SENT
from campaigns.models import EventPage, MaterialPage

logger = logging.getLogger(__name__)


class ContentEditView(EditView):
    """Adds the side panels of ``side_panel_classes`` after Wagtail's."""

    side_panel_classes: ClassVar[list[Any]] = [FindingsSidePanel, SourceSidePanel]

    def send_commenting_notifications(self, changes: Any) -> None:
        """A mail server that cannot be reached does not undo the saving of a draft."""
        try:
            super().send_commenting_notifications(changes)
        except NOT_SENT:
            logger.exception("Letters about comments could not be sent")

    def get_side_panels(self) -> Any:
        own = [panel(self.page, self.request) for panel in self.side_panel_classes]
        shown = [panel for panel in own if panel.is_shown()]
        return MediaContainer([*super().get_side_panels(), *shown])


@hooks.register("register_admin_viewset")
def editors() -> list[Any]:
    return [PageViewSet(model=model, edit_view_class=ContentEditView) for model in (MaterialPage, EventPage)]
