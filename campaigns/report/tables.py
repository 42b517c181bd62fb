"""The tables by place, language, group, form, content head, agency and campaign."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from campaigns.ledger.metrics import scale_of
from campaigns.models import Agency, Campaign, ContentHead, Indicator, Language, Place, TargetGroup
from campaigns.models.ledger import Basis
from campaigns.report.cells import Cell
from campaigns.report.numbers import percent
from campaigns.report.places import PlaceBook
from campaigns.report.wording import say, wording

BASES = tuple(str(basis) for basis in Basis)
Key = int | str | None


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """The names that tables carry, one query each."""

    indicators: list[Indicator]
    languages: list[Language]
    groups: list[TargetGroup]
    heads: list[ContentHead]
    agencies: list[Agency]
    campaigns: dict[int, str]

    @classmethod
    def load(cls) -> "Vocabulary":
        return cls(
            list(Indicator.objects.all()),
            list(Language.objects.all()),
            list(TargetGroup.objects.all()),
            list(ContentHead.objects.all()),
            list(Agency.objects.order_by("pk")),
            dict(Campaign.objects.order_by("period_from", "pk").values_list("pk", "name")),
        )


def columns_of(cells: Iterable[Cell], indicators: list[Indicator]) -> list[dict[str, Any]]:
    """One column per indicator and basis that has any figure: bases are never added together."""
    present = {cell.column for cell in cells}
    return [
        {
            "id": f"{indicator.code}:{basis}",
            "indicator": indicator.code,
            "basis": basis,
            "title": indicator.name,
            "basis_title": say(f"bases.{basis}"),
            "unit": indicator.unit,
            "scale": scale_of(indicator.code),
        }
        for indicator in indicators
        for basis in BASES
        if (indicator.code, basis) in present
    ]


def sums_by(cells: Iterable[Cell], keys_of: Callable[[Cell], Iterable[Key]]) -> dict[Key, dict[str, int]]:
    """Row key → column id → sum. A cell may count in several rows (content heads)."""
    sums: dict[tuple[Key, str, str], int] = {}
    for cell in cells:
        for key in keys_of(cell):
            place = (key, cell.indicator, cell.basis)
            sums[place] = sums.get(place, 0) + cell.value
    rows: dict[Key, dict[str, int]] = {}
    for (key, indicator, basis), value in sums.items():
        rows.setdefault(key, {})[f"{indicator}:{basis}"] = value
    return rows


def table(
    key: str,
    cells: list[Cell],
    vocabulary: Vocabulary,
    *,
    rows: list[tuple[Key, str]],
    keys_of: Callable[[Cell], Iterable[Key]],
    unknown: str,
    additive: bool = True,
    note: str = "",
    title: str = "",
) -> dict[str, Any]:
    """A table whose rows and the row of what fits none of them add up to the total.

    :param rows: key and label of each row, in order.
    :param unknown: label of the row for what belongs to none, shown only where there is any.
    """
    columns = columns_of(cells, vocabulary.indicators)
    sums = sums_by(cells, keys_of)
    known = {row_key for row_key, _label in rows}
    shown = [_row(row_key, label, sums.get(row_key, {}), columns) for row_key, label in rows]
    rest = _sum_of_rows(values for row_key, values in sums.items() if row_key not in known)
    if rest:
        shown.append({**_row(None, unknown, rest, columns), "unmapped": True})
    total = _sum_of_rows(sums.values()) if additive else {}
    return {
        "key": key,
        "title": title or say(f"tables.{key}"),
        "dimension": say(f"columns.{key}"),
        "columns": columns,
        "rows": shown,
        "total": _row("total", say("columns.total"), total, columns) if additive and columns else None,
        "note": note,
    }


def _sum_of_rows(rows: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for row in rows:
        for column, value in row.items():
            total[column] = total.get(column, 0) + value
    return total


def _row(key: Key, label: str, values: dict[str, int], columns: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "cells": {column["id"]: values.get(column["id"]) for column in columns},
    }


def place_table(
    cells: list[Cell], vocabulary: Vocabulary, book: PlaceBook, level: str, units: list[Place]
) -> dict[str, Any]:
    """By place: figures of older or newer units are brought to the level's own where a change is known."""
    ids = frozenset(place.pk for place in units)
    located = {cell.place_id: book.locate(cell.place_id, ids) for cell in cells}
    used = set(located.values())
    level_name = say(f"levels.{level}")
    lost = sum(cell.rows for cell in cells if located[cell.place_id] is None)
    everything = sum(cell.rows for cell in cells)
    note = say("table_notes.place_all_mapped", level=level_name)
    if lost:
        note = say("table_notes.place_unmapped", level=level_name, share=percent(lost, everything))
    label = say("rows.outside_pilot") if level == "pilot" else say("rows.unmapped", level=level_name)
    found = table(
        "place",
        cells,
        vocabulary,
        rows=[(place.pk, place.name) for place in units if place.pk in used],
        keys_of=lambda cell: [located[cell.place_id]],
        unknown=label,
        note=note if cells else "",
        title=say("tables.place", level=level_name),
    )
    found["level"] = level
    found["unmapped_rows"] = lost
    return found


def dimension_tables(cells: list[Cell], vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """All tables but the one by place. Rows without a figure are shown: the gap is the finding."""
    unknown = say("unknown").capitalize()
    forms = wording()["forms"]
    agencies = {cell.agency_id for cell in cells}
    campaigns = {cell.campaign_id for cell in cells}

    def make(
        key: str, rows: list[tuple[Key, str]], keys_of: Callable[[Cell], Iterable[Key]], **more: Any
    ) -> dict[str, Any]:
        return table(
            key, cells, vocabulary, rows=rows, keys_of=keys_of, unknown=more.pop("unknown", unknown), **more
        )

    return [
        make("group", [(one.pk, one.name) for one in vocabulary.groups], lambda cell: [cell.group_id]),
        make(
            "language",
            [(one.pk, one.name_vi) for one in vocabulary.languages],
            lambda cell: [cell.language_id],
        ),
        make("form", list(forms.items()), lambda cell: [cell.form], unknown=say("rows.no_form")),
        make(
            "head",
            [(one.number, str(one)) for one in vocabulary.heads],
            lambda cell: cell.heads or [None],
            unknown=say("rows.no_head"),
            additive=False,
            note=say("table_notes.head"),
        ),
        make(
            "agency",
            [(one.pk, one.name) for one in vocabulary.agencies if one.pk in agencies],
            lambda cell: [cell.agency_id],
        ),
        make(
            "campaign",
            [(pk, name) for pk, name in vocabulary.campaigns.items() if pk in campaigns],
            lambda cell: [cell.campaign_id],
        ),
    ]
