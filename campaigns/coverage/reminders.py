"""The daily reminder: one letter a day to whoever owes something soon, or answers for somebody who does."""

import dataclasses
import datetime as dt
from collections import defaultdict
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from wagtail.models import TaskState

from campaigns.coverage import letters
from campaigns.coverage.assignments import settle
from campaigns.models import Assignment, Reminder

ASSIGN = "campaigns.add_assignment"
# Reminded this many days before the last day, that day, and every day after it.
DAYS_AHEAD = 2
# A text that waits this long for a reader's or approver's word is named as well.
DAYS_OF_WAITING = 2


@dataclasses.dataclass
class Digest:
    """What one letter says."""

    mine: list[Assignment] = dataclasses.field(default_factory=list)
    waiting: list[TaskState] = dataclasses.field(default_factory=list)
    # What others owe that this person has to see to: overdue, or its owner cannot be reminded.
    others: list[Assignment] = dataclasses.field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.mine or self.waiting or self.others)


@dataclasses.dataclass(frozen=True)
class Reminded:
    """How many letters left, failed, or had been written today already."""

    sent: int = 0
    failed: int = 0
    already: int = 0


def unreachable(person: Any) -> bool:
    """Whether no letter reaches the owner of something: nobody, gone, or without an address."""
    return person is None or not person.is_active or not person.email


def remind(today: dt.date | None = None) -> Reminded:
    """Send each person the reminder of ``today``, at most one a day however often this runs.

    What is done meanwhile is closed first. A letter that fails is not tried again before the next day: whether
    it left cannot be known, and the staff's home names it.
    """
    day = today or timezone.localdate()
    settle()
    counted = {"sent": 0, "failed": 0, "already": 0}
    for person, digest in digests(day).items():
        if digest and person.is_active and person.email:
            counted[_remind(person, digest, day)] += 1
    return Reminded(**counted)


def _remind(person: Any, digest: Digest, day: dt.date) -> str:
    try:
        # Its own transaction: the claim stands before the letter leaves.
        with transaction.atomic():
            claim = Reminder.objects.create(user=person, day=day)
    except IntegrityError:
        return "already"
    try:
        letters.send(person, "reminder", {"digest": digest, "today": day})
    except letters.NOT_SENT as error:
        letters.logger.exception("The reminder to user %s could not be sent", person.pk)
        Reminder.objects.filter(pk=claim.pk).update(error=type(error).__name__)
        return "failed"
    Reminder.objects.filter(pk=claim.pk).update(sent_at=timezone.now())
    return "sent"


def digests(day: dt.date) -> dict[Any, Digest]:
    """What each person is to be reminded of on ``day``."""
    found: dict[Any, Digest] = defaultdict(Digest)
    due = Assignment.objects.due_until(day + dt.timedelta(days=DAYS_AHEAD))
    leads: list[Any] | None = None
    for one in due.select_related("content", "language", "owner", "assigned_by"):
        if one.owner is not None:
            found[one.owner].mine.append(one)
        if one.overdue_on(day) or unreachable(one.owner):
            giver = one.assigned_by
            if giver is None or giver == one.owner or unreachable(giver):
                leads = lead_people() if leads is None else leads
            for lead in [giver] if giver and giver != one.owner and not unreachable(giver) else leads or []:
                if lead != one.owner:
                    found[lead].others.append(one)
    for person, states in _waiting(day).items():
        found[person].waiting += states
    return dict(found)


def lead_people() -> list[Any]:
    """Those who may assign work, superusers left out."""
    users = get_user_model()._default_manager.with_perm(
        ASSIGN, backend=f"{ModelBackend.__module__}.{ModelBackend.__qualname__}", include_superusers=False
    )
    return list(users.filter(is_active=True))


def _waiting(day: dt.date) -> dict[Any, list[TaskState]]:
    """By person: the texts that have waited for their word for some days, whoever of their group gives it."""
    before = timezone.now() - dt.timedelta(days=DAYS_OF_WAITING)
    old = TaskState.objects.filter(status=TaskState.STATUS_IN_PROGRESS, started_at__lte=before)
    if not old.exists():
        return {}
    with_groups = Q(groups__in=_deciding_groups())
    people = get_user_model().objects.filter(with_groups, is_active=True).exclude(email="").distinct()
    found = {}
    for person in people:
        states = TaskState.objects.reviewable_by(person).filter(started_at__lte=before)
        mine = list(states.select_related("task").prefetch_related("revision__content_object").order_by("started_at"))
        if mine:
            found[person] = mine
    return found


def _deciding_groups() -> Any:
    from django.contrib.auth.models import Group

    from campaigns.models import FourEyesTask, Language

    reviewers = Language.objects.exclude(reviewers=None).values("reviewers")
    approvers = FourEyesTask.objects.filter(active=True).values("groups")
    return Group.objects.filter(Q(pk__in=reviewers) | Q(pk__in=approvers))
