"""How staff fill in materials and events: the tabs of their forms.

Page models take these in, so nothing of ``campaigns.models`` is imported here.
"""

from typing import Any

from django.forms import CheckboxSelectMultiple, RadioSelect
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    CommentPanel,
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    TabbedInterface,
    TitleFieldPanel,
)

from campaigns.admin.reading_panel import ReadingPanel

_CHANNEL_TEXT_PANELS: list[Any] = [
    FieldPanel("social_text"),
    FieldPanel("message_text"),
    FieldPanel("loudspeaker_text"),
    FieldPanel("pictures_in_posts"),
    FieldPanel("leaflet_in_posts"),
    FieldPanel("recording"),
]
_GROUP_TEXT_PANELS: list[Any] = [
    FieldPanel("group"),
    FieldPanel("lead"),
    FieldPanel("social_text"),
    FieldPanel("message_text"),
    FieldPanel("loudspeaker_text"),
]
_SETTINGS_PANELS: list[Any] = [
    FieldPanel("campaign"),
    FieldPanel("content_heads", widget=CheckboxSelectMultiple),
    FieldPanel("slug"),
    FieldPanel("is_sample"),
    CommentPanel(),
]


REAL_CASE = MultiFieldPanel(
    [FieldPanel("real_case", widget=RadioSelect), FieldPanel("real_case_changes")],
    heading=_("Real people"),
    help_text=_("Rules cannot tell a true story from an invented one. Whoever knows is asked."),
)


def _content_tabs(content_panels: list[Any]) -> TabbedInterface:
    target_groups = FieldPanel("target_groups", widget=CheckboxSelectMultiple)
    groups = InlinePanel(
        "group_texts",
        _GROUP_TEXT_PANELS,
        heading=_("Texts for single groups"),
        label=_("Text for a group"),
        help_text=_("Only what differs for this group. What is left empty is taken from the page."),
    )
    return TabbedInterface(
        [
            ObjectList([ReadingPanel(), *content_panels, REAL_CASE], heading=_("Content")),
            ObjectList(_CHANNEL_TEXT_PANELS, heading=_("Texts for channels")),
            ObjectList([target_groups, groups], heading=_("Target groups")),
            ObjectList(_SETTINGS_PANELS, heading=_("Settings")),
        ]
    )


MATERIAL_EDIT_HANDLER = _content_tabs(
    [TitleFieldPanel("title"), FieldPanel("summary"), FieldPanel("cover"), FieldPanel("body")]
)

EVENT_EDIT_HANDLER = _content_tabs(
    [
        TitleFieldPanel("title"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("starts_at"), FieldPanel("ends_at")]),
                FieldPanel("place"),
                FieldPanel("venue"),
                FieldRowPanel([FieldPanel("kind"), FieldPanel("organiser")]),
            ],
            heading=_("When and where"),
        ),
        InlinePanel(
            "programme",
            [FieldRowPanel([FieldPanel("time"), FieldPanel("text")])],
            heading=_("Programme"),
            label=_("Programme item"),
        ),
        FieldPanel("summary"),
        FieldPanel("cover"),
        FieldPanel("body"),
    ]
)
