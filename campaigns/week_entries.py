"""A whole week of plays that staff enter for a station without internet, by telephone or from its paper log."""

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from campaigns import playbacks
from campaigns.models import Outcome, Playback, PostingItem, Station
from campaigns.models.ledger import Basis


class Source(models.TextChoices):
    """By what way a figure came in, as it stands on the play (max. 120 characters)."""

    PHONE = "phone", _("telephone call")
    PAPER = "paper", _("paper log")
    RECEIVER = "receiver", _("the receiver's own log")


@dataclasses.dataclass(frozen=True)
class Entry:
    """What was said of one play. ``seen`` is the record that the form showed (0: none). No ``planned_for``: outside
    the slots, at ``played_at``. ``seconds`` None: as long as planned."""

    item_id: int
    planned_for: dt.datetime | None
    outcome: str
    seconds: int | None = None
    seen: int = 0
    played_at: dt.datetime | None = None


@dataclasses.dataclass
class Outcomes:
    """What came of a form: how much was new, changed or known, and what could not be taken."""

    recorded: int = 0
    corrected: int = 0
    known: int = 0
    conflicts: list[tuple[Entry, Playback]] = dataclasses.field(default_factory=list)
    refused: list[tuple[Entry, str]] = dataclasses.field(default_factory=list)


def enter(
    *, station: Station, entries: Iterable[Entry], by: Any, source: str, told_by: str, note: str = ""
) -> Outcomes:
    """Record what ``told_by`` said of each play, declared, with ``source``. One bad entry stops no other.

    What somebody else recorded since the form was shown is left as it is and named as a conflict, unless it
    says the same: nothing is counted twice, nothing is overwritten unseen.
    """
    done = Outcomes()
    for entry in entries:
        try:
            with transaction.atomic():
                _enter(done, station, entry, by=by, source=source, told_by=told_by, note=note)
        except ValidationError as error:
            done.refused.append((entry, error.messages[0]))
    return done


def _enter(done: Outcomes, station: Station, entry: Entry, **said: Any) -> None:
    item = PostingItem.objects.select_for_update(of=("self",)).filter(pk=entry.item_id, channel=station.channel_id)
    found = item.first()
    if found is None:
        raise ValidationError(_("This programme is not this station's."))
    there = _last_word(found, entry.planned_for) if entry.planned_for else None
    if there is not None and there.pk != entry.seen:
        if _says_the_same(there, entry):
            done.known += 1
        else:
            done.conflicts.append((entry, there))
        return
    if there is not None:
        _play, changed = playbacks.correct(
            playback=there,
            operator_name=said["told_by"],
            seconds=0 if entry.outcome == Outcome.NOT_PLAYED else entry.seconds,
            outcome=entry.outcome,
            source=said["source"],
            recorded_by=said["by"],
            note=said["note"],
        )
        done.corrected += changed
        done.known += not changed
        return
    moment = entry.planned_for or entry.played_at
    assert moment is not None
    _play, created = playbacks.record(
        item=found,
        planned_for=entry.planned_for,
        played_at=moment,
        seconds=entry.seconds if entry.outcome != Outcome.FAULT else entry.seconds or 0,
        operator_name=said["told_by"],
        basis=Basis.DECLARED,
        source=said["source"],
        recorded_by=said["by"],
        outcome=entry.outcome,
        note=said["note"],
    )
    done.recorded += created
    done.known += not created


def _last_word(item: PostingItem, planned_for: dt.datetime) -> Playback | None:
    return playbacks.latest(item.playbacks.filter(planned_for=planned_for)).first()


def _says_the_same(there: Playback, entry: Entry) -> bool:
    length = 0 if entry.outcome == Outcome.NOT_PLAYED else entry.seconds
    same_length = length is None or length == there.seconds
    heard = there.seconds > 0
    if entry.outcome == Outcome.NOT_PLAYED:
        return not heard and there.outcome != Outcome.FAULT
    return same_length and there.outcome == entry.outcome and heard == bool(length is None or length)
