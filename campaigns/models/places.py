"""Administrative units, each valid for a time: 2023's communes and today's both report right."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PlaceLevel(models.TextChoices):
    PROVINCE = "province", _("province")
    DISTRICT = "district", _("district")
    COMMUNE = "commune", _("commune")
    VILLAGE = "village", _("village")


class PlaceQuerySet(models.QuerySet["Place"]):
    def valid_on(self, day: dt.date) -> "PlaceQuerySet":
        """Places that exist on ``day``. An empty ``valid_from`` means: from before the first list."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )

    def valid_within(self, start: dt.date, end: dt.date) -> "PlaceQuerySet":
        """Places that exist on at least one day from ``start`` to ``end``, both included."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=end), Q(valid_to__isnull=True) | Q(valid_to__gte=start)
        )

    def communes(self) -> "PlaceQuerySet":
        return self.filter(level=PlaceLevel.COMMUNE)


class Place(models.Model):
    """One unit. Official codes are used again after mergers, so a code alone names no place."""

    code = models.CharField(_("official code"), max_length=10)
    level = models.CharField(_("level"), max_length=10, choices=PlaceLevel.choices)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs to")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    is_border = models.BooleanField(_("border commune"), default=False)
    note = models.TextField(_("note"), blank=True)
    predecessors = models.ManyToManyField(
        "self",
        through="PlaceChange",
        through_fields=("successor", "predecessor"),
        symmetrical=False,
        related_name="successors",
        blank=True,
    )

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["level", "code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["level", "code", "valid_from"], name="place_code_from_once"),
            models.UniqueConstraint(
                fields=["level", "code"], condition=Q(valid_from__isnull=True), name="place_code_oldest_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PlaceChange(models.Model):
    """A known step from an old unit to a new one, with its source."""

    predecessor = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="changes_to")
    successor = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="changes_from")
    source = models.CharField(_("source"), max_length=255)

    class Meta:
        verbose_name = _("change of a place")
        constraints = [models.UniqueConstraint(fields=["predecessor", "successor"], name="place_change_once")]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"
