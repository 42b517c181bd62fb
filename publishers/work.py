"""One claimed operation in a sender's memory: everything it needs to be started and judged."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.conf import settings

from publishers import registry
from publishers.credentials import CannotUnseal
from publishers.errors import Permanent, SendError
from publishers.message import Message, Receipt
from publishers.models import Channel, Operation, OperationKind
from publishers.platform import Job, Limit, Platform, Step
from publishers.target import Target


@dataclasses.dataclass
class Work:
    """``start_at`` is a Unix time; ``number`` counts the attempts, the current one included."""

    operation_id: int
    delivery_id: int
    job: Job
    platform: Platform
    steps: Sequence[Step]
    limits: Sequence[Limit]
    start_at: float
    planned: dt.datetime
    grace: dt.timedelta
    quiet: tuple[dt.time, dt.time] | None
    stop_keys: frozenset[str]
    delivery_state: str
    number: int
    running: bool = False

    @property
    def step(self) -> Step:
        """The first step that is not done."""
        return next(step for step in self.steps if step.name not in self.job.progress)

    @property
    def due(self) -> dt.datetime:
        """When the current step is due: its delivery's time, or when its platform allows it after that."""
        return self.platform.due(self.step, self.job.target.options, self.planned)

    @property
    def is_last_step(self) -> bool:
        return self.step is self.steps[-1]

    def after(self, receipt: Receipt) -> "Work":
        """The same work with the current step done."""
        progress = {**self.job.progress, self.step.name: receipt.data}
        return dataclasses.replace(self, job=dataclasses.replace(self.job, progress=progress))

    def undo(self, names: Sequence[str]) -> None:
        """Forget that the steps called ``names`` are done: nothing came of them."""
        progress = {name: data for name, data in self.job.progress.items() if name not in names}
        self.job = dataclasses.replace(self.job, progress=progress)


@dataclasses.dataclass(frozen=True)
class Result:
    """How one attempt ended: a receipt, or an error of one of the four classes."""

    work: Work
    ended: dt.datetime
    receipt: Receipt | None = None
    error: SendError | None = None


def target_of(channel: Channel) -> Target:
    """The channel for its platform file.

    :raises Permanent: when its credentials cannot be opened here.
    """
    try:
        secrets = channel.secrets
    except CannotUnseal as error:
        raise Permanent("credentials", str(error)) from error
    return Target(
        channel_id=channel.pk,
        platform=channel.platform,
        name=channel.name,
        options=channel.options,
        rehearsal=channel.rehearsal,
        secrets=secrets,
    )


def job_of(operation: Operation, target: Target) -> Job:
    """What the platform needs to carry out ``operation``."""
    delivery = operation.delivery
    content = operation.payload if operation.kind == OperationKind.EDIT else delivery.message
    return Job(
        kind=operation.kind,
        reference=delivery.reference,
        target=target,
        message=Message.from_json(content),
        progress=operation.progress,
        external_id=delivery.external_id,
        first_tried=getattr(operation, "first_tried", None),
    )


def work_of(operation: Operation, target: Target) -> Work:
    """Make ``operation`` (with its delivery and channel loaded) ready for a sender."""
    delivery, channel = operation.delivery, operation.delivery.channel
    platform = registry.get(channel.platform)
    job = job_of(operation, target)
    minutes = settings.LOA_GRACE_MINUTES if channel.grace_minutes is None else channel.grace_minutes
    quiet = (channel.quiet_from, channel.quiet_to) if channel.quiet_from and channel.quiet_to else None
    return Work(
        operation_id=operation.pk,
        delivery_id=delivery.pk,
        job=job,
        platform=platform,
        steps=platform.steps(job),
        limits=platform.limits(target, job.message),
        start_at=operation.next_try.timestamp(),
        planned=delivery.due,
        grace=dt.timedelta(minutes=minutes),
        quiet=quiet,
        stop_keys=frozenset({"all", channel.stop_key, *delivery.stop_keys}),
        delivery_state=delivery.state,
        number=operation.tries,
    )
