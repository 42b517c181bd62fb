"""One cell of the matrix: what there is of a content in a language, who owes what of it, and what to do next."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.log_actions import registry as log_registry
from wagtail.models import Comment, Page, PageLogEntry

from campaigns.admin.coverage import ASSIGN, CampaignFrame
from campaigns.admin.coverage_drawing import look_of, sign_of, words_of
from campaigns.coverage.assignments import Task, assign, fulfilled, withdraw
from campaigns.coverage.basis import changes_for, follow
from campaigns.coverage.cells import Cell, add_owed, cells_of
from campaigns.coverage.matrix import contents_of, open_assignments
from campaigns.coverage.people import who_can
from campaigns.models import Approval, Assignment, Language, Step
from campaigns.translations import languages_for, start_translation
from campaigns.versions import SOURCE

DAYS_TO_WORK = 7
DAY = {"type": "date"}
HISTORY = 12


def day_field(**kwargs: Any) -> forms.DateField:
    """A last day, typed or picked; never one that has passed."""
    return forms.DateField(
        label=gettext_lazy("Until"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("This is not a day. Write it like 30/7/2027.")},
        **kwargs,
    )


def in_a_week() -> dt.date:
    return timezone.localdate() + dt.timedelta(days=DAYS_TO_WORK)


class PersonField(forms.ModelChoiceField):
    """People of the language's own group are marked: there may be many translators of other languages."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ★" if getattr(obj, "of_language", False) else str(obj)


class AssignForm(forms.Form):
    """Who does a step until when."""

    due = day_field(initial=in_a_week)
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=300, widget=forms.TextInput(attrs={"size": 30})
    )

    def __init__(self, *args: Any, step: str, language: Language, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"] = PersonField(
            who_can(step, language), label=gettext_lazy("Who"), empty_label=gettext_lazy("choose a person")
        )
        self.order_fields(["owner", "due", "note"])

    def clean_due(self) -> dt.date:
        due: dt.date = self.cleaned_data["due"]
        if due < timezone.localdate():
            raise ValidationError(_("This day has passed."))
        return due


