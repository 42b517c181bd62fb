"""The outbox: channels, deliveries and everything that happened to them.

No campaign is known here. A delivery carries a frozen message, an opaque reference and opaque stop
keys; who wrote the text and for whom is the business of whoever registered it (DESIGN section 3).
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from publishers import registry
from publishers.credentials import CannotUnseal, seal, unseal
from publishers.redact import remember


def platform_choices() -> list[tuple[str, Any]]:
    """Callable choices: a new platform file adds a choice without a migration."""
    return [(name, platform.label) for name, platform in sorted(registry.platforms().items())]


class Form(models.TextChoices):
    """The eight forms of grassroots information (Decree 49/2024/ND-CP)."""

    STATION = "station", _("Commune radio station")
    BOARD = "board", _("Public notice board")
    BULLETIN = "bulletin", _("Bulletin")
    DOCUMENT = "document", _("Non-commercial document")
    COMMUNICATOR = "communicator", _("Grassroots communicator")
    WEBSITE = "website", _("Portal or website")
    SOCIAL = "social", _("Social network and internet messaging")
    SMS = "sms", _("Telecommunication message")


class Channel(models.Model):
    """One account or station on one platform. It is live or rehearsal for ever."""

    platform = models.CharField(_("platform"), max_length=30, choices=platform_choices)
    name = models.CharField(_("name"), max_length=120)
    options = models.JSONField(_("options"), default=dict, blank=True)
    sealed = models.TextField(editable=False, blank=True, default="")
    rehearsal = models.BooleanField(_("rehearsal"), default=False)
    form = models.CharField(_("form"), max_length=20, choices=Form.choices)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_to = models.TimeField(_("quiet until"), null=True, blank=True)
    grace_minutes = models.PositiveIntegerField(_("grace in minutes"), null=True, blank=True)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True, editable=False)
    check_report = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["platform", "name"], name="channel_name_once")]

    def __str__(self) -> str:
        return f"{self.name} ({_('rehearsal')})" if self.rehearsal else self.name

    @property
    def stop_key(self) -> str:
        return f"channel:{self.pk}"

    @property
    def secrets(self) -> dict[str, str]:
        """The channel's credentials, opened. Never put them in a log, a URL or a page."""
        opened = unseal(self.sealed)
        remember(opened.values())
        return opened

    @secrets.setter
    def secrets(self, values: dict[str, str]) -> None:
        remember(values.values())
        self.sealed = seal(values)

    def clean(self) -> None:
        """Options and secrets fit the platform; rehearsal never changes (DESIGN 4.6)."""
        if self.pk and Channel.objects.filter(pk=self.pk).exclude(rehearsal=self.rehearsal).exists():
            raise ValidationError({"rehearsal": _("A channel stays live or rehearsal for ever. Make a new one.")})
        if self.platform not in registry.platforms():
            raise ValidationError({"platform": _("There is no such platform.")})
        registry.get(self.platform).validate_channel(self)

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> "Channel":
        channel = super().from_db(*args, **kwargs)
        channel._sealed_before = channel.__dict__.get("sealed", "")
        return channel

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        super().refresh_from_db(using, fields, from_queryset)
        self._sealed_before = self.__dict__.get("sealed", "")

    _sealed_before = ""

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write what changed of the secrets, and only that.

        A renewal may have stored a new pair since this row was read: a form that changes the name must not
        bring a used-up refresh token back (publishers/renewal.py).
        """
        self.clean()
        with transaction.atomic():
            if self.pk and not kwargs.get("force_insert"):
                self._keep_newer_secrets()
            super().save(*args, **kwargs)
        self._sealed_before = self.sealed

    def _keep_newer_secrets(self) -> None:
        row = Channel.objects.select_for_update().filter(pk=self.pk).only("sealed").first()
        if row is None or row.sealed == self._sealed_before:
            return
        if self.sealed == self._sealed_before:
            self.sealed = row.sealed
            return
        try:
            before, now, newer = unseal(self._sealed_before), self.secrets, row.secrets
        except CannotUnseal:
            return  # The key is lost: what was entered now is all that can be opened.
        gone = before.keys() - now.keys()
        kept = {name: value for name, value in newer.items() if name not in gone}
        self.secrets = kept | {name: value for name, value in now.items() if before.get(name) != value}


class DeliveryState(models.TextChoices):
    SCHEDULED = "scheduled", _("waiting for its time")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("outcome unknown")
    HELD = "held", _("held")
    CANCELLED = "cancelled", _("cancelled")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Delivery(models.Model):
    """One message to one channel at one time: the outbox row."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    reference = models.CharField(max_length=120, unique=True)
    message = models.JSONField()
    stop_keys = models.JSONField(default=list, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=DeliveryState.choices, default=DeliveryState.SCHEDULED
    )
    due = models.DateTimeField(_("due"))
    rehearsal = models.BooleanField(_("rehearsal"), default=False)
    external_id = models.CharField(max_length=200, blank=True, default="")
    permalink = models.CharField(max_length=500, blank=True, default="")
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    error_code = models.CharField(max_length=60, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-due", "-pk"]
        indexes = [
            models.Index(fields=["state", "due"], name="delivery_state_due"),
            models.Index(fields=["channel", "state"], name="delivery_channel_state"),
            models.Index(fields=["sent_at"], name="delivery_sent_at"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} · {self.get_state_display()}"

    @property
    def language(self) -> str:
        return self.message.get("language", "")


class OperationKind(models.TextChoices):
    PUBLISH = "publish", _("publish")
    EDIT = "edit", _("edit")
    DELETE = "delete", _("delete")


class OperationState(models.TextChoices):
    READY = "ready", _("ready")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown")
    HELD = "held", _("held")
    CANCELLED = "cancelled", _("cancelled")


class Operation(models.Model):
    """What a delivery has to do on its platform, in the platform's steps.

    ``progress`` holds the result of each finished step by name; a step's own nature (may it be
    repeated?) is declared by the platform and copied to each attempt when it starts.
    ``owner`` is the shift that holds the operation; ``next_try`` the time from which it may start.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="operations")
    kind = models.CharField(max_length=10, choices=OperationKind.choices, default=OperationKind.PUBLISH)
    state = models.CharField(max_length=10, choices=OperationState.choices, default=OperationState.READY)
    next_try = models.DateTimeField()
    owner = models.CharField(max_length=40, blank=True, default="")
    tries = models.PositiveIntegerField(default=0)
    progress = models.JSONField(default=dict, blank=True)
    payload = models.JSONField(default=dict, blank=True)
    actor = models.CharField(max_length=150, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery"], condition=models.Q(kind="publish"), name="one_publish_per_delivery"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try"], condition=models.Q(state="ready"), name="operation_ready_next_try"
            ),
            models.Index(fields=["owner"], condition=~models.Q(owner=""), name="operation_owned"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delivery_id}"


class Attempt(models.Model):
    """One try of a step, committed before the first byte leaves."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="attempts")
    n = models.PositiveIntegerField()
    step = models.CharField(max_length=30)
    repeatable = models.BooleanField(default=False)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True, default="")
    code = models.CharField(max_length=60, blank=True, default="")
    detail = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["operation", "n"]
        constraints = [models.UniqueConstraint(fields=["operation", "n"], name="attempt_number_once")]

    def __str__(self) -> str:
        return f"{self.operation_id}/{self.n} {self.step} {self.outcome or '…'}"


class Transition(models.Model):
    """One change of a delivery's state: who or what, when and why. Never changed afterwards."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="transitions")
    before = models.CharField(max_length=12, blank=True, default="")
    after = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    why = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Shift(models.Model):
    """A sender at work. Its lease, not a row's, says whether what it holds is being looked after."""

    owner = models.CharField(max_length=40, unique=True)
    until = models.DateTimeField()
    started_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.owner


class Pace(models.Model):
    """The theoretical arrival time (GCRA) of one channel, bot or app, shared by all workers.

    ``interval`` is seconds per message, ``burst`` how many may go at once, ``tat`` and ``until`` are
    Unix times; before ``until`` nothing goes (the platform said so).
    """

    key = models.CharField(max_length=120, unique=True)
    tat = models.FloatField(default=0.0)
    until = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return self.key


class Stop(models.Model):
    """An emergency stop: while it stands, nothing with its key leaves. ``all`` stops everything."""

    key = models.CharField(max_length=60, unique=True)
    reason = models.TextField(_("reason"))
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key


class Reading(models.Model):
    """One metric value that a platform reported at a time. Rows are only added."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="readings")
    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="readings", null=True, blank=True
    )
    metric = models.CharField(max_length=60)
    value = models.BigIntegerField()
    read_at = models.DateTimeField()
    approximate = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["delivery", "metric", "-read_at"], name="reading_latest")]

    def __str__(self) -> str:
        return f"{self.metric}={self.value}"


class Heartbeat(models.Model):
    """When a process last said that it lives (beat, worker)."""

    name = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Renewal(models.Model):
    """Who is exchanging a channel's credentials, and what came of it (publishers/renewal.py).

    ``until`` is the end of the lease of ``owner``. ``refused`` is the keyed digest of the refresh token that
    the platform refused: while it is the stored one, a person has to consent anew.
    """

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="renewal")
    owner = models.CharField(max_length=40, blank=True, default="")
    until = models.DateTimeField(null=True, blank=True)
    renewed_at = models.DateTimeField(null=True, blank=True)
    refused = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.channel} {self.renewed_at or ''}"


class WebhookEvent(models.Model):
    """One thing that a platform told by itself, without anything that names a person.

    ``digest`` is unique, so that a repeated call adds nothing; ``done_at`` says when it was worked on.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="webhook_events")
    kind = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    data = models.JSONField(default=dict, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["received_at"], condition=models.Q(done_at=None), name="webhook_event_open"),
            models.Index(fields=["channel", "kind", "at"], name="webhook_event_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.kind}"
