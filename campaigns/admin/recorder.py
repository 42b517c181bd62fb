"""Sound of one version in the admin: record or bring it, have it read, listen, use it; and what is made of it."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from campaigns.admin.permissions import SEE_POSTINGS
from campaigns.models import EventPage, Language, MaterialPage, SoundKind, SoundState, SoundWork
from campaigns.sound import intake, programmes, works
from campaigns.sound.shown import Heard, shown_of
from media.audio.sound import SoundError
from media.audio.voices import voices_for
from media.models import Recording

TITLE = gettext_lazy("Sound")
SHOWN = 12
YES, NO = "yes", "no"


class PersonField(forms.TypedChoiceField):
    """Asked, never guessed: nothing is chosen beforehand, and without an answer nothing is stored."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("Does a person tell of themselves, or can somebody be recognised?"),
            choices=[
                (NO, gettext_lazy("No: an announcer or colleague reads our text")),
                (YES, gettext_lazy("Yes: then the person's consent has to be recorded before it can be used")),
            ],
            coerce=lambda value: value == YES,
            widget=forms.RadioSelect,
            error_messages={"required": gettext_lazy("Answer this: without an answer the recording cannot be used.")},
            **kwargs,
        )


class RecordForm(forms.Form):
    """A recording, made here or brought along."""

    file = forms.FileField(
        label=gettext_lazy("Recording"),
        widget=forms.FileInput(attrs={"accept": "audio/*", "capture": "user"}),
        error_messages={"required": gettext_lazy("Record something first, or choose a file.")},
    )
    person_heard = PersonField()
    title = forms.CharField(label=gettext_lazy("What it is called"), max_length=200)
    speaker_role = forms.CharField(
        label=gettext_lazy("Who speaks"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("For example: announcer of the commune's station. No name of a victim, ever."),
    )
    transcript = forms.CharField(
        label=gettext_lazy("What is said, in Vietnamese"), widget=forms.Textarea(attrs={"rows": 4}), required=False
    )

    def __init__(self, *args: Any, spoken_only: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["transcript"].required = spoken_only

    def about(self, language: str) -> dict[str, Any]:
        names = ("title", "speaker_role", "transcript", "person_heard")
        return {**{name: self.cleaned_data[name] for name in names}, "language_tag": language}


class SoundView(WagtailAdminTemplateMixin, TemplateView):
    """The sound of one version."""

    template_name = "campaigns/admin/sound/version.html"
    header_icon = "media"

    @cached_property
    def page(self) -> Any:
        page = get_object_or_404(Page.objects.type(MaterialPage, EventPage), pk=self.kwargs["page_id"]).specific
        user: Any = self.request.user
        if not page.permissions_for_user(user).can_edit() and not user.has_perm(SEE_POSTINGS):
            raise PermissionDenied
        return page

    @cached_property
    def may_write(self) -> bool:
        user: Any = self.request.user
        return intake.may_record(self.page, user)

    @cached_property
    def language(self) -> Language:
        return get_object_or_404(Language, code=self.page.locale.language_code)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        do = {"record": self._record, "voice": self._voice, "use": self._use, "again": self._again}
        action = do.get(request.POST.get("do", ""))
        if action is None:
            raise Http404
        if action != self._again and not self.may_write:
            raise PermissionDenied
        return action(request)

    def _record(self, request: HttpRequest) -> HttpResponse:
        form = RecordForm(request.POST, request.FILES, spoken_only=self.language.spoken_only)
        if form.is_valid():
            about = form.about(self.language.code)
            try:
                intake.take_upload(page=self.page, file=form.cleaned_data["file"], by=request.user, about=about)
            except SoundError as refused:
                form.add_error("file", str(refused))
            else:
                messages.success(request, _("It is here. It is being looked through; you can go on working."))
                return redirect(f"{request.path}#ban-ghi")
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _voice(self, request: HttpRequest) -> HttpResponse:
        try:
            intake.ask_voice(page=self.page, voice=request.POST.get("voice", ""), by=request.user)
        except SoundError as refused:
            messages.error(request, str(refused))
            return redirect(request.path)
        messages.success(request, _("The machine is reading. It takes a moment."))
        return redirect(f"{request.path}#ban-ghi")

    def _use(self, request: HttpRequest) -> HttpResponse:
        number = request.POST.get("recording", "")
        mine = SoundWork.objects.filter(page=self.page, state=SoundState.DONE).values("recording")
        recording = get_object_or_404(Recording, pk=number if number.isdecimal() else 0, pk__in=mine)
        intake.use_in(page=self.page, recording=recording, by=request.user)
        messages.success(request, _("The draft has this recording now. Submit it, so that somebody approves it."))
        return redirect(request.path)

    def _again(self, request: HttpRequest) -> HttpResponse:
        number = request.POST.get("work", "")
        failed = SoundWork.objects.filter(kind=SoundKind.PROGRAMME, approval__page=self.page, state=SoundState.FAILED)
        work = get_object_or_404(failed, pk=number if number.isdecimal() else 0)
        programmes.again(work)
        return redirect(f"{request.path}#phat")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page, draft = self.page, self.page.get_latest_revision_as_object()
        title = f"{page.get_admin_display_title()} · {self.language.name_vi}"
        if "form" not in kwargs:
            words = "" if self.language.spoken_only else intake.text_to_read(page)
            initial = {"title": page.draft_title or page.title, "transcript": words}
            kwargs["form"] = RecordForm(initial=initial, spoken_only=self.language.spoken_only)
        return {
            **super().get_context_data(**kwargs),
            "header_title": title,
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("wagtailadmin_pages:edit", args=[page.pk]), "label": page.get_admin_display_title()},
                {"url": "", "label": TITLE},
            ],
            "version": page,
            "language": self.language,
            "voices": voices_for(self.language.code) if self.may_write else [],
            "may_write": self.may_write,
            **works_of(page, draft.recording_id),
        }


