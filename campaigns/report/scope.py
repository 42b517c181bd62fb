"""The plan a report is for: its chain, its legal bases, tasks and targets."""

import datetime as dt
from typing import Any

from campaigns.models import Place, Plan
from campaigns.report.numbers import day
from campaigns.report.periods import Period
from campaigns.report.places import PlaceBook
from campaigns.report.wording import say


class PlanChain:
    """A plan, what it continues and what continues it: one line of work. Four queries, any length."""

    def __init__(self, plan: Plan) -> None:
        plans = list(
            Plan.objects.prefetch_related("legal_bases", "tasks", "targets__indicator", "pilot_places")
        )
        self.plans = {one.pk: one for one in plans}
        self.plan = self.plans[plan.pk]
        self.before = self._line_before()
        self.after = self._all_after()

    def _line_before(self) -> list[Plan]:
        line: list[Plan] = []
        current = self.plan
        while current.continues_id and self.plans[current.continues_id] not in line:
            current = self.plans[current.continues_id]
            line.append(current)
        return line

    def _all_after(self) -> list[Plan]:
        found: list[Plan] = []
        waiting = [self.plan.pk]
        while waiting:
            pk = waiting.pop()
            nexts = [one for one in self.plans.values() if one.continues_id == pk and one not in found]
            found.extend(nexts)
            waiting.extend(one.pk for one in nexts)
        return found

    @property
    def ids(self) -> set[int]:
        return {one.pk for one in (self.plan, *self.before, *self.after)}

    def pilot_place_ids(self) -> list[int]:
        """The plan's own pilot places, or those of the nearest plan before it that names any."""
        for one in (self.plan, *self.before):
            own = [place.pk for place in one.pilot_places.all()]
            if own:
                return own
        return []


def place_units(
    book: PlaceBook, chain: PlanChain, level: str, *, last: dt.date, today: dt.date
) -> list[Place]:
    """The rows of the place table.

    :param level: ``commune`` (as they stood on the period's last day), ``commune-today``, ``district``
        (2023's where the period has none), ``pilot`` (the plan's pilot places), ``province``.
    """
    if level == "pilot":
        return [book.places[pk] for pk in chain.pilot_place_ids()]
    if level == "commune-today":
        return book.communes(today)
    return book.of_level(level, last)


def find_plan(number: str) -> Plan:
    """The plan with this number and sign, or this key; the newest where several carry the number.

    :raises Plan.DoesNotExist: when there is none.
    """
    named = Plan.objects.filter(number=number).order_by("-issued_on").first()
    return named or Plan.objects.get(key=number)


def plan_part(chain: PlanChain) -> dict[str, Any]:
    """The plan as the report shows it."""
    plan = chain.plan
    return {
        "key": plan.key,
        "number": plan.number,
        "document": document_name(plan),
        "title": plan.title,
        "issuer": plan.issuer,
        "issued_on": plan.issued_on.isoformat(),
        "period_from": plan.period_from.isoformat(),
        "period_to": plan.period_to.isoformat(),
        "continues": [
            {"number": one.number, "title": one.title, "issued_on": one.issued_on.isoformat()}
            for one in chain.before
        ],
        "legal_bases": [basis.text.rstrip(" ;.") for basis in plan.legal_bases.all()],
        "reference": _reference(plan),
        "tasks": _tasks(chain),
    }


def _reference(plan: Plan) -> str:
    """The full first citation: type, number, date, issuer and subject (Decree 30/2020/ND-CP)."""
    decision = _is_decision(plan)
    subject = plan.title if decision else plan.title.removeprefix("Kế hoạch ")
    return say(
        "plan_reference.decision" if decision else "plan_reference.plan",
        document=document_name(plan),
        number=plan.number,
        day=day(plan.issued_on),
        issuer=plan.issuer,
        title=subject,
    )


def _is_decision(plan: Plan) -> bool:
    return "/QĐ" in plan.number


def document_name(plan: Plan) -> str:
    """What the document is called before its number: the sign says which type it is."""
    return say("title_decision") if _is_decision(plan) else say("title_plan")


def _tasks(chain: PlanChain) -> list[dict[str, Any]]:
    """Communications tasks: the plan's own, then those still open of the plans it continues."""
    tasks: list[dict[str, Any]] = []
    for plan in (chain.plan, *chain.before):
        for task in plan.tasks.all():
            if task.is_communications and task.text not in {one["text"] for one in tasks}:
                tasks.append(
                    {"text": task.text, "inherited_from": None if plan is chain.plan else plan.number}
                )
    return tasks


def targets_part(
    chain: PlanChain, totals: dict[str, dict[str, int]], coverage: dict[str, Any]
) -> dict[str, Any]:
    """What the plan promises and what came of it. Police and court targets are named, not measured.

    :param totals: indicator → basis → value.
    """
    targets = [
        {
            "text": target.text,
            "value": float(target.value) if target.value is not None else None,
            "unit": target.unit,
            "ours": target.measured_by_communications,
            "source": target.source,
            "indicator": target.indicator.code if target.indicator else None,
            "result": _result(target, totals, coverage) if target.measured_by_communications else None,
        }
        for target in chain.plan.targets.all()
    ]
    none = not any(one["ours"] and one["value"] is not None for one in targets)
    note = say("targets.none", document=document_name(chain.plan), number=chain.plan.number) if none else None
    return {"rows": targets, "no_number": none, "note": note}


def _result(
    target: Any, totals: dict[str, dict[str, int]], coverage: dict[str, Any]
) -> dict[str, Any] | None:
    if target.indicator is not None:
        values = totals.get(target.indicator.code)
        return {"by_basis": values} if values else None
    return {"coverage_percent": coverage["percent"]} if target.unit == "%" else None


def outside_plan(chain: PlanChain, period: Period) -> str | None:
    """A sentence when the period leaves the plan's own time."""
    plan = chain.plan
    if plan.period_from <= period.first and period.last <= plan.period_to:
        return None
    others = ", ".join(one.number for one in (*chain.before, *chain.after)) or "–"
    return say(
        "findings.outside_plan",
        number=plan.number,
        from_day=day(plan.period_from),
        to_day=day(plan.period_to),
        others=others,
    )
