"""Official plans, what they ask for, who acts, and the campaigns under them."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable


class Agency(models.Model):
    """A body that acts and reports."""

    key = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    place = models.ForeignKey("campaigns.Place", on_delete=models.PROTECT, null=True, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    successor = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="agencies")

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.short_name or self.name


class Indicator(models.Model):
    """What a report counts, with its unit."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=160)
    unit = models.CharField(_("unit"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20)
    order = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class Plan(ClusterableModel):
    """An official plan. One that ``continues`` another inherits its open tasks."""

    key = models.SlugField(_("key"), unique=True)
    number = models.CharField(_("number and sign"), max_length=60)
    title = models.CharField(_("title"), max_length=400)
    issuer = models.CharField(_("issued by"), max_length=200)
    issued_on = models.DateField(_("issued on"))
    period_from = models.DateField(_("from"))
    period_to = models.DateField(_("until"))
    continues = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="continued_by",
        verbose_name=_("continues the plan"),
    )
    source_url = models.URLField(_("source"), blank=True, max_length=500)
    note = models.TextField(_("note"), blank=True)
    pilot_places = models.ManyToManyField("campaigns.Place", blank=True, verbose_name=_("pilot places"))

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["-issued_on"]

    def __str__(self) -> str:
        return self.number


class LegalBasis(Orderable):
    plan = ParentalKey(Plan, on_delete=models.CASCADE, related_name="legal_bases")
    text = models.TextField(_("legal basis"))

    class Meta(Orderable.Meta):
        verbose_name = _("legal basis")

    def __str__(self) -> str:
        return self.text


class PlanTask(Orderable):
    plan = ParentalKey(Plan, on_delete=models.CASCADE, related_name="tasks")
    text = models.TextField(_("what is to be done"))
    is_communications = models.BooleanField(_("a communications task"), default=False)

    class Meta(Orderable.Meta):
        verbose_name = _("task of the plan")

    def __str__(self) -> str:
        return self.text


class PlanTarget(Orderable):
    """A promised number. Police and court targets are kept, marked as not ours to measure."""

    plan = ParentalKey(Plan, on_delete=models.CASCADE, related_name="targets")
    text = models.TextField(_("target"))
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, null=True, blank=True)
    measured_by_communications = models.BooleanField(_("measured by communications"), default=False)
    source = models.CharField(_("source"), max_length=255, blank=True)

    class Meta(Orderable.Meta):
        verbose_name = _("target of the plan")

    def __str__(self) -> str:
        return self.text


class Campaign(models.Model):
    """A period of work under a plan, around an anchor day (30 July)."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("plan"))
    key = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    theme = models.CharField(_("theme"), max_length=255, blank=True)
    period_from = models.DateField(_("from"))
    period_to = models.DateField(_("until"))
    anchor_day = models.DateField(_("anchor day"), null=True, blank=True)
    colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#B4231F",
        validators=[RegexValidator(r"\A#[0-9A-Fa-f]{6}\Z", _("Write a colour as #RRGGBB, such as #B4231F."))],
        help_text=_("Of its posters and cards. Text on it is made readable whatever the colour."),
    )
    lead = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("lead agency"))

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-period_from"]

    def __str__(self) -> str:
        return self.name

    @property
    def stop_key(self) -> str:
        return f"campaign:{self.pk}"
