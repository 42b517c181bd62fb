"""Native reading for staff: who waits for a reader, sending the personal link, and what readers said."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page, TaskState

from campaigns import native_reading
from campaigns.admin.permissions import Requires
from campaigns.admin.viewsets import QuietViewSet, mark_column
from campaigns.models import EventPage, Language, MaterialPage, NativeReader, NativeReviewTask, ReaderVerdict
from campaigns.models import ReviewRequest as Asked
from campaigns.models.review import needs_native_review
from campaigns.personal.links import url_of
from campaigns.personal.qr import qr_svg
from campaigns.typed_text import one_line
from campaigns.voice_notes import KINDS
from campaigns.workflow import writers_since_approval

SEE = "campaigns.view_readerverdict"
ASK = "campaigns.add_reviewrequest"
TITLE = gettext_lazy("Native reading")
PER_PAGE = 50


class NativeReaderViewSet(QuietViewSet):
    """The named readers of each language."""

    model = NativeReader
    name = "nguoi-ban-ngu"
    icon = "user"
    menu_label = gettext_lazy("Native readers")
    panels: ClassVar[list[FieldPanel]] = [
        FieldPanel("name"),
        FieldPanel("language", heading=gettext_lazy("Language")),
        FieldPanel("what_for"),
        FieldPanel("user", heading=gettext_lazy("Own account")),
        FieldPanel("active"),
    ]
    related = ("language",)
    list_display: ClassVar[list[Any]] = [
        "name",
        Column("language", label=gettext_lazy("Language")),
        "what_for",
        mark_column("active", gettext_lazy("Reads for us"), gettext_lazy("yes")),
    ]
    list_filter: ClassVar[list[str]] = ["language", "active"]
    search_fields: ClassVar[list[str]] = ["name", "what_for"]


def state_of(asked: Asked) -> tuple[str, Any]:
    """How a request stands: the colour of its mark and the words."""
    verdict = asked.verdicts.all()[0] if asked.verdicts.all() else None
    if verdict is not None and verdict.said_at >= asked.asked_at and verdict.reader_id == asked.reader_id:
        return ("good" if verdict.verdict == "right" else "warn"), verdict.get_verdict_display()
    if asked.link.revoked_at is not None:
        return "off", _("link closed")
    if asked.link.expires_at is not None and asked.link.expires_at <= timezone.now():
        return "off", _("link has run out")
    return ("going", _("opened, no answer yet")) if asked.opened_at else ("waiting", _("not opened yet"))


class ReadingsView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Versions that wait for a native reader, and all links that were given out."""

    requires = SEE
    template_name = "campaigns/admin/reading/list.html"
    page_title = TITLE
    header_icon = "user"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = Asked.objects.select_related("reader__language", "page__locale", "asked_by", "link")
        page = Paginator(asked.prefetch_related("verdicts"), PER_PAGE).get_page(self.request.GET.get("p"))
        user: Any = self.request.user
        return {
            **super().get_context_data(**kwargs),
            "header_title": TITLE,
            "breadcrumbs_items": [*self.breadcrumbs_items, {"url": "", "label": TITLE}],
            "waiting": waiting_versions(),
            "rows": [(one, *state_of(one)) for one in page.object_list],
            "listed": page,
            "may_ask": user.has_perm(ASK),
        }


def waiting_versions() -> list[dict[str, Any]]:
    """The versions whose workflow waits for a native reader, the longest first, with whom was asked."""
    steps = (
        TaskState.objects.filter(
            status=TaskState.STATUS_IN_PROGRESS,
            task__in=NativeReviewTask.objects.all(),
            workflow_state__status="in_progress",
        )
        .select_related("workflow_state")
        .order_by("started_at")[:PER_PAGE]
    )
    since = {int(step.workflow_state.object_id): step.started_at for step in steps}
    pages = {page.pk: page for page in Page.objects.filter(pk__in=since).select_related("locale")}
    languages = {language.code: language for language in Language.objects.all()}
    asked: dict[int, list[str]] = {}
    for number, name in Asked.objects.filter(page__in=since).values_list("page_id", "reader__name"):
        asked.setdefault(number, []).append(name)
    return [
        {
            "page": pages[number],
            "language": languages.get(pages[number].locale.language_code),
            "since": moment,
            "asked": asked.get(number, []),
        }
        for number, moment in since.items()
        if number in pages
    ]


