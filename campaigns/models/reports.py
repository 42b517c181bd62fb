"""What of the reports is kept: the ones that were signed, and the texts that staff gave the form."""

import hashlib
import json
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.plans import Plan


class Fixed(models.QuerySet[Any]):
    """Rows that are added and never changed or taken away."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise ValueError("What was signed or kept as a version cannot be changed.")

    def delete(self) -> NoReturn:
        raise ValueError("What was signed or kept as a version cannot be deleted.")


class FixedModel(models.Model):
    """A row that is written once."""

    objects = Fixed.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValueError("What was signed or kept as a version cannot be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ValueError("What was signed or kept as a version cannot be deleted.")


class ReportTemplate(FixedModel):
    """One version of the form's texts: only what differs from the texts that Loa comes with.

    ``texts`` maps a path of ``campaigns/data/report_wording.json`` (``sentences.coverage``) to its text.
    """

    number = models.PositiveIntegerField(_("version"), unique=True)
    texts = models.JSONField(default=dict)
    why = models.CharField(_("what changed and why"), max_length=300)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("report texts")
        verbose_name_plural = _("report texts")
        ordering = ["-number"]

    def __str__(self) -> str:
        return str(self.number)


class SignedReport(FixedModel):
    """A report as it was signed. Every file of it is made from ``snapshot`` and nothing else.

    ``snapshot`` is the canonical JSON as text, so that no database writes it in another way; ``digest``
    is its SHA-256, ``docx_digest`` that of the DOCX that was made when it was signed. A newer report of
    the same plan and days takes its place by naming it in ``supersedes``.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", verbose_name=_("plan"))
    period_from = models.DateField()
    period_to = models.DateField()
    period_key = models.CharField(max_length=10)
    place_level = models.CharField(max_length=20)
    number = models.CharField(_("number and sign"), max_length=60, blank=True)
    snapshot = models.TextField()
    digest = models.CharField(max_length=64)
    docx_digest = models.CharField(max_length=64)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed at"))
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    why = models.CharField(_("why it replaces the earlier one"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("signed report")
        verbose_name_plural = _("signed reports")
        ordering = ["-signed_at", "-pk"]
        permissions = [("sign_report", _("Can sign reports"))]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "period_from", "period_to", "place_level"],
                condition=models.Q(supersedes=None),
                name="signed_report_first_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number or self.pk} · {self.period_from:%d/%m/%Y}–{self.period_to:%d/%m/%Y}"

    @property
    def report(self) -> dict[str, Any]:
        """The report as it was signed."""
        loaded: dict[str, Any] = json.loads(self.snapshot)
        return loaded

    def is_intact(self) -> bool:
        """Whether the snapshot still is what was signed."""
        return hashlib.sha256(self.snapshot.encode()).hexdigest() == self.digest
