"""The outbox screen: what leaves, what left, what went wrong and why, in words."""

from typing import Any

import django_filters
from django import forms
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.models import IndexView

from campaigns import playbacks
from campaigns.admin import delivery_words
from campaigns.admin.permissions import SEE_OUTBOX, WORK_OUTBOX, Requires
from campaigns.models import Campaign, ManualPost
from publishers import health
from publishers.models import (
    Channel,
    Delivery,
    DeliveryState,
    Operation,
    OperationKind,
    OperationState,
    platform_choices,
)

SENT_OR_HANDED = _("sent or handed over")


def deliveries_for_staff() -> QuerySet[Delivery]:
    """Deliveries with everything that a list shows, in one query."""
    recall = Operation.objects.filter(
        delivery=OuterRef("pk"),
        kind=OperationKind.DELETE,
        state__in=[OperationState.READY, OperationState.RUNNING],
    )
    rows = Delivery.objects.select_related("channel", "posting_item__posting__campaign")
    return with_peoples_word(rows.annotate(being_recalled=Exists(recall)))


def with_peoples_word(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Add ``done_by_people``: somebody said that it was posted by hand, or played."""
    posted = ManualPost.objects.filter(item__delivery=OuterRef("pk"))
    played = playbacks.standing().filter(item__delivery=OuterRef("pk"))
    said = ExpressionWrapper(Q(Exists(posted)) | Q(Exists(played)), output_field=BooleanField())
    return rows.annotate(done_by_people=said)


class DeliveryFilterSet(WagtailFilterSet):
    state = django_filters.MultipleChoiceFilter(
        label=_("State"), choices=DeliveryState.choices, widget=forms.CheckboxSelectMultiple
    )
    channel__platform = django_filters.ChoiceFilter(label=_("Platform"), choices=platform_choices)
    channel = django_filters.ModelChoiceFilter(label=_("Channel"), queryset=Channel.objects.all())
    campaign = django_filters.ModelChoiceFilter(
        label=_("Campaign"), queryset=Campaign.objects.all(), field_name="posting_item__posting__campaign"
    )
    rehearsal = django_filters.ChoiceFilter(
        label=_("Rehearsal"), choices=[("true", _("rehearsal only")), ("false", _("live only"))], method="by_rehearsal"
    )
    due = django_filters.DateFromToRangeFilter(label=_("Due"), widget=DateRangePickerWidget)

    class Meta:
        model = Delivery
        fields: list[str] = []

    def by_rehearsal(self, queryset: QuerySet[Delivery], name: str, value: str) -> QuerySet[Delivery]:
        return queryset.filter(rehearsal=value == "true") if value else queryset


class DeliveryColumn(Column):
    """A cell drawn by a template of ours; the delivery is ``row``."""

    def __init__(self, name: str, template: str, **kwargs: Any) -> None:
        super().__init__(name, accessor=lambda row: row, **kwargs)
        self.cell_template_name = f"campaigns/admin/outbox/{template}.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        context["row"] = instance
        return context


class OutboxView(Requires, IndexView):
    """All deliveries, newest due first. The results refresh by themselves (outbox.js)."""

    requires = SEE_OUTBOX
    permission_policy = None
    model = Delivery
    page_title = _("Outbox")
    header_icon = "mail"
    template_name = "campaigns/admin/outbox/list.html"
    results_template_name = "campaigns/admin/outbox/list_results.html"
    index_url_name = "loa_outbox"
    index_results_url_name = "loa_outbox_results"
    filterset_class = DeliveryFilterSet
    table_classname = "listing loa-stack"
    paginate_by = 30
    default_ordering = ["-due", "-pk"]
    search_fields = ["channel__name", "posting_item__posting__page__title", "posting_item__posting__bulletin__title"]
    no_results_message = _("Nothing here. Deliveries appear when an approved content is posted to channels.")

    @cached_property
    def columns(self) -> list[Any]:
        return [
            DeliveryColumn("state", "cell_state", label=_("State"), sort_key="state", width="14%"),
            DeliveryColumn("title", "cell_title", label=_("What"), width="34%"),
            DeliveryColumn("channel", "cell_channel", label=_("Channel"), sort_key="channel__name", width="18%"),
            DeliveryColumn("due", "cell_due", label=_("Due"), sort_key="due", width="12%"),
            DeliveryColumn("sent_at", "cell_sent", label=_("Sent at"), sort_key="sent_at", width="22%"),
        ]

    def get_base_queryset(self) -> QuerySet[Delivery]:
        return deliveries_for_staff()

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        context["counts"] = state_counts(self.request)
        context["sender_is_silent"] = health.sender_is_silent()
        context["may_work"] = self.request.user.has_perm(WORK_OUTBOX)
        context["refresh_url"] = reverse(self.index_results_url_name)
        for row in context["object_list"]:
            decorate(row)
        return context


def decorate(row: Delivery) -> Delivery:
    """Add to a delivery of :func:`deliveries_for_staff` what templates show: words, look, explanation, buttons."""
    row.state_label, row.look, row.icon = delivery_words.state_words(  # type: ignore[attr-defined]
        row.state,
        row.channel.platform,
        done_by_people=row.done_by_people,  # type: ignore[attr-defined]
    )
    row.needs_new_text = delivery_words.needs_new_text(row)  # type: ignore[attr-defined]
    row.content_id = delivery_words.content_of(row)  # type: ignore[attr-defined]
    row.title = delivery_words.title_of(row)  # type: ignore[attr-defined]
    row.explanation = delivery_words.explanation_of(row)  # type: ignore[attr-defined]
    row.platform_label = delivery_words.platform_label(row.channel.platform)  # type: ignore[attr-defined]
    row.actions = delivery_words.actions_for(row)  # type: ignore[attr-defined]
    return row


def state_counts(request: HttpRequest) -> list[dict[str, Any]]:
    """How many deliveries there are in each state, one query, with a link to see them."""
    found = dict(Delivery.objects.order_by().values_list("state").annotate(n=Count("pk")))
    url = reverse("loa_outbox")
    shown = request.GET.getlist("state")
    return [
        {
            "label": SENT_OR_HANDED if state == DeliveryState.SENT else state.label,
            "look": delivery_words.LOOKS[state][0],
            "icon": delivery_words.LOOKS[state][1],
            "count": found.get(state, 0),
            "url": f"{url}?state={state.value}",
            "current": state.value in shown,
        }
        for state in DeliveryState
        if found.get(state) or state in delivery_words.NEEDS_HANDS
    ]
