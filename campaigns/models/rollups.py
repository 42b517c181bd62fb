"""The ledger summed up by month and by day: what reports read, kept by the writer of the ledger alone."""

from django.db import models

from campaigns.models.places import Place
from campaigns.models.plans import Agency, Campaign, Indicator
from campaigns.models.vocabulary import Language, TargetGroup


class LedgerMonth(models.Model):
    """All ledger rows of one month that agree in every dimension: their sum, number and last change.

    ``key`` is made of the dimensions (``campaigns.ledger.rollups.month_key``): a unique constraint over
    columns that may be empty would let doubles through. Only what lies within one month and is no total
    declared by an agency is summed up here; the rest is read row by row.
    """

    key = models.CharField(max_length=64, unique=True)
    month = models.DateField()
    source_kind = models.CharField(max_length=20)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    basis = models.CharField(max_length=10)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    language = models.ForeignKey(Language, on_delete=models.PROTECT, null=True, related_name="+")
    group = models.ForeignKey(TargetGroup, on_delete=models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, related_name="+")
    form = models.CharField(max_length=20, blank=True)
    heads = models.CharField(max_length=100)
    rehearsal = models.BooleanField()
    approximate = models.BooleanField()
    value = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    last_change = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["month", "rehearsal"], name="ledger_month")]

    def __str__(self) -> str:
        return f"{self.month:%m/%Y} {self.value}"


class LedgerDay(models.Model):
    """The figures of one day by indicator, basis and campaign, for timelines."""

    key = models.CharField(max_length=64, unique=True)
    day = models.DateField()
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    basis = models.CharField(max_length=10)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, related_name="+")
    rehearsal = models.BooleanField()
    value = models.BigIntegerField()
    rows = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["day", "rehearsal"], name="ledger_day")]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.value}"
