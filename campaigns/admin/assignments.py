"""Who owes what: the list, assigning a whole language at once, and handing everything over."""

from typing import Any

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.models import IndexView
from wagtail.models import Page

from campaigns.admin.coverage import ASSIGN, SEE, CampaignFrame
from campaigns.admin.coverage_cell import AssignForm, day_field, in_a_week
from campaigns.admin.coverage_drawing import words_of
from campaigns.admin.permissions import Requires
from campaigns.coverage.assignments import Task, assign, fulfilled
from campaigns.coverage.cells import add_owed, cells_of
from campaigns.coverage.handover import HandOver, Owed, hand_over, owed_by, people_who_owe
from campaigns.coverage.letters import name_of
from campaigns.coverage.matrix import contents_of, open_assignments
from campaigns.coverage.reminders import unreachable
from campaigns.models import Assignment, Language, Step
from campaigns.versions import SOURCE

TITLE = gettext_lazy("Who owes what")


class AssignManyView(CampaignFrame):
    """One person gets a step of many contents in one language."""

    template_name = "campaigns/admin/coverage/assign.html"
    requires = ASSIGN

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.language = get_object_or_404(Language, key=kwargs["language"])
        asked = request.GET.get("step", Step.WRITE)
        self.step = Step(asked) if asked in self.steps() else Step.WRITE
        return super().dispatch(request, *args, **kwargs)

    def steps(self) -> list[Step]:
        return [step for step in Step if step is not Step.REVIEW or self.language.code != SOURCE]

    @property
    def title(self) -> str:
        return _("Assign in %(language)s") % {"language": self.language}

    def crumbs(self) -> list[dict[str, Any]]:
        plain = reverse("loa_coverage", args=[self.campaign.pk])
        return [{"url": plain, "label": self.campaign.name}, {"url": "", "label": self.title}]

    def rows(self, ticked: set[str] | None) -> list[dict[str, Any]]:
        """What still wants this step; without a choice so far, what nobody owes is ticked."""
        contents = contents_of(self.campaign)
        keys = {content.pk: content.key for content in contents}
        cells = cells_of(list(keys.values()), [self.language])
        add_owed(cells, keys, open_assignments(list(keys)))
        found = []
        for content in contents:
            cell = cells[content.key, self.language.code]
            owed = next((one for one in cell.owed if one.step == self.step), None)
            if not fulfilled(cell, self.step):
                on = owed is None if ticked is None else str(content.pk) in ticked
                found.append({"content": content, "words": words_of(cell), "owed": owed, "ticked": on})
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.get("form") or AssignForm(step=self.step, language=self.language)
        return {
            **super().get_context_data(**kwargs),
            "form": form,
            "rows": self.rows(set(self.request.POST.getlist("contents")) if form.is_bound else None),
            "language": self.language,
            "step": self.step,
            "steps": self.steps(),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = AssignForm(request.POST, step=self.step, language=self.language)
        offered = {str(content.pk) for content in contents_of(self.campaign)}
        chosen = [pk for pk in request.POST.getlist("contents") if pk in offered]
        if form.is_valid() and not chosen:
            form.add_error(None, _("Tick at least one row."))
        if form.is_valid() and self._give(form, chosen):
            return redirect("loa_coverage", self.campaign.pk)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _give(self, form: AssignForm, chosen: list[str]) -> bool:
        data = form.cleaned_data
        task = Task(self.language, self.step, data["due"], data["note"])
        pages = list(Page.objects.filter(pk__in=chosen).order_by("pk"))
        try:
            made = assign(contents=pages, task=task, owner=data["owner"], by=self.request.user)
        except ValidationError as error:
            form.add_error(None, error)
            return False
        said = ngettext("%(n)s thing assigned to %(person)s.", "%(n)s things assigned to %(person)s.", len(made))
        messages.success(self.request, said % {"n": len(made), "person": data["owner"]})
        return True


class AssignmentFilterSet(WagtailFilterSet):
    owner = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Who"), queryset=lambda request: get_user_model().objects.filter(pk__in=_owners())
    )
    language = django_filters.ModelChoiceFilter(label=gettext_lazy("Language"), queryset=Language.objects.all())
    step = django_filters.ChoiceFilter(label=gettext_lazy("Step"), choices=Step.choices)
    late = django_filters.ChoiceFilter(
        label=gettext_lazy("Late"), choices=[("true", gettext_lazy("overdue only"))], method="only_late"
    )

    class Meta:
        model = Assignment
        fields: list[str] = []

    def only_late(self, queryset: QuerySet[Assignment], name: str, value: str) -> QuerySet[Assignment]:
        return queryset.filter(due__lt=timezone.localdate()) if value else queryset


def _owners() -> QuerySet[Any]:
    return Assignment.objects.still_open().exclude(owner=None).values("owner")


