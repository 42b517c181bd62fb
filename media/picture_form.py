"""The form that every picture comes in by: one upload, many at once, and the chooser."""

from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from wagtail.images.forms import BaseImageForm

from media.images import RefusedPicture, clean_upload

ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}


class PictureForm(BaseImageForm):
    """What is stored of an upload are its pixels; where and with what it was taken never reaches the disk."""

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
