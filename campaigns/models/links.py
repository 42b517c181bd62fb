"""Tracked links for readers (counts only) and personal links for people without an account."""

from django.conf import settings
from django.core import signing
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from campaigns.models.postings import PostingItem
from publishers.models import Channel

# No vowels and no look-alikes: a code can be read over the phone and spells no word.
CODE_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def new_code() -> str:
    return get_random_string(8, CODE_ALPHABET)


class TrackedLink(models.Model):
    """A short link. Clicks are counted by day and nothing is kept of who clicked (DESIGN 4.7)."""

    code = models.CharField(max_length=16, unique=True, default=new_code)
    target = models.CharField(max_length=500)
    item = models.OneToOneField(
        PostingItem, on_delete=models.CASCADE, null=True, blank=True, related_name="tracked_link"
    )
    label = models.CharField(max_length=160, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.code

    @property
    def url(self) -> str:
        return f"{settings.SITE_URL}/l/{self.code}"


class ClickCount(models.Model):
    """Clicks of one link on one day (the staff's time zone)."""

    link = models.ForeignKey(TrackedLink, on_delete=models.CASCADE, related_name="clicks")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "day"], name="clicks_once_per_day")]

    def __str__(self) -> str:
        return f"{self.link} {self.day} {self.count}"


class LinkPurpose(models.TextChoices):
    STATION = "station", _("loudspeaker station")
    MANUAL = "manual", _("posting by hand")
    FIELD = "field", _("field results")
    REVIEW = "review", _("native reading")
    RECEIVER = "receiver", _("receivers and radio software")


class PersonalLink(models.Model):
    """A signed link for one person without an account. Nothing secret is stored: the token is derived.

    Raising ``generation`` revokes every token made before (revoke, hand over).
    """

    purpose = models.CharField(max_length=10, choices=LinkPurpose.choices)
    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, null=True, blank=True, related_name="personal_links"
    )
    event = models.ForeignKey(
        "campaigns.EventPage", on_delete=models.CASCADE, null=True, blank=True, related_name="personal_links"
    )
    review = models.OneToOneField(
        "campaigns.ReviewRequest", on_delete=models.CASCADE, null=True, blank=True, related_name="link"
    )
    holder = models.CharField(_("held by"), max_length=120, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    generation = models.PositiveIntegerField(default=1)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "channel"], condition=models.Q(channel__isnull=False), name="one_link_per_channel"
            ),
            models.UniqueConstraint(
                fields=["purpose", "event"], condition=models.Q(event__isnull=False), name="one_link_per_event"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.holder}"

    @property
    def token(self) -> str:
        return signing.Signer(salt=f"loa.link.{self.purpose}", sep=".").sign(f"{self.pk}-{self.generation}")

    @classmethod
    def from_token(cls, token: str, purpose: str) -> "PersonalLink | None":
        """Return the link that ``token`` opens, or None for a forged, revoked, expired or outdated one."""
        try:
            value = signing.Signer(salt=f"loa.link.{purpose}", sep=".").unsign(token)
            pk, generation = (int(part) for part in value.split("-"))
        except (signing.BadSignature, ValueError):
            return None
        opens = models.Q(revoked_at=None) & (models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()))
        found = cls.objects.select_related("channel", "event").filter(opens, pk=pk, purpose=purpose).first()
        return found if found and found.generation == generation else None
