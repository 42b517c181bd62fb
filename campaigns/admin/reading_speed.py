"""A reader's own speed, from one timed reading: of a station's reader, kept on the station."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from campaigns.admin.permissions import KEEP_CHANNELS, Requires
from campaigns.models import Station
from campaigns.models.speech import lexicon
from media.sheets.spec import length_words
from media.speech import breaths, reading_speed, spoken
from media.speech.reading import SYLLABLES_PER_MINUTE
from media.speech.syllables import count_syllables

TITLE = gettext_lazy("Reading speed")
# Half a minute says more of a reader than a sentence does; slower and faster than these nobody reads.
LEAST_SYLLABLES = 40
SLOWEST, FASTEST = 60, 400
# What is read out is Vietnamese, whatever the language of the screen.
SAMPLE = (
    "Kính thưa bà con và các bạn! Trước khi đi làm xa, bà con hãy hỏi kỹ: ai mời, làm việc gì, ở đâu, lương bao nhiêu, "
    "giấy tờ ai giữ. Không đi theo người lạ, kể cả người mới quen qua mạng. Không đưa căn cước công dân cho người khác "
    "giữ. Hãy báo cho gia đình và trưởng thôn biết mình đi đâu, đi với ai. Khi cần giúp đỡ, bà con gọi tổng đài quốc "
    "gia số 111, miễn phí, cả ngày lẫn đêm. Khi nguy hiểm, gọi ngay công an theo số 113."
)


class SpeedForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Text that was read"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=5000,
        help_text=gettext_lazy("Stations that read another language put a text of their own here."),
    )
    seconds = forms.DecimalField(
        label=gettext_lazy("Seconds it took"), min_value=1, max_value=1800, decimal_places=1, localize=True
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("text") and data.get("seconds"):
            data["speed"] = self._speed(spoken(data["text"], lexicon()), float(data["seconds"]))
        return data

    def _speed(self, said: str, seconds: float) -> int:
        if count_syllables(said) < LEAST_SYLLABLES:
            raise forms.ValidationError(_("The text is too short to tell a speed by: take half a minute's text."))
        speed = round(reading_speed(said, seconds))
        if not SLOWEST <= speed <= FASTEST:
            text = _("That would be %(speed)d syllables a minute; people read %(slow)d to %(fast)d. Time it once more.")
            raise forms.ValidationError(text % {"speed": speed, "slow": SLOWEST, "fast": FASTEST})
        return speed


class ReadingSpeedView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Read aloud, press start and stop (or type the seconds); the station's sheets then say the right length."""

    requires = KEEP_CHANNELS
    template_name = "campaigns/admin/stations/reading_speed.html"
    header_icon = "media"

    @cached_property
    def station(self) -> Station:
        return get_object_or_404(Station.objects.select_related("channel"), pk=self.kwargs["pk"])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "forget" in request.POST:
            self._store(None)
            messages.success(request, _("The station reads at the usual speed of its language again."))
            return redirect(request.path)
        form = SpeedForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        self._store(form.cleaned_data["speed"])
        text = _("%(station)s reads %(speed)d syllables a minute. Its sheets now count with that.")
        said = {"station": self.station, "speed": form.cleaned_data["speed"]}
        messages.success(request, text % said)
        return redirect(request.path)

    def _store(self, speed: int | None) -> None:
        self.station.syllables_per_minute = speed
        self.station.save(update_fields=["syllables_per_minute"])
        log(instance=self.station, action="wagtail.edit", user=self.request.user, data={"syllables_per_minute": speed})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.get("form") or SpeedForm(initial={"text": SAMPLE})
        text = form.data.get("text") or SAMPLE
        said = spoken(text, lexicon())
        edit = reverse("tram-loa:edit", args=[self.station.pk])
        return {
            **super().get_context_data(**kwargs),
            "form": form,
            "station": self.station,
            "lines": breaths(said),
            "usual": round(SYLLABLES_PER_MINUTE),
            "usual_length": length_words(count_syllables(said) * 60 / SYLLABLES_PER_MINUTE),
            "header_title": f"{TITLE}: {self.station}",
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": edit, "label": str(self.station)},
                {"url": "", "label": TITLE},
            ],
        }
