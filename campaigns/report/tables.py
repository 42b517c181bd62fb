"""The tables by place, language, group, form, content head, agency and campaign."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from campaigns.ledger.metrics import scale_of
from campaigns.models import Agency, Campaign, ContentHead, Indicator, Language, Place, TargetGroup
from campaigns.models.ledger import Basis
from campaigns.report.marginals import Key, Marginals, Sums, regrouped
from campaigns.report.numbers import percent
from campaigns.report.places import PlaceBook
from campaigns.report.wording import say, wording

BASES = tuple(str(basis) for basis in Basis)


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


def columns_of(present: set[tuple[str, str]], indicators: list[Indicator]) -> list[dict[str, Any]]:
    """One column per indicator and basis that has any figure: bases are never added together."""
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


def table(
    key: str,
    by_key: Sums,
    columns: list[dict[str, Any]],
    *,
    rows: list[tuple[Key, str]],
    keys_of: Callable[[Any], Iterable[Key]],
    unknown: str,
    additive: bool = True,
    note: str = "",
    title: str = "",
) -> dict[str, Any]:
    """A table whose rows and the row of what fits none of them add up to the total.

    :param by_key: the dimension's sums.
    :param rows: key and label of each row, in order.
    :param keys_of: in which rows a key of ``by_key`` counts.
    :param unknown: label of the row for what belongs to none, shown only where there is any.
    """
    sums = regrouped(by_key, keys_of)
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
    found: Marginals, vocabulary: Vocabulary, book: PlaceBook, level: str, units: list[Place]
) -> dict[str, Any]:
    """By place: figures of older or newer units are brought to the level's own where a change is known."""
    ids = frozenset(place.pk for place in units)
    located = {place_id: book.locate(place_id, ids) for place_id in found.rows_by_place}
    used = set(located.values())
    level_name = say(f"levels.{level}")
    lost = sum(rows for place_id, rows in found.rows_by_place.items() if located[place_id] is None)
    note = say("table_notes.place_all_mapped", level=level_name)
    if lost:
        note = say("table_notes.place_unmapped", level=level_name, share=percent(lost, found.rows))
    label = say("rows.outside_pilot") if level == "pilot" else say("rows.unmapped", level=level_name)
    made = table(
        "place",
        found.place,
        columns_of(found.columns, vocabulary.indicators),
        rows=[(place.pk, place.name) for place in units if place.pk in used],
        keys_of=lambda place_id: [located[place_id]],
        unknown=label,
        note=note if found.rows else "",
        title=say("tables.place", level=level_name),
    )
    made["level"] = level
    made["unmapped_rows"] = lost
    return made


def dimension_tables(found: Marginals, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """All tables but the one by place. Rows without a figure are shown: the gap is the finding."""
    unknown = say("unknown").capitalize()
    columns = columns_of(found.columns, vocabulary.indicators)
    agencies = {key for key, _column in found.agency}
    campaigns = {key for key, _column in found.campaign}

    def make(key: str, sums: Sums, rows: list[tuple[Key, str]], **more: Any) -> dict[str, Any]:
        settings: dict[str, Any] = {"unknown": unknown, "keys_of": lambda own: [own], **more}
        return table(key, sums, columns, rows=rows, **settings)

    return [
        make("group", found.group, [(one.pk, one.name) for one in vocabulary.groups]),
        make("language", found.language, [(one.pk, one.name_vi) for one in vocabulary.languages]),
        make("form", found.form, list(wording()["forms"].items()), unknown=say("rows.no_form")),
        make(
            "head",
            found.heads,
            [(one.number, str(one)) for one in vocabulary.heads],
            keys_of=lambda heads: heads or [None],
            unknown=say("rows.no_head"),
            additive=False,
            note=say("table_notes.head"),
        ),
        make("agency", found.agency, [(one.pk, one.name) for one in vocabulary.agencies if one.pk in agencies]),
        make("campaign", found.campaign, [(pk, name) for pk, name in vocabulary.campaigns.items() if pk in campaigns]),
    ]
