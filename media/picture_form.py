"""The form that every picture comes in by: one upload, many at once, and the chooser."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext_lazy as _
from wagtail.images.forms import BaseImageForm

from media.images import RefusedPicture, clean_upload

ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}


class PersonField(forms.TypedChoiceField):
    """Yes, no, or not said."""

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        choices = [("False", _("No one can be recognised")), ("True", _("Yes, somebody can be recognised"))]
        kwargs |= {"choices": choices, "coerce": lambda value: value == "True", "empty_value": None}
        super().__init__(required=False, **kwargs)


class PictureForm(BaseImageForm):
    """What is stored of an upload are its pixels; where and with what it was taken never reaches the disk.

    Who is in it is asked, and an answer that was not given is kept as such: only a person knows.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "shows_person" in self.fields:
            self.fields["shows_person"] = PersonField(
                label=self.fields["shows_person"].label, help_text=self.fields["shows_person"].help_text
            )
            if not self.instance.pk:
                self.initial["shows_person"] = None
        if "people_shown" in self.fields:
            self.fields["people_shown"].required = False

    def clean_shows_person(self) -> bool | None:
        given: bool | None = self.cleaned_data["shows_person"]
        if given is None and self.instance.pk:
            return self.instance.shows_person
        return given

    def _post_clean(self) -> None:
        """What was not answered is kept as not answered: Django would take the model's default."""
        super()._post_clean()
        if "shows_person" in self.cleaned_data:
            self.instance.shows_person = self.cleaned_data["shows_person"]

    def clean_people_shown(self) -> int:
        return self.cleaned_data["people_shown"] or self.instance.people_shown

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return file  # The stored picture, not uploaded anew.
        file.seek(0)
        try:
            cleaned = clean_upload(file.read())
        except RefusedPicture as refused:
            raise ValidationError(str(refused), code=refused.code) from refused
        name = PurePath(file.name or "").stem + ENDINGS[cleaned.mime]
        return SimpleUploadedFile(name, cleaned.data, cleaned.mime)
