"""What happened in the demo, as ``summary.json`` and as words on the screen."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from campaigns.models import (
    Activity,
    Campaign,
    ClickCount,
    EventPage,
    Language,
    ManualPost,
    MaterialPage,
    Place,
    Plan,
    Playback,
    TargetGroup,
)
from campaigns.personal.links import field_link, manual_link, station_link, url_of
from campaigns.samples import CAMPAIGN_KEY
from cms.demo.job import Demo
from cms.demo.people import STAFF, kept_password
from publishers.models import Channel, Delivery, Reading


def deliveries_by_state() -> dict[str, dict[str, int]]:
    """``{platform: {state: count}}``."""
    found: dict[str, dict[str, int]] = {}
    rows = Delivery.objects.values_list("channel__platform", "state").annotate(n=Count("pk")).order_by()
    for platform, state, count in rows:
        found.setdefault(platform, {})[state] = count
    return found


def summary_of(demo: Demo) -> dict[str, Any]:
    """Everything that ``summary.json`` holds; counts are of the database as it is now."""
    campaign = Campaign.objects.select_related("plan").get(key=CAMPAIGN_KEY)
    today = timezone.localdate()
    return {
        "made_at": timezone.localtime().isoformat(timespec="seconds"),
        "plan": {"number": campaign.plan.number, "title": campaign.plan.title, "plans": Plan.objects.count()},
        "campaign": campaign.name,
        "places": {
            "communes_2023": Place.objects.communes().filter(valid_from=None).count(),
            "communes_today": Place.objects.communes().valid_on(today).count(),
            "all": Place.objects.count(),
        },
        "languages": Language.objects.count(),
        "groups": TargetGroup.objects.count(),
        "materials": _pages(MaterialPage),
        "events": _pages(EventPage),
        "channels": [
            {"id": channel.pk, "platform": channel.platform, "name": channel.name, "rehearsal": channel.rehearsal}
            for channel in Channel.objects.order_by("pk")
        ],
        "deliveries": deliveries_by_state(),
        "readings": Reading.objects.count(),
        "clicks": ClickCount.objects.aggregate(n=Sum("count"))["n"] or 0,
        "playbacks": Playback.objects.count(),
        "manual_posts": ManualPost.objects.count(),
        "activities": Activity.objects.count(),
        "reports": demo.reports,
        "sandbox_log": str(demo.sandbox.log_path),
        "seconds": demo.seconds,
        "addresses": addresses(),
    }


def _pages(model: type[Page]) -> dict[str, int]:
    live = model.objects.live()
    return {"live": live.filter(locale__language_code="vi").count(), "with_translations": live.count()}


def addresses() -> dict[str, str]:
    """Where to look. Personal links are secrets of the demo's own invented people only."""
    found = {
        "site": f"{settings.SITE_URL}/",
        "staff": settings.SITE_URL + reverse("wagtailadmin_home"),
        "sandbox": f"{settings.LOA_SANDBOX_URL}/",
    }
    for platform, make in (("loudspeaker", station_link), ("manual", manual_link)):
        channel = Channel.objects.filter(platform=platform).order_by("pk").first()
        if channel is not None:
            found[platform] = url_of(make(channel))
    event = EventPage.objects.live().filter(locale__language_code="vi").order_by("pk").first()
    if event is not None:
        found["field"] = url_of(field_link(event))
    return found


def write(summary: dict[str, Any], path: Path) -> None:
    """Write the summary in one move."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)


def words(summary: dict[str, Any], folder: Path) -> list[str]:
    """The summary for people: what happened, where to look, who can log in."""
    names = {
        "site": _("Public site"),
        "staff": _("Staff side"),
        "sandbox": _("Rehearsal platforms: what was posted"),
        "loudspeaker": _("Page of the loudspeaker station"),
        "manual": _("Page for posting by hand"),
        "field": _("Page for counting an event"),
    }
    lines = [f"{summary['plan']['number']} · {summary['campaign']}", ""]
    for platform, states in sorted(summary["deliveries"].items()):
        lines.append(f"  {platform:<12} " + ", ".join(f"{state} {count}" for state, count in sorted(states.items())))
    lines += ["", *(f"  {names[key]}: {url}" for key, url in summary["addresses"].items()), ""]
    lines += ["  " + _("Reach report") + f": {path}" for path in summary["reports"].values()]
    lines += ["", "  " + _("Staff logins (password of all: %(password)s)") % {"password": kept_password(folder)}]
    lines += [f"    {username:<10} {last} {first}" for username, _role, last, first, _agency in STAFF]
    return lines
