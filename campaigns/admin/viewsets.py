"""The lists and forms of plans, campaigns, content and the fixed vocabulary, as Wagtail viewsets."""

from typing import Any, ClassVar

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.ui.tables.pages import PageStatusColumn, PageTitleColumn
from wagtail.admin.views.generic.models import IndexView
from wagtail.admin.views.pages.choose_parent import ChooseParentView
from wagtail.admin.views.pages.listing import IndexView as PageIndexView
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.permissions import page_permission_policy

from campaigns.admin.delete_used import UnusedDeleteView
from campaigns.admin.place_picker import place_chooser, place_label
from campaigns.admin.plan_panels import PLAN_EDIT_HANDLER
from campaigns.models import (
    Agency,
    AlertTemplate,
    Campaign,
    ContentHead,
    EventPage,
    Hotline,
    Indicator,
    Language,
    MaterialPage,
    Place,
    Plan,
    RightsText,
    SectionPage,
    SpokenWord,
    TargetGroup,
)
from campaigns.site_tree import EVENTS_SLUG, MATERIALS_SLUG

SOURCE_LANGUAGE = "vi"


def date_column(name: str, label: Any, empty: Any = "") -> Column:
    """A date as staff write it, sortable; ``empty`` stands for no date."""

    def shown(row: Any) -> Any:
        value = getattr(row, name)
        return f"{value:%d/%m/%Y}" if value else empty

    return Column(name, label=label, accessor=shown, sort_key=name)


def moment_column(name: str, label: Any) -> Column:
    """A day with its hour in Vietnam, sortable: what is to come is never shown as a time ago."""

    def shown(row: Any) -> str:
        value = getattr(row, name)
        return f"{timezone.localtime(value):%H:%M %d/%m/%Y}" if value else ""

    return Column(name, label=label, accessor=shown, sort_key=name)


def matrix_column() -> Column:
    """From a campaign to its matrix of contents and languages."""

    def shown(row: Any) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("loa_coverage", args=[row.pk]), _("Languages and groups"))

    return Column("matrix", label=_("Languages and groups"), accessor=shown)


def mark_column(name: str, label: Any, mark: Any) -> Column:
    """A yes or no: the mark in words where it holds, nothing where it does not."""
    return Column(name, label=label, accessor=lambda row: mark if getattr(row, name) else "", sort_key=name)


