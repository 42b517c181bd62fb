"""The reach report of the rehearsal, in every form, for the plan that is in force."""

from pathlib import Path

from django.core.management import call_command
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.samples import CAMPAIGN_KEY

FORMS = ("json", "html", "docx", "xlsx")


def write_reports(folder: Path) -> dict[str, str]:
    """Write the report's files and return their paths by form.

    Each file is written beside its place and moved there, so that a kill leaves no half one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    campaign = Campaign.objects.select_related("plan").get(key=CAMPAIGN_KEY)
    first = timezone.localdate().replace(day=1)
    paths = {}
    for form in FORMS:
        path, draft = folder / f"bao-cao.{form}", folder / f".bao-cao.{form}"
        period = ["--from", first.isoformat(), "--to", campaign.period_to.isoformat()]
        form_and_file = ["--format", form, "--output", str(draft)]
        with (folder / "log").open("w") as said:
            plan = ["--plan", campaign.plan.number, "--rehearsal"]
            call_command("reach_report", *plan, *period, *form_and_file, stdout=said)
        draft.replace(path)
        paths[form] = str(path)
    return paths
