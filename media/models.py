"""Pictures, files and recordings. No campaign and no channel is known here."""

import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import FileExtensionValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument
from wagtail.documents.models import Document as WagtailDocument
from wagtail.images.models import AbstractImage, AbstractRendition
from wagtail.images.models import Image as WagtailImage
from wagtail.models import CollectionMember
from wagtail.search import index

from media import keeping
from media.audio.kinds import MP3, kind_of
from media.audio.tags import Tags, id3
from media.recordings import RefusedRecording, clean_recording

AUDIO_EXTENSIONS = ("mp3", "ogg", "oga", "opus", "wav", "m4a", "aac", "webm")


class Picture(AbstractImage):
    """A picture that material may use."""

    alt_text = models.CharField(
        _("what the picture shows"),
        max_length=255,
        blank=True,
        help_text=_("One sentence for people who cannot see it."),
    )
    credit = models.CharField(_("source or author"), max_length=255, blank=True)
    # None: nobody has said it yet, as after an upload of many at once. Such a picture is used nowhere.
    shows_person = models.BooleanField(
        _("shows a person who can be recognised"),
        default=False,
        null=True,
        help_text=_(
            "By the face, or by clothes, house, school or a name that stands there. "
            "A drawing of no real person shows nobody."
        ),
    )
    people_shown = models.PositiveSmallIntegerField(
        _("how many people can be recognised"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("Each of them has to agree, on a paper of their own."),
    )

    admin_form_fields = (*WagtailImage.admin_form_fields, "alt_text", "credit", "shows_person", "people_shown")
    kept_as_approved = ("file", "title", "alt_text", "credit", "shows_person", "people_shown")

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    @property
    def default_alt_text(self) -> str:
        return self.alt_text or self.title

    def clean(self) -> None:
        super().clean()
        keeping.refuse_change(self)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """:raises ValidationError: when an approval stands for what would change."""
        keeping.refuse_change(self, kwargs.get("update_fields"))
        super().save(*args, **kwargs)


class Rendition(AbstractRendition):
    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)

    def get_upload_to(self, filename: str) -> str:
        """A name that nobody guesses, new each time: the folder is public, and staff see withdrawn pictures, too."""
        path: str = super().get_upload_to(f"{get_random_string(20)}.{filename.rpartition('.')[2]}")
        return path


class StoredDocument(AbstractDocument):
    """A file; a private one (a consent form, say) is never served to the public."""

    private = models.BooleanField(_("private"), default=False)

    admin_form_fields = (*WagtailDocument.admin_form_fields, "private")


def as_kept(data: bytes, *, synthetic: bool) -> bytes:
    """A recording as it is stored: without what was written beside it, but a machine's voice says that it is one.

    :raises RefusedRecording: for what is no recording.
    """
    cleaned = clean_recording(data)
    return id3(Tags(synthetic=True)) + cleaned if synthetic and kind_of(cleaned[:64]) == MP3 else cleaned


class RecordingFile(FieldFile):
    """A sound file that is stored without its metadata, whichever way it comes in."""

    def save(self, name: str, content: Any, save: bool = True) -> None:
        """:raises RefusedRecording: for what is no recording."""
        content.seek(0)
        recording: Any = self.instance
        super().save(name, ContentFile(as_kept(content.read(), synthetic=recording.synthetic)), save=save)


class RecordingField(models.FileField):
    attr_class = RecordingFile


class Recording(CollectionMember, index.Indexed, models.Model):
    """A voice recording, the version of a text in a language that is only spoken.

    ``language_tag`` is the locale code of the language spoken; ``seconds`` its length.
    """

    title = models.CharField(_("title"), max_length=255)
    file = RecordingField(
        _("file"), upload_to="recordings/%Y/", validators=[FileExtensionValidator(AUDIO_EXTENSIONS)]
    )
    language_tag = models.CharField(_("language"), max_length=20)
    seconds = models.DecimalField(_("length in seconds"), max_digits=8, decimal_places=2, null=True, blank=True)
    transcript = models.TextField(_("what is said, in Vietnamese"), blank=True)
    synthetic = models.BooleanField(_("made by a machine voice"), default=False)
    speaker_role = models.CharField(_("who speaks"), max_length=120, blank=True)
    person_heard = models.BooleanField(
        _("a person tells of themselves or can be recognised"),
        default=False,
        null=True,
        help_text=_("Not a machine voice, nor an announcer or colleague who reads our text."),
    )
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    # As media.audio.measuring.Measured writes it; empty for what was stored before it was measured.
    measured = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    kept_as_approved = ("file", "title", "language_tag", "transcript", "synthetic", "speaker_role", "person_heard")
    search_fields = [*CollectionMember.search_fields, index.SearchField("title"), index.FilterField("language_tag")]

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        keeping.refuse_change(self)
        self._clean_file()

    def _clean_file(self) -> None:
        """A new file loses what its phone wrote around the sound, before its digest is counted."""
        if not keeping.is_new(self.file):
            return
        self.file.open("rb")
        self.file.seek(0)
        try:
            cleaned = as_kept(self.file.read(), synthetic=self.synthetic)
        except RefusedRecording as refused:
            raise ValidationError({"file": str(refused)}, code=refused.code) from refused
        self.file = ContentFile(cleaned, name=self.file.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The digest always is that of the file that is saved with it.

        :raises ValidationError: when an approval stands for what would change, or the file is no recording.
        """
        keeping.refuse_change(self, kwargs.get("update_fields"))
        self._clean_file()
        if keeping.is_new(self.file):
            self.sha256 = self._digest()
        super().save(*args, **kwargs)

    def file_digest(self) -> str:
        """SHA-256 of the file in hexadecimal digits, counted where it was not kept yet."""
        if not self.sha256:
            self.sha256 = self._digest()
            Recording.objects.filter(pk=self.pk).update(sha256=self.sha256)
        return self.sha256

    def _digest(self) -> str:
        self.file.open("rb")
        digest = hashlib.file_digest(self.file, "sha256").hexdigest()
        if keeping.is_new(self.file):
            self.file.seek(0)  # It still has to be stored.
        else:
            self.file.close()
        return digest
