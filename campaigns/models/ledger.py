"""The reach ledger: every figure with its basis, its source and its place in time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.places import Place
from campaigns.models.plans import Agency, Campaign, Indicator
from campaigns.models.vocabulary import Language, TargetGroup


class Basis(models.TextChoices):
    MEASURED = "measured", _("measured")
    COUNTED = "counted", _("counted")
    DECLARED = "declared", _("declared")
    ESTIMATED = "estimated", _("estimated")


class LedgerRow(models.Model):
    """One source × indicator × period × place × language × group × agency.

    ``source_kind`` and ``source_key`` name what happened (``reading`` of a delivery, ``click`` of a link,
    ``playback``, ``result`` of an activity …); the pair with the indicator is unique, so that folding
    the same source again moves its row and never adds a second one. ``version`` counts the changes.
    """

    source_kind = models.CharField(max_length=20)
    source_key = models.CharField(max_length=120)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    value = models.BigIntegerField()
    basis = models.CharField(max_length=10, choices=Basis.choices)
    period_from = models.DateField()
    period_to = models.DateField()
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    language = models.ForeignKey(Language, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    group = models.ForeignKey(TargetGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    form = models.CharField(_("form"), max_length=20, blank=True, default="")
    heads = models.JSONField(default=list, blank=True)
    rehearsal = models.BooleanField(default=False)
    approximate = models.BooleanField(default=False)
    source_label = models.CharField(max_length=255, blank=True)
    # The first day of the month whose roll-up holds this row; empty: reports read the row itself.
    month = models.DateField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["period_from", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["source_kind", "source_key", "indicator"], name="ledger_source_once")
        ]
        indexes = [
            models.Index(fields=["period_from", "period_to", "indicator"], name="ledger_period"),
            models.Index(fields=["month", "rehearsal"], name="ledger_row_month"),
            models.Index(fields=["updated_at"], name="ledger_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.value} ({self.basis})"
