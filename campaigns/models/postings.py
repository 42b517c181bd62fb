"""Who a channel speaks to, and what was decided to be posted where and when."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.approvals import Approval
from campaigns.models.places import Place
from campaigns.models.plans import Agency, Campaign
from campaigns.models.vocabulary import Language, TargetGroup
from publishers.models import Channel, Delivery


class Audience(models.Model):
    """Whom a channel reaches: languages in order, groups and places. It picks the channel's version."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="audience")
    languages = models.ManyToManyField(Language, through="AudienceLanguage", verbose_name=_("languages in order"))
    groups = models.ManyToManyField(TargetGroup, blank=True, verbose_name=_("target groups"))
    places = models.ManyToManyField(Place, blank=True, verbose_name=_("places"))
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("run by"))
    contact_name = models.CharField(_("contact"), max_length=120, blank=True)
    contact_phone = models.CharField(_("contact's telephone"), max_length=30, blank=True)
    best_times = models.CharField(_("best times"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("audience")

    def __str__(self) -> str:
        return str(self.channel)


class AudienceLanguage(models.Model):
    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="ordered_languages")
    language = models.ForeignKey(Language, on_delete=models.PROTECT)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["audience", "language"], name="audience_language_once")]

    def __str__(self) -> str:
        return str(self.language)


class AlertTemplate(models.Model):
    """A quick alert half written: staff fill its blanks, which stand in square brackets."""

    key = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), help_text=_("What is to be filled in stands in square brackets: [which place]."))
    in_use = models.BooleanField(_("in use"), default=True)
    order = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("alert template")
        verbose_name_plural = _("alert templates")
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.name


class BulletinState(models.TextChoices):
    DRAFT = "draft", _("draft")
    WAITING = "waiting", _("waits for approval")
    RETURNED = "returned", _("returned to its author")
    APPROVED = "approved", _("approved")


class Bulletin(models.Model):
    """A short message with no page of its own: a quick alert, an imported row.

    ``channels`` and ``due`` are what its author wants; the approval makes a posting of them. No ``due`` means
    at once. ``writers`` are all who ever wrote in it: none of them approves it (DESIGN 4.3). ``key`` makes an
    imported row one and the same in any file; ``batch`` is the file that it came in.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="bulletins", verbose_name=_("campaign")
    )
    language = models.ForeignKey(Language, on_delete=models.PROTECT, related_name="+", verbose_name=_("language"))
    groups = models.ManyToManyField(TargetGroup, blank=True)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"))
    link = models.URLField(_("link"), blank=True, max_length=500)
    image = models.ForeignKey(
        "media.Picture", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    is_sample = models.BooleanField(_("a sample"), default=False)
    is_alert = models.BooleanField(_("a quick alert"), default=False)
    place = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place")
    )
    channels = models.ManyToManyField(Channel, blank=True, related_name="+", verbose_name=_("channels"))
    due = models.DateTimeField(_("due"), null=True, blank=True)
    key = models.CharField(max_length=80, blank=True, default="")
    batch = models.CharField(max_length=160, blank=True, default="")
    translation_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="translations"
    )
    correction_of = models.ForeignKey("Posting", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulletins", verbose_name=_("author")
    )
    writers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(
        _("state"), max_length=10, choices=BulletinState.choices, default=BulletinState.DRAFT
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_why = models.TextField(_("why"), blank=True, default="")

    class Meta:
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=~models.Q(key=""), name="bulletin_key_once"),
        ]
        indexes = [
            models.Index(fields=["state", "-submitted_at"], name="bulletin_waiting"),
            models.Index(fields=["batch"], condition=~models.Q(batch=""), name="bulletin_batch"),
        ]

    def __str__(self) -> str:
        return self.title


class PostingState(models.TextChoices):
    WAITING = "waiting", _("waits for a second person")
    DECIDED = "decided", _("decided")
    RETURNED = "returned", _("returned")


class Urgency(models.IntegerChoices):
    """The three priorities of grassroots broadcasts (Circular 39/2020/TT-BTTTT): the higher number goes first."""

    NORMAL = 0, _("ordinary")
    HIGH = 1, _("priority")
    URGENT = 2, _("urgent")


class Posting(models.Model):
    """An approved decision: this content, these channels, these times.

    It has deliveries once it is decided. One that waits for a second person has only items with their times;
    ``batch`` holds together what one person submitted at once. ``decided_by`` is that second person.

    ``key`` makes a repeated request find the first one. The content is a page (its Vietnamese source)
    or a bulletin; each item says which approval its channel got.
    """

    key = models.CharField(max_length=120, unique=True)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="postings", verbose_name=_("campaign")
    )
    page = models.ForeignKey(
        "wagtailcore.Page", on_delete=models.PROTECT, null=True, blank=True, related_name="postings"
    )
    bulletin = models.ForeignKey(Bulletin, on_delete=models.PROTECT, null=True, blank=True, related_name="postings")
    correction_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="postings")
    created_at = models.DateTimeField(_("decided at"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=PostingState.choices, default=PostingState.DECIDED
    )
    batch = models.CharField(max_length=60, blank=True, default="")
    urgency = models.PositiveSmallIntegerField(
        _("priority"), choices=Urgency.choices, default=Urgency.NORMAL
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_why = models.TextField(_("why"), blank=True, default="")

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["batch"], condition=models.Q(state="waiting"), name="posting_waiting"),
        ]

    def __str__(self) -> str:
        return str(self.bulletin or self.page)


class PostingItem(models.Model):
    """One channel of a posting: which version it gets, why, and the delivery that carries it.

    An item without an approval says in ``why`` why the channel gets nothing. ``due`` is when it is to leave
    (none: as soon as the posting is decided), ``slot`` the station's first slot that it was given, ``slots`` all
    of them (ISO, with offset), ``moved_from`` the one that it left to something more urgent. ``seconds`` is its
    length on air as it was planned.
    """

    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="items")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="items")
    language = models.ForeignKey(Language, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    group = models.ForeignKey(TargetGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_fallback = models.BooleanField(default=False)
    why = models.TextField(blank=True)
    due = models.DateTimeField(null=True, blank=True)
    slot = models.DateTimeField(null=True, blank=True)
    slots = models.JSONField(default=list, blank=True)
    moved_from = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveIntegerField(null=True, blank=True)
    delivery = models.OneToOneField(
        Delivery, on_delete=models.PROTECT, null=True, blank=True, related_name="posting_item"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["posting", "channel"], name="channel_once_per_posting")]

    def __str__(self) -> str:
        return f"{self.posting} → {self.channel}"


class ManualPost(models.Model):
    """Somebody says that they posted it by hand: declared, never measured."""

    item = models.OneToOneField(PostingItem, on_delete=models.CASCADE, related_name="manual_post")
    posted_at = models.DateTimeField(_("posted at"))
    link = models.URLField(_("link"), blank=True, max_length=500)
    declared_by = models.CharField(_("who says so"), max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("posted by hand")

    def __str__(self) -> str:
        return f"{self.item} {self.posted_at:%d/%m/%Y %H:%M}"
