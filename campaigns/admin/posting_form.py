"""The form that decides a posting: channels, and now, at a time or in each channel's best slot, in Vietnam's time.

No time is ever lost or guessed.
"""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.fanout_plan import AT, BEST, NOW
from campaigns.models import Campaign, Urgency
from campaigns.public import when
from campaigns.slots import MOST_DAYS
from publishers.models import Channel

# A form opened in this minute may still name it.
PATIENCE = dt.timedelta(minutes=1)
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
CLOCK_FORMATS = ["%H:%M", "%H:%M:%S", "%Hh%M"]


class PostingForm(forms.Form):
    """Channels, time and campaign. ``key`` makes a second click harmless, ``seen`` is the plan that was shown.

    A valid form has ``due``: the chosen moment, aware; this very moment; or the earliest for best slots.
    """

    key = forms.CharField(widget=forms.HiddenInput, max_length=60)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    campaign = forms.ModelChoiceField(Campaign.objects.all(), label=_("Campaign"))
    channels = forms.ModelMultipleChoiceField(
        Channel.objects.all(),
        label=_("Channels"),
        error_messages={"required": _("Choose at least one channel.")},
    )
    when = forms.ChoiceField(
        label=_("When"),
        choices=[
            (NOW, _("As soon as possible")),
            (BEST, _("At each channel's next best time")),
            (AT, _("At the time below")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    day = forms.DateField(
        label=_("Day"),
        required=False,
        input_formats=DAY_FORMATS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This is not a day. Write it like 30/7/2027.")},
        help_text=_("With best times: not before this day."),
    )
    clock = forms.TimeField(
        label=_("Hour and minute"),
        required=False,
        input_formats=CLOCK_FORMATS,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("This is not a time of day. Write it like 07:30.")},
        help_text=_("Vietnam time."),
    )

    urgency = forms.TypedChoiceField(
        label=_("Priority on air"),
        choices=Urgency.choices,
        coerce=int,
        required=False,
        help_text=_("For loudspeaker stations: in a full slot the less urgent gives way."),
    )
    days = forms.IntegerField(
        label=_("On air on how many days"),
        min_value=1,
        max_value=MOST_DAYS,
        required=False,
        initial=1,
        help_text=_("For loudspeaker stations: the same slot on the days after, where it has room."),
    )

    def clean_urgency(self) -> int:
        return self.cleaned_data["urgency"] or Urgency.NORMAL

    def clean_days(self) -> int:
        return self.cleaned_data["days"] or 1

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors.keys() & {"when", "day", "clock"}:
            return data
        day, clock = data.get("day"), data.get("clock")
        data["when"] = data.get("when") or (AT if day or clock else "")
        if data["when"] == NOW and (day or clock):
            self.add_error("when", _("You chose “As soon as possible” and a time as well. Keep one of them."))
        elif data["when"] == NOW or (data["when"] == BEST and not clock and day in (None, timezone.localdate())):
            data["due"] = timezone.now()
        elif data["when"] not in (AT, BEST):
            self.add_error("when", _("Choose: as soon as possible, at best times, or at a time."))
        elif day and (clock or data["when"] == BEST):
            data["due"] = self._moment(day, clock or dt.time.min)
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
        chosen = self.cleaned_data["when"]
        if chosen == NOW:
            return str(_("It will be posted at once."))
        if chosen == BEST and not self.cleaned_data.get("day"):
            return str(_("Each channel posts at its next free best time."))
        due = timezone.localtime(self.cleaned_data["due"])
        day = when.date(due)
        words = {"time": f"{due:%H:%M}", "day": day[:1].lower() + day[1:]}
        if chosen == BEST:
            text = _("Each channel posts at its next free best time after %(time)s on %(day)s, Vietnam time.")
            return str(text) % words
        return str(_("It will be posted at %(time)s on %(day)s, Vietnam time.")) % words
