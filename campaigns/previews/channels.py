"""The view “as one channel gets it”: hundreds of channels are searched, not put into a menu."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from campaigns.models import Approval
from campaigns.previews.modes import platform_names
from campaigns.versions import PlannedItem, plan_items, usable_approvals
from publishers import registry
from publishers.models import Channel

SHOWN = 60


def plan(page: Any, draft: Approval, channels: Sequence[Channel]) -> list[PlannedItem]:
    """Which version each channel would get, were ``draft`` approved as it stands."""
    approvals = {**usable_approvals(page), draft.language.code: draft}
    return plan_items(page, channels, approvals=approvals)


def choose(page: Any, request: HttpRequest, draft: Approval) -> HttpResponse:
    """The channels that a search finds, each with the version that it would get and why."""
    query = getattr(request, "preview_query", QueryDict())
    words, platform = query.get("q", "").strip(), query.get("nen-tang", "")
    rows = Channel.objects.all()
    if words:
        rows = rows.filter(name__icontains=words)
    if platform:
        rows = rows.filter(platform=platform)
    found = list(rows[: SHOWN + 1])
    context = {
        "page": page,
        "in_panel": getattr(request, "in_preview_panel", False),
        "forms": [(name, registry.get(name).label) for name in platform_names()],
        "mode": "channel",
        "q": words,
        "platform": platform,
        "rows": plan(page, draft, found[:SHOWN]),
        "more": len(found) > SHOWN,
        "draft": draft,
    }
    return render(request, "campaigns/previews/channels.html", context)
