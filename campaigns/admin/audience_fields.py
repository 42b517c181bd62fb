"""Fields on whom a channel reaches, for the forms of channels and stations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.admin.place_picker import PlacesField
from campaigns.models import Agency, Audience, AudienceLanguage, Language, TargetGroup
from campaigns.posting_times import refuse_no_times
from publishers.models import Channel

ORDERED_LANGUAGES = 4


class LanguageFields(forms.BaseForm):
    """Adds the languages of a channel, in order."""

    cleaned_data: dict[str, Any]

    def add_language_fields(self, channel: Channel) -> None:
        chosen: list[int] = []
        if channel.pk:
            rows = AudienceLanguage.objects.filter(audience__channel=channel)
            chosen = list(rows.values_list("language_id", flat=True))
        for place in range(ORDERED_LANGUAGES):
            self.fields[f"language_{place + 1}"] = forms.ModelChoiceField(
                Language.objects.all(),
                required=place == 0,
                label=_("First language") if place == 0 else _("Otherwise"),
                initial=chosen[place] if place < len(chosen) else None,
            )

    @property
    def language_fields(self) -> list[Any]:
        return [self[f"language_{place + 1}"] for place in range(ORDERED_LANGUAGES)]

    def save_languages(self, audience: Audience) -> None:
        """Store the chosen languages in order, each once."""
        chosen = [self.cleaned_data.get(f"language_{place + 1}") for place in range(ORDERED_LANGUAGES)]
        audience.ordered_languages.all().delete()
        AudienceLanguage.objects.bulk_create(
            AudienceLanguage(audience=audience, language=language, order=order)
            for order, language in enumerate(dict.fromkeys(language for language in chosen if language))
        )


class AudienceFields(LanguageFields):
    """Adds languages, groups, places, and who runs the channel."""

    def add_audience_fields(self, channel: Channel) -> None:
        audience = Audience.objects.filter(channel=channel).first() if channel.pk else None
        self.add_language_fields(channel)
        self.fields["groups"] = forms.ModelMultipleChoiceField(
            TargetGroup.objects.all(),
            required=False,
            label=_("Target groups"),
            widget=forms.CheckboxSelectMultiple,
            initial=list(audience.groups.values_list("pk", flat=True)) if audience else [],
            help_text=_("None ticked: the channel speaks to everybody."),
        )
        self.fields["places"] = PlacesField(
            label=_("Places"), initial=list(audience.places.values_list("pk", flat=True)) if audience else []
        )
        self.fields["agency"] = forms.ModelChoiceField(
            Agency.objects.all(), required=False, label=_("Run by"), initial=audience.agency_id if audience else None
        )
        for name, label, length in (
            ("contact_name", _("Contact"), 120),
            ("contact_phone", _("Contact's telephone"), 30),
        ):
            initial = getattr(audience, name) if audience else ""
            self.fields[name] = forms.CharField(required=False, max_length=length, label=label, initial=initial)

        self.fields["best_times"] = forms.CharField(
            required=False,
            max_length=120,
            label=_("Best times"),
            initial=audience.best_times if audience else "",
            help_text=_("Times of day like 07:30, 19:30. Empty: the platform's usual ones."),
            validators=[refuse_no_times],
        )

    def save_audience(self, channel: Channel) -> Audience:
        data = self.cleaned_data
        audience, _created = Audience.objects.update_or_create(
            channel=channel,
            defaults={name: data[name] for name in ("agency", "contact_name", "contact_phone", "best_times")},
        )
        audience.groups.set(data["groups"])
        audience.places.set(data["places"])
        self.save_languages(audience)
        return audience
