"""Contradictions and unconfirmed figures, found before anybody signs."""

from fractions import Fraction
from typing import Any

from django.db.models import Q

from campaigns.ledger.entries import DECLARED_TOTAL, RESULT
from campaigns.ledger.metrics import scale_of
from campaigns.models import ActivityResult, LedgerRow
from campaigns.report.marginals import Sums
from campaigns.report.numbers import count, decimal
from campaigns.report.periods import Period
from campaigns.report.wording import say
from publishers.models import Delivery, DeliveryState

# Plausible minutes of one play and people at one session: what real reports show (a report of 2025
# printed 226.477 plays in 45.581 minutes; people per session lay between 37 and 50, schools at 575).
MINUTES_PER_PLAY = (Fraction(1, 2), Fraction(60))
PEOPLE_PER_SESSION = (15, 200)
SCHOOL_GROUPS = ("pupils", "teachers")
NAMES_SHOWN = 10

Finding = dict[str, Any]


def finding(code: str, kind: str, text: str, items: list[dict[str, Any]] | None = None) -> Finding:
    return {
        "code": code,
        "kind": kind,
        "kind_title": say(f"findings.{kind}"),
        "text": text,
        "items": items or [],
    }


def plays_against_minutes(by_agency: Sums, agencies: dict[int, str]) -> list[Finding]:
    """Plays and minutes of one agency and basis that cannot both be right."""
    sums: dict[tuple[int | None, str], dict[str, int]] = {}
    for (agency, name), value in by_agency.items():
        indicator, _colon, basis = name.partition(":")
        if indicator in ("loud_plays", "loud_minutes"):
            sums.setdefault((agency, basis), {})[indicator] = value
    found = []
    for (agency_id, basis), pair in sorted(sums.items(), key=lambda item: (item[0][0] or 0, item[0][1])):
        name = agencies.get(agency_id or 0, say("findings.all_stations"))
        text = _plays_text(pair, f"{name} ({say(f'bases.{basis}')})")
        if text:
            found.append(finding("plays_minutes", "contradiction", text))
    return found


def _plays_text(pair: dict[str, int], where: str) -> str:
    plays, seconds = pair.get("loud_plays"), pair.get("loud_minutes")
    if plays and not seconds:
        return say("findings.plays_without_minutes", where=where, plays=count(plays))
    if seconds and not plays:
        return say("findings.minutes_without_plays", where=where, minutes=count(seconds, 60))
    if not plays or not seconds:
        return ""
    each, (low, high) = Fraction(seconds, 60 * plays), MINUTES_PER_PLAY
    if low <= each <= high:
        return ""
    return say(
        "findings.plays_minutes",
        where=where,
        plays=count(plays),
        minutes=count(seconds, 60),
        each=decimal(each),
        low=decimal(low),
        high=decimal(high),
    )


def people_per_session(rows: Any) -> list[Finding]:
    """Activities with fewer or more people at a session than is plausible, schools aside."""
    wanted = ("session", "attendance")
    about = {
        str(pk): (activity, title, school == "school")
        for pk, activity, title, school in ActivityResult.objects.filter(
            indicator__code__in=wanted
        ).values_list("pk", "activity_id", "activity__title", "activity__event__kind")
    }
    sums: dict[int, dict[str, Any]] = {}
    for key, code, value, group in rows.filter(
        source_kind__in=(RESULT, DECLARED_TOTAL), indicator__code__in=wanted
    ).values_list("source_key", "indicator__code", "value", "group__key"):
        activity, title, school = about.get(key, (None, "", False))
        if activity is None:
            continue
        one = sums.setdefault(activity, {"title": title, "school": school, "session": 0, "attendance": 0})
        one[code] += value
        one["school"] = one["school"] or group in SCHOOL_GROUPS
    found = []
    for activity, one in sorted(sums.items()):
        if one["school"] or not one["session"] or not one["attendance"]:
            continue
        each = Fraction(one["attendance"], one["session"])
        if not PEOPLE_PER_SESSION[0] <= each <= PEOPLE_PER_SESSION[1]:
            text = say(
                "findings.people_per_session",
                where=one["title"],
                people=count(one["attendance"]),
                sessions=count(one["session"]),
                each=decimal(each),
                low=PEOPLE_PER_SESSION[0],
                high=PEOPLE_PER_SESSION[1],
            )
            found.append(finding("people_per_session", "contradiction", text, [{"activity": activity}]))
    return found


