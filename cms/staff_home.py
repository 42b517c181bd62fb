"""The staff's home: what waits for me, what went wrong, what leaves next, and what was reached so far."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from wagtail.admin.ui.components import Component
from wagtail.models import TaskState, WorkflowState

from campaigns.admin import alert_panels, manual, posting_approval
from campaigns.admin.consents import SEE as SEE_CONSENTS
from campaigns.admin.coverage import SEE as SEE_ASSIGNMENTS
from campaigns.admin.coverage import campaign_today
from campaigns.admin.delivery_words import NEEDS_HANDS, state_words
from campaigns.admin.outbox import decorate, deliveries_for_staff, with_peoples_word
from campaigns.admin.permissions import (
    CHECK_HOTLINES,
    SEE_BULLETINS,
    SEE_OUTBOX,
    SEE_POSTINGS,
    SEE_REPORT,
    STOP_ALL,
    WORK_OUTBOX,
    WRITE_BULLETINS,
)
from campaigns.admin.plays import SEE_PLAYS
from campaigns.admin.week_grid import ENTER_PLAYS
from campaigns.consents import ending_soon
from campaigns.coverage.mine import owed_facts
from campaigns.hotline_checks import due_soon
from campaigns.ledger.metrics import scale_of
from campaigns.models import Fault, Hotline, LedgerRow
from campaigns.models.ledger import Basis
from campaigns.play_proof import overdue_stations
from campaigns.report.numbers import count
from campaigns.workflow import writers_since_approval
from publishers import health
from publishers.models import Delivery, DeliveryState, Stop

SHOWN = 6


class HomePanel(Component):
    """One card of the home. ``permission`` says who sees it."""

    permission = ""

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        request = parent_context["request"]
        return {"request": request, "user": request.user, **self.facts(request.user)}

    def facts(self, user: Any) -> dict[str, Any]:
        raise NotImplementedError


class AlarmPanel(HomePanel):
    """Nothing is being sent, or nobody knows whether a post is there: loud, above everything else."""

    order = 10
    permission = SEE_OUTBOX
    template_name = "cms/admin/home/alarm.html"

    def facts(self, user: Any) -> dict[str, Any]:
        return alert_panels.alarm()


class AlertPanel(HomePanel):
    """The quick alert in one tap, and the short messages that wait for me."""

    order = 20
    permission = SEE_BULLETINS
    template_name = "cms/admin/home/alerts.html"

    def facts(self, user: Any) -> dict[str, Any]:
        return {"may_write": user.has_perm(WRITE_BULLETINS), **alert_panels.waiting_for(user)}


class WaitingPanel(HomePanel):
    """What others wait for me to do, and what came back to me."""

    order = 100
    template_name = "cms/admin/home/waiting.html"

    def facts(self, user: Any) -> dict[str, Any]:
        return {"to_review": self._to_review(user), **self._mine(user), **posting_approval.home_lines(user)}

    def _to_review(self, user: Any) -> list[dict[str, Any]]:
        states = (
            TaskState.objects.reviewable_by(user)
            .select_related("task", "workflow_state__requested_by", "revision__user")
            .prefetch_related("revision__content_object")
            .order_by("started_at")[:SHOWN]
        )
        pages = [(state, state.revision.content_object) for state in states]
        return [
            {"state": state, "page": page, "wrote": user.pk in writers_since_approval(page)}
            for state, page in pages
            if page is not None
        ]

    def _mine(self, user: Any) -> dict[str, Any]:
        mine = (
            WorkflowState.objects.active()
            .filter(requested_by=user)
            .select_related("current_task_state__task", "current_task_state__finished_by")
            .prefetch_related("content_object")
            .order_by("-current_task_state__started_at")[: 2 * SHOWN]
        )
        states = [state for state in mine if state.content_object]
        returned = [state for state in states if state.status == WorkflowState.STATUS_NEEDS_CHANGES]
        return {"returned": returned, "on_its_way": [state for state in states if state not in returned]}


class OwedPanel(HomePanel):
    """What I was asked to do until when; for whoever may assign, what others owe too late."""

    order = 105
    permission = SEE_ASSIGNMENTS
    template_name = "cms/admin/home/owed.html"

    def facts(self, user: Any) -> dict[str, Any]:
        return owed_facts(user, campaign_today())


class TroublePanel(HomePanel):
    """Deliveries that need a person: unknown, failed, held; and the stops that stand."""

    order = 110
    permission = SEE_OUTBOX
    template_name = "cms/admin/home/trouble.html"

    def facts(self, user: Any) -> dict[str, Any]:
        bad = deliveries_for_staff().filter(state__in=NEEDS_HANDS).order_by("due", "pk")
        rows = [decorate(row) for row in bad[:SHOWN]]
        total = len(rows) if len(rows) < SHOWN else Delivery.objects.filter(state__in=NEEDS_HANDS).count()
        return {
            "rows": rows,
            "more": total - len(rows),
            "stops": Stop.objects.count(),
            "sender_is_silent": health.sender_is_silent(),
            "may_work": user.has_perm(WORK_OUTBOX),
            "may_stop": user.has_perm(STOP_ALL),
        }


class ConsentPanel(HomePanel):
    """Consents that end within two weeks, or have ended: ask again, or take back what is out. One query."""

    order = 115
    permission = SEE_CONSENTS
    template_name = "cms/admin/home/consents.html"

    def facts(self, user: Any) -> dict[str, Any]:
        rows = list(ending_soon()[: SHOWN + 1])
        return {"rows": rows[:SHOWN], "more": len(rows) > SHOWN, "today": timezone.localdate()}


class HotlinePanel(HomePanel):
    """Hotlines to be checked again within sixty days, or past their day: texts that name those are held."""

    order = 104
    permission = "campaigns.view_hotline"
    template_name = "cms/admin/home/hotlines.html"

    def facts(self, user: Any) -> dict[str, Any]:
        rows = due_soon()
        return {
            "rows": rows,
            "gone": any(row.gone for row in rows),
            "empty": not Hotline.objects.usable_on(timezone.localdate()).exists(),
            "may_check": user.has_perm(CHECK_HOTLINES),
        }


class ComingPanel(HomePanel):
    """Today and tomorrow, and what waits to be posted by hand."""

    order = 120
    permission = SEE_POSTINGS
    template_name = "cms/admin/home/coming.html"

    def facts(self, user: Any) -> dict[str, Any]:
        start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        within = Delivery.objects.filter(due__gte=start, due__lt=start + dt.timedelta(days=2))
        counted = (
            with_peoples_word(within)
            .annotate(day=TruncDate("due"))
            .values("day", "state", "channel__platform", "done_by_people")
            .annotate(n=Count("pk"))
            .order_by("day", "state")
        )
        today: Counter[tuple[Any, str, str]] = Counter()
        tomorrow: Counter[tuple[Any, str, str]] = Counter()
        for row in counted:
            words = state_words(row["state"], row["channel__platform"], done_by_people=row["done_by_people"])
            (today if row["day"] == start.date() else tomorrow)[words] += row["n"]
        coming = deliveries_for_staff().filter(pk__in=within, state=DeliveryState.SCHEDULED).order_by("due")[:SHOWN]
        return {
            "today": _entries(today),
            "tomorrow": _entries(tomorrow),
            "next": [decorate(row) for row in coming],
            "by_hand": manual.waiting_items().count(),
        }


def _entries(counted: Counter[tuple[Any, str, str]]) -> list[dict[str, Any]]:
    """What the template draws of counts by words, colour and icon."""
    return [{"label": label, "look": look, "icon": icon, "count": n} for (label, look, icon), n in counted.items()]


class PlaysPanel(HomePanel):
    """Stations that owe confirmations, and faults that nobody mended."""

    order = 112
    permission = SEE_PLAYS
    template_name = "cms/admin/home/plays.html"

    def facts(self, user: Any) -> dict[str, Any]:
        overdue = overdue_stations()
        return {
            "stations": overdue[:SHOWN],
            "count": len(overdue),
            "plays": sum(one.missing for one in overdue),
            "faults": Fault.objects.filter(solved_at=None).count(),
            "may_enter": user.has_perm(ENTER_PLAYS),
        }


class ReachPanel(HomePanel):
    """What was reached in the last thirty days. Person-times, plays and views are never added up together."""

    order = 130
    permission = SEE_REPORT
    template_name = "cms/admin/home/reach.html"
    days = 30

    def facts(self, user: Any) -> dict[str, Any]:
        since = timezone.localdate() - dt.timedelta(days=self.days)
        found = (
            LedgerRow.objects.filter(period_to__gte=since)
            .values("indicator__code", "indicator__name", "indicator__unit", "indicator__order", "basis")
            .annotate(
                real=Sum("value", filter=Q(rehearsal=False)),
                rehearsal=Sum("value", filter=Q(rehearsal=True)),
            )
            .order_by("indicator__order", "basis")
        )
        return {"rows": [self._row(row) for row in found], "since": since, "days": self.days}

    @staticmethod
    def _row(row: Mapping[str, Any]) -> dict[str, Any]:
        """One indicator on one basis, in its unit and in words; None where there is no figure."""
        scale = scale_of(row["indicator__code"])
        shown = {key: None if row[key] is None else count(row[key], scale) for key in ("real", "rehearsal")}
        words = {"name": row["indicator__name"], "unit": row["indicator__unit"]}
        return {**words, "basis": Basis(row["basis"]).label, **shown}


PANELS: tuple[type[HomePanel], ...] = (
    AlarmPanel,
    AlertPanel,
    WaitingPanel,
    OwedPanel,
    TroublePanel,
    PlaysPanel,
    HotlinePanel,
    ConsentPanel,
    ComingPanel,
    ReachPanel,
)


def panels_for(user: Any) -> list[HomePanel]:
    """The cards that ``user`` may see."""
    return [panel() for panel in PANELS if not panel.permission or user.has_perm(panel.permission)]
