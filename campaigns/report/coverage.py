"""The headline: how many of the communes were reached, and which were not."""

import datetime as dt
from typing import Any

from campaigns.ledger.entries import DECLARED_TOTAL, LOCATED
from campaigns.models import Place
from campaigns.models.ledger import Basis
from campaigns.report.cells import Cell
from campaigns.report.numbers import percent_value
from campaigns.report.places import PlaceBook


def coverage_of(cells: list[Cell], book: PlaceBook, communes: list[Place], on: dt.date) -> dict[str, Any]:
    """Which of ``communes`` have at least one play or activity located in them.

    Posts never count. What an agency declared as a total is shown apart; a play or activity that
    only the person on the spot vouches for counts, and is named as such.
    """
    units = frozenset(place.pk for place in communes)
    seen: dict[int, list[Cell]] = {}
    declared: set[int] = set()
    wanted = (*LOCATED, DECLARED_TOTAL)
    for cell in cells:
        if cell.source_kind not in wanted or cell.value <= 0:
            continue
        where = book.locate(cell.place_id, units)
        if where is None:
            continue
        if cell.source_kind in LOCATED:
            seen.setdefault(where, []).append(cell)
        elif cell.source_kind == DECLARED_TOTAL:
            declared.add(where)
    reached = [_reached(place, seen[place.pk]) for place in communes if place.pk in seen]
    return {
        "on": on.isoformat(),
        "communes": len(communes),
        "reached": len(reached),
        "percent": percent_value(len(reached), len(communes)) if reached else None,
        "by_operator_only": sum(one["only_declared"] for one in reached),
        "reached_places": reached,
        "declared_only": [_named(place) for place in communes if place.pk in declared - seen.keys()],
        "not_reached": [_named(place) for place in communes if place.pk not in seen],
    }


def _named(place: Place) -> dict[str, Any]:
    return {"id": place.pk, "code": place.code, "name": place.name}


def _reached(place: Place, cells: list[Cell]) -> dict[str, Any]:
    return {
        **_named(place),
        "plays": _sum(cells, "loud_plays"),
        "sessions": _sum(cells, "session"),
        "only_declared": all(cell.basis in (Basis.DECLARED, Basis.ESTIMATED) for cell in cells),
    }


def _sum(cells: list[Cell], indicator: str) -> int | None:
    values = [cell.value for cell in cells if cell.indicator == indicator]
    return sum(values) if values else None