class CellView(CampaignFrame):
    """Shows the cell; a POST begins the version, assigns, takes an assignment back or follows the source."""

    template_name = "campaigns/admin/coverage/cell.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.language = get_object_or_404(Language, key=kwargs["language"])
        self.source = get_object_or_404(Page, pk=kwargs["content"], locale__language_code=SOURCE)
        return super().dispatch(request, *args, **kwargs)

    @property
    def title(self) -> str:
        return f"{self.source.draft_title} · {self.language}"

    def crumbs(self) -> list[dict[str, Any]]:
        return [*super().crumbs(), {"url": "", "label": self.title}]

    def cell(self) -> Cell:
        if self.source.pk not in {content.pk for content in contents_of(self.campaign)}:
            raise Http404
        key = self.source.translation_key
        cells = cells_of([key], [self.language])
        add_owed(cells, {self.source.pk: key}, open_assignments([self.source.pk]))
        return cells[key, self.language.code]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cell = self.cell()
        version = Page.objects.filter(pk=cell.version).first() if cell.version else None
        user: Any = self.request.user
        may_write = self.language in languages_for(user)
        return {
            **super().get_context_data(**kwargs),
            "cell": cell,
            "words": words_of(cell),
            "sign": sign_of(cell.state),
            "look": look_of(cell.state),
            "language": self.language,
            "source": self.source,
            "version": version,
            "may_open": version is not None and opens(version, user),
            "may_begin": version is None and may_write,
            "may_follow": version is not None and self.language.code != SOURCE and may_edit(version, user),
            "approval": Approval.objects.filter(pk=cell.approval or 0).select_related("approved_by").first(),
            "steps": self.steps(cell, kwargs.get("form")),
            "today": timezone.localdate(),
            "since": changes_for(version) if version else None,
            "history": history_of(self.source, version),
            "comments": Comment.objects.filter(page=version, resolved_at=None).count() if version else 0,
        }

    def steps(self, cell: Cell, filled: "AssignForm | None") -> list[dict[str, Any]]:
        """Each step that this language has: done, owed by whom, or to be assigned."""
        owed = {one.step: one for one in cell.owed}
        steps = [step for step in Step if step is not Step.REVIEW or self.language.code != SOURCE]
        return [self._step(step, cell, owed.get(step.value), filled) for step in steps]

    def _step(self, step: Step, cell: Cell, owed: Assignment | None, filled: "AssignForm | None") -> dict[str, Any]:
        shown: dict[str, Any] = {"step": step, "owed": owed, "done": fulfilled(cell, step)}
        user: Any = self.request.user
        if shown["done"]:
            return shown
        if filled is not None and filled.prefix == step.value:
            shown["form"] = filled
        elif user.has_perm(ASSIGN):
            initial = {"owner": owed.owner_id, "due": owed.due, "note": owed.note} if owed else None
            shown["form"] = AssignForm(prefix=step.value, step=step, language=self.language, initial=initial)
        elif owed is None and who_can(step, self.language).filter(pk=user.pk).exists():
            shown["take"] = True
        return shown

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        action = request.POST.get("action", "")
        deeds = {"begin": self.begin, "assign": self.assign, "take": self.take, "drop": self.drop}
        deeds["follow"] = self.follow
        if action not in deeds:
            raise Http404
        return deeds[action](self.cell())

    def begin(self, cell: Cell) -> HttpResponse:
        try:
            draft = start_translation(content=self.source.specific, language=self.language, user=self.request.user)
        except PermissionError as error:
            raise PermissionDenied from error
        return redirect("wagtailadmin_pages:edit", draft.pk)

    def assign(self, cell: Cell) -> HttpResponse:
        if not self.request.user.has_perm(ASSIGN):
            raise PermissionDenied
        step = self._asked_step()
        form = AssignForm(self.request.POST, prefix=step.value, step=step, language=self.language)
        if form.is_valid():
            data = form.cleaned_data
            if self._give(step, data["owner"], data["due"], data["note"], form):
                return redirect(self.request.get_full_path())
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _give(self, step: Step, owner: Any, due: dt.date, note: str, form: AssignForm) -> bool:
        task = Task(self.language, step, due, note)
        try:
            assign(contents=[self.source], task=task, owner=owner, by=self.request.user)
        except ValidationError as error:
            form.add_error(None, error)
            return False
        said = _("%(person)s owes this until %(day)s.") % {"person": owner, "day": f"{due:%d/%m/%Y}"}
        messages.success(self.request, said)
        return True

    def take(self, cell: Cell) -> HttpResponse:
        """Whoever may do a step that nobody owes may take it."""
        step = self._asked_step()
        if any(one.step == step for one in cell.owed):
            messages.warning(self.request, _("Somebody else took this meanwhile."))
            return redirect(self.request.get_full_path())
        task = Task(self.language, step, in_a_week())
        try:
            assign(contents=[self.source], task=task, owner=self.request.user, by=self.request.user)
        except ValidationError as error:
            messages.error(self.request, " ".join(error.messages))
        return redirect(self.request.get_full_path())

    def drop(self, cell: Cell) -> HttpResponse:
        if not self.request.user.has_perm(ASSIGN):
            raise PermissionDenied
        step = self._asked_step()
        for one in cell.owed:
            if one.step == step:
                withdraw(assignment=one, by=self.request.user)
        return redirect(self.request.get_full_path())

    def follow(self, cell: Cell) -> HttpResponse:
        version = get_object_or_404(Page, pk=cell.version)
        if not may_edit(version, self.request.user):
            raise PermissionDenied
        follow(page=version, by=self.request.user)
        messages.success(self.request, _("Noted: this version follows the Vietnamese text as it stands now."))
        return redirect(self.request.get_full_path())

    def _asked_step(self) -> Step:
        try:
            return Step(self.request.POST.get("step", ""))
        except ValueError as error:
            raise Http404 from error


def may_edit(version: Page, user: Any) -> bool:
    return bool(version.specific.permissions_for_user(user).can_edit())


def opens(version: Page, user: Any) -> bool:
    """Whether Wagtail lets ``user`` into the editor: to write, or to read what they have to decide on."""
    page = version.specific
    task = page.current_workflow_task
    return may_edit(version, user) or bool(task and task.user_can_access_editor(page, user))


def history_of(source: Page, version: Page | None) -> list[dict[str, Any]]:
    """Who did what to the version, and who was asked to, the newest first."""
    pages = [source.pk] + ([version.pk] if version else [])
    rows = PageLogEntry.objects.filter(page__in=pages).select_related("user").order_by("-timestamp", "-pk")
    of_version = [
        row for row in rows[: 10 * HISTORY] if (version and row.page_id == version.pk) or row.action.startswith("loa.")
    ]
    return [
        {"at": row.timestamp, "by": row.user, "what": log_registry.get_formatter(row).format_message(row)}
        for row in of_version[:HISTORY]
        if log_registry.get_formatter(row)
    ]
