"""Sound on its way: recordings that are taken in, texts that a machine reads, programmes put together."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.plans import Campaign
from campaigns.models.vocabulary import Language
from media.models import Recording


class SoundKind(models.TextChoices):
    UPLOAD = "upload", _("recording taken in")
    VOICE = "voice", _("text read by a machine")
    PROGRAMME = "programme", _("programme put together")


class SoundState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    WORKING = "working", _("being made")
    DONE = "done", pgettext_lazy("work", "ready")
    FAILED = "failed", pgettext_lazy("work", "failed")


class SoundWork(models.Model):
    """One piece of work on sound, done by a worker.

    ``wanted`` says what is to be done, ``source`` names the file it is made from, in a folder that is not served.
    ``recording`` is what came of an upload or a reading, and what a programme is made from. ``key`` is the digest
    of everything a programme is made of: the same programme is made once. ``claimed_until`` is the lease of whoever
    works on it: when it is over and the work is not, it was cut short and is done anew.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=SoundKind.choices)
    state = models.CharField(_("state"), max_length=10, choices=SoundState.choices, default=SoundState.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    why = models.TextField(_("why not"), blank=True)
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    recording = models.ForeignKey(
        Recording, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("recording")
    )
    approval = models.ForeignKey(
        "campaigns.Approval", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    wanted = models.JSONField(default=dict)
    found = models.JSONField(default=dict)
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("work on sound")
        verbose_name_plural = _("work on sound")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "created_at"], name="sound_to_do")]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be made."""
        return self.state in (SoundState.WAITING, SoundState.WORKING)

    @property
    def is_stuck(self) -> bool:
        """Whether whoever worked on it is gone."""
        lease = self.claimed_until
        return self.state == SoundState.WORKING and (lease is None or lease < timezone.now())


class SoundPiece(models.Model):
    """An own jingle or greeting instead of Loa's: of one campaign or all, of one language or all."""

    JINGLE, GREETING = "jingle", "greeting"
    KINDS = ((JINGLE, _("jingle")), (GREETING, _("greeting")))

    kind = models.CharField(pgettext_lazy("sound", "what it is"), max_length=10, choices=KINDS)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("only for campaign")
    )
    language = models.ForeignKey(
        Language, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("only in language")
    )
    file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    seconds = models.FloatField(_("length in seconds"))
    synthetic = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("jingle or greeting")
        verbose_name_plural = _("jingles and greetings")
        ordering = ["kind", "-created_at"]

    def __str__(self) -> str:
        return self.get_kind_display()
