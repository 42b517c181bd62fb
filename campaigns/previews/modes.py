"""The preview modes of materials and events: the page, each platform's post, the sheet, any channel's view.

A mode's name carries its parameters: ``telegram``, ``telegram:pupils`` (for a group), ``channel:12``,
``card:square`` (the drawn card), ``sheet:pupils`` or ``sheet:12`` (the loudspeaker's sheet as PDF).
Page models take this in, so nothing of ``campaigns.models`` is imported at the top.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from publishers import registry

PAGE, CHANNEL, CARD, SHEET = "", "channel", "card", "sheet"
# Those that authors look at most come first; platforms that are not named here follow.
FIRST = ("facebook", "telegram", "zalo", "manual", "loudspeaker", "feed")


def platform_names() -> list[str]:
    """All platforms, in the order in which staff choose among them."""
    known = registry.platforms()
    return [*(name for name in FIRST if name in known), *sorted(known.keys() - set(FIRST))]


def modes_of(groups: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The modes for a page that has texts of its own for ``groups`` (key and name)."""
    modes = [(PAGE, _("Web page"))]
    for name in platform_names():
        label = str(registry.get(name).label)
        modes.append((name, label))
        modes += [(f"{name}:{key}", f"{label} · {group}") for key, group in groups]
    return [*modes, (CHANNEL, _("As one channel gets it"))]


class ChannelPreviews:
    """Adds the modes to a page. The form's unsaved content shows: Wagtail hands over the page made from it."""

    default_preview_mode = PAGE

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        texts = self.group_texts.all()  # type: ignore[attr-defined]
        return modes_of([(text.group.key, str(text.group)) for text in texts if text.group_id])

    def is_previewable(self) -> bool:
        """Always, and without looking at the texts: lists ask this for each row."""
        return True

    def make_preview_request(
        self, original_request: Any = None, preview_mode: Any = None, extra_request_attrs: Any = None
    ) -> Any:
        """Hand the address's other parameters (a search among channels) on to the preview."""
        query = original_request.GET if original_request is not None else QueryDict()
        attrs = {**(extra_request_attrs or {}), "preview_query": query}
        return super().make_preview_request(original_request, preview_mode, attrs)  # type: ignore[misc]

    def serve_preview(self, request: HttpRequest, mode_name: str | None) -> HttpResponse:
        kind, _colon, parameter = (mode_name or PAGE).partition(":")
        if kind == PAGE:
            answer: HttpResponse = super().serve_preview(request, PAGE)  # type: ignore[misc]
            return answer
        from campaigns.previews import pages

        return pages.serve(self, request, kind, parameter)