class AskForm(forms.Form):
    """Whom to ask: somebody known, or a new name."""

    reader = forms.ModelChoiceField(
        NativeReader.objects.none(), label=gettext_lazy("Native reader"), required=False, empty_label="—"
    )
    new_name = forms.CharField(label=gettext_lazy("Or somebody new: full name"), max_length=120, required=False)
    new_about = forms.CharField(
        label=gettext_lazy("Who this is"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("For example: teacher of the commune's school."),
    )

    def __init__(self, language: Language, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language = language
        readers: Any = self.fields["reader"]
        readers.queryset = NativeReader.objects.filter(language=language, active=True)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        name = data["new_name"] = one_line(data.get("new_name") or "")
        if bool(data.get("reader")) == bool(name):
            raise ValidationError(_("Choose one reader, or write the name of a new one."))
        if name and NativeReader.objects.filter(language=self.language, name=name).exists():
            self.add_error("new_name", _("This name is in the list already."))
        return data

    def reader_for(self, user: Any) -> NativeReader:
        """The chosen reader, stored first when new."""
        if self.cleaned_data["reader"]:
            chosen: NativeReader = self.cleaned_data["reader"]
            return chosen
        return NativeReader.objects.create(
            name=self.cleaned_data["new_name"],
            what_for=self.cleaned_data["new_about"],
            language=self.language,
            created_by=user,
        )


class BackForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What it says, in Vietnamese"), max_length=5000, widget=forms.Textarea(attrs={"rows": 5})
    )


class ReadingView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """One version: send it to a reader, see the answers, add what it says in Vietnamese."""

    requires = SEE
    template_name = "campaigns/admin/reading/version.html"
    header_icon = "user"

    @cached_property
    def page(self) -> Any:
        page = get_object_or_404(Page.objects.type(MaterialPage, EventPage), pk=self.kwargs["page_id"]).specific
        if not needs_native_review(page):
            raise Http404
        return page

    @cached_property
    def language(self) -> Language:
        return get_object_or_404(Language, code=self.page.locale.language_code)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("do") == "back":
            return self._write_back(request)
        user: Any = request.user
        if not user.has_perm(ASK):
            raise PermissionDenied
        if request.POST.get("do") == "close":
            number = request.POST.get("request", "")
            native_reading.withdraw(get_object_or_404(self._asked(), pk=number if number.isdecimal() else 0))
            messages.success(request, _("The link no longer opens."))
            return redirect(request.path)
        return self._ask(request)

    def _ask(self, request: HttpRequest) -> HttpResponse:
        form = AskForm(self.language, request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(ask_form=form))
        number = request.POST.get("instead", "")
        replaced = self._asked().filter(pk=number).first() if number.isdecimal() else None
        try:
            with transaction.atomic():
                reader = form.reader_for(request.user)
                if replaced is not None:
                    native_reading.hand_to(request=replaced, reader=reader, by=request.user)
                else:
                    native_reading.ask_reader(page=self.page, reader=reader, by=request.user)
        except PermissionDenied as refused:
            messages.error(request, str(refused))
            return redirect(request.path)
        messages.success(request, _("Here is the link for %(name)s. Send it in a private message.") % {"name": reader})
        return redirect(request.path)

    def _write_back(self, request: HttpRequest) -> HttpResponse:
        form = BackForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(back_form=form))
        native_reading.write_back_translation(page=self.page, text=form.cleaned_data["text"], by=request.user)
        messages.success(request, _("Stored. The approver sees it beside the text."))
        return redirect(request.path)

    def _asked(self) -> Any:
        return Asked.objects.filter(page_id=self.page.pk).select_related("reader", "asked_by", "link")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        try:
            reading = native_reading.reading_of(self.page)
        except native_reading.NothingToRead:
            reading = None
        title = f"{self.page.get_admin_display_title()} · {self.language.name_vi}"
        return {
            "ask_form": AskForm(self.language),
            "back_form": BackForm(),
            **super().get_context_data(**kwargs),
            "header_title": title,
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": "../", "label": TITLE},
                {"url": "", "label": title},
            ],
            "version": self.page,
            "language": self.language,
            "reading": reading,
            "asked": [self._shown(one) for one in self._asked().prefetch_related("verdicts")],
            "may_ask": user.has_perm(ASK),
            "is_writer": user.pk in writers_since_approval(self.page),
            "words": native_reading.words_of(self.page),
        }

    def _shown(self, asked: Asked) -> dict[str, Any]:
        """A request as the page shows it. The address is the key: only who sent it sees it."""
        look, words = state_of(asked)
        mine = asked.asked_by_id == self.request.user.pk and look != "off"
        address = url_of(asked.link) if mine else ""
        return {
            "row": asked,
            "look": look,
            "state": words,
            "address": address,
            "message": message_for(asked, self.page, self.language, address) if mine else "",
            "qr": qr_svg(address, scale=4) if mine else "",
        }


def message_for(asked: Asked, page: Any, language: Language, address: str) -> str:
    """What to send to the reader, in Zalo say: short, whom it is for, what to do, until when."""
    text = _(
        "Dear %(name)s, please read (or listen to) the %(language)s version of “%(title)s” for us. Open this address, "
        "no account needed, then press “Đúng” or “Sửa”:\n%(address)s\nIt is for you alone and opens until %(day)s."
    )
    until = timezone.localtime(asked.link.expires_at) if asked.link.expires_at else timezone.localtime()
    values = {"name": asked.reader.name, "language": language.name_vi, "title": page.draft_title, "address": address}
    return text % {**values, "day": f"{until.day}/{until.month}/{until.year}"}


class VoiceNoteView(Requires, View):
    """A reader's voice note, for staff only."""

    requires = SEE

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        verdict = get_object_or_404(ReaderVerdict.objects.exclude(voice_note=""), pk=pk)
        kind = KINDS.get(str(verdict.voice_note.name).rpartition(".")[2])
        try:
            file = verdict.voice_note.open("rb")
        except FileNotFoundError as error:
            raise Http404 from error
        response = FileResponse(file, content_type=kind.content_type if kind else "application/octet-stream")
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        response["Content-Security-Policy"] = "default-src 'none'"
        return response
