"""The form of a channel: the platform's options, secrets that only go in, and its audience."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from campaigns.admin.audience_fields import AudienceFields
from publishers import registry
from publishers.models import Channel
from publishers.platform import Option

OPTION_PREFIX = "option_"
SECRET_PREFIX = "secret_"  # noqa: S105 - the prefix of a field's name


def _sentence(words: Any) -> str:
    """A platform's short help as a sentence, so that another one may follow."""
    text = capfirst(str(words).strip())
    return f"{text}." if text and text[-1] not in ".…" else text


class ChannelForm(AudienceFields, forms.ModelForm):
    """One channel. ``platform`` is fixed when it is made; secrets are never shown again."""

    class Meta:
        model = Channel
        fields = ["name", "rehearsal", "form", "grace_minutes", "quiet_from", "quiet_to"]
        widgets = {
            "quiet_from": forms.TimeInput(attrs={"type": "time"}),
            "quiet_to": forms.TimeInput(attrs={"type": "time"}),
        }
        help_texts = {
            "rehearsal": _(
                "A rehearsal channel only ever talks to Loa's own sandbox and takes rehearsal credentials only. "
                "What it posts is marked as rehearsal everywhere. This can never be changed afterwards."
            ),
            "grace_minutes": _("A post that is later than this is held and shown to you. Empty: two hours."),
            "quiet_from": _("Nothing is posted in these hours; it waits for their end."),
        }

    def __init__(self, *args: Any, platform: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel: Channel = self.instance
        if not channel.pk:
            channel.platform = platform
        self.platform = registry.get(channel.platform)
        self._add_platform_fields(channel)
        self.add_audience_fields(channel)
        if channel.pk:
            self.fields["rehearsal"].disabled = True
            self.fields["rehearsal"].help_text = _(
                "Fixed when the channel was made: it stays live or rehearsal for ever. Make a new channel to change."
            )
        else:
            self.fields["form"].initial = self.platform.form

    def _add_platform_fields(self, channel: Channel) -> None:
        for option in self.platform.options:
            self.fields[OPTION_PREFIX + option.name] = forms.CharField(
                label=capfirst(str(option.label)),
                help_text=_sentence(option.help),
                required=option.required,
                initial=channel.options.get(option.name, ""),
            )
        known = channel.secrets if channel.pk else {}
        for secret in self.platform.secrets:
            self.fields[SECRET_PREFIX + secret.name] = self._secret_field(secret, bool(known.get(secret.name)))

    def _secret_field(self, secret: Option, stored: bool) -> forms.CharField:
        note = _("Stored. Leave empty to keep it.") if stored else _("Not stored yet.")
        return forms.CharField(
            label=capfirst(str(secret.label)),
            help_text=f"{_sentence(secret.help)} {note}".strip(),
            required=secret.required and not stored,
            # A new-password field is not filled in by the browser, and nothing is written back into the page.
            widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        )

    @property
    def option_fields(self) -> list[Any]:
        return [field for field in self.visible_fields() if field.name.startswith((OPTION_PREFIX, SECRET_PREFIX))]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        channel: Channel = self.instance
        options = {name: data.get(OPTION_PREFIX + name, "") for name in (o.name for o in self.platform.options)}
        kept = {name: value for name, value in channel.options.items() if name not in options}
        channel.options = kept | {name: value for name, value in options.items() if value}
        secrets = channel.secrets if channel.pk else {}
        given = {secret.name: data.get(SECRET_PREFIX + secret.name, "") for secret in self.platform.secrets}
        channel.secrets = secrets | {name: value for name, value in given.items() if value}
        if bool(data.get("quiet_from")) != bool(data.get("quiet_to")):
            raise ValidationError(_("Quiet hours need both a beginning and an end."))
        return data

    @transaction.atomic
    def save(self, commit: bool = True) -> Channel:
        channel: Channel = super().save(commit)
        self.save_audience(channel)
        return channel
