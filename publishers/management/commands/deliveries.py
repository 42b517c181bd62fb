"""The outbox as a list."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from publishers.models import Delivery, DeliveryState


class Command(BaseCommand):
    help = "List the deliveries of the outbox."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--state", action="append", choices=DeliveryState.values, help="only these; may repeat")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Delivery.objects.select_related("channel").prefetch_related("operations").order_by("pk")
        if options["state"]:
            rows = rows.filter(state__in=options["state"])
        entries = [entry(row) for row in rows]
        if options["format"] == "json":
            self.stdout.write(json.dumps(entries, ensure_ascii=False, indent=1))
            return
        for one in entries:
            mark = " (diễn tập)" if one["rehearsal"] else ""
            state = str(DeliveryState(one["state"]).label)
            self.stdout.write(
                f"{one['id']:>6}  {state:<14} {one['due']}  {one['platform']:<12} {one['channel']}{mark}"
                f"  {one['permalink'] or one['error']}"
            )


def entry(delivery: Delivery) -> dict[str, Any]:
    """One delivery as the contract of DESIGN section 6 names it; times in ISO 8601 with their zone."""
    return {
        "id": delivery.pk,
        "channel": delivery.channel.name,
        "platform": delivery.channel.platform,
        "state": delivery.state,
        "due": timezone.localtime(delivery.due).isoformat(timespec="seconds"),
        "sent_at": timezone.localtime(delivery.sent_at).isoformat(timespec="seconds") if delivery.sent_at else None,
        "attempts": sum(operation.tries for operation in delivery.operations.all() if operation.kind == "publish"),
        "external_id": delivery.external_id,
        "permalink": delivery.permalink,
        "error": ": ".join(part for part in (delivery.error_code, delivery.reason) if part),
        "rehearsal": delivery.rehearsal,
    }
