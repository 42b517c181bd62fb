"""How staff fill in a plan: the document, its legal bases, tasks, targets and pilot places."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, ObjectList, TabbedInterface

from campaigns.admin.place_picker import PlacesField


class PlanForm(WagtailAdminModelForm):
    """The plan's form, with places that tell namesakes apart."""

    pilot_places = PlacesField(label=_("Pilot places"))


DOCUMENT_PANELS: list[Any] = [
    FieldRowPanel([FieldPanel("number"), FieldPanel("issued_on")]),
    FieldPanel("title"),
    FieldPanel("issuer"),
    FieldRowPanel([FieldPanel("period_from"), FieldPanel("period_to")]),
    FieldPanel("continues"),
    FieldPanel("source_url"),
    FieldPanel("key", help_text=_("Short name for addresses: small letters and hyphens.")),
    FieldPanel("note"),
]

PLAN_EDIT_HANDLER = TabbedInterface(
    [
        ObjectList(DOCUMENT_PANELS, heading=_("The document")),
        ObjectList(
            [InlinePanel("legal_bases", heading=_("Legal bases"), label=_("Legal basis"))], heading=_("Legal bases")
        ),
        ObjectList(
            [
                InlinePanel(
                    "tasks",
                    [FieldPanel("text"), FieldPanel("is_communications")],
                    heading=_("Tasks of the plan"),
                    label=_("Task of the plan"),
                )
            ],
            heading=_("Tasks of the plan"),
        ),
        ObjectList(
            [
                InlinePanel(
                    "targets",
                    [
                        FieldPanel("text"),
                        FieldRowPanel([FieldPanel("value"), FieldPanel("unit")]),
                        FieldPanel("indicator", heading=_("Indicator")),
                        FieldPanel("measured_by_communications"),
                        FieldPanel("source"),
                    ],
                    heading=_("Targets of the plan"),
                    label=_("Target"),
                    help_text=_("Where the plan sets no number, leave the value empty: the report says so."),
                )
            ],
            heading=_("Targets"),
        ),
        ObjectList([FieldPanel("pilot_places")], heading=_("Pilot places")),
    ],
    base_form_class=PlanForm,
)
