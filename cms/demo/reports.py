"""The reach report of the rehearsal, in every form, for the plan that is in force."""

from pathlib import Path

from django.core.management import call_command
from django.utils import timezone

from campaigns.ledger.fold import fold
from campaigns.models import Campaign
from campaigns.samples import CAMPAIGN_KEY

FORMS = ("json", "html", "docx", "xlsx")


def write_reports(folder: Path) -> dict[str, str]:
    """Fold what happened into the ledger and write the report's files; returns their paths by form.

    Each file is written beside its place and moved there, so that a kill leaves no half one.
    """
    fold()
    folder.mkdir(parents=True, exist_ok=True)
    campaign = Campaign.objects.select_related("plan").get(key=CAMPAIGN_KEY)
    first = timezone.localdate().replace(day=1)
    paths = {}
    for form in FORMS:
        path, draft = folder / f"bao-cao.{form}", folder / f".bao-cao.{form}"
        call_command(
            "reach_report",
            plan=campaign.plan.number,
            date_from=first.isoformat(),
            date_to=campaign.period_to.isoformat(),
            format=form,
            output=str(draft),
            rehearsal=True,
        )
        draft.replace(path)
        paths[form] = str(path)
    return paths
