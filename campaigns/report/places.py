"""Places through time: where an old commune's figures belong today, and today's in 2023's districts."""

import datetime as dt
from collections.abc import Iterator

from campaigns.models import Place, PlaceChange
from campaigns.models.places import PlaceLevel

LEVELS = ("commune", "commune-today", "district", "pilot", "province")


class PlaceBook:
    """All places and their known changes, read in two queries."""

    def __init__(self) -> None:
        self.places: dict[int, Place] = {
            place.pk: place for place in Place.objects.order_by("level", "code", "pk")
        }
        self._after: dict[int, list[int]] = {}
        self._before: dict[int, list[int]] = {}
        for old, new in PlaceChange.objects.order_by("pk").values_list("predecessor_id", "successor_id"):
            self._after.setdefault(old, []).append(new)
            self._before.setdefault(new, []).append(old)
        self._found: dict[tuple[int, frozenset[int]], int | None] = {}

    def of_level(self, level: str, on: dt.date) -> list[Place]:
        """The units of ``level`` that exist on that day; where none does, those that existed last."""
        units = [place for place in self.places.values() if place.level == level]
        valid = [place for place in units if _exists(place, on)]
        if valid or not units:
            return valid
        last = (
            max(place.valid_to for place in units if place.valid_to)
            if any(p.valid_to for p in units)
            else None
        )
        return [place for place in units if place.valid_to == last]

    def communes(self, on: dt.date) -> list[Place]:
        """The communes that exist on that day, none where the list has a hole."""
        return [p for p in self.places.values() if p.level == PlaceLevel.COMMUNE and _exists(p, on)]

    def inside(self, inner: int, outer: int) -> bool:
        """Whether ``inner`` is ``outer`` or lies in it."""
        return outer in set(self._up(inner))

    def locate(self, place_id: int | None, units: frozenset[int]) -> int | None:
        """The one unit of ``units`` that the place's figures belong to, or None.

        The place itself or what it lies in; else what became of it; else what it came from. A place
        that leads to several units belongs to none of them: nothing is split by guess.
        """
        if place_id is None:
            return None
        key = (place_id, units)
        if key not in self._found:
            self._found[key] = self._locate(place_id, units)
        return self._found[key]

    def _locate(self, place_id: int, units: frozenset[int]) -> int | None:
        own = self._enclosing(place_id, units)
        if own is not None:
            return own
        for step in (self._after, self._before):
            hits = self._leads_to(place_id, step, units)
            if hits - {None}:
                return hits.pop() if len(hits) == 1 else None
        return None

    def _leads_to(
        self, place_id: int, step: dict[int, list[int]], units: frozenset[int], depth: int = 8
    ) -> set:
        """The units reached through the known changes; None stands for a way that leads to none."""
        hits: set[int | None] = set()
        for one in step.get(place_id, ()):
            hit = self._enclosing(one, units)
            if hit is not None:
                hits.add(hit)
            elif depth:
                hits |= self._leads_to(one, step, units, depth - 1) or {None}
        return hits

    def _enclosing(self, place_id: int, units: frozenset[int]) -> int | None:
        return next((one for one in self._up(place_id) if one in units), None)

    def _up(self, place_id: int) -> Iterator[int]:
        current: int | None = place_id
        while current is not None:
            yield current
            current = self.places[current].parent_id


def _exists(place: Place, on: dt.date) -> bool:
    return (place.valid_from is None or place.valid_from <= on) and (
        place.valid_to is None or place.valid_to >= on
    )