class QuietViewSet(ModelViewSet):
    """What all of ours have in common: no copy, no usage index, search without an index."""

    copy_view_enabled = False
    delete_view_class = UnusedDeleteView
    add_to_reference_index = False
    list_per_page = 50
    # "loa-stack" makes each row a card on a phone: for lists whose cells need no heading.
    table_classname = "listing"
    search_backend_name = None
    # Related rows that the list shows; without them each row would cost a query.
    related: ClassVar[tuple[str, ...]] = ()
    prefetched: ClassVar[tuple[str, ...]] = ()

    @property
    def index_view_class(self) -> type[IndexView]:
        related, prefetched, arranged = self.related, self.prefetched, self.arranged
        classname = self.table_classname

        class RelatedIndexView(IndexView):
            table_classname = classname

            def get_base_queryset(self) -> QuerySet[Any]:
                queryset: QuerySet[Any] = super().get_base_queryset()
                if related:
                    queryset = queryset.select_related(*related)
                return arranged(queryset.prefetch_related(*prefetched))

        return RelatedIndexView

    def arranged(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """What a list adds to its rows, for its order."""
        return rows


class PlanViewSet(QuietViewSet):
    model = Plan
    name = "ke-hoach"
    icon = "clipboard-list"
    menu_label = _("Plans")
    menu_order = 110
    add_to_admin_menu = True
    edit_handler = PLAN_EDIT_HANDLER
    # Everybody works by the plan; few may change it.
    inspect_view_enabled = True
    inspect_template_name = "campaigns/admin/plans/inspect.html"
    related = ("continues",)
    list_display = ["number", Column("title", label=_("Title"), width="45%"), date_column("issued_on", _("Issued on"))]
    list_display += [Column("issuer", label=_("Issued by")), Column("continues", label=_("Continues"))]
    search_fields = ["number", "title", "issuer"]


class CampaignViewSet(QuietViewSet):
    model = Campaign
    name = "chien-dich"
    icon = "calendar"
    menu_label = _("Campaigns")
    menu_order = 120
    add_to_admin_menu = True
    form_fields = ["name", "plan", "theme", "period_from", "period_to", "anchor_day", "lead", "colour", "key"]
    related = ("plan",)
    list_display = ["name", Column("plan", label=_("Plan")), date_column("period_from", _("From day"))]
    list_display += [date_column("period_to", _("Until")), date_column("anchor_day", _("Anchor day"))]
    list_display += [matrix_column()]
    list_filter = ["plan"]
    search_fields = ["name", "theme"]


class LanguageViewSet(QuietViewSet):
    model = Language
    name = "ngon-ngu"
    icon = "globe"
    menu_label = _("Languages")
    exclude_form_fields: ClassVar[list[str]] = []
    list_display = ["name_vi", "own_name", "code", "orthography", "branch"]
    list_display += [mark_column("spoken_only", _("Only spoken"), _("only spoken"))]
    list_filter = ["spoken_only"]
    search_fields = ["name_vi", "own_name", "code", "iso"]


class TargetGroupViewSet(QuietViewSet):
    model = TargetGroup
    name = "nhom-doi-tuong"
    icon = "group"
    menu_label = _("Target groups")
    exclude_form_fields: ClassVar[list[str]] = []
    list_display = ["name", Column("description", label=_("Description"), width="55%"), "key"]
    search_fields = ["name", "description"]


class ContentHeadViewSet(QuietViewSet):
    model = ContentHead
    name = "noi-dung"
    icon = "list-ol"
    menu_label = _("Content heads")
    exclude_form_fields: ClassVar[list[str]] = []
    list_display = ["__str__", Column("source", label=_("Source"))]
    search_fields = ["name"]


class IndicatorViewSet(QuietViewSet):
    model = Indicator
    name = "chi-so"
    icon = "order"
    menu_label = _("Indicators")
    exclude_form_fields: ClassVar[list[str]] = []
    list_display = ["name", "unit", "code"]
    search_fields = ["name", "code"]


class AgencyViewSet(QuietViewSet):
    model = Agency
    name = "don-vi"
    icon = "home"
    menu_label = _("Agencies")
    panels: ClassVar[list[FieldPanel]] = [
        *(FieldPanel(name) for name in ("name", "short_name", "key", "kind")),
        FieldPanel("place", heading=_("Place")),
        *(FieldPanel(name) for name in ("valid_from", "valid_to")),
        FieldPanel("successor", heading=_("Successor")),
        FieldPanel("members", heading=_("Members of staff"), widget=CheckboxSelectMultiple),
    ]
    related = ("place",)
    list_display = ["name", "short_name", Column("place", label=_("Place")), date_column("valid_to", _("Valid until"))]
    search_fields = ["name", "short_name"]


class PlaceViewSet(QuietViewSet):
    model = Place
    name = "dia-ban"
    icon = "site"
    menu_label = _("Places")
    form_fields = ["name", "code", "level", "parent", "valid_from", "valid_to", "is_border", "note"]
    related = ("parent",)
    # What exists today comes first; what was merged away is kept for old reports.
    ordering = ["is_gone", "name"]
    list_display = ["name", "code", "level", Column("parent", label=_("Belongs to"))]
    list_display += [date_column("valid_from", _("Valid from"))]
    list_display += [date_column("valid_to", _("Valid until"), _("present"))]
    list_display += [mark_column("is_border", _("Border"), _("border commune"))]
    list_filter = {"level": ["exact"], "is_border": ["exact"], "valid_to": ["isnull"]}
    search_fields = ["name", "code"]

    def arranged(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        gone = ExpressionWrapper(Q(valid_to__lt=timezone.localdate()), output_field=BooleanField())
        return rows.annotate(is_gone=Coalesce(gone, Value(False)))


class HotlineViewSet(QuietViewSet):
    model = Hotline
    name = "duong-day-nong"
    icon = "mobile-alt"
    menu_label = _("Hotlines")
    exclude_form_fields: ClassVar[list[str]] = []
    list_display = ["number", "name", "owner", "scope", date_column("checked_on", _("Checked on"))]
    list_display += [date_column("valid_until", _("Valid until"))]
    search_fields = ["number", "name", "owner"]


class RightsTextViewSet(QuietViewSet):
    model = RightsText
    name = "quyen-va-ho-tro"
    icon = "lock-open"
    menu_label = _("Rights and support")
    panels: ClassVar[list[FieldPanel]] = [
        FieldPanel("language", heading=_("Language")),
        *(FieldPanel(name) for name in ("sentence", "passage", "valid_from", "valid_to", "source")),
    ]
    related = ("language",)
    list_display = ["__str__", Column("sentence", label=_("One sentence"), width="50%")]
    list_display += [date_column("valid_to", _("Valid until"))]


class AlertTemplateViewSet(QuietViewSet):
    model = AlertTemplate
    name = "mau-canh-bao"
    icon = "warning"
    menu_label = _("Alert templates")
    exclude_form_fields: ClassVar[list[str]] = []
    list_display = ["name", "title", mark_column("in_use", _("in use"), _("in use"))]
    search_fields = ["name", "title", "text"]


class SpokenWordViewSet(QuietViewSet):
    model = SpokenWord
    name = "doc-chu-viet-tat"
    icon = "openquote"
    menu_label = _("Abbreviations read aloud")
    exclude_form_fields: ClassVar[list[str]] = []
    list_display = ["written", "spoken", "note"]
    search_fields = ["written", "spoken"]


class VocabularyGroup(ViewSetGroup):
    menu_label = _("Word lists")
    menu_icon = "table"
    menu_order = 220
    items = (
        LanguageViewSet(),
        TargetGroupViewSet(),
        ContentHeadViewSet(),
        IndicatorViewSet(),
        AgencyViewSet(),
        PlaceViewSet(),
        HotlineViewSet(),
        RightsTextViewSet(),
        AlertTemplateViewSet(),
        SpokenWordViewSet(),
    )


class ContentIndexView(PageIndexView):
    """Materials or events in all languages, with their campaign."""

    related: ClassVar[tuple[str, ...]] = ("campaign",)
    table_classname = "listing full-width loa-stack"

    def annotate_queryset(self, pages: Any) -> Any:
        return super().annotate_queryset(pages.select_related(*self.related))


class EventIndexView(ContentIndexView):
    related = ("campaign", "place")
    default_ordering = "-starts_at"


class SectionParentView(ChooseParentView):
    """Whoever may write in the Vietnamese section goes straight to the new page's form."""

    section_slug = ""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        section = SectionPage.objects.filter(locale__language_code=SOURCE_LANGUAGE, slug=self.section_slug).first()
        if section is None or not section.permissions_for_user(request.user).can_add_subpage():
            return super().get(request)
        opts = self.model._meta
        return redirect("wagtailadmin_pages:add", opts.app_label, opts.model_name, section.pk)


class ContentMenuItem(MenuItem):
    """Left out for those whom Wagtail would send away from the list."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(
            page_permission_policy.user_has_any_permission(request.user, ContentIndexView.any_permission_required)
        )


class ContentViewSet(PageListingViewSet):
    """A flat list of one kind of content."""

    menu_item_class = ContentMenuItem
    add_to_admin_menu = True
    index_view_class = ContentIndexView
    choose_parent_view_class = SectionParentView
    section_slug = ""
    list_filter: ClassVar[list[str]] = ["campaign", "live", "is_sample", "target_groups"]
    columns: ClassVar[list[Column]] = [
        PageTitleColumn("title", label=_("Title"), sort_key="title", classname="title"),
        Column("campaign", label=_("Campaign")),
        DateColumn("latest_revision_created_at", label=_("Updated"), sort_key="latest_revision_created_at"),
        PageStatusColumn("status", label=_("Status"), sort_key="live"),
    ]

    def get_choose_parent_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_choose_parent_view_kwargs(**{"section_slug": self.section_slug, **kwargs})


class MaterialViewSet(ContentViewSet):
    model = MaterialPage
    section_slug = MATERIALS_SLUG
    name = "tai-lieu"
    icon = "doc-full"
    menu_label = _("Materials")
    menu_order = 130


class EventViewSet(ContentViewSet):
    model = EventPage
    section_slug = EVENTS_SLUG
    name = "su-kien"
    icon = "calendar-alt"
    menu_label = _("Events")
    menu_order = 140
    index_view_class = EventIndexView
    list_filter: ClassVar[list[str]] = ["campaign", "live", "kind", "is_sample"]
    columns: ClassVar[list[Column]] = [
        PageTitleColumn("title", label=_("Title"), sort_key="title", classname="title"),
        moment_column("starts_at", _("Begins")),
        Column("place", label=_("Place"), accessor=lambda page: place_label(page.place)),
        Column("campaign", label=_("Campaign")),
        PageStatusColumn("status", label=_("Status"), sort_key="live"),
    ]


viewsets: list[Any] = [
    PlanViewSet(),
    CampaignViewSet(),
    MaterialViewSet(),
    EventViewSet(),
    VocabularyGroup(),
    place_chooser,
]
