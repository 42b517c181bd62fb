"""What people decided about the safeguards: versions of the rules, findings lifted or reasoned, hotlines checked."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.vocabulary import Hotline


def digest_of_rules(content: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a version's content."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


class RulebookVersion(models.Model):
    """A version of the rules and word lists, as what it changes of those shipped (version 0). Never changed.

    ``content``: ``{"rules": {id: the rule as in its file}, "words": {list: phrases}}``, whole for each entry.
    """

    number = models.PositiveIntegerField(_("version"), unique=True)
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    why = models.TextField(_("reason"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("version of the rules")
        verbose_name_plural = _("versions of the rules")
        ordering = ["-number"]

    def __str__(self) -> str:
        return str(_("version %(number)s") % {"number": self.number})

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValueError("A version of the rules is never changed; make a new one.")
        self.digest = digest_of_rules(self.content)
        super().save(*args, **kwargs)


class RulebookChoice(models.Model):
    """Which version counts from when on, on whose word; without a version it is the shipped one again."""

    version = models.ForeignKey(
        RulebookVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="choices"
    )
    why = models.TextField(_("reason"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("choice of the rules that count")
        verbose_name_plural = _("choices of the rules that count")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.version or _("version %(number)s") % {"number": 0})


class DecisionKind(models.TextChoices):
    LIFT = "lift", _("lifted")
    REASON = "reason", _("kept with a reason")


class FindingDecision(models.Model):
    """One person's written word on one finding of one exact text. Never changed, never deleted.

    ``digest`` says which text (``campaigns.decisions.digest_of_texts``), ``spot`` which place in it: the words
    themselves are not kept here. ``approval`` is the one that the word was given for.
    """

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    bulletin = models.ForeignKey(
        "campaigns.Bulletin", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approval = models.ForeignKey(
        "campaigns.Approval", on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    kind = models.CharField(max_length=8, choices=DecisionKind.choices)
    code = models.CharField(max_length=60)
    spot = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    message = models.TextField()
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("decision on a finding")
        verbose_name_plural = _("decisions on findings")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "code", "spot", "digest", "page", "by"], name="finding_decided_once"
            )
        ]
        indexes = [models.Index(fields=["digest", "kind"], name="finding_decisions_of_text")]

    def __str__(self) -> str:
        return f"{self.code}: {self.get_kind_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValueError("A decision on a finding is never changed.")
        super().save(*args, **kwargs)


class HotlineCheck(models.Model):
    """Somebody called a hotline again, or asked its owner: who, when, from which source, until when it holds."""

    hotline = models.ForeignKey(Hotline, on_delete=models.CASCADE, related_name="checks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    source = models.CharField(_("source"), max_length=255)
    valid_until = models.DateField(_("valid until"))

    class Meta:
        verbose_name = _("check of a hotline")
        verbose_name_plural = _("checks of hotlines")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.hotline} {self.at:%d/%m/%Y}"
