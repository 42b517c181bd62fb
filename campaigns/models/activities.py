"""Field activities and their counted results."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.ledger import Basis
from campaigns.models.pages import EventPage
from campaigns.models.places import Place
from campaigns.models.plans import Agency, Campaign, Indicator
from campaigns.models.vocabulary import Language, TargetGroup


class Activity(models.Model):
    """A field activity: a rally held, a market visited; or another agency's total for a period."""

    key = models.CharField(max_length=120, unique=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="activities")
    event = models.ForeignKey(EventPage, on_delete=models.PROTECT, null=True, blank=True, related_name="activities")
    title = models.CharField(_("title"), max_length=200)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="activities", verbose_name=_("agency"))
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="activities", verbose_name=_("place"))
    language = models.ForeignKey(Language, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    period_from = models.DateField(_("from"))
    period_to = models.DateField(_("until"))
    is_total = models.BooleanField(_("a total sent by an agency"), default=False)
    rehearsal = models.BooleanField(_("rehearsal"), default=False)
    reported_by = models.CharField(_("reported by"), max_length=120)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-period_from"]

    def __str__(self) -> str:
        return self.title


class ActivityResult(models.Model):
    """One counted result. A correction adds a row that names the one it replaces."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="results")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+", verbose_name=_("indicator"))
    group = models.ForeignKey(TargetGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    value = models.PositiveBigIntegerField(_("value"))
    basis = models.CharField(_("basis"), max_length=10, choices=Basis.choices, default=Basis.COUNTED)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    entered_by_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.value}"
