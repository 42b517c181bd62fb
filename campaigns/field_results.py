"""Results of an event, counted on the spot and sent from a phone: recorded once, corrected by adding."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Activity, ActivityResult, Agency, EventPage, Indicator, TargetGroup
from campaigns.models.ledger import Basis
from campaigns.models.pages import EventKind
from campaigns.personal.links import source_event
from campaigns.typed_text import one_line

# No single event in a commune counts more of anything; what is above is a slip of the finger.
LARGEST = 100_000
# Usual size of a session in reports of Lào Cai and its neighbours; a school meets as a whole.
USUAL_PEOPLE = (15, 200)

# What the first number of the form counts, by kind of event; people who attended for all others.
MAIN_INDICATOR = {EventKind.HOUSEHOLD: "household", EventKind.TRAINING: "trainees", EventKind.MOBILE: "mobile"}
# What holding the event counts by itself.
HELD = {
    EventKind.RALLY: ("session", "rally"),
    EventKind.MARKET: ("session",),
    EventKind.SCHOOL: ("session",),
    EventKind.TRAINING: ("training",),
}
Values = Mapping[str, int]
Key = tuple[str, str | None]


@transaction.atomic
def record(
    *,
    event: EventPage,
    values: Values,
    groups: Mapping[str, Values] | None = None,
    reported_by: str,
    agency: Agency | None = None,
    rehearsal: bool = False,
    basis: str = Basis.COUNTED,
    entered_by: Any = None,
) -> tuple[Activity, int]:
    """Record the results of ``event`` and return its activity with the number of rows written.

    ``values`` are totals by indicator code, ``groups`` what of them belongs to a target group (each
    person in one group). The row without a group holds the rest, so that all rows of an indicator add
    up to its total. What was recorded before and differs is corrected by a new row; what is not named
    stays; the same values again write nothing. ``agency`` defaults to the organiser or the campaign's
    lead. A sample event is always rehearsal, and only rehearsal may be reported before it begins.

    :raises ValidationError: code ``number``, ``indicator``, ``group``, ``groups``, ``future``, ``name``
        or ``agency``.
    """
    event, groups = source_event(event), groups or {}
    rehearsal = rehearsal or event.is_sample
    name = one_line(reported_by)[:120]
    if not name:
        raise ValidationError(_("Please write your name."), code="name")
    if event.starts_at > timezone.now() and not rehearsal:
        raise ValidationError(_("The event has not begun yet. Please report afterwards."), code="future")
    _check_numbers(values, groups)
    activity = _activity(event, agency or agency_of(event), name, rehearsal, entered_by)
    before = last_words(activity)
    written = 0
    for (code, group), value in _wanted(values, groups, before).items():
        old = before.get((code, group))
        if old is not None and (old.value, old.basis) == (value, basis):
            continue
        ActivityResult.objects.create(
            activity=activity,
            indicator=_indicator(code),
            group=_group(group),
            value=value,
            basis=basis,
            corrects=old,
            entered_by_name=name,
        )
        written += 1
    return activity, written


def last_words(activity: Activity) -> dict[Key, ActivityResult]:
    """What stands of ``activity``: the last row for each indicator code and group key."""
    rows = activity.results.filter(corrected_by__isnull=True).select_related("indicator", "group").order_by("pk")
    return {(row.indicator.code, row.group.key if row.group else None): row for row in rows}


def totals(activity: Activity) -> dict[str, int]:
    """The total of each indicator by code."""
    found: dict[str, int] = {}
    for (code, _group_key), row in last_words(activity).items():
        found[code] = found.get(code, 0) + row.value
    return found


def reported(event: EventPage) -> Activity | None:
    """The activity that tells of ``event``; rehearsal and real never answer for each other."""
    event = source_event(event)
    return Activity.objects.filter(event=event, rehearsal=event.is_sample, is_total=False).order_by("pk").first()


def main_indicator(event: EventPage) -> str:
    """The code of what the first number of the form counts."""
    return MAIN_INDICATOR.get(EventKind(event.kind), "attendance")


def held_values(event: EventPage) -> dict[str, int]:
    """What holding the event counts by itself: one session, one rally, one class."""
    return dict.fromkeys(HELD.get(EventKind(event.kind), ()), 1)


def agency_of(event: EventPage) -> Agency | None:
    """Who acted: the organiser, else the campaign's lead."""
    return event.organiser or (event.campaign.lead if event.campaign else None)


