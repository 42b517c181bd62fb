"""The cells of the coverage matrix: what one content has in one language, in as many queries for 3 as for 3,000.

A cell is, in this order:

* *approved*: its newest approval is usable (``campaigns.versions``, point 2 of the rule);
* *waiting*: somebody has to read or approve it;
* *stale*: it was approved once, but that approval rests on an older approval of the source or has expired;
* *draft*: begun, or sent back to its writer;
* *missing*: nobody began it.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision, WorkflowState

from campaigns.models import Approval, Assignment, Language, TargetGroup
from campaigns.versions import SOURCE, is_usable


class State(TextChoices):
    MISSING = "missing", _("missing")
    DRAFT = "draft", _("draft")
    WAITING = "waiting", _("waiting")
    STALE = "stale", _("out of date")
    APPROVED = "approved", _("approved")


class Waits(TextChoices):
    """For whose word a waiting version waits."""

    REVIEWER = "reviewer", _("waits for a native reader")
    APPROVER = "approver", _("waits for an approver")


# By the kind of the workflow's step. Between two steps there is none.
WAITS = {"nativereviewtask": Waits.REVIEWER, "foureyestask": Waits.APPROVER}


@dataclasses.dataclass(slots=True)
class Cell:
    """What one content has in one language.

    ``version`` is its page, ``working`` whether a newer draft of an approved or stale version exists,
    ``returned`` whether it was sent back, ``own_text`` whether the asked group has a text of its own (None:
    no group was asked for), ``needs_recording`` whether a language that is only spoken still lacks it.
    """

    language: Language
    state: State = State.MISSING
    version: int | None = None
    waits: Waits | None = None
    working: bool = False
    returned: bool = False
    expired: bool = False
    approval: int | None = None
    own_text: bool | None = None
    needs_recording: bool = False
    owed: list[Assignment] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class _Version:
    pk: int
    key: uuid.UUID
    code: str
    unpublished: bool
    revision: int | None


Cells = dict[tuple[uuid.UUID, str], Cell]


def cells_of(keys: Collection[uuid.UUID], languages: Sequence[Language], group: TargetGroup | None = None) -> Cells:
    """The cell of each content (by translation key) in each language (by locale code)."""
    versions = _versions(keys)
    newest = _newest_approvals(keys)
    flows = _flows()
    now = timezone.now()
    cells: Cells = {(key, language.code): Cell(language) for key in keys for language in languages}
    for version in versions:
        cell = cells.get((version.key, version.code))
        if cell is not None:
            source = newest.get((version.key, SOURCE))
            _fill(cell, version, newest.get((version.key, version.code)), source, flows.get(version.pk), now)
    _add_recordings(cells, versions)
    if group is not None:
        _add_own_texts(cells, versions, group)
    return cells


@dataclasses.dataclass(slots=True)
class _Approved:
    pk: int
    rests_on: int | None
    expires_at: dt.datetime | None
    revision: int | None


def _fill(
    cell: Cell,
    version: _Version,
    approved: _Approved | None,
    source: _Approved | None,
    flow: tuple[str, Waits | None] | None,
    now: dt.datetime,
) -> None:
    cell.version = version.pk
    waiting = flow is not None and flow[0] == WorkflowState.STATUS_IN_PROGRESS
    cell.returned = flow is not None and not waiting
    cell.waits = flow[1] if flow and waiting else None
    if approved is not None:
        cell.approval = approved.pk
        cell.expired = approved.expires_at is not None and approved.expires_at <= now
        cell.working = waiting or cell.returned or (version.unpublished and version.revision != approved.revision)
        if is_usable(approved.expires_at, approved.rests_on, source.pk if source else None, now):
            cell.state = State.APPROVED
            return
    if waiting:
        cell.state = State.WAITING
    else:
        cell.state = State.DRAFT if approved is None else State.STALE


def _versions(keys: Collection[uuid.UUID]) -> list[_Version]:
    rows = Page.objects.filter(translation_key__in=keys, alias_of=None).order_by()
    fields = ("pk", "translation_key", "locale__language_code", "has_unpublished_changes", "latest_revision_id")
    return [_Version(*row) for row in rows.values_list(*fields)]


def _newest_approvals(keys: Collection[uuid.UUID]) -> dict[tuple[uuid.UUID, str], _Approved]:
    """By translation key and locale code: the newest approval that was not withdrawn."""
    rows = Approval.objects.filter(page__translation_key__in=keys, withdrawn_at=None).order_by("pk")
    fields = ("page__translation_key", "language__code", "pk", "source_approval_id", "expires_at", "revision_id")
    return {(key, code): _Approved(*rest) for key, code, *rest in rows.values_list(*fields)}


def _flows() -> dict[int, tuple[str, Waits | None]]:
    """Every page in a workflow: its status, and for whom it waits. What is under way is few, so all are read."""
    pages = ContentType.objects.get_for_model(Page)
    rows = WorkflowState.objects.active().filter(base_content_type=pages)
    fields = ("object_id", "status", "current_task_state__task__content_type__model")
    return {int(pk): (status, WAITS.get(task)) for pk, status, task in rows.values_list(*fields)}


def _add_recordings(cells: Cells, versions: Sequence[_Version]) -> None:
    """In a language that is only spoken the recording is the text: say where the newest draft has none."""
    spoken = {
        version.revision: cell
        for version in versions
        if (cell := cells.get((version.key, version.code))) and cell.language.spoken_only
    }
    recorded = Revision.objects.filter(pk__in=[pk for pk in spoken if pk]).values_list("pk", "content__recording")
    there = {pk for pk, recording in recorded if recording}
    for pk, cell in spoken.items():
        cell.needs_recording = pk not in there
    for cell in cells.values():
        if cell.version is None and cell.language.spoken_only:
            cell.needs_recording = True


def _add_own_texts(cells: Cells, versions: Sequence[_Version], group: TargetGroup) -> None:
    """Whether each version speaks to ``group`` in its own words: what is approved counts, else the newest draft."""
    approved = [cell.approval for cell in cells.values() if cell.approval]
    having = set(
        Approval.objects.filter(pk__in=approved, snapshot__group_texts__has_key=group.key).values_list("pk", flat=True)
    )
    drafts = [version.revision for version in versions if version.revision]
    written = {
        pk
        for pk, texts in Revision.objects.filter(pk__in=drafts).values_list("pk", "content__group_texts")
        if any(text.get("group") == group.pk for text in texts or [])
    }
    by_place = {(version.key, version.code): version for version in versions}
    for place, cell in cells.items():
        version = by_place.get(place)
        if cell.approval:
            cell.own_text = cell.approval in having
        elif version is not None:
            cell.own_text = version.revision in written
        else:
            cell.own_text = False


def add_owed(cells: Cells, key_of: dict[int, uuid.UUID], assignments: Collection[Any]) -> None:
    """Put the open assignments into their cells. ``key_of``: translation key by the content's page id."""
    for assignment in assignments:
        cell = cells.get((key_of[assignment.content_id], assignment.language.code))
        if cell is not None:
            cell.owed.append(assignment)
