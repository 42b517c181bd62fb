"""Loudspeaker stations: their slots, and what they say was played."""

import uuid
from pathlib import PurePosixPath

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.ledger import Basis
from campaigns.models.places import Place
from campaigns.models.postings import PostingItem
from publishers.models import Channel


class Station(models.Model):
    """The campaign's side of a loudspeaker channel."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="station")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="stations", verbose_name=_("place"))
    networked = models.BooleanField(_("networked receivers"), default=True)
    operator_name = models.CharField(_("operator"), max_length=120, blank=True)
    operator_phone = models.CharField(_("operator's telephone"), max_length=30, blank=True)
    approver_name = models.CharField(_("who approves the programme"), max_length=120, blank=True)
    syllables_per_minute = models.PositiveIntegerField(_("reader's syllables a minute"), null=True, blank=True)
    max_minutes = models.PositiveIntegerField(_("longest programme in minutes"), default=15)

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        ordering = ["place__name"]

    def __str__(self) -> str:
        return str(self.channel)


class Slot(models.Model):
    """A daily time at which the station broadcasts."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="slots")
    at = models.TimeField(_("time"))
    minutes = models.PositiveIntegerField(_("minutes"), default=15)
    days = models.CharField(_("days"), max_length=7, default="1234567", help_text=_("1 is Monday, 7 is Sunday."))

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["station", "at"], name="slot_once")]

    def __str__(self) -> str:
        return f"{self.at:%H:%M}"


class Outcome(models.TextChoices):
    PLAYED = "played", _("played in full")
    NOT_PLAYED = "not-played", _("not played")
    FAULT = "fault", _("fault")


def photo_path(playback: "Playback", name: str) -> str:
    """Photos of plays are for staff only: their folder is none of the public ones."""
    return f"plays/{uuid.uuid4().hex}{PurePosixPath(name).suffix}"


class Playback(models.Model):
    """A loudspeaker play, confirmed by its operator or entered on its behalf. Corrections add a row.

    ``seconds`` is what was heard: 0 for what was not played or taken back. ``key`` is the sender's own number
    of a confirmation, so that a repeated one finds the first; ``source`` says by what way it came in.
    """

    item = models.ForeignKey(PostingItem, on_delete=models.PROTECT, related_name="playbacks")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="playbacks")
    planned_for = models.DateTimeField(_("planned for"), null=True, blank=True)
    played_at = models.DateTimeField(_("played at"))
    seconds = models.PositiveIntegerField(_("length in seconds"))
    basis = models.CharField(_("basis"), max_length=10, choices=Basis.choices, default=Basis.DECLARED)
    operator_name = models.CharField(_("who played it"), max_length=120)
    source = models.CharField(_("source"), max_length=120, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(
        _("what became of it"), max_length=10, choices=Outcome.choices, default=Outcome.PLAYED
    )
    key = models.CharField(max_length=64, blank=True, default="")
    photo = models.FileField(_("photo"), upload_to=photo_path, blank=True, default="")
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("playback")
        verbose_name_plural = _("playbacks")
        ordering = ["-played_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "planned_for"],
                condition=models.Q(corrects__isnull=True, planned_for__isnull=False),
                name="one_play_per_slot",
            ),
            models.UniqueConstraint(
                fields=["station", "key"], condition=~models.Q(key=""), name="one_play_per_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station} {self.played_at:%d/%m/%Y %H:%M}"


class Fault(models.Model):
    """Something that does not work at a station, as its operator reported it."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="faults")
    text = models.TextField(_("what is wrong"))
    reported_by = models.CharField(_("reported by"), max_length=120)
    reported_at = models.DateTimeField(auto_now_add=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    solved_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("fault")
        ordering = ["-reported_at"]

    def __str__(self) -> str:
        return self.text[:60]
