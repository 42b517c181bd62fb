"""The form of a loudspeaker station: its place, operator and daily slots."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.admin.audience_fields import LanguageFields
from campaigns.admin.place_picker import place_chooser
from campaigns.models import Audience, Slot, Station
from publishers.models import Channel, Form

DAYS = (
    ("1", _("Mon")),
    ("2", _("Tue")),
    ("3", _("Wed")),
    ("4", _("Thu")),
    ("5", _("Fri")),
    ("6", _("Sat")),
    ("7", _("Sun")),
)


class DaysField(forms.MultipleChoiceField):
    """The days of a slot as boxes; the model keeps them as digits."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return list(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        return "".join(sorted(super().clean(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return sorted(initial or "") != sorted(data or [])


class SlotForm(forms.ModelForm):
    days = DaysField(choices=DAYS, label=_("Days"), initial="1234567")

    class Meta:
        model = Slot
        fields = ["at", "minutes", "days"]
        widgets = {"at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}


SlotFormSet = forms.inlineformset_factory(Station, Slot, form=SlotForm, extra=2, can_delete=True)


class StationForm(LanguageFields, forms.ModelForm):
    """A station and the channel that carries it; the channel is made with the station."""

    name = forms.CharField(label=_("Name"), max_length=120)
    rehearsal = forms.BooleanField(
        label=_("Rehearsal"),
        required=False,
        help_text=_("Only for practice: marked everywhere. Cannot be changed once the station is stored."),
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("No programme in these hours, unless it is urgent."),
    )
    quiet_to = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    instance: Station

    class Meta:
        model = Station
        fields = [
            "place",
            "networked",
            "operator_name",
            "operator_phone",
            "approver_name",
            "syllables_per_minute",
            "max_minutes",
        ]
        widgets = {"place": place_chooser.widget_class()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        station = self.instance
        channel = station.channel if station.pk else Channel()
        self.slots = SlotFormSet(self.data if self.is_bound else None, instance=station, prefix="slots")
        self.add_language_fields(channel)
        self.fields["quiet_from"].initial, self.fields["quiet_to"].initial = channel.quiet_from, channel.quiet_to
        if station.pk:
            self.fields["name"].initial = channel.name
            self.fields["rehearsal"].initial = channel.rehearsal
            self.fields["rehearsal"].disabled = True

    def is_valid(self) -> bool:
        # Both are asked, so that all errors show at once.
        return all([super().is_valid(), self.slots.is_valid()])

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Channel.objects.filter(platform="loudspeaker", name=name).exclude(pk=self.instance.channel_id)
        if others.exists():
            raise forms.ValidationError(_("There is another station with this name."))
        return name

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("quiet_from")) != bool(data.get("quiet_to")):
            self.add_error("quiet_to", _("Quiet hours need a beginning and an end."))
        return data

    @transaction.atomic
    def save(self, commit: bool = True) -> Station:
        station = self.instance
        station.channel = self._saved_channel(station)
        super().save(commit)
        self.slots.instance = station
        self.slots.save()
        station.channel.options = {
            "slots": ", ".join(f"{at:%H:%M}" for at in station.slots.values_list("at", flat=True)),
            "max_minutes": str(station.max_minutes),
        }
        station.channel.save()
        audience, _created = Audience.objects.get_or_create(channel=station.channel)
        audience.places.add(station.place)
        self.save_languages(audience)
        return station

    def _saved_channel(self, station: Station) -> Channel:
        if station.pk:
            channel = station.channel
        else:
            channel = Channel(platform="loudspeaker", form=Form.STATION, rehearsal=self.cleaned_data["rehearsal"])
        channel.name = self.cleaned_data["name"]
        channel.quiet_from, channel.quiet_to = self.cleaned_data["quiet_from"], self.cleaned_data["quiet_to"]
        channel.save()
        return channel
