"""Posters and cards in the admin: choose, look, take the file, and order many at once."""

import io
from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from PIL import Image
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from campaigns import poster_batches, posters
from campaigns.admin.permissions import SEE_POSTINGS, Requires
from campaigns.admin.place_picker import PlacesField
from campaigns.models import Approval, BatchState, EventPage, Language, MaterialPage, PosterBatch, TargetGroup
from campaigns.models import Place as Unit
from media.posters import FORMS, PosterSpec, Rendered, compose, render, render_pdf
from media.sheets.bundle import ascii_name

TITLE = gettext_lazy("Posters and cards")
DRAFT = "draft"
# A look at print needs no 300 dpi.
LOOK_WIDTH = 1000
SHOWN_BATCHES = 10


class PosterForm(forms.Form):
    """What the poster is to be. All in the address, so that a look can be passed on."""

    version = forms.ChoiceField(label=gettext_lazy("Version"))
    form = forms.ChoiceField(label=gettext_lazy("Form"), choices=list(posters.FORM_NAMES.items()), initial="poster-a4")
    layout = forms.ChoiceField(
        label=gettext_lazy("Layout"), choices=list(posters.LAYOUT_NAMES.items()), initial="colour"
    )
    group = forms.ModelChoiceField(
        label=gettext_lazy("Target group"),
        queryset=TargetGroup.objects.none(),
        required=False,
        to_field_name="key",
        empty_label=gettext_lazy("Everybody"),
    )
    place = forms.ModelChoiceField(
        label=gettext_lazy("Where it hangs"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=gettext_lazy("Anywhere"),
        help_text=gettext_lazy("The scans of its code are counted for this commune."),
    )

    def __init__(self, *args: Any, versions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choice("version").choices = versions
        self._choice("group").queryset = TargetGroup.objects.all()
        self._choice("place").queryset = communes()

    def _choice(self, name: str) -> Any:
        return self.fields[name]

    def wanted(self) -> posters.Wanted:
        """The poster that a valid form asks for."""
        data = self.cleaned_data
        return posters.Wanted(data["form"], data["layout"], data["group"], data["place"])


class BatchForm(forms.Form):
    """Many posters: the same layout for several languages, forms and communes."""

    languages = forms.MultipleChoiceField(label=gettext_lazy("Languages"), widget=forms.CheckboxSelectMultiple)
    forms_wanted = forms.MultipleChoiceField(
        label=gettext_lazy("Forms"), choices=list(posters.FORM_NAMES.items()), widget=forms.CheckboxSelectMultiple
    )
    layout = forms.ChoiceField(label=gettext_lazy("Layout"), choices=list(posters.LAYOUT_NAMES.items()))
    group = forms.ModelChoiceField(
        label=gettext_lazy("Target group"),
        queryset=TargetGroup.objects.none(),
        required=False,
        to_field_name="key",
        empty_label=gettext_lazy("Everybody"),
    )
    pdf = forms.BooleanField(label=gettext_lazy("Print forms as PDF for a print shop"), required=False, initial=True)
    all_places = forms.BooleanField(label=gettext_lazy("One for each commune of today"), required=False)
    places = PlacesField(
        label=gettext_lazy("Only for these communes"),
        help_text=gettext_lazy("None ticked: one poster for everywhere."),
    )

    def __init__(self, *args: Any, languages: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["languages"].choices = languages
        fields["group"].queryset = TargetGroup.objects.all()
        fields["places"].queryset = communes()

    def wanted(self) -> dict[str, Any]:
        """The order as it is stored."""
        data = self.cleaned_data
        places = communes() if data["all_places"] else data["places"]
        return {
            "languages": data["languages"],
            "forms": data["forms_wanted"],
            "layout": data["layout"],
            "group": data["group"].key if data["group"] else "",
            "places": [place.pk for place in places],
            "pdf": data["pdf"],
        }


def communes() -> Any:
    """The communes of today, by name."""
    return Unit.objects.communes().valid_on(timezone.localdate()).select_related("parent").order_by("name", "code")


class OfContent(Requires):
    """A view of one content: its usable versions and, for who may write in it, its drafts."""

    requires = SEE_POSTINGS

    @cached_property
    def page(self) -> Any:
        page: Any = get_object_or_404(Page.objects.type(MaterialPage, EventPage), pk=self.kwargs["page_id"]).specific
        return page

    @cached_property
    def sources(self) -> dict[str, Approval]:
        return posters.sources(self.page)

    @cached_property
    def languages(self) -> dict[str, str]:
        """The names of the languages by code, in their order."""
        return dict(Language.objects.values_list("code", "name_vi"))

    def approved(self) -> list[tuple[str, str]]:
        return [(code, name) for code, name in self.languages.items() if code in self.sources]

    def versions(self) -> list[tuple[str, str]]:
        """What may be looked at: every approved version, and this page's own draft."""
        code = self.page.locale.language_code
        draft = _("%(language)s, draft (only a look)") % {"language": self.languages.get(code, code)}
        return [*self.approved(), *([(DRAFT, draft)] if self._sees_draft() else [])]

    def _sees_draft(self) -> bool:
        allowed = self.page.permissions_for_user(self.request.user)
        return bool(allowed.can_edit() or allowed.can_lock())

    def first_choice(self) -> dict[str, str]:
        own, versions = self.page.locale.language_code, [key for key, _name in self.versions()]
        version = own if own in versions else (versions[0] if versions else "")
        return {"version": version, "form": "poster-a4", "layout": "colour", "group": "", "place": ""}

    def form(self, data: Any) -> PosterForm:
        given = {**self.first_choice(), **{key: value for key, value in data.items() if key in PosterForm.base_fields}}
        return PosterForm(given, versions=self.versions())

    def source(self, version: str) -> Approval:
        """:raises PermissionDenied: for a draft that the user may not see."""
        if version != DRAFT:
            return self.sources[version]
        if not self._sees_draft():
            raise PermissionDenied
        return posters.draft_source(self.page)

    def spec(self, form: PosterForm, *, tracked: bool = False) -> PosterSpec:
        source, wanted = self.source(form.cleaned_data["version"]), form.wanted()
        if not tracked:
            return posters.poster_spec(source, wanted, address=posters.stand_in_address())
        # Drawn once without a link, so that a poster which cannot be made leaves none behind.
        posters.poster_spec(source, wanted, address=posters.stand_in_address())
        return posters.poster_spec(source, wanted, address=posters.tracked_address(source, wanted))


class PosterView(OfContent, WagtailAdminTemplateMixin, TemplateView):
    """Choose, look, take; below it the batches of this content."""

    template_name = "campaigns/admin/posters/poster.html"
    header_icon = "image"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.versions():
            messages.warning(request, _("Nothing of this content is approved yet, so there is no poster of it."))
            return redirect("wagtailadmin_home")
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Order a batch."""
        form = BatchForm(request.POST, languages=self.approved())
        if form.is_valid():
            try:
                batch = poster_batches.order(page=self.page, by=request.user, wanted=form.wanted())
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return redirect("loa_poster_batch", batch.pk)
        return self.render_to_response(self.get_context_data(batch_form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = self.form(self.request.GET)
        why, alt = self._look(form)
        batches = PosterBatch.objects.filter(page__translation_key=self.page.translation_key)
        initial = {"languages": [code for code, _name in self.approved()], "forms_wanted": ["poster-a4"], "pdf": True}
        return {
            "batch_form": BatchForm(initial=initial, languages=self.approved(), auto_id="batch_%s"),
            **super().get_context_data(**kwargs),
            "form": form,
            "page_": self.page,
            "why": why,
            "alt": alt,
            "query": self._query(form),
            "is_print": form.is_valid() and FORMS[form.cleaned_data["form"]].print,
            "is_draft": form.data["version"] == DRAFT,
            "can_order": bool(self.sources),
            "batches": batches.select_related("created_by")[:SHOWN_BATCHES],
            "header_title": f"{TITLE}: {self.page.get_admin_display_title()}",
            "breadcrumbs_items": [*self.breadcrumbs_items, {"url": "", "label": TITLE}],
        }

    def _look(self, form: PosterForm) -> tuple[str, str]:
        """Why there is no such poster, or what it says in words."""
        if not form.is_valid():
            return _("Choose anew: something of this choice is no longer there."), ""
        try:
            spec = self.spec(form)
            compose(spec)
        except posters.REFUSALS as error:
            return str(error), ""
        return "", " · ".join([spec.title, *spec.lines])

    def _query(self, form: PosterForm) -> str:
        query = QueryDict(mutable=True)
        query.update({name: form.data.get(name, "") for name in form.fields})
        return query.urlencode()


class PosterLookView(OfContent, View):
    """The picture on the screen. Nothing is stored for a look, not even a link."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(request.GET)
        if not form.is_valid():
            raise Http404
        try:
            done = render(self.spec(form))
        except posters.REFUSALS as error:
            raise Http404 from error
        private = {"Cache-Control": "private, no-store"}
        return HttpResponse(_small(done), content_type="image/jpeg", headers=private)


def _small(done: Rendered) -> bytes:
    """As wide as a screen shows it."""
    if done.width <= 2 * LOOK_WIDTH and done.mime == "image/jpeg":
        return done.data
    with Image.open(io.BytesIO(done.data)) as picture:
        small = picture.convert("RGB").resize(
            (LOOK_WIDTH, round(LOOK_WIDTH * done.height / done.width)), reducing_gap=2
        )
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85)
    return out.getvalue()


class PosterFileView(OfContent, View):
    """The finished file, with a code of its own. A POST: the first time makes the tracked link."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        back = reverse("loa_posters", args=[self.page.pk])
        if not form.is_valid() or form.cleaned_data["version"] == DRAFT:
            messages.error(request, _("Only what is approved can be taken. Choose an approved version."))
            return redirect(back)
        pdf = request.POST.get("as") == "pdf" and FORMS[form.cleaned_data["form"]].print
        try:
            done = (render_pdf if pdf else render)(self.spec(form, tracked=True))
        except posters.REFUSALS as error:
            messages.error(request, str(error))
            return redirect(back)
        shown = {"Content-Disposition": f'attachment; filename="{self._name(form, done)}"'}
        return HttpResponse(done.data, content_type=done.mime, headers={**shown, "Cache-Control": "private, no-store"})

    def _name(self, form: PosterForm, done: Rendered) -> str:
        data = form.cleaned_data
        parts = [ascii_name(self.page.title)[:40], data["version"], data["form"]]
        parts += [ascii_name(data["place"].name)] if data["place"] else []
        ending = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}[done.mime]
        return f"{'_'.join(parts)}.{ending}"


class BatchView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """How far a batch is; the zip when it is ready."""

    requires = SEE_POSTINGS
    template_name = "campaigns/admin/posters/batch.html"
    header_icon = "image"

    @cached_property
    def batch(self) -> PosterBatch:
        return get_object_or_404(PosterBatch.objects.select_related("page", "created_by"), pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        poster_batches.take_up_left(self.batch.pk)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Stop it."""
        if poster_batches.stop(self.batch):
            messages.success(request, _("Stopped. Nothing more is drawn."))
        return redirect("loa_poster_batch", self.batch.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        batch = self.batch
        ready = batch.state == BatchState.DONE
        title = _("Batch of posters %(number)d") % {"number": batch.pk}
        return {
            **super().get_context_data(**kwargs),
            "batch": batch,
            "ready": ready,
            "why": batch.why or (poster_batches.objection(batch) if ready else ""),
            "languages_": Language.objects.filter(code__in=batch.wanted["languages"]).values_list("name_vi", flat=True),
            "forms_": [posters.FORM_NAMES[form] for form in batch.wanted["forms"]],
            "failures": batch.failures[:50],
            "header_title": title,
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_posters", args=[batch.page_id]), "label": TITLE},
                {"url": "", "label": title},
            ],
        }


class BatchFileView(Requires, View):
    """The zip, as long as what it was made of stands."""

    requires = SEE_POSTINGS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        batch = get_object_or_404(PosterBatch.objects.select_related("page"), pk=kwargs["pk"], state=BatchState.DONE)
        path = poster_batches.path_of(batch)
        why = poster_batches.objection(batch) or self._missing(path)
        if why:
            messages.error(request, why)
            return redirect("loa_poster_batch", batch.pk)
        response = FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type="application/zip")
        response["Cache-Control"] = "private, no-store"
        return response

    def _missing(self, path: Path) -> str:
        return "" if path.is_file() else _("The file is no longer there. Order the batch anew.")
