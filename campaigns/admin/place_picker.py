"""Choosing places among hundreds: tick boxes with a filter, and a chooser with search for one place."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.chooser import (
    BaseChooseView,
    ChooseResultsViewMixin,
    ChooseViewMixin,
    CreationFormMixin,
)
from wagtail.admin.viewsets.chooser import ChooserViewSet

from campaigns.models import Place


def place_label(place: Place) -> str:
    """Name, level and, for a place that is no more, its last year: two places may share a name."""
    words = [place.name]
    if place.parent_id and place.parent:
        words.append(f"({place.parent.name})")
    if place.valid_to:
        words.append(str(_("– until %(day)s") % {"day": f"{place.valid_to:%d/%m/%Y}"}))
    return " ".join(words)


class PlacePicker(forms.CheckboxSelectMultiple):
    """Tick boxes in a box that scrolls, chosen ones first, with a field that filters by name."""

    template_name = "campaigns/admin/widgets/place_picker.html"

    class Media:
        js = ("campaigns/admin/place-picker.js",)
        css = {"all": ("campaigns/admin/admin.css",)}

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        options = [option for _name, group, _index in context["widget"]["optgroups"] for option in group]
        chosen = [option for option in options if option["selected"]]
        context["widget"]["chosen"] = chosen
        context["widget"]["others"] = [option for option in options if not option["selected"]]
        return context


class PlacesField(forms.ModelMultipleChoiceField):
    """Many places, with labels that tell namesakes apart."""

    widget = PlacePicker

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", Place.objects.select_related("parent").order_by("valid_to", "level", "name"))
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return place_label(obj)


class PlaceFilterForm(BaseFilterForm):
    q = forms.CharField(
        label=_("Name or code"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Name or code")})
    )
    today = forms.BooleanField(label=_("Only places that exist today"), required=False)

    def filter(self, objects: Any) -> Any:
        query = self.cleaned_data.get("q", "").strip()
        if query:
            self.is_searching = True
            self.search_query = query
            objects = objects.filter(name__icontains=query) | objects.filter(code=query)
        if self.cleaned_data.get("today"):
            objects = objects.filter(valid_to=None)
        return objects


class _PlacesMixin(BaseChooseView):
    filter_form_class = PlaceFilterForm
    ordering = ["level", "name"]

    def get_object_list(self) -> Any:
        return Place.objects.select_related("parent")

    @property
    def columns(self) -> list[Any]:
        return [
            *super().columns,
            Column("level", label=_("Level"), accessor=lambda place: place.get_level_display()),
            Column("parent", label=_("Belongs to"), accessor="parent"),
            Column(
                "valid_to",
                label=_("Valid until"),
                accessor=lambda place: f"{place.valid_to:%d/%m/%Y}" if place.valid_to else _("present"),
            ),
        ]


class PlaceChooseView(ChooseViewMixin, CreationFormMixin, _PlacesMixin):
    pass


class PlaceChooseResultsView(ChooseResultsViewMixin, CreationFormMixin, _PlacesMixin):
    pass


class PlaceChooserViewSet(ChooserViewSet):
    model = Place
    icon = "site"
    choose_one_text = _("Choose a place")
    choose_another_text = _("Choose another place")
    edit_item_text = _("Edit this place")
    per_page = 15
    choose_view_class = PlaceChooseView
    choose_results_view_class = PlaceChooseResultsView


place_chooser = PlaceChooserViewSet("place_chooser")
