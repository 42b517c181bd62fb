"""Native readers without an account: who they are, what they were asked to read, what they said of it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision, TaskState

from campaigns.models.vocabulary import Language


class NativeReader(models.Model):
    """Somebody who reads, or only speaks, a language from home and confirms texts by a personal link.

    Only what is needed to ask them: no address, no number of an identity card.
    """

    name = models.CharField(_("full name"), max_length=120)
    language = models.ForeignKey(
        Language, on_delete=models.PROTECT, related_name="native_readers", verbose_name=_("language")
    )
    what_for = models.CharField(
        _("who this is"), max_length=160, blank=True, help_text=_("For example: teacher of the commune's school.")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="native_readers",
        verbose_name=_("own account"),
        help_text=_("If this person has an account here, too: nobody confirms what they wrote."),
    )
    active = models.BooleanField(_("still reads for us"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("native reader")
        verbose_name_plural = _("native readers")
        ordering = ["language", "name"]
        constraints = [models.UniqueConstraint(fields=["language", "name"], name="native_reader_once")]

    def __str__(self) -> str:
        return self.name


class ReviewRequest(models.Model):
    """One reader is asked to read one language's version of a content. The link to it is a PersonalLink."""

    reader = models.ForeignKey(NativeReader, on_delete=models.PROTECT, related_name="requests")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="review_requests")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("request to read")
        verbose_name_plural = _("requests to read")
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.page} · {self.reader}"


class Verdict(models.TextChoices):
    RIGHT = "right", _("It reads right")
    CHANGE = "change", _("It has to be changed")


class ReaderVerdict(models.Model):
    """What a reader said of exactly one revision. Never changed: another word is another row.

    ``digest`` is that of the revision's texts (``campaigns.models.approvals.digest_of``), ``handed_by`` who gave
    the reader the link: that person may not approve the same version.
    """

    request = models.ForeignKey(ReviewRequest, on_delete=models.CASCADE, related_name="verdicts")
    reader = models.ForeignKey(NativeReader, on_delete=models.PROTECT, related_name="verdicts")
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    task_state = models.ForeignKey(TaskState, on_delete=models.CASCADE, related_name="reader_verdicts")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="reader_verdicts")
    digest = models.CharField(max_length=64)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    note = models.TextField(blank=True)
    voice_note = models.FileField(upload_to="voice-notes/%Y/", blank=True)
    said_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("a reader's word")
        verbose_name_plural = _("readers' words")
        ordering = ["-said_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["task_state"], name="one_reader_verdict_per_task")]

    def __str__(self) -> str:
        return f"{self.reader}: {self.get_verdict_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValueError("A reader's word is never changed.")
        super().save(*args, **kwargs)


class BackTranslation(models.Model):
    """What a version says, back in Vietnamese, for an approver who cannot read the language."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="back_translations")
    digest = models.CharField(max_length=64)
    text = models.TextField(_("what it says, in Vietnamese"))
    by_reader = models.ForeignKey(
        NativeReader, on_delete=models.PROTECT, null=True, blank=True, related_name="back_translations"
    )
    by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("back-translation")
        verbose_name_plural = _("back-translations")
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(by_reader__isnull=False) ^ models.Q(by_user__isnull=False),
                name="back_translation_by_one_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.page} · {self.written_by}"

    @property
    def written_by(self) -> str:
        if self.by_user is not None:
            return self.by_user.get_full_name() or self.by_user.get_username()
        return str(self.by_reader)


class OutsideTranslation(models.Model):
    """A sheet that came back from a translator without an account. The note counts among the writers."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="outside_translations")
    revision = models.ForeignKey(Revision, on_delete=models.SET_NULL, null=True, related_name="outside_translations")
    translator = models.CharField(_("who translated"), max_length=120)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("outside translation")
        verbose_name_plural = _("outside translations")
        ordering = ["-imported_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.page} · {self.translator}"
