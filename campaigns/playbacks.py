"""Loudspeaker plays: confirmed once, corrected by adding, never overwritten (DESIGN 4.5)."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Outcome, Playback, PostingItem, Station
from campaigns.models.ledger import Basis
from campaigns.sheets import is_withdrawn, seconds_of
from campaigns.typed_text import one_line

# A phone's clock may run ahead, and a station may start a programme a little before its slot.
CLOCK_SKEW = dt.timedelta(minutes=2)
EARLY_START = dt.timedelta(minutes=15)
LONGEST_PLAY = 6 * 3600


def latest(plays: QuerySet[Playback] | None = None) -> QuerySet[Playback]:
    """The last word on each play, retracted ones (0 seconds) included."""
    return (Playback.objects.all() if plays is None else plays).filter(corrected_by__isnull=True)


def standing(plays: QuerySet[Playback] | None = None) -> QuerySet[Playback]:
    """The plays that count: the last word on each, without those that were retracted."""
    return latest(plays).filter(seconds__gt=0)


@transaction.atomic
def record(
    *,
    item: PostingItem,
    planned_for: dt.datetime | None,
    played_at: dt.datetime,
    seconds: int | None = None,
    operator_name: str,
    basis: str = Basis.DECLARED,
    source: str = "",
    recorded_by: Any = None,
    note: str = "",
    outcome: str = Outcome.PLAYED,
    key: str = "",
    photo: Any = None,
) -> tuple[Playback, bool]:
    """Record one play of ``item`` and return ``(playback, created)``.

    The same slot, or a time at which the programme was still running, is the same play: a second
    confirmation returns the first one and False, whoever sends it; so does a repeated ``key``. Only a
    receiver's own log (``basis`` measured) comes on top of what somebody declared, as a correction.
    ``planned_for`` is None for a play outside the slots. ``seconds`` defaults to the length of reading the
    sheet aloud; what was not played has none, a fault as many as were heard. ``photo`` is a safe file
    (``media.images.clean_upload``).

    :raises ValidationError: code ``withdrawn``, ``not-sent``, ``not-a-station``, ``future``,
        ``too-early``, ``seconds`` or ``operator``.
    """
    item, station = _locked(item)
    known = Playback.objects.filter(station=station, key=key).first() if key else None
    if known is not None:
        return _last_word(known), False
    name = one_line(operator_name)[:120]
    length = _length_of(item, seconds, outcome)
    _check(
        item, planned_for=planned_for, played_at=played_at, seconds=length, name=name, shortest=_shortest(outcome)
    )
    same = _same_play(item, planned_for, played_at, length)
    if same is not None and not _says_more(same, length, outcome, basis):
        return same, False
    playback = Playback.objects.create(
        item=item,
        station=station,
        planned_for=planned_for or (same.planned_for if same else None),
        played_at=played_at,
        seconds=length,
        basis=basis,
        operator_name=name,
        source=source,
        recorded_by=recorded_by,
        corrects=same,
        note=note,
        outcome=outcome,
        key=key,
        photo=photo or (same.photo.name if same else ""),
    )
    return playback, True


def _length_of(item: PostingItem, seconds: int | None, outcome: str) -> int:
    if outcome == Outcome.NOT_PLAYED:
        return 0
    return seconds_of(item) if seconds is None else seconds


def _shortest(outcome: str) -> int:
    return 1 if outcome == Outcome.PLAYED else 0


def _says_more(same: Playback, seconds: int, outcome: str, basis: str) -> bool:
    """Whether a new word on a play that is on record counts: after “not played”, or by the receiver itself."""
    if basis == Basis.MEASURED and same.basis != Basis.MEASURED:
        return True
    return same.seconds == 0 and (seconds, outcome) != (0, _outcome_of(same))


def _outcome_of(play: Playback) -> str:
    """What is said of it; a play that was taken back was not played."""
    taken_back = play.seconds == 0 and play.outcome == Outcome.PLAYED
    return Outcome.NOT_PLAYED if taken_back else play.outcome


@transaction.atomic
def correct(
    *,
    playback: Playback,
    operator_name: str,
    seconds: int | None = None,
    played_at: dt.datetime | None = None,
    note: str = "",
    recorded_by: Any = None,
    outcome: str | None = None,
    source: str | None = None,
) -> tuple[Playback, bool]:
    """Add a row that replaces ``playback`` and return it with True; nothing new gives the old one and False.

    ``seconds=0`` retracts the play (it did not happen); the row stays. What is None stays as it was. What a
    receiver measured and a person corrects is declared from then on.
    A play belongs to its slot: to move it, retract it and record it at the other one.

    :raises ValidationError: code ``future``, ``seconds`` or ``operator``.
    """
    item, _station = _locked(playback.item)
    last = _last_word(playback)
    values: dict[str, Any] = {
        "seconds": last.seconds if seconds is None else seconds,
        "played_at": played_at or last.played_at,
        "operator_name": one_line(operator_name)[:120],
    }
    values["outcome"] = outcome or _outcome_after(last, values["seconds"])
    _check_time(values["played_at"], last.planned_for)
    _check_length(values["seconds"], shortest=0)
    _check_name(values["operator_name"])
    if all(getattr(last, name) == value for name, value in values.items()):
        return last, False
    corrected = Playback.objects.create(
        item=item,
        station_id=last.station_id,
        planned_for=last.planned_for,
        basis=Basis.DECLARED if last.basis == Basis.MEASURED else last.basis,
        source=last.source if source is None else source,
        recorded_by=recorded_by,
        corrects=last,
        note=note,
        photo=last.photo.name,
        **values,
    )
    return corrected, True


def _outcome_after(last: Playback, seconds: int) -> str:
    if seconds == 0:
        return last.outcome if last.outcome == Outcome.FAULT else Outcome.NOT_PLAYED
    return Outcome.PLAYED if last.outcome == Outcome.NOT_PLAYED else last.outcome


def history(playback: Playback) -> list[Playback]:
    """Every row of one play, the newest first."""
    rows = [_last_word(playback)]
    while (before := rows[-1].corrects) is not None:
        rows.append(before)
    return rows


def _locked(item: PostingItem) -> tuple[PostingItem, Station]:
    """The item with its row locked, so that two phones cannot confirm the same play twice."""
    locked = (
        PostingItem.objects.select_for_update(of=("self",))
        .select_related("posting", "delivery", "channel", "approval__language", "language")
        .get(pk=item.pk)
    )
    station = Station.objects.filter(channel_id=locked.channel_id).first()
    if station is None:
        raise ValidationError(_("This channel is not a loudspeaker station."), code="not-a-station")
    return locked, station


def _last_word(playback: Playback) -> Playback:
    while (after := Playback.objects.filter(corrects=playback).first()) is not None:
        playback = after
    return playback


def _same_play(
    item: PostingItem, planned_for: dt.datetime | None, played_at: dt.datetime, seconds: int
) -> Playback | None:
    """The row that already tells of this play: same slot, or running at that time."""
    rows = list(latest(item.playbacks.all()))
    if planned_for is not None:
        found = next((row for row in rows if row.planned_for == planned_for), None)
        if found is not None:
            return found
    for row in rows:
        if row.planned_for is not None and planned_for is not None:
            continue  # two slots are two plays, however close
        apart = abs((row.played_at - played_at).total_seconds())
        if row.seconds > 0 and apart < max(60, min(row.seconds, seconds)):
            return row
    return None


def _check(
    item: PostingItem,
    *,
    planned_for: dt.datetime | None,
    played_at: dt.datetime,
    seconds: int,
    name: str,
    shortest: int,
) -> None:
    if is_withdrawn(item):
        raise ValidationError(_("This programme was withdrawn. It must not be broadcast."), code="withdrawn")
    if item.delivery is None or item.delivery.state != "sent":
        raise ValidationError(_("This programme was not sent to the station yet."), code="not-sent")
    ready = min(item.delivery.due, item.delivery.sent_at or item.delivery.due)
    if timezone.localdate(played_at) < timezone.localdate(ready):
        raise ValidationError(_("On that day the station did not have this programme yet."), code="too-early")
    if played_at < ready - EARLY_START:
        first = {"time": f"{timezone.localtime(ready):%H:%M}"}
        text = _("The station has had this programme since %(time)s only. Please look at the time again.")
        raise ValidationError(text, code="too-early", params=first)
    _check_time(played_at, planned_for)
    _check_length(seconds, shortest=shortest)
    _check_name(name)


def _check_time(played_at: dt.datetime, planned_for: dt.datetime | None) -> None:
    now = timezone.now()
    if played_at > now + CLOCK_SKEW or (planned_for is not None and planned_for > now + EARLY_START):
        raise ValidationError(_("That time has not come yet. Confirm after the broadcast."), code="future")


def _check_length(seconds: int, shortest: int) -> None:
    if not shortest <= seconds <= LONGEST_PLAY:
        raise ValidationError(_("The length of a play is between 1 second and 6 hours."), code="seconds")


def _check_name(name: str) -> None:
    if not name:
        raise ValidationError(_("Please write your name."), code="operator")