def questions(*, event: EventPage, values: Values) -> list[Any]:
    """What looks unusual and should be confirmed: questions, not walls."""
    asked: list[Any] = []
    if event.is_sample and event.starts_at > timezone.now():  # a real event's are refused instead
        asked.append(_("The event is still to come. Record this for the rehearsal all the same?"))
    people = values.get("attendance", values.get("trainees"))
    low, high = USUAL_PEOPLE
    if people is not None and event.kind != EventKind.SCHOOL and not low <= people <= high:
        asked.append(
            _("%(count)d people came? Usually it is %(low)d to %(high)d.") % {"count": people, "low": low, "high": high}
        )
    if people is not None and values.get("pledge", 0) > people:
        asked.append(_("More pledges were signed than people came?"))
    if people is not None and values.get("leaflet", 0) > 5 * max(people, 1):
        asked.append(_("More than five leaflets for each person?"))
    twin = _same_day_twin(event, values)
    if twin is not None:
        asked.append(
            _("“%(title)s” on the same day in the same place reported the same number. Is it another event?")
            % {"title": twin.title}
        )
    return asked


def _same_day_twin(event: EventPage, values: Values) -> Activity | None:
    """Another event of that day and place with the same main number."""
    event, code = source_event(event), main_indicator(event)
    if code not in values:
        return None
    others = Activity.objects.filter(
        place=event.place, period_from=timezone.localdate(event.starts_at), is_total=False, rehearsal=event.is_sample
    ).exclude(event=event)
    return next((other for other in others if totals(other).get(code) == values[code]), None)


def _check_numbers(values: Values, groups: Mapping[str, Values]) -> None:
    for part in (values, *groups.values()):
        for code, value in part.items():
            _indicator(code)
            if not 0 <= value <= LARGEST:
                raise ValidationError(
                    _("A number must be between 0 and %(largest)s."), code="number", params={"largest": "100.000"}
                )
    for key in groups:
        _group(key)


def _indicator(code: str) -> Indicator:
    found = Indicator.objects.filter(code=code).first()
    if found is None:
        raise ValidationError(_("There is no indicator “%(code)s”."), code="indicator", params={"code": code})
    return found


def _group(key: str | None) -> TargetGroup | None:
    if key is None:
        return None
    found = TargetGroup.objects.filter(key=key).first()
    if found is None:
        raise ValidationError(_("There is no target group “%(key)s”."), code="group", params={"key": key})
    return found


def _wanted(values: Values, groups: Mapping[str, Values], before: Mapping[Key, ActivityResult]) -> dict[Key, int]:
    """The value that each row should have, the rest without a group included."""
    wanted: dict[Key, int] = {(code, group): value for group, part in groups.items() for code, value in part.items()}
    for code in dict.fromkeys([*values, *(code for code, _group_key in wanted)]):
        named = {group: row.value for (known, group), row in before.items() if known == code and group is not None}
        named |= {group: value for (known, group), value in wanted.items() if known == code and group is not None}
        rest = before.get((code, None))
        if code in values:
            total = values[code]
        elif rest is not None:
            total = sum(row.value for (known, _group_key), row in before.items() if known == code)
        else:
            continue  # only groups are known: they are the total
        if total < sum(named.values()):
            raise ValidationError(_("The groups add up to more than the total. Count each person once."), code="groups")
        left = total - sum(named.values())
        if left or rest is not None or not named:
            wanted[code, None] = left
    return wanted


def _activity(event: EventPage, agency: Agency | None, name: str, rehearsal: bool, entered_by: Any) -> Activity:
    """The event's activity, locked. Rehearsal and real results of one event never share it."""
    if agency is None:
        raise ValidationError(_("Please choose which agency held the event."), code="agency")
    found = Activity.objects.select_for_update().filter(event=event, rehearsal=rehearsal, is_total=False).first()
    if found is not None:
        return found
    key = f"event:{event.pk}"
    if Activity.objects.filter(key=key).exists():
        key = f"{key}:{'rehearsal' if rehearsal else 'real'}"
    created, _created = Activity.objects.select_for_update().get_or_create(
        key=key,
        defaults={
            "campaign": event.campaign,
            "event": event,
            "title": event.title[:200],
            "agency": agency,
            "place": event.place,
            "period_from": _day(event.starts_at),
            "period_to": _day(event.ends_at or event.starts_at),
            "rehearsal": rehearsal,
            "reported_by": name,
            "entered_by": entered_by,
        },
    )
    return created


def _day(moment: dt.datetime) -> dt.date:
    return timezone.localdate(moment)
