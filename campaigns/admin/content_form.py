"""The form of materials and events: a draft may hold anything, what is submitted must be safe.

Page models take this in, so nothing of ``campaigns.models`` is imported at the top.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.blocks.stream_block import StreamBlockValidationError

GROUP_FIELDS = ("lead", "social_text", "message_text", "loudspeaker_text")
PLAIN_FIELDS = ("title", "summary", "social_text", "message_text", "loudspeaker_text")


class ContentForm(WagtailAdminPageForm):
    """Runs the safeguards when a text is submitted, and marks the very field of each finding."""

    def is_valid(self) -> bool:
        valid: bool = super().is_valid()
        if valid and not self.is_deferred_validation:
            self._mark_findings()
            self._mark_unagreed()
            valid = not self.errors and not any(any(errors) for errors in self._group_errors())
        return valid

    def _mark_findings(self) -> None:
        from campaigns.content_check import findings_in

        for placed in findings_in(self._texts(), self.instance.locale.language_code):
            if placed.finding.level != "block":
                continue
            form = self._group_forms().get(placed.group, self) if placed.group else self
            field = placed.field if placed.field in form.fields else None
            form.add_error(field, placed.sentence)

    def _mark_unagreed(self) -> None:
        """Pictures and recordings of people who did not agree; the picture within the text at its very block."""
        from campaigns.consents import objections_to

        data, body = self.cleaned_data, self.cleaned_data.get("body") or []
        within = [(str(at), block.value) for at, block in enumerate(body) if block.block_type == "picture"]
        media = [("cover", data.get("cover")), ("recording", data.get("recording", self.instance.recording)), *within]
        found = objections_to(media)
        for field, why in found:
            if not field.isdigit():
                self.add_error(field if field in self.fields else None, why)
        blocks = {int(field): ValidationError(why) for field, why in found if field.isdigit()}
        if blocks:
            self.add_error("body", StreamBlockValidationError(block_errors=blocks))

    def _texts(self) -> dict[str, Any]:
        """What was typed, in the shape of a snapshot."""
        from campaigns.snapshots import library_texts

        data = self.cleaned_data
        body = data.get("body")
        return {
            **{name: data.get(name) or "" for name in PLAIN_FIELDS},
            "body": body.get_prep_value() if body else [],
            "group_texts": {
                key: {name: form.cleaned_data.get(name) or "" for name in GROUP_FIELDS}
                for key, form in self._group_forms().items()
            },
            **library_texts(self.instance.locale.language_code),
        }

    def _group_forms(self) -> dict[str, forms.ModelForm]:
        formset = self.formsets.get("group_texts")
        filled = [form for form in formset.forms if form.cleaned_data.get("group")] if formset else []
        return {form.cleaned_data["group"].key: form for form in filled if not form.cleaned_data.get("DELETE")}

    def _group_errors(self) -> list[Any]:
        formset = self.formsets.get("group_texts")
        return [form.errors for form in formset.forms] if formset else []
