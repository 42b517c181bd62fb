"""The form that decides a posting: channels, and now or at a time in Vietnam. No time is ever lost or guessed."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.public import when
from publishers.models import Channel

NOW, AT = "now", "at"
# A form opened in this minute may still name it.
PATIENCE = dt.timedelta(minutes=1)
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
CLOCK_FORMATS = ["%H:%M", "%H:%M:%S", "%Hh%M"]


class PostingForm(forms.Form):
    """Channels, time and campaign. ``key`` makes a second click on the button harmless.

    A valid form has ``due``: the chosen moment, aware, or this very moment.
    """

    key = forms.CharField(widget=forms.HiddenInput, max_length=60)
    campaign = forms.ModelChoiceField(Campaign.objects.all(), label=_("Campaign"))
    channels = forms.ModelMultipleChoiceField(
        Channel.objects.all(),
        label=_("Channels"),
        error_messages={"required": _("Choose at least one channel.")},
    )
    when = forms.ChoiceField(
        label=_("When"),
        choices=[(NOW, _("As soon as possible")), (AT, _("At the time below"))],
        widget=forms.RadioSelect,
        required=False,
    )
    day = forms.DateField(
        label=_("Day"),
        required=False,
        input_formats=DAY_FORMATS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This is not a day. Write it like 30/7/2027.")},
    )
    clock = forms.TimeField(
        label=_("Hour and minute"),
        required=False,
        input_formats=CLOCK_FORMATS,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("This is not a time of day. Write it like 07:30.")},
        help_text=_("Vietnam time."),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors.keys() & {"when", "day", "clock"}:
            return data
        day, clock = data.get("day"), data.get("clock")
        data["when"] = data.get("when") or (AT if day or clock else "")
        if data["when"] == NOW and (day or clock):
            self.add_error("when", _("You chose “As soon as possible” and a time as well. Keep one of them."))
        elif data["when"] == NOW:
            data["due"] = timezone.now()
        elif data["when"] != AT:
            self.add_error("when", _("Choose: as soon as possible, or at a time."))
        elif day and clock:
            data["due"] = self._moment(day, clock)
        else:
            self.add_error("clock" if day else "day", _("A day and a time of day are both needed."))
        return data

    def _moment(self, day: dt.date, clock: dt.time) -> dt.datetime | None:
        """The moment in the time zone of the staff, unless it has passed."""
        if day >= timezone.localdate():
            moment = timezone.make_aware(dt.datetime.combine(day, clock))
            if moment >= timezone.now() - PATIENCE:
                return moment
        self.add_error("day", _("This time has passed."))
        return None

    def due_in_words(self) -> str:
        """What a valid form decides, to be read before it is done."""
        if self.cleaned_data["when"] == NOW:
            return str(_("It will be posted at once."))
        due = timezone.localtime(self.cleaned_data["due"])
        day = when.date(due)
        words = {"time": f"{due:%H:%M}", "day": day[:1].lower() + day[1:]}
        return str(_("It will be posted at %(time)s on %(day)s, Vietnam time.")) % words
