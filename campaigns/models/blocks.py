"""The few blocks that a material or event page is written with."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

RICH_FEATURES = ["bold", "italic", "ol", "ul", "link", "h3"]


class StepBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("what to do"), max_length=120)
    text = blocks.TextBlock(label=_("explanation"), required=False)


class SignsBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("heading"), max_length=120)
    items = blocks.ListBlock(blocks.CharBlock(max_length=255), label=_("signs"))

    class Meta:
        icon = "warning"
        template = "campaigns/blocks/signs.html"


class HotlinesBlock(blocks.StructBlock):
    note = blocks.CharBlock(label=_("note"), required=False, max_length=255)

    class Meta:
        icon = "mobile-alt"
        template = "campaigns/blocks/hotlines.html"


class RightsBlock(blocks.StaticBlock):
    class Meta:
        icon = "lock-open"
        label = _("rights and support of victims")
        admin_text = _("The approved passage on victims' rights and support appears here.")
        template = "campaigns/blocks/rights.html"


class PictureBlock(ImageBlock):
    """Wagtail's picture with its text for those who cannot see it, and a label that can be translated."""

    def __init__(self, required: bool = True, **kwargs: Any) -> None:
        super().__init__(required=required, **kwargs)
        self.child_blocks["image"].label = _("Image")


class BodyBlock(blocks.StreamBlock):
    heading = blocks.CharBlock(
        label=_("heading"), icon="title", max_length=150, template="campaigns/blocks/heading.html"
    )
    paragraph = blocks.RichTextBlock(label=_("text"), icon="pilcrow", features=RICH_FEATURES)
    steps = blocks.ListBlock(
        StepBlock(), label=_("what to do, step by step"), icon="list-ol", template="campaigns/blocks/steps.html"
    )
    signs = SignsBlock(label=_("signs of a trap"))
    picture = PictureBlock(label=_("picture"), icon="image", template="campaigns/blocks/picture.html")
    hotlines = HotlinesBlock(label=_("hotlines"))
    rights = RightsBlock()
