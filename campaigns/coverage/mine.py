"""What the staff's home says of assignments: mine, my languages', and what a lead has to see to."""

from typing import Any

from django.db.models import Q
from django.utils import timezone
from wagtail.models import Comment

from campaigns.coverage.assignments import fulfilled
from campaigns.coverage.cells import Cell, State, cells_of
from campaigns.coverage.letters import name_of
from campaigns.coverage.matrix import contents_of
from campaigns.coverage.reminders import ASSIGN, unreachable
from campaigns.models import Assignment, Campaign, Language, Reminder, Step

SHOWN = 6


def owed_facts(user: Any, campaign: Campaign | None) -> dict[str, Any]:
    """Everything that the card of one person shows, in a constant number of queries."""
    mine = Assignment.objects.still_open().filter(owner=user).select_related("content", "language")
    shown = list(mine[: SHOWN + 1])
    return {
        "owed": shown[:SHOWN],
        "owed_more": mine.count() - SHOWN if len(shown) > SHOWN else 0,
        "comments": open_comments(user),
        "languages": lacking(user, campaign),
        "lead": lead_facts() if user.has_perm(ASSIGN) else None,
        "today": timezone.localdate(),
        "campaign": campaign,
    }


def open_comments(user: Any) -> list[Comment]:
    """Comments of others, not settled yet, on texts that ``user`` began or follows."""
    following = Q(page__subscribers__user=user, page__subscribers__comment_notifications=True)
    rows = Comment.objects.filter(following | Q(page__owner=user), resolved_at=None).exclude(user=user)
    return list(rows.select_related("page", "user").distinct().order_by("-created_at")[:SHOWN])


def lacking(user: Any, campaign: Campaign | None) -> list[dict[str, Any]]:
    """For translators: how many contents of the campaign lack an up-to-date version in each language of theirs."""
    languages = list(Language.objects.filter(translators__in=user.groups.all()))
    if campaign is None or not languages:
        return []
    cells = cells_of([content.key for content in contents_of(campaign)], languages)
    return [
        {"language": language, **counted}
        for language in languages
        if any((counted := _lacking(language, cells.values())).values())
    ]


def _lacking(language: Language, cells: Any) -> dict[str, int]:
    own: list[Cell] = [cell for cell in cells if cell.language.pk == language.pk and not fulfilled(cell, Step.WRITE)]
    return {state.value: sum(cell.state is state for cell in own) for state in (State.MISSING, State.STALE)}


def lead_facts() -> dict[str, Any]:
    """What others owe too late, and whom no letter reaches."""
    today = timezone.localdate()
    rows = list(Assignment.objects.still_open().select_related("owner"))
    silent = {one.owner_id: name_of(one.owner) for one in rows if unreachable(one.owner)}
    failed = Reminder.objects.filter(day=today).exclude(error="").select_related("user")
    return {
        "late": sum(one.overdue_on(today) for one in rows),
        "silent": sorted(silent.values()),
        "failed": [str(one.user) for one in failed],
    }
