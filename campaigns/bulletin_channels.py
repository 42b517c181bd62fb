"""Which channels a short message goes to by itself, and which languages it still owes their readers."""

import dataclasses
from collections.abc import Iterable

from campaigns.models import Audience, Bulletin, BulletinState, Language, Place
from publishers.models import Channel


@dataclasses.dataclass(frozen=True)
class Reached:
    """A channel with its languages in order and the places that it speaks to; none of these: everywhere."""

    channel: Channel
    languages: list[Language]
    places: list[Place]

    def is_at(self, around: set[int], above: set[int]) -> bool:
        """Whether it speaks to the place: everywhere, there, in a part of it, or to all around it."""
        return not self.places or any(place.pk in above or not around.isdisjoint(_up(place)) for place in self.places)


@dataclasses.dataclass(frozen=True)
class Owed:
    """A language whose readers got nothing of their own: on how many channels, and the version under way."""

    language: Language
    channels: list[Channel]
    version: Bulletin | None


def channels_for(language: Language, place: Place | None = None) -> list[Channel]:
    """Every channel that lists ``language`` and speaks to ``place`` (None: to anybody), by name."""
    return [one.channel for one in reached(place) if language in one.languages]


def reached(place: Place | None = None) -> list[Reached]:
    """The channels that speak to ``place``, in three queries."""
    rows = Audience.objects.select_related("channel").prefetch_related(
        "ordered_languages__language", "places__parent__parent__parent"
    )
    everywhere = [
        Reached(row.channel, [entry.language for entry in row.ordered_languages.all()], list(row.places.all()))
        for row in rows.order_by("channel__name", "channel_id")
    ]
    if place is None:
        return everywhere
    above = _up(place)
    return [one for one in everywhere if one.is_at({place.pk}, above)]


def _up(place: Place) -> set[int]:
    """The place itself and everything that it belongs to."""
    found, current = set(), place
    while current is not None and current.pk not in found:
        found.add(current.pk)
        current = current.parent  # type: ignore[assignment]
    return found


def channels_at_places(language: Language) -> list[tuple[Place, list[Channel]]]:
    """The places that some channel in ``language`` speaks to, by name, each with its channels; three queries."""
    own = [one for one in reached() if language in one.languages]
    places = {place.pk: place for one in own for place in one.places}
    found = [(place, [one.channel for one in own if one.is_at({place.pk}, _up(place))]) for place in places.values()]
    return sorted(found, key=lambda pair: pair[0].name)


def owed(bulletin: Bulletin) -> list[Owed]:
    """The languages that the place's channels list before the bulletin's own, or instead of it.

    A language stays owed until its version is approved.
    """
    wanted: dict[int, tuple[Language, list[Channel]]] = {}
    for one in reached(bulletin.place):
        for language in _before(one.languages, bulletin.language):
            wanted.setdefault(language.pk, (language, []))[1].append(one.channel)
    versions = {version.language_id: version for version in bulletin.translations.order_by("pk")}
    return [
        Owed(language, channels, versions.get(pk))
        for pk, (language, channels) in sorted(wanted.items(), key=lambda entry: entry[1][0].order)
        if pk not in versions or versions[pk].state != BulletinState.APPROVED
    ]


def _before(languages: Iterable[Language], own: Language) -> list[Language]:
    """The languages that readers would rather have: all before ``own``; of a channel without it, the first."""
    ordered = list(languages)
    if own in ordered:
        return ordered[: ordered.index(own)]
    return ordered[:1]
