"""For whoever has to decide on a text: everything that would be sent of it, to be read in one place.

Page models take this in, so nothing of ``campaigns.models`` is imported here.
"""

from typing import Any

from wagtail.admin.panels import Panel

FIELDS = ("summary", "social_text", "message_text", "loudspeaker_text")
GROUP_FIELDS = ("lead", "social_text", "message_text", "loudspeaker_text")


class ReadingPanel(Panel):
    """Above the form, for those whose word the workflow waits for; everybody else does not see it."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "campaigns/admin/reading.html"

        def is_shown(self) -> bool:
            if self.request is None or not self.instance.pk:
                return False
            task = self.instance.current_workflow_task
            return bool(task and task.get_actions(self.instance, self.request.user))

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            from campaigns.models.review import needs_native_review
            from campaigns.native_reading import words_of

            texts = self.instance.group_texts.all()
            translated = needs_native_review(self.instance)
            return {
                **context,
                "texts": _texts(self.instance, FIELDS),
                "recording": self.instance.recording,
                "words": words_of(self.instance) if translated else None,
                "left": left_in_vietnamese(self.instance) if translated else [],
                "groups": [{"group": text.group, "texts": _texts(text, GROUP_FIELDS)} for text in texts],
            }


def left_in_vietnamese(page: Any) -> list[str]:
    """Where a translation still says word for word what the Vietnamese says: an approver may not be able to tell.

    What is only spoken has a Vietnamese transcript, and rightly so.
    """
    from campaigns.exchange.pairs import exchange_of, source_text_page
    from campaigns.models import Language

    if Language.objects.filter(code=page.locale.language_code, spoken_only=True).exists():
        return []
    return [pair.place for pair in exchange_of(page, source_text_page(page)).pairs if pair.untranslated]


def _texts(row: Any, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """The fields that say something, each with its name as in the form."""
    return [
        {"name": row._meta.get_field(name).verbose_name, "text": getattr(row, name)}
        for name in fields
        if getattr(row, name).strip()
    ]
