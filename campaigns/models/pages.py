"""The two kinds of authored page, one page per language, and the pages that list them."""

from typing import Any

from django.core.paginator import Page as PaginatorPage
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, Page, PagePermissionTester, TaskState, TranslatableMixin
from wagtail.search import index

from campaigns.admin.content_form import ContentForm
from campaigns.admin.panels import EVENT_EDIT_HANDLER, MATERIAL_EDIT_HANDLER
from campaigns.models.addresses import PlainAddress
from campaigns.models.blocks import BodyBlock
from campaigns.models.places import Place
from campaigns.models.plans import Agency, Campaign
from campaigns.models.vocabulary import ContentHead, TargetGroup
from campaigns.previews.modes import ChannelPreviews

CHANNEL_TEXTS = ("social_text", "message_text", "loudspeaker_text")


class ApprovalOnlyTester(PagePermissionTester):
    """Nobody publishes by hand, superusers included: finishing the workflow does (DESIGN 4.3).

    Nobody takes a page down by hand either: a recall takes back what was posted of it, too.
    """

    def can_publish(self) -> bool:
        return False

    def can_publish_subpage(self) -> bool:
        return False

    def can_unpublish(self) -> bool:
        return False


class RealCase(models.TextChoices):
    """What the author answers: patterns cannot tell whether somebody's own story is told."""

    UNANSWERED = "", _("not answered yet")
    NO = "no", _("No: it is not about any one real person")
    YES = "yes", _("Yes: somebody lived through it")


class CampaignContent(ChannelPreviews, PlainAddress, models.Model):
    """What a material and an event have in common: the texts that channels take."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("campaign")
    )
    summary = models.TextField(_("summary"), max_length=300, blank=True)
    body = StreamField(BodyBlock(required=False), blank=True, verbose_name=_("page text"))
    social_text = models.TextField(
        _("text for social networks"), blank=True, help_text=_("Facebook, Telegram. Empty: the summary is used.")
    )
    message_text = models.TextField(
        _("text for messages"), blank=True, help_text=_("Zalo groups, text messages: short.")
    )
    loudspeaker_text = models.TextField(
        _("text to read aloud"), blank=True, help_text=_("Short sentences, one thought each.")
    )
    cover = models.ForeignKey(
        "media.Picture", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    pictures_in_posts = models.BooleanField(
        _("also send the pictures within the text to social networks"),
        default=True,
        help_text=_("After the cover, in their order. Facebook and Telegram show at most ten."),
    )
    leaflet_in_posts = models.BooleanField(
        _("send the leaflet along as a file"),
        default=False,
        help_text=_("One A4 page as PDF, drawn from this text, for Telegram and posts by hand."),
    )
    recording = models.ForeignKey(
        "media.Recording",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recording"),
        help_text=_("For a language that is only spoken, the recording is the text."),
    )
    target_groups = ParentalManyToManyField(TargetGroup, blank=True, verbose_name=_("target groups"))
    content_heads = ParentalManyToManyField(ContentHead, blank=True, verbose_name=_("content heads"))
    real_case = models.CharField(
        _("Does this rest on a real case?"), max_length=3, choices=RealCase.choices, blank=True, default=""
    )
    real_case_changes = models.TextField(
        _("what was changed"),
        blank=True,
        help_text=_("So that nobody knows the person again: which details were left out, mixed or moved."),
    )
    is_sample = models.BooleanField(
        _("a sample"), default=False, help_text=_("Samples are marked and can reach rehearsal channels only.")
    )

    class Meta:
        abstract = True

    def permissions_for_user(self, user: Any) -> PagePermissionTester:
        return ApprovalOnlyTester(user, self)

    def save_revision(self, *args: Any, overwrite_revision: Any = None, **kwargs: Any) -> Any:
        """Autosave may not rewrite a revision that somebody reviews or has approved."""
        if overwrite_revision is not None and (
            TaskState.objects.filter(revision=overwrite_revision).exists() or overwrite_revision.approvals.exists()
        ):
            overwrite_revision = None
        return super().save_revision(*args, overwrite_revision=overwrite_revision, **kwargs)  # type: ignore[misc]


class GroupText(TranslatableMixin, Orderable):
    """What differs for one target group. Empty fields take the page's own text."""

    group = models.ForeignKey(TargetGroup, on_delete=models.PROTECT, related_name="+", verbose_name=_("target group"))
    lead = models.TextField(_("opening on the page"), blank=True)
    social_text = models.TextField(_("text for social networks"), blank=True)
    message_text = models.TextField(_("text for messages"), blank=True)
    loudspeaker_text = models.TextField(_("text to read aloud"), blank=True)

    class Meta(TranslatableMixin.Meta, Orderable.Meta):
        abstract = True

    def __str__(self) -> str:
        return str(self.group)


