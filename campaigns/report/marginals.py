"""The cells summed up along each dimension in one pass: what all tables of the report are made from."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from campaigns.report.cells import Cell

Key = int | str | None
# (key of the row, "indicator:basis") → sum
Sums = dict[tuple[Any, str], int]


@dataclasses.dataclass
class SourceSum:
    """What one kind of source adds to one indicator and basis."""

    value: int
    rows: int
    changed: dt.datetime
    approximate: bool


@dataclasses.dataclass
class Marginals:
    """Sums by row key and column, for each dimension; the sources of each figure."""

    place: Sums = dataclasses.field(default_factory=dict)
    language: Sums = dataclasses.field(default_factory=dict)
    group: Sums = dataclasses.field(default_factory=dict)
    agency: Sums = dataclasses.field(default_factory=dict)
    campaign: Sums = dataclasses.field(default_factory=dict)
    form: Sums = dataclasses.field(default_factory=dict)
    heads: Sums = dataclasses.field(default_factory=dict)
    sources: dict[tuple[str, str, str], SourceSum] = dataclasses.field(default_factory=dict)
    rows_by_place: dict[int | None, int] = dataclasses.field(default_factory=dict)
    approximate_rows: int = 0

    @property
    def columns(self) -> set[tuple[str, str]]:
        """Indicators with their bases that have any figure."""
        return {(indicator, basis) for indicator, basis, _kind in self.sources}

    @property
    def rows(self) -> int:
        return sum(self.rows_by_place.values())


def marginals_of(cells: Iterable[Cell]) -> Marginals:
    """One pass, and written flat: on a full year this loop is most of the report's own time."""
    found = Marginals()
    place_sums, languages, groups, agencies = found.place, found.language, found.group, found.agency
    campaigns, forms, head_sums, sources = found.campaign, found.form, found.heads, found.sources
    rows_by_place, approximate_rows = found.rows_by_place, 0
    names: dict[tuple[str, str], str] = {}
    for code, basis, kind, place, language, group, agency, campaign, form, heads, rough, value, rows, changed in cells:
        name = names.get((code, basis))
        if name is None:
            name = names[code, basis] = f"{code}:{basis}"
        for sums, key in (
            (place_sums, place),
            (languages, language),
            (groups, group),
            (agencies, agency),
            (campaigns, campaign),
            (forms, form),
            (head_sums, heads),
        ):
            cell = (key, name)
            sums[cell] = sums.get(cell, 0) + value
        rows_by_place[place] = rows_by_place.get(place, 0) + rows
        source = sources.get((code, basis, kind))
        if source is None:
            sources[code, basis, kind] = SourceSum(value, rows, changed, rough)
        else:
            source.value += value
            source.rows += rows
            if changed > source.changed:
                source.changed = changed
            source.approximate = source.approximate or rough
        if rough:
            approximate_rows += rows
    found.approximate_rows = approximate_rows
    return found


def regrouped(sums: Sums, keys_of: Callable[[Any], Iterable[Key]]) -> dict[Key, dict[str, int]]:
    """Row key → column → sum. A key may count in several rows (content heads)."""
    rows: dict[Key, dict[str, int]] = {}
    for (key, name), value in sums.items():
        for row_key in keys_of(key):
            row = rows.setdefault(row_key, {})
            row[name] = row.get(name, 0) + value
    return rows