def deliveries_of(plan_ids: set[int], first: Any, last: Any, *, rehearsal: bool) -> Any:
    """Deliveries due in the period: under these plans' campaigns, or under none.

    :param first: start of the first day. :param last: start of the day after the last.
    """
    marked = Q(rehearsal=True) | Q(channel__rehearsal=True)
    return Delivery.objects.filter(
        Q(posting_item=None) | Q(posting_item__posting__campaign__plan_id__in=plan_ids),
        marked if rehearsal else ~marked,
        due__gte=first,
        due__lt=last,
    )


def outbox_findings(deliveries: Any) -> list[Finding]:
    """Sent to a station but never confirmed; unknown, failed, held and withdrawn deliveries."""
    rows = list(
        deliveries.filter(
            Q(
                state__in=(
                    DeliveryState.UNKNOWN,
                    DeliveryState.FAILED,
                    DeliveryState.HELD,
                    DeliveryState.WITHDRAWN,
                )
            )
            | Q(state=DeliveryState.SENT, channel__platform="loudspeaker", posting_item__playbacks=None)
        )
        .order_by("due", "pk")
        .values_list("pk", "state", "channel__name")
    )
    codes = {
        DeliveryState.SENT: ("station_unconfirmed", "unconfirmed"),
        DeliveryState.UNKNOWN: ("unknown_deliveries", "unconfirmed"),
        DeliveryState.FAILED: ("failed_deliveries", "note"),
        DeliveryState.HELD: ("held_deliveries", "note"),
        DeliveryState.WITHDRAWN: ("withdrawn", "note"),
    }
    found = []
    for state, (code, kind) in codes.items():
        hits = [(pk, name) for pk, row_state, name in rows if row_state == state]
        if hits:
            text = say(f"findings.{code}", count=count(len(hits)), names=some([name for _pk, name in hits]))
            found.append(finding(code, kind, text, [{"delivery": pk, "label": name} for pk, name in hits]))
    return found


def some(names: list[str]) -> str:
    """The distinct names, cut after a few with the number of the others."""
    distinct = list(dict.fromkeys(names))
    shown = ", ".join(distinct[:NAMES_SHOWN])
    rest = len(distinct) - NAMES_SHOWN
    return f"{shown} {say('findings.more', count=count(rest))}" if rest > 0 else shown


def overlap_findings(groups: list[list[LedgerRow]]) -> list[Finding]:
    """Declared totals of one agency that overlap: each is named, none is added."""
    found = []
    for group in groups:
        first = group[0]
        scale = scale_of(first.indicator.code)
        text = say(
            "findings.overlaps",
            agency=first.agency.name if first.agency else say("unknown"),
            count=count(len(group)),
            indicator=first.indicator.name,
            values="; ".join(
                f"{count(row.value, scale)} {first.indicator.unit} ({row.source_label})" for row in group
            ),
        )
        found.append(finding("overlaps", "contradiction", text, [{"ledger_row": row.pk} for row in group]))
    return found


def small_findings(
    *,
    outside: str | None,
    straddling: int,
    unmapped: int,
    level: str,
    approximate: int,
    unfinished: str | None,
) -> list[Finding]:
    """What is no error but has to be known before the report is signed."""
    texts = [
        ("outside_plan", outside),
        ("unfinished_period", say("findings.unfinished_period", to_day=unfinished) if unfinished else None),
        ("straddling", say("findings.straddling", count=count(straddling)) if straddling else None),
        (
            "unmapped",
            say("findings.unmapped", count=count(unmapped), level=say(f"levels.{level}"))
            if unmapped
            else None,
        ),
        ("approximate", say("findings.approximate", count=count(approximate)) if approximate else None),
    ]
    return [finding(code, "note", text) for code, text in texts if text]


def straddling_rows(rows: Any, limit: int = 200) -> list[dict[str, Any]]:
    """Ledger rows whose own period crosses the report's border, for the list of what is not added."""
    return [listed(row) for row in rows.select_related("indicator", "agency").order_by("pk")[:limit]]


def listed(row: LedgerRow) -> dict[str, Any]:
    return {
        "ledger_row": row.pk,
        "agency": row.agency.name if row.agency else None,
        "label": row.source_label,
        "indicator": row.indicator.code,
        "indicator_title": row.indicator.name,
        "unit": row.indicator.unit,
        "scale": scale_of(row.indicator.code),
        "value": row.value,
        "basis": row.basis,
        "period_from": row.period_from.isoformat(),
        "period_to": row.period_to.isoformat(),
    }


def period_is_open(period: Period, today: Any) -> bool:
    return period.last >= today
