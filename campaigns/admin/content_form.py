"""The form of materials and events: a draft may hold anything, what is submitted must be safe.

Page models take this in, so nothing of ``campaigns.models`` is imported at the top.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError

GROUP_FIELDS = ("lead", "social_text", "message_text", "loudspeaker_text")
PLAIN_FIELDS = ("title", "summary", "social_text", "message_text", "loudspeaker_text")


class ContentForm(WagtailAdminPageForm):
    """Runs the safeguards when a text is submitted, and marks the very field of each finding."""

    def is_valid(self) -> bool:
        valid: bool = super().is_valid()
        if valid and not self.is_deferred_validation:
            self._mark_findings()
            self._mark_unagreed()
            self._mark_unspoken()
            valid = not self.errors and not any(any(errors) for errors in self._group_errors())
        return valid

    def _mark_findings(self) -> None:
        for found in self.judged():
            if not found.stands:
                continue
            placed = found.placed
            for name, group in found.fields:
                form = self.group_forms().get(group, self) if group else self
                form.add_error(name if name in form.fields else None, placed.sentence)

    def judged(self) -> list[Any]:
        """What the safeguards find in what was typed, with what people decided of it. Ask after ``is_valid``."""
        from campaigns.decisions import judge
        from campaigns.workflow import writers_since_approval

        page = self.instance
        # Of a page that is not stored yet nobody can have decided anything.
        writers = writers_since_approval(page) if page.pk else set()
        return judge(self._texts(), page.locale.language_code, page_id=page.pk, writers=writers)

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
        blocks = {int(field): _at_the_picture(why) for field, why in found if field.isdigit()}
        if blocks:
            self.add_error("body", StreamBlockValidationError(block_errors=blocks))

    def _mark_unspoken(self) -> None:
        """A language that is only spoken: without its recording, or its words in Vietnamese, there is no version."""
        from campaigns.spoken_versions import missing_in_spoken

        recording = self.cleaned_data.get("recording", self.instance.recording)
        for why in missing_in_spoken(self.instance.locale.language_code, recording):
            self.add_error("recording" if "recording" in self.fields else None, why)

    def _texts(self) -> dict[str, Any]:
        """What was typed, in the shape of a snapshot."""
        from campaigns.snapshots import library_texts, picture_facts, pictures_said, recording_facts

        data, page = self.cleaned_data, self.instance
        body, cover, recording = (data.get(name, getattr(page, name)) for name in ("body", "cover", "recording"))
        blocks = body.get_prep_value() if body else []
        return {
            **{name: data.get(name) or "" for name in PLAIN_FIELDS},
            "body": blocks,
            "cover": picture_facts(cover) if cover else None,
            "recording": recording_facts(recording) if recording else None,
            **pictures_said(blocks, in_posts=data.get("pictures_in_posts", page.pictures_in_posts)),
            **({"leaflet": True} if data.get("leaflet_in_posts", page.leaflet_in_posts) else {}),
            "slug": data.get("slug") or "",
            "campaign": campaign.pk if (campaign := data.get("campaign", page.campaign)) else None,
            "language": self.instance.locale.language_code,
            "real_case": {
                "answer": data.get("real_case", self.instance.real_case),
                "changes": data.get("real_case_changes", self.instance.real_case_changes),
            },
            "group_texts": {
                key: {name: form.cleaned_data.get(name) or "" for name in GROUP_FIELDS}
                for key, form in self.group_forms().items()
            },
            **library_texts(self.instance.locale.language_code),
        }

    def group_forms(self) -> dict[str, forms.ModelForm]:
        """The filled forms of groups' texts by the group's key."""
        formset = self.formsets.get("group_texts")
        filled = [form for form in formset.forms if form.cleaned_data.get("group")] if formset else []
        return {form.cleaned_data["group"].key: form for form in filled if not form.cleaned_data.get("DELETE")}

    def _group_errors(self) -> list[Any]:
        formset = self.formsets.get("group_texts")
        return [form.errors for form in formset.forms] if formset else []


def _at_the_picture(why: str) -> StructBlockValidationError:
    return StructBlockValidationError(block_errors={"image": ValidationError(why)})
