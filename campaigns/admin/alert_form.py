"""The form of a short message: one phone screen, with the channels of the place ticked from the start."""

import unicodedata
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.images.widgets import AdminImageChooser
from wagtail.permissions import policy_registry

from campaigns import bulletins
from campaigns.bulletin_channels import channels_at_places, channels_for
from campaigns.models import Bulletin, Campaign, Language, Place
from campaigns.typed_text import one_line
from media.models import Picture
from publishers.models import Channel

EVERYWHERE = _("The whole province")


class AlertForm(forms.Form):
    """Title, text, picture, and for an alert where it goes; an imported row keeps its channel and time."""

    # Two lines, so that a phone shows the whole title.
    title = forms.CharField(label=_("Title"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    text = forms.CharField(label=_("What to say"), max_length=4000, widget=forms.Textarea(attrs={"rows": 12}))
    place = forms.ModelChoiceField(
        Place.objects.all(), label=_("Where"), required=False, empty_label=EVERYWHERE, blank=True
    )
    channels = forms.ModelMultipleChoiceField(
        Channel.objects.all(),
        label=_("Channels"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one channel.")},
    )
    image = forms.ModelChoiceField(Picture.objects.all(), label=_("Picture"), required=False)
    link = forms.URLField(label=_("Link to read more"), required=False, max_length=500, assume_scheme="https")
    campaign = forms.ModelChoiceField(Campaign.objects.all(), label=_("Campaign"))

    def __init__(self, *args: Any, user: Any, language: Language, bulletin: Bulletin | None = None, **kwargs: Any):
        self.language, self.bulletin = language, bulletin
        super().__init__(*args, **kwargs)
        self.offered = channels_for(language)
        self.fields["campaign"].initial = bulletins.campaign_on(timezone.localdate())
        if policy_registry.get_by_type(Picture).user_has_any_permission(user, ["choose", "add", "change"]):
            self.fields["image"].widget = AdminImageChooser()
        else:
            del self.fields["image"]
        if bulletin is not None and not bulletin.is_alert:
            for name in ("place", "channels", "campaign"):
                del self.fields[name]
        else:
            self._offer_places()

    @cached_property
    def places(self) -> list[tuple[Place, list[Channel]]]:
        """The places to choose from, each with the channels that it ticks."""
        return channels_at_places(self.language)

    def _offer_places(self) -> None:
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            ("", f"{EVERYWHERE} ({len(self.offered)})"),
            *((place.pk, f"{place.name} ({len(channels)})") for place, channels in self.places),
        ]
        chosen = self.initial.get("place")
        self.initial.setdefault("channels", [channel.pk for channel in channels_for(self.language, chosen)])

    @property
    def channel_rows(self) -> list[dict[str, Any]]:
        """The channels to tick, each with the places of the list for which it is reached."""
        ticked = {str(getattr(one, "pk", one)) for one in self["channels"].value() or ()}
        at: dict[int, list[str]] = {}
        for place, channels in self.places:
            for channel in channels:
                at.setdefault(channel.pk, []).append(str(place.pk))
        return [
            {"channel": one, "ticked": str(one.pk) in ticked, "places": " ".join(at.get(one.pk, ()))}
            for one in self.offered
        ]

    def clean_title(self) -> str:
        return one_line(self.cleaned_data["title"])

    def clean_text(self) -> str:
        text = unicodedata.normalize("NFC", self.cleaned_data["text"])
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()

    def clean_channels(self) -> list[Channel]:
        """Only channels that list the language; the browser may send anything."""
        offered = {channel.pk for channel in self.offered}
        return [channel for channel in self.cleaned_data["channels"] if channel.pk in offered]