class SoundWorksView(SoundView):
    """Only the part that changes while something is being made, for the script to fetch."""

    template_name = "campaigns/admin/sound/_works.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft = self.page.get_latest_revision_as_object()
        return {"version": self.page, "may_write": self.may_write, **works_of(self.page, draft.recording_id)}


def works_of(page: Any, used: int | None) -> dict[str, Any]:
    """What was recorded and made of ``page``, newest first. Looking gives a lost hint again."""
    rows = SoundWork.objects.select_related("recording", "created_by", "approval")
    recorded = list(rows.filter(page=page)[:SHOWN])
    made = list(rows.filter(kind=SoundKind.PROGRAMME, approval__page=page, approval__withdrawn_at=None)[:SHOWN])
    for work in (*recorded, *made):
        if work.is_open and (work.is_stuck or work.state == SoundState.WAITING):
            works.queue(work.pk)
            break
    current = Recording.objects.filter(pk=used).first() if used else None
    shown = [shown_of(work, used) for work in recorded]
    if current is not None and current.pk not in {work.recording_id for work in recorded}:
        shown.append(Heard.of(current, used=True))
    return {"recorded": shown, "made": [shown_of(work, used) for work in made], "any_open": _any_open(recorded, made)}


def _any_open(*lists: list[SoundWork]) -> bool:
    return any(work.is_open for rows in lists for work in rows)


class RecordingForm(forms.ModelForm):
    """What may be said of a recording afterwards; an approved one stays as it was."""

    person_heard = PersonField()

    class Meta:
        model = Recording
        fields = ["person_heard", "title", "speaker_role", "transcript"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {True: YES, False: NO}
        self.initial["person_heard"] = known.get(self.instance.person_heard, "")


class RecordingView(WagtailAdminTemplateMixin, TemplateView):
    """One recording: listen, who is in it, and what is said of it."""

    template_name = "campaigns/admin/sound/recording.html"
    header_icon = "media"

    @cached_property
    def recording(self) -> Recording:
        user: Any = self.request.user
        if not page_permission_policy.user_has_any_permission(user, ["add", "change"]):
            raise PermissionDenied
        return get_object_or_404(Recording, pk=self.kwargs["pk"])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = RecordingForm(request.POST, instance=self.recording)
        if not form.is_valid():
            self.recording.refresh_from_db()
            return self.render_to_response(self.get_context_data(form=form), status=422)
        form.save()
        messages.success(request, _("Saved."))
        return redirect(request.path)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        recording = self.recording
        return {
            "form": RecordingForm(instance=recording),
            **super().get_context_data(**kwargs),
            "header_title": recording.title,
            "breadcrumbs_items": [*self.breadcrumbs_items, {"url": "", "label": recording.title}],
            "recording": recording,
            "heard": Heard.of(recording),
        }