class MaterialPage(CampaignContent, Page):
    """Awareness material in one language."""

    template = "campaigns/material_page.html"
    edit_handler = MATERIAL_EDIT_HANDLER
    base_form_class = ContentForm
    parent_page_types = ["campaigns.SectionPage"]
    subpage_types: list[str] = []
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")


class EventKind(models.TextChoices):
    RALLY = "rally", _("rally")
    MARKET = "market", _("market outreach")
    SCHOOL = "school", _("school activity")
    HOUSEHOLD = "household", _("household visits")
    TRAINING = "training", _("training")
    MOBILE = "mobile", _("mobile loudspeaker")


class EventPage(CampaignContent, Page):
    """A campaign event in one language."""

    kind = models.CharField(_("kind"), max_length=12, choices=EventKind.choices, default=EventKind.RALLY)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", verbose_name=_("place"))
    venue = models.CharField(_("venue"), max_length=200)
    organiser = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organiser")
    )

    template = "campaigns/event_page.html"
    edit_handler = EVENT_EDIT_HANDLER
    base_form_class = ContentForm
    parent_page_types = ["campaigns.SectionPage"]
    subpage_types: list[str] = []
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("venue")]

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")


class MaterialGroupText(GroupText):
    page = ParentalKey(MaterialPage, on_delete=models.CASCADE, related_name="group_texts")

    class Meta(GroupText.Meta):
        verbose_name = _("text for a group")
        constraints = [models.UniqueConstraint(fields=["page", "group"], name="material_group_text_once")]


class EventGroupText(GroupText):
    page = ParentalKey(EventPage, on_delete=models.CASCADE, related_name="group_texts")

    class Meta(GroupText.Meta):
        verbose_name = _("text for a group")
        constraints = [models.UniqueConstraint(fields=["page", "group"], name="event_group_text_once")]


class ProgrammeItem(Orderable):
    page = ParentalKey(EventPage, on_delete=models.CASCADE, related_name="programme")
    time = models.CharField(_("time"), max_length=20, blank=True)
    text = models.CharField(_("what happens"), max_length=255)

    class Meta(Orderable.Meta):
        verbose_name = _("programme item")

    def __str__(self) -> str:
        return self.text


class SectionPage(PlainAddress, Page):
    """Lists the materials, or the events, of one language."""

    intro = RichTextField(_("introduction"), blank=True, features=["bold", "italic", "link"])

    template = "campaigns/section_page.html"
    parent_page_types = ["cms.HomePage"]
    subpage_types = ["campaigns.MaterialPage", "campaigns.EventPage"]
    per_page = 20

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")

    def permissions_for_user(self, user: Any) -> PagePermissionTester:
        return ApprovalOnlyTester(user, self)

    def items(self, number: str | None) -> PaginatorPage:
        """One page of the live children: events by their date, coming ones first; materials newest first."""
        events = EventPage.objects.child_of(self).live().select_related("place")
        if events.exists():
            now = timezone.now()
            coming = sorted(events, key=lambda event: (event.starts_at < now, abs(event.starts_at - now)))
            return Paginator(coming, self.per_page).get_page(number)
        children = MaterialPage.objects.child_of(self).live().select_related("cover")
        return Paginator(children.order_by("-first_published_at", "-pk"), self.per_page).get_page(number)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["items"] = self.items(request.GET.get("trang"))
        return context
