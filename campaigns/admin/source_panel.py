"""Beside a translation in the editor: the Vietnamese text as it stands, what changed in it marked."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.side_panels import BaseSidePanel

from campaigns.coverage.basis import Since, changes_for
from campaigns.models import Language
from campaigns.versions import SOURCE


class SourceSidePanel(BaseSidePanel):
    """Field by field, so that it can be read beside the form. The counter says how many fields changed."""

    class SidePanelToggle(BaseSidePanel.SidePanelToggle):
        aria_label = _("Toggle the Vietnamese text")
        icon_name = "globe"
        counter_classname = "w-bg-critical-200"

        def get_context_data(self, parent_context: Any) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            since = self.panel.since
            context["count"] = len(since.changed) if since else 0
            return context

    name = "source"
    title = _("Vietnamese text")
    template_name = "campaigns/admin/coverage/source_panel.html"
    order = 150

    @cached_property
    def since(self) -> Since | None:
        return changes_for(self.object)

    def is_shown(self) -> bool:
        """On translations only; a source has none itself."""
        return self.object.locale.language_code != SOURCE and self.since is not None

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        language = Language.objects.filter(code=self.object.locale.language_code).first()
        return {**context, "since": self.since, "language": language, "page": self.object}
