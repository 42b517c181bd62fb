"""The coverage matrix on screen: a campaign's contents against the languages, and one cell of it."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campaigns.admin.coverage_drawing import LOOKS, Pen
from campaigns.admin.permissions import Requires
from campaigns.coverage.cells import State
from campaigns.coverage.matrix import Filters, Matrix, Row, matrix_of
from campaigns.models import Assignment, Campaign, TargetGroup
from campaigns.versions import rule_in_words
from publishers.models import Channel

SEE = "campaigns.view_assignment"
ASSIGN = "campaigns.add_assignment"
TITLE = gettext_lazy("Languages and groups")


def campaign_today() -> Campaign | None:
    """The campaign that runs today, else the next one to come, else the newest."""
    today = timezone.localdate()
    running = Campaign.objects.filter(period_from__lte=today, period_to__gte=today).order_by("period_from", "pk")
    coming = Campaign.objects.filter(period_from__gt=today).order_by("period_from", "pk")
    return running.first() or coming.first() or Campaign.objects.order_by("-period_from", "pk").first()


class FilterForm(forms.Form):
    """What the matrix shows; nothing is required and nonsense is no filter."""

    group = forms.ModelChoiceField(
        TargetGroup.objects.all(),
        required=False,
        label=gettext_lazy("Target group"),
        empty_label=gettext_lazy("no group in particular"),
    )
    channel = forms.ModelChoiceField(
        Channel.objects.all(),
        required=False,
        label=gettext_lazy("Channel"),
        empty_label=gettext_lazy("all languages"),
    )
    state = forms.ChoiceField(
        choices=[("", gettext_lazy("any state")), *State.choices], required=False, label=gettext_lazy("Holds a cell")
    )
    owner = forms.ModelChoiceField(
        get_user_model().objects.none(),
        required=False,
        label=gettext_lazy("Owed by"),
        empty_label=gettext_lazy("anybody"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owing = Assignment.objects.still_open().exclude(owner=None).values("owner")
        field: Any = self.fields["owner"]
        field.queryset = get_user_model().objects.filter(pk__in=owing).order_by("first_name", "last_name")

    def chosen(self) -> Filters:
        self.is_valid()
        data = self.cleaned_data
        owner, state = data.get("owner"), data.get("state")
        return Filters(
            data.get("group"), data.get("channel"), State(state) if state else None, owner.pk if owner else None
        )


class CoverageStartView(Requires):
    """The menu's entry: the matrix of the campaign that runs now."""

    requires = SEE

    def get(self, request: HttpRequest) -> HttpResponse:
        campaign = campaign_today()
        if campaign is None:
            return redirect("wagtailadmin_home")
        return redirect("loa_coverage", campaign.pk)


class CampaignFrame(Requires, WagtailAdminTemplateMixin, TemplateView):
    """What the screens of one campaign's matrix have in common."""

    requires = SEE
    header_icon = "globe"
    title: Any = TITLE

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(self.requires):
            raise PermissionDenied
        self.campaign = get_object_or_404(Campaign, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def matrix_url(self) -> str:
        """The matrix as it was filtered."""
        query = self.request.GET.urlencode()
        return reverse("loa_coverage", args=[self.campaign.pk]) + (f"?{query}" if query else "")

    def crumbs(self) -> list[dict[str, Any]]:
        return [{"url": self.matrix_url, "label": self.campaign.name}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "campaign": self.campaign,
            "header_title": self.title,
            "may_assign": self.request.user.has_perm(ASSIGN),
            "matrix_url": self.matrix_url,
            "breadcrumbs_items": [*self.breadcrumbs_items, *self.crumbs()],
        }


class CoverageView(CampaignFrame):
    template_name = "campaigns/admin/coverage/matrix.html"
    empty_words: ClassVar[dict[str, Any]] = {
        "": gettext_lazy("This campaign has no material and no event yet."),
        "filtered": gettext_lazy("No row fits what you asked for."),
    }

    def crumbs(self) -> list[dict[str, Any]]:
        return [{"url": "", "label": self.campaign.name}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = FilterForm(self.request.GET)
        filters = form.chosen()
        matrix = matrix_of(self.campaign, filters)
        query = self.request.GET.urlencode()
        return {
            **super().get_context_data(**kwargs),
            "form": form,
            "filters": filters,
            "matrix": matrix,
            "legend": [self._legend(state, number) for state, number in matrix.counts],
            "rows": self._drawn(matrix),
            "campaigns": Campaign.objects.all(),
            "query": f"?{query}" if query else "",
            "rule": rule_in_words() if filters.channel else [],
            "empty": self.empty_words["filtered" if matrix.total else ""],
        }

    def _drawn(self, matrix: Matrix) -> list[tuple[Row, str]]:
        """Each row with its cells as they are shown."""
        query = self.request.GET.urlencode()
        base = reverse("loa_coverage", args=[self.campaign.pk])
        pen = Pen(base, f"?{query}" if query else "", timezone.localdate())
        return [(row, pen.row(row.content.pk, row.cells)) for row in matrix.rows]

    def _legend(self, state: State, number: int) -> dict[str, Any]:
        """A state with its sign, how many cells are in it, and a link to the rows that hold one."""
        query = self.request.GET.copy()
        query["state"] = state.value
        sign, look = LOOKS[state]
        current = self.request.GET.get("state") == state.value
        if current:
            del query["state"]
        return {
            "label": state.label,
            "sign": sign,
            "look": look,
            "count": number,
            "query": query.urlencode(),
            "current": current,
        }