class CellColumn(Column):
    """A cell drawn by a template of ours; the assignment is ``row``."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, accessor=lambda row: row, **kwargs)
        self.cell_template_name = f"campaigns/admin/coverage/list_{name}.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        return {
            **context,
            "row": instance,
            "late": instance.overdue_on(timezone.localdate()),
            "person": name_of(instance.owner),
            "unreachable": unreachable(instance.owner),
        }


class AssignmentsView(Requires, IndexView):
    """Everything that is owed, what is due first at the top."""

    requires = SEE
    permission_policy = None
    model = Assignment
    page_title = TITLE
    header_icon = "tasks"
    template_name = "campaigns/admin/coverage/list.html"
    index_url_name = "loa_assignments"
    index_results_url_name = "loa_assignments_results"
    filterset_class = AssignmentFilterSet
    table_classname = "listing loa-stack"
    paginate_by = 50
    default_ordering = ["due", "pk"]
    search_fields = ["content__title", "content__draft_title"]
    no_results_message = gettext_lazy("Nothing is owed. Assignments are made in the matrix of languages.")

    @cached_property
    def columns(self) -> list[Any]:
        return [
            CellColumn("due", label=gettext_lazy("Until"), sort_key="due", width="16%"),
            CellColumn("what", label=gettext_lazy("What"), width="50%"),
            CellColumn("who", label=gettext_lazy("Who"), sort_key="owner__first_name", width="34%"),
        ]

    def get_base_queryset(self) -> QuerySet[Assignment]:
        rows = Assignment.objects.still_open()
        return rows.select_related("content", "language", "owner", "assigned_by")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]


class AssignmentView(Requires):
    """The address that letters name: leads to where the assignment is worked on, done or not."""

    requires = SEE

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        one = get_object_or_404(Assignment.objects.select_related("content", "language"), pk=pk)
        campaign = getattr(one.content.specific, "campaign_id", None)
        if campaign is not None:
            return redirect("loa_coverage_cell", campaign, one.content_id, one.language.key)
        version = one.content.get_translations(inclusive=True).filter(locale__language_code=one.language.code).first()
        return redirect("wagtailadmin_pages:edit", (version or one.content).pk)


class HandOverForm(forms.Form):
    """To whom, and until when for drafts, which had no day."""

    to = forms.ModelChoiceField(
        get_user_model().objects.none(),
        label=gettext_lazy("To whom"),
        empty_label=gettext_lazy("choose a person"),
    )
    due = day_field(initial=in_a_week)

    def __init__(self, *args: Any, giver: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        people = get_user_model().objects.filter(is_active=True).exclude(pk=giver.pk)
        field.queryset = people.order_by("first_name", "last_name", "username")
        self.fields["due"].help_text = _("For drafts without a day. What has a day keeps it.")


class HandOverView(Requires, WagtailAdminTemplateMixin, TemplateView):
    """Hand over what I owe; whoever may assign hands over what anybody owes, people who left included."""

    requires = SEE
    template_name = "campaigns/admin/coverage/hand_over.html"
    header_icon = "group"
    page_title = gettext_lazy("Hand over")

    @cached_property
    def giver(self) -> Any:
        """Whose things are handed over."""
        user: Any = self.request.user
        asked = self.request.GET.get("tu", "")
        if not asked or asked == str(user.pk):
            return user
        if not user.has_perm(ASSIGN):
            raise PermissionDenied
        people = get_user_model().objects.all()
        return get_object_or_404(people, pk=int(asked) if asked.isdecimal() and len(asked) < 10 else 0)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_assign = self.request.user.has_perm(ASSIGN)
        here = {"url": "", "label": self.page_title}
        return {
            **super().get_context_data(**kwargs),
            "header_title": self.page_title,
            "breadcrumbs_items": [
                *self.breadcrumbs_items,
                {"url": reverse("loa_assignments"), "label": TITLE},
                here,
            ],
            "giver": self.giver,
            "giver_name": name_of(self.giver),
            "people": [(one.pk, name_of(one)) for one in people_who_owe()] if may_assign else [],
            "owed": kwargs.get("owed") or owed_by(self.giver),
            "form": kwargs.get("form") or HandOverForm(giver=self.giver),
            "result": kwargs.get("result"),
            "mine": self.giver == self.request.user,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = HandOverForm(request.POST, giver=self.giver)
        owed = self._chosen(owed_by(self.giver))
        if form.is_valid() and not len(owed):
            form.add_error(None, _("Tick at least one row."))
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        data = form.cleaned_data
        result = hand_over(owed=owed, to=data["to"], by=request.user, due=data["due"])
        if not result.left:
            messages.success(request, handed_words(result, data["to"]))
            return redirect("loa_assignments")
        return self.render_to_response(self.get_context_data(form=form, result=result))

    def _chosen(self, owed: Owed) -> Owed:
        """What was ticked, as far as it still is owed."""
        ticked = set(self.request.POST.getlist("owed"))
        return Owed(
            [one for one in owed.assignments if f"a{one.pk}" in ticked],
            [one for one in owed.flows if f"w{one.pk}" in ticked],
            [one for one in owed.drafts if f"d{one.pk}" in ticked],
        )


def handed_words(result: HandOver, to: Any) -> str:
    count = len(result.moved)
    said = ngettext("%(n)s thing handed to %(person)s.", "%(n)s things handed to %(person)s.", count)
    return said % {"n": count, "person": to}
