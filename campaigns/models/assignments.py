"""Who owes what until when, what they were reminded of, and what a translation was made from."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.approvals import Approval
from campaigns.models.vocabulary import Language


class Step(models.TextChoices):
    """What somebody owes of one content in one language."""

    WRITE = "write", _("write or translate")
    REVIEW = "review", _("read as a native reader")
    APPROVE = "approve", _("approve")


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def still_open(self) -> "AssignmentQuerySet":
        return self.filter(closed_at=None)

    def due_until(self, day: dt.date) -> "AssignmentQuerySet":
        return self.still_open().filter(due__lte=day)


class Assignment(models.Model):
    """One step of one content in one language, owed by one person until a day (that day included).

    ``content`` is the Vietnamese version, whatever the language: the version owed may not exist yet. An
    assignment whose owner's account was deleted is owed by nobody and is shown as such.
    """

    content = models.ForeignKey(
        "wagtailcore.Page", on_delete=models.CASCADE, related_name="assignments", verbose_name=_("content")
    )
    language = models.ForeignKey(
        Language, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("language")
    )
    step = models.CharField(_("step"), max_length=8, choices=Step.choices, default=Step.WRITE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name=_("who owes it"),
    )
    due = models.DateField(_("until"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("assigned by")
    )
    assigned_at = models.DateTimeField(_("assigned at"), default=timezone.now)
    # Done or no longer wanted; "done" says which.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    done = models.BooleanField(_("done"), default=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["due", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["content", "language", "step"], condition=Q(closed_at=None), name="one_open_assignment_per_step"
            )
        ]
        indexes = [models.Index(fields=["owner", "closed_at", "due"], name="assignment_of_owner")]

    def __str__(self) -> str:
        return f"{self.content} · {self.language} · {self.get_step_display()}"

    def overdue_on(self, day: dt.date) -> bool:
        return self.closed_at is None and self.due < day


class Reminder(models.Model):
    """The one reminder that a person gets on a day. The row is written before the letter leaves.

    So two beats on one day, or a beat killed half-way, never remind anybody twice. ``sent_at`` stays empty
    when the letter could not leave; ``error`` says why.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-day", "user"]
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_reminder_a_day")]

    def __str__(self) -> str:
        return f"{self.user} {self.day:%d/%m/%Y}"


class TranslationBasis(models.Model):
    """The state of the Vietnamese text that a translation was made from.

    Set when the translation is begun, moved on when its writer says that it follows the new text.
    ``approval`` is empty when the source was not approved yet; ``snapshot`` holds its texts in any case.
    """

    page = models.OneToOneField("wagtailcore.Page", on_delete=models.CASCADE, related_name="translation_basis")
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    snapshot = models.JSONField()
    followed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    followed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("basis of a translation")
        verbose_name_plural = _("bases of translations")

    def __str__(self) -> str:
        return f"{self.page} · {self.followed_at:%d/%m/%Y}"
