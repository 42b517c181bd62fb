"""What a person agreed to: which pictures and recordings of them may be used, for what, where and until when.

Loa holds no victims' data (DESIGN 4.4): the form refuses them, and of anyone else as little is kept as the
duty to prove a consent needs. The paper itself says who signed; here are its number and, if staff wrote it, a name.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from media.models import Picture, Recording
from publishers import registry
from publishers.models import Channel

WEB, PRINT = "web", "print"
SCAN_EXTENSIONS = ("pdf", "jpg", "jpeg", "png", "heic", "mp3", "m4a", "ogg", "opus", "wav")
# A child grows out of the age that decides who has to agree, and no birthday is kept here: Loa's own rule.
LONGEST_FOR_A_CHILD = dt.timedelta(days=366)


class Age(models.TextChoices):
    """Who has to agree: under 7 the guardian; from 7 to under 16 the child and the guardian; then the person.

    Law on Children 2016 Art. 1 and 6(11), Decree 56/2017 Art. 33, Law 91/2025/QH15 Art. 24.
    """

    GROWN = "grown", _("16 years or older")
    CHILD = "child", _("from 7 to under 16")
    SMALL = "small", _("under 7")


def use_choices() -> list[tuple[str, Any]]:
    """Every kind of place that a consent can be given for: the site, print, and each platform there is."""
    places = [(name, platform.label) for name, platform in sorted(registry.platforms().items())]
    return [(WEB, _("the public pages")), (PRINT, _("posters and leaflets in print")), *places]


class Consent(models.Model):
    """One person's consent, as it stands on one paper. Never changed: a newer one of the same ``subject`` replaces it.

    ``subject`` is a number that stands for the person and says nothing of them: it joins the papers that follow
    one another, so that two papers of one person never count as two people.
    """

    paper = models.CharField(
        _("number of the paper"),
        max_length=60,
        unique=True,
        help_text=_("As it is filed at your office, such as 12/2026-ĐY."),
    )
    person = models.CharField(
        _("name on the paper"),
        max_length=80,
        blank=True,
        help_text=_("May stay empty: the number is enough. No address, no year of birth, no telephone."),
    )
    age = models.CharField(_("age of the person"), max_length=8, choices=Age.choices)
    person_agreed = models.BooleanField(_("the person agreed"), default=False)
    guardian_agreed = models.BooleanField(_("the parent or guardian agreed"), default=False)
    purpose = models.CharField(
        _("what for"), max_length=300, help_text=_("As the paper says, such as: the campaign of 30 July.")
    )
    pictures = models.ManyToManyField(Picture, blank=True, related_name="consents", verbose_name=_("pictures"))
    recordings = models.ManyToManyField(Recording, blank=True, related_name="consents", verbose_name=_("recordings"))
    everywhere = models.BooleanField(_("all channels of ours"), default=False)
    uses = models.JSONField(_("where"), default=list, blank=True)
    channels = models.ManyToManyField(
        Channel, blank=True, related_name="+", verbose_name=_("single channels"), help_text=_("Beside those above.")
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"))
    scan = models.FileField(
        _("the signed paper"),
        upload_to="consents/%Y/",
        validators=[FileExtensionValidator(SCAN_EXTENSIONS)],
        help_text=_("A scan or photograph, or the spoken consent of somebody who does not write. Never public."),
    )
    subject = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_why = models.TextField(blank=True)
    # When everything that the withdrawal calls for was started, and what that was (campaigns/withdrawals.py).
    recalled_at = models.DateTimeField(null=True, blank=True)
    recalled = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-recorded_at", "-pk"]
        permissions = [("see_consent_paper", "Can see the signed paper of a consent")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gte=models.F("valid_from")), name="consent_until_after_from"
            )
        ]

    def __str__(self) -> str:
        return " · ".join(part for part in (self.paper, self.person) if part)

    def clean(self) -> None:
        super().clean()
        wrong: dict[str, Any] = {}
        if self.age in (Age.GROWN, Age.CHILD) and not self.person_agreed:
            wrong["person_agreed"] = _("From the age of 7 the person has to agree. Silence is no consent.")
        if self.age in (Age.CHILD, Age.SMALL) and not self.guardian_agreed:
            wrong["guardian_agreed"] = _("For a child under 16 a parent or guardian has to agree as well.")
        if self.valid_from and self.valid_until:
            if self.valid_until < self.valid_from:
                wrong["valid_until"] = _("The end lies before the beginning.")
            elif self.age != Age.GROWN and self.valid_until - self.valid_from > LONGEST_FOR_A_CHILD:
                wrong["valid_until"] = _("For a child one year at most: ask again as the child grows.")
        if wrong:
            raise ValidationError(wrong)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """:raises ValidationError: when those who have to agree did not."""
        self.clean()
        super().save(*args, **kwargs)

    @property
    def places(self) -> list[str]:
        """Where it holds, in words, single channels left out."""
        if self.everywhere:
            return [str(_("all channels of ours"))]
        names = dict(use_choices())
        return [str(names.get(use, use)) for use in self.uses]


def known_uses(uses: Iterable[str]) -> list[str]:
    """Those of ``uses`` that there are, in their order."""
    given = set(uses)
    return [use for use, _label in use_choices() if use in given]
