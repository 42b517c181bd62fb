"""One line of the ledger before it is stored."""

import dataclasses
import datetime as dt

# The kinds of sources. The key of each is the primary key of the named row, or of the first of its
# chain of corrections, so that a correction moves the line and does not add one.
DELIVERY = "delivery"
READING = "reading"
CLICK = "click"
MANUAL_POST = "manual_post"
PLAYBACK = "playback"
RESULT = "result"
DECLARED_TOTAL = "declared_total"
# What makes a commune reached: something that took place in it.
LOCATED = (PLAYBACK, RESULT)


@dataclasses.dataclass(frozen=True)
class Dimensions:
    """Where, in which language, for whom, by whom and under which campaign something happened."""

    place_id: int | None = None
    language_id: int | None = None
    group_id: int | None = None
    agency_id: int | None = None
    campaign_id: int | None = None
    form: str = ""
    heads: tuple[int, ...] = ()
    rehearsal: bool = False


@dataclasses.dataclass(frozen=True)
class Entry:
    """A value with its source. Two entries of one source differ in their indicator."""

    source_kind: str
    source_key: str
    indicator: str
    value: int
    basis: str
    period_from: dt.date
    period_to: dt.date
    dimensions: Dimensions
    label: str = ""
    approximate: bool = False
