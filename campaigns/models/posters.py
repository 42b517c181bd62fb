"""Posters: the tracked links on them, and batches made for many communes."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.links import TrackedLink
from campaigns.models.places import Place
from campaigns.models.plans import Campaign
from campaigns.models.vocabulary import Language, TargetGroup


class PosterLink(models.Model):
    """What the QR code of one poster stands for: one content in one form, for a group, in a place.

    The same poster drawn again bears the same code, so that its scans add up (DESIGN 4.5).
    """

    link = models.OneToOneField(TrackedLink, on_delete=models.CASCADE, related_name="poster")
    key = models.CharField(max_length=120, unique=True)
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    language = models.ForeignKey(Language, on_delete=models.PROTECT, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    group = models.ForeignKey(TargetGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    form = models.CharField(max_length=20)
    # The approval that the poster was first made of, for the content heads that the ledger counts under.
    approval = models.ForeignKey("campaigns.Approval", on_delete=models.PROTECT, null=True, related_name="+")
    sample = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.key


class BatchState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    WORKING = "working", _("being made")
    DONE = "done", pgettext_lazy("work", "ready")
    FAILED = "failed", pgettext_lazy("work", "failed")
    STOPPED = "stopped", _("stopped")


class PosterBatch(models.Model):
    """Many posters of one content as one zip, made by a worker.

    ``wanted`` are the choices of the form. ``claimed_until`` is the lease of whoever works on it: when it is over and
    the batch is not, the work was cut short and goes on with what is drawn already.
    """

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    wanted = models.JSONField()
    state = models.CharField(_("state"), max_length=10, choices=BatchState.choices, default=BatchState.WAITING)
    total = models.PositiveIntegerField(_("posters"))
    done = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=list)
    why = models.TextField(blank=True)
    file = models.CharField(max_length=120, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("batch of posters")
        verbose_name_plural = _("batches of posters")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be made."""
        return self.state in (BatchState.WAITING, BatchState.WORKING)

    @property
    def is_stuck(self) -> bool:
        """Whether whoever worked on it is gone."""
        lease = self.claimed_until
        return self.state == BatchState.WORKING and (lease is None or lease < timezone.now())

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0
