"""Handing over what one person owes to another: one thing, or all of it, also when the person left."""

import dataclasses
import datetime as dt
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, WorkflowState

from campaigns.coverage import letters
from campaigns.coverage.assignments import Task, put, record, refusal, source_page_of
from campaigns.coverage.cells import Cell, cells_of
from campaigns.coverage.people import who_can
from campaigns.models import Assignment, EventPage, Language, MaterialPage, Step


@dataclasses.dataclass(frozen=True)
class Owed:
    """What one person owes: assignments, texts that they brought into the workflow, drafts that they began."""

    assignments: list[Assignment]
    flows: list[WorkflowState]
    drafts: list[Page]

    def __len__(self) -> int:
        return len(self.assignments) + len(self.flows) + len(self.drafts)


def owed_by(person: Any) -> Owed:
    """What ``person`` owes, whether or not their account is still in use."""
    assignments = list(Assignment.objects.still_open().filter(owner=person).select_related("content", "language"))
    under_way = _flows_of(person)
    named = {(one.content.translation_key, one.language.code) for one in assignments if one.step == Step.WRITE}
    drafts = [
        page
        for page in _unfinished().filter(owner=person).select_related("locale").order_by("pk")
        if (page.translation_key, page.locale.language_code) not in named
    ]
    return Owed(assignments, under_way, [page for page in drafts if not _written_by_another(page, person)])


def _flows_of(person: Any) -> list[WorkflowState]:
    """Materials and events that ``person`` submitted and that wait for a word, or came back."""
    flows = WorkflowState.objects.active().filter(requested_by=person).prefetch_related("content_object__locale")
    found = [flow for flow in flows if isinstance(flow.content_object, Page)]
    contents = Page.objects.type(MaterialPage, EventPage).filter(pk__in=[flow.content_object.pk for flow in found])
    known = set(contents.values_list("pk", flat=True))
    return [flow for flow in found if flow.content_object.pk in known]


def _unfinished() -> QuerySet[Page]:
    """Materials and events that were begun, never approved, and wait for nobody's word."""
    under_way = WorkflowState.objects.active().filter(object_id=Cast(OuterRef("pk"), CharField()))
    drafts = Page.objects.type(MaterialPage, EventPage).filter(live=False, approvals=None, alias_of=None)
    return drafts.filter(~Exists(under_way))


def _written_by_another(draft: Page, person: Any) -> bool:
    """Whether the draft was given to somebody else since: it is theirs to finish."""
    rows = Assignment.objects.still_open().filter(
        content__translation_key=draft.translation_key, language__code=draft.locale.language_code, step=Step.WRITE
    )
    return rows.exclude(owner=person).exclude(owner=None).exists()


def people_who_owe() -> QuerySet[Any]:
    """Everybody with something to hand over; those whose account was switched off come first."""
    owing = (
        Q(pk__in=Assignment.objects.still_open().exclude(owner=None).values("owner"))
        | Q(pk__in=WorkflowState.objects.active().exclude(requested_by=None).values("requested_by"))
        | Q(pk__in=_unfinished().exclude(owner=None).values("owner"))
    )
    return get_user_model().objects.filter(owing).order_by("is_active", "first_name", "last_name")


@dataclasses.dataclass
class HandOver:
    """What was handed over, and what could not be, each with its reason."""

    moved: list[str] = dataclasses.field(default_factory=list)
    left: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def note(self, name: str, why: str) -> bool:
        """Keep the outcome of one thing; True when it may move."""
        if why:
            self.left.append((name, why))
        else:
            self.moved.append(name)
        return not why


@transaction.atomic
def hand_over(*, owed: Owed, to: Any, by: Any, due: dt.date) -> HandOver:
    """Hand what is in ``owed`` to ``to``; what they may not do stays where it is and is named.

    ``due`` is for drafts, which had no day. Whoever wrote stays on record: four eyes still count them.
    """
    done = HandOver()
    for assignment in owed.assignments:
        _move_assignment(assignment, to, by, done)
    for flow in owed.flows:
        _move_flow(flow, to, by, done)
    for draft in owed.drafts:
        _move_draft(draft, to, by, due, done)
    if done.moved:
        letters.tell_handed_over(done.moved, owner=to, by=by)
    return done


def _cell(page: Page, language: Language) -> Cell:
    return cells_of([page.translation_key], [language])[page.translation_key, language.code]


def _move_assignment(one: Assignment, to: Any, by: Any, done: HandOver) -> None:
    task = Task(one.language, one.step, one.due, one.note)
    why = refusal(_cell(one.content, one.language), one.content, task, to)
    if not done.note(str(one), why):
        return
    before, one.owner, one.assigned_by = one.owner, to, by
    one.assigned_at = timezone.now()
    one.save(update_fields=["owner", "assigned_by", "assigned_at"])
    record(one.content, "loa.hand_over", by, one.language, one.step, to, before)


def _move_flow(flow: WorkflowState, to: Any, by: Any, done: HandOver) -> None:
    """Questions and a "no" go to whoever brought the text into the workflow: from now on to ``to``."""
    page = flow.content_object
    language = Language.objects.get(code=page.locale.language_code)
    able = who_can(Step.WRITE, language).filter(pk=to.pk).exists()
    why = "" if able else _("%(person)s cannot write in %(language)s.") % {"person": to, "language": language}
    if not done.note(f"{page.title} · {language}", why):
        return
    before, flow.requested_by = flow.requested_by, to
    flow.save(update_fields=["requested_by"])
    record(page, "loa.hand_over", by, language, Step.WRITE, to, before)


def _move_draft(draft: Page, to: Any, by: Any, due: dt.date, done: HandOver) -> None:
    language = Language.objects.get(code=draft.locale.language_code)
    task = Task(language, Step.WRITE, due)
    content = source_page_of(draft)
    why = refusal(_cell(draft, language), content, task, to)
    if done.note(f"{draft.draft_title} · {language}", why):
        put(content, task, to, by)
