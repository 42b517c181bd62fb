"""The coverage matrix of a campaign: its materials and events against the languages, with filters and totals."""

import dataclasses
import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone

from campaigns.coverage.cells import Cell, State, add_owed, cells_of
from campaigns.models import (
    Assignment,
    Audience,
    Campaign,
    EventPage,
    Language,
    MaterialPage,
    TargetGroup,
)
from campaigns.versions import SOURCE, PlannedItem, plan_contents
from publishers.models import Channel


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """A material or an event, by its Vietnamese version."""

    pk: int
    key: uuid.UUID
    title: str
    starts_at: dt.datetime | None = None

    @property
    def is_event(self) -> bool:
        return self.starts_at is not None


@dataclasses.dataclass(slots=True)
class Row:
    content: Content
    cells: list[Cell]
    planned: PlannedItem | None = None


@dataclasses.dataclass(slots=True)
class Column:
    """A language with how many of the rows are approved in it, and have a text of the asked group's own."""

    language: Language
    place: int = 0
    approved: int = 0
    own_texts: int = 0


@dataclasses.dataclass(slots=True)
class Matrix:
    columns: list[Column]
    rows: list[Row]
    total: int
    counts: list[tuple[State, int]]
    overdue: int = 0


@dataclasses.dataclass(frozen=True)
class Filters:
    group: TargetGroup | None = None
    channel: Channel | None = None
    state: State | None = None
    owner: int | None = None


def matrix_of(campaign: Campaign, filters: Filters | None = None) -> Matrix:
    """The matrix, in a number of queries that does not depend on its size.

    With a channel only the languages that it takes are columns, in its order; with a state or an owner only
    the rows that hold such a cell are kept. Totals count all rows of the campaign.
    """
    asked = filters or Filters()
    contents = contents_of(campaign)
    columns = columns_for(asked.channel)
    keys = {content.pk: content.key for content in contents}
    cells = cells_of(list(keys.values()), [column.language for column in columns], asked.group)
    add_owed(cells, keys, open_assignments(list(keys)))
    planned = plan_contents(list(keys.values()), asked.channel) if asked.channel else {}
    rows = [
        Row(
            content,
            [cells[content.key, column.language.code] for column in columns],
            planned.get(content.key),
        )
        for content in contents
    ]
    return _counted(columns, rows, asked)


def contents_of(campaign: Campaign) -> list[Content]:
    """The Vietnamese materials and events of ``campaign``, drafts included: materials first, events by their day.

    A draft keeps its campaign in its newest revision until it is approved.
    """
    settled = Q(live=True) | Q(has_unpublished_changes=False) | Q(latest_revision=None)
    drafted = Q(live=False, has_unpublished_changes=True, latest_revision__content__campaign=campaign.pk)
    here = (settled & Q(campaign=campaign) | drafted) & Q(locale__language_code=SOURCE, alias_of=None)
    materials = MaterialPage.objects.filter(here).order_by("pk").values_list("pk", "translation_key", "draft_title")
    events = EventPage.objects.filter(here).order_by("starts_at", "pk")
    found = [Content(*row) for row in materials]
    return found + [Content(*row) for row in events.values_list("pk", "translation_key", "draft_title", "starts_at")]


def columns_for(channel: Channel | None) -> list[Column]:
    """All languages in the campaign's order; of a channel, those that it takes, in its order."""
    if channel is None:
        return [Column(language) for language in Language.objects.all()]
    audience = Audience.objects.filter(channel=channel).prefetch_related("ordered_languages__language").first()
    taken = audience.ordered_languages.all() if audience else []
    return [Column(entry.language, place) for place, entry in enumerate(taken, 1)]


def open_assignments(contents: Sequence[int]) -> list[Assignment]:
    rows = Assignment.objects.still_open().filter(content__in=contents)
    return list(rows.select_related("owner", "language"))


def _counted(columns: list[Column], rows: list[Row], asked: Filters) -> Matrix:
    states: Counter[Any] = Counter()
    overdue = 0
    today = timezone.localdate()
    for row in rows:
        for column, cell in zip(columns, row.cells, strict=True):
            states[cell.state] += 1
            column.approved += cell.state is State.APPROVED
            column.own_texts += bool(cell.own_text)
            overdue += sum(one.overdue_on(today) for one in cell.owed)
    kept = [row for row in rows if _wanted(row, asked)]
    return Matrix(columns, kept, len(rows), [(state, states[state]) for state in State], overdue)


def _wanted(row: Row, asked: Filters) -> bool:
    if asked.state is not None and not any(cell.state is asked.state for cell in row.cells):
        return False
    return asked.owner is None or any(one.owner_id == asked.owner for cell in row.cells for one in cell.owed)
