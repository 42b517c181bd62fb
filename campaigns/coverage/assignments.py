"""Assigning and settling what people owe of a campaign's contents."""

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page

from campaigns.coverage import letters
from campaigns.coverage.cells import Cell, State, cells_of
from campaigns.coverage.people import who_can
from campaigns.models import Assignment, Language, Step
from campaigns.versions import SOURCE
from campaigns.workflow import writers_since_approval

# A text that came back is due again after this many days, when its first day has passed.
DAYS_TO_MEND = 3


@dataclasses.dataclass(frozen=True)
class Task:
    """What is to be done: ``step`` in ``language`` until ``due``, with a word to whoever does it."""

    language: Language
    step: str
    due: dt.date
    note: str = ""


@transaction.atomic
def assign(*, contents: Sequence[Page], task: Task, owner: Any, by: Any) -> list[Assignment]:
    """Say that ``owner`` owes ``task`` of each of ``contents`` (Vietnamese versions); all of them or none.

    What somebody owed already is handed to ``owner`` with the new day. One letter tells of all of it.

    :raises ValidationError: when ``owner`` may not do the step, would confirm their own text, or nothing is owed.
    """
    cells = cells_of([content.translation_key for content in contents], [task.language])
    refused = [
        f"“{content.title}”: {why}"
        for content in contents
        if (why := refusal(cells[content.translation_key, task.language.code], content, task, owner))
    ]
    if refused:
        raise ValidationError(refused)
    made = [put(content, task, owner, by) for content in contents]
    letters.tell_assigned(made, owner=owner, by=by)
    return made


def refusal(cell: Cell, content: Page, task: Task, owner: Any) -> str:
    """Why ``owner`` cannot be given ``task`` of ``content``; empty when they can."""
    if fulfilled(cell, task.step):
        return _("This step is done; there is nothing left to assign.")
    if task.step == Step.REVIEW and task.language.code == SOURCE:
        return _("Vietnamese needs no native reader.")
    if not who_can(task.step, task.language).filter(pk=owner.pk).exists():
        return _("%(person)s cannot do this step in %(language)s.") % {"person": owner, "language": task.language}
    if _confirms_own(cell, content, task, owner):
        return _("%(person)s writes this text, so a second person has to confirm it.") % {"person": owner}
    return ""


def _confirms_own(cell: Cell, content: Page, task: Task, owner: Any) -> bool:
    """Whether ``owner`` would confirm what they write, or write what they are to confirm."""
    others = Assignment.objects.still_open().filter(content=content, language=task.language, owner=owner)
    if task.step == Step.WRITE:
        return others.exclude(step=Step.WRITE).exists()
    if others.filter(step=Step.WRITE).exists():
        return True
    version = Page.objects.filter(pk=cell.version).first() if cell.version else None
    return version is not None and owner.pk in writers_since_approval(version)


def fulfilled(cell: Cell, step: str) -> bool:
    """Whether a step of a cell is done, as far as its state says."""
    if step == Step.WRITE:
        return cell.state in (State.WAITING, State.APPROVED)
    if step == Step.REVIEW:
        return cell.state is State.APPROVED or cell.waits == "approver"
    return cell.state is State.APPROVED


def put(content: Page, task: Task, owner: Any, by: Any) -> Assignment:
    """Write the assignment down, in place of an open one of the same step."""
    made, _created = Assignment.objects.update_or_create(
        content=content,
        language=task.language,
        step=task.step,
        closed_at=None,
        defaults={
            "owner": owner,
            "due": task.due,
            "note": task.note,
            "assigned_by": by,
            "assigned_at": timezone.now(),
        },
    )
    record(content, "loa.assign", by, task.language, task.step, owner)
    return made


def record(page: Any, action: str, by: Any, language: Language, step: str, owner: Any, before: Any = None) -> None:
    """A line in the page's history. It names people as they were called that day."""
    said = {"language": language.name_vi, "step": step, "to": str(owner or ""), "from": str(before or "")}
    log(instance=page.specific, action=action, user=by, data=said)


def withdraw(*, assignment: Assignment, by: Any) -> None:
    """Nobody has to do it any more."""
    Assignment.objects.filter(pk=assignment.pk, closed_at=None).update(closed_at=timezone.now(), done=False)
    record(assignment.content, "loa.unassign", by, assignment.language, assignment.step, assignment.owner)


def source_page_of(page: Page) -> Page:
    """The Vietnamese version that assignments hang on; the page itself where there is none."""
    source = Page.objects.filter(translation_key=page.translation_key, locale__language_code=SOURCE).first()
    return source or page


def settle(keys: Collection[Any] | None = None) -> int:
    """Close the assignments whose step is done, of some contents (by translation key) or of all.

    Signals call it when a workflow moves; the daily reminder does for whatever they missed.

    :return: how many were closed.
    """
    rows = Assignment.objects.still_open().select_related("content", "language")
    if keys is not None:
        rows = rows.filter(content__translation_key__in=keys)
    waiting = list(rows)
    cells = cells_of({one.content.translation_key for one in waiting}, _languages(waiting))
    done = [one.pk for one in waiting if fulfilled(cells[one.content.translation_key, one.language.code], one.step)]
    return Assignment.objects.filter(pk__in=done, closed_at=None).update(closed_at=timezone.now(), done=True)


def _languages(assignments: Iterable[Assignment]) -> list[Language]:
    return list({one.language_id: one.language for one in assignments}.values())


def owe_again(page: Page) -> None:
    """A text came back to its writer: whoever was assigned to write it owes it again."""
    language = Language.objects.filter(code=page.locale.language_code).first()
    rows = Assignment.objects.filter(content__translation_key=page.translation_key, language=language, step=Step.WRITE)
    last = rows.order_by("-pk").first()
    if last is None or not last.done or rows.still_open().exists():
        return
    last.closed_at, last.done = None, False
    last.due = max(last.due, timezone.localdate() + dt.timedelta(days=DAYS_TO_MEND))
    last.save(update_fields=["closed_at", "done", "due"])
