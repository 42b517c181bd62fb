"""The form by which a signed paper becomes a consent record. It refuses victims' data and asks for nothing else."""

import uuid
from pathlib import PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from campaigns import consents
from campaigns.models import Consent
from campaigns.models.consents import use_choices
from campaigns.safeguards import blocks, check
from campaigns.safeguards.folding import fold
from media.images import RefusedPicture, clean_upload
from media.models import Picture, Recording
from media.picture_form import ENDINGS
from media.recordings import RefusedRecording, clean_recording
from publishers.models import Channel

MOST_BYTES = 25_000_000
VICTIM = "victim"
VICTIM_WORD = fold("nạn nhân").lower
REFUSED = _(
    "Loa keeps no data about victims, not even with their consent (Law 53/2024/QH15, Art. 3). Nothing was stored. "
    "Do not use this picture or recording, and leave the paper with the agency that supports the person."
)


class ConsentForm(forms.ModelForm):
    """One paper. ``renews`` is the consent that it follows, of the same person."""

    who = forms.ChoiceField(
        label=_("Is the person a victim of trafficking?"),
        choices=[
            ("other", _("No, and nobody takes them for one")),
            (VICTIM, _("Yes, or perhaps, or it is being found out")),
        ],
        widget=forms.RadioSelect,
        help_text=_("Loa keeps no victims' data. If you do not know, take another picture."),
    )
    uses = forms.MultipleChoiceField(
        label=_("Only here"), required=False, widget=forms.CheckboxSelectMultiple, choices=use_choices
    )

    class Meta:
        model = Consent
        fields = (
            "who",
            "paper",
            "person",
            "age",
            "person_agreed",
            "guardian_agreed",
            "purpose",
            "pictures",
            "recordings",
            "everywhere",
            "uses",
            "channels",
            "valid_from",
            "valid_until",
            "scan",
        )
        widgets = {
            "age": forms.RadioSelect,
            "pictures": forms.CheckboxSelectMultiple,
            "recordings": forms.CheckboxSelectMultiple,
            "channels": forms.CheckboxSelectMultiple,
            "valid_from": AdminDateInput,
            "valid_until": AdminDateInput,
            "scan": forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.heic,.mp3,.m4a,.ogg,.opus,.wav"}),
        }

    def __init__(self, *args: Any, renews: Consent | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.renews = renews
        age: Any = self.fields["age"]
        age.choices = [choice for choice in age.choices if choice[0]]
        self._offer("pictures", Picture.objects.filter(shows_person=True))
        self._offer("recordings", Recording.objects.filter(person_heard=True))
        self._offer("channels", Channel.objects.all())

    def _offer(self, name: str, rows: Any) -> None:
        """Those that may be chosen; with none the field is left out."""
        before = getattr(self.renews, name).all() if self.renews else rows.none()
        field: Any = self.fields[name]
        field.queryset = rows.model.objects.filter(Q(pk__in=rows) | Q(pk__in=before)).order_by("-pk")
        if name != "pictures" and not field.queryset.exists():
            del self.fields[name]

    # --- what is not taken ------------------------------------------------------------------------

    def clean_who(self) -> str:
        if self.cleaned_data["who"] == VICTIM:
            raise ValidationError(REFUSED)
        return str(self.cleaned_data["who"])

    def clean_person(self) -> str:
        name = str(self.cleaned_data["person"]).strip()
        if VICTIM_WORD in fold(name).lower:
            raise ValidationError(REFUSED)
        if any(letter.isdigit() for letter in name):
            raise ValidationError(_("The name alone: no year of birth, telephone or ID number."))
        return name

    def clean_paper(self) -> str:
        paper = str(self.cleaned_data["paper"]).strip()
        if VICTIM_WORD in fold(paper).lower:
            raise ValidationError(REFUSED)
        return paper

    def clean_purpose(self) -> str:
        purpose = str(self.cleaned_data["purpose"]).strip()
        found = blocks(check(purpose, fragment=True))
        if found:
            raise ValidationError([f"{finding.message} {finding.cure}" for finding in found[:3]])
        return purpose

    def clean_scan(self) -> Any:
        """A paper without the place and device it was photographed with, under a name that says nothing."""
        file = self.cleaned_data["scan"]
        if not isinstance(file, UploadedFile):
            return file
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(_("The file is larger than 25 MB."))
        file.seek(0)
        data, ending = _clean(file.read(), PurePath(file.name or "").suffix.lower())
        return SimpleUploadedFile(f"{uuid.uuid4().hex}{ending}", data)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("pictures") and not data.get("recordings"):
            self.add_error("pictures", _("Choose the pictures or recordings that the paper is for."))
        if not (data.get("everywhere") or data.get("uses") or data.get("channels")):
            self.add_error("everywhere", _("Choose where they may be used."))
        return data

    @transaction.atomic
    def record(self, by: Any) -> Consent:
        """Keep it."""
        data, consent = self.cleaned_data, self.instance
        if self.renews:
            consent.subject = self.renews.subject
        return consents.record(
            consent=consent,
            pictures=data["pictures"],
            recordings=data.get("recordings", ()),
            channels=data.get("channels", ()),
            by=by,
        )


def _clean(data: bytes, ending: str) -> tuple[bytes, str]:
    """A PDF as it is, a picture or recording without its metadata; by content, a name is never believed.

    :raises ValidationError: for anything else.
    """
    if ending == ".pdf":
        if not data.startswith(b"%PDF-"):
            raise ValidationError(_("This is no PDF file."))
        return data, ending
    try:
        if ending in (".mp3", ".m4a", ".ogg", ".opus", ".wav"):
            return clean_recording(data), ending
        cleaned = clean_upload(data)
    except (RefusedPicture, RefusedRecording) as refused:
        raise ValidationError(str(refused), code=refused.code) from refused
    return cleaned.data, ENDINGS[cleaned.mime]
