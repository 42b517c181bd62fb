"""An approval: one language of one content, its group texts included, as it was approved."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


def digest_of(snapshot: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of ``snapshot`` (sorted keys, no spaces, UTF-8)."""
    canonical = json.dumps(snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


class Approval(models.Model):
    """Immutable. Sends read the snapshot and nothing else (DESIGN 4.3)."""

    page = models.ForeignKey(
        "wagtailcore.Page", on_delete=models.PROTECT, null=True, blank=True, related_name="approvals"
    )
    bulletin = models.ForeignKey(
        "campaigns.Bulletin", on_delete=models.PROTECT, null=True, blank=True, related_name="approvals"
    )
    revision = models.ForeignKey(
        "wagtailcore.Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="approvals"
    )
    language = models.ForeignKey("campaigns.Language", on_delete=models.PROTECT, related_name="approvals")
    snapshot = models.JSONField()
    digest = models.CharField(max_length=64)
    authors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approvals")
    approved_at = models.DateTimeField(auto_now_add=True)
    source_approval = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="translations"
    )
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_why = models.TextField(blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["-approved_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(page__isnull=False, bulletin__isnull=True)
                | models.Q(page__isnull=True, bulletin__isnull=False),
                name="approval_of_one_content",
            )
        ]
        indexes = [models.Index(fields=["page", "-approved_at"], name="approval_latest")]

    def __str__(self) -> str:
        return f"{self.snapshot.get('title', '')} · {self.language}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A stored snapshot never changes; only its withdrawal may be added."""
        if self._state.adding:
            self.digest = digest_of(self.snapshot)
        elif Approval.objects.filter(pk=self.pk).exclude(digest=digest_of(self.snapshot)).exists():
            raise ValueError("An approval's snapshot cannot be changed; approve anew.")
        super().save(*args, **kwargs)

    def is_intact(self) -> bool:
        """Whether the snapshot still is what was approved."""
        return self.digest == digest_of(self.snapshot)

    @property
    def is_sample(self) -> bool:
        return bool(self.snapshot.get("is_sample"))
