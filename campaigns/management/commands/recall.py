"""Recall a delivery or a content."""

import json
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from wagtail.models import Page

from campaigns.models import Bulletin, Posting
from campaigns.recall import Recall, delivery_or_none, recall_bulletin, recall_content, recall_one, recall_posting


class Command(BaseCommand):
    help = "Call back a delivery (its number), a posting (posting:N), a content (page:N, bulletin:N) everywhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", help="a delivery's number, posting:N, page:N or bulletin:N")
        parser.add_argument("--by", metavar="USER", help="who decides it; the command line if left out")
        parser.add_argument("--why", default="")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["by"]).first() if options["by"] else None
        if options["by"] and user is None:
            raise CommandError(f"không có tài khoản {options['by']!r}", returncode=2)
        done = self._recall(options["target"], user, options["why"])
        if options["format"] == "json":
            self.stdout.write(json.dumps(done.as_json(), ensure_ascii=False, indent=1))
            return
        for one in done.deliveries:
            self.stdout.write(f"{one.delivery_id:>6}  {one.text}")
        for line in [*done.pages, *done.to_call]:
            self.stdout.write(f"- {line}")

    def _recall(self, target: str, user: Any, why: str) -> Recall:
        kind, _colon, number = target.rpartition(":")
        delivery = delivery_or_none(number) if not kind else None
        if delivery is not None:
            return recall_one(delivery_id=delivery.pk, by=str(user or "command line"), why=why)
        posting = Posting.objects.filter(pk=number).first() if kind == "posting" and number.isdigit() else None
        if posting is not None:
            return recall_posting(posting=posting, by=str(user or "command line"), why=why)
        page = Page.objects.filter(pk=number).first() if kind == "page" and number.isdigit() else None
        if page is not None:
            return recall_content(page=page, user=user, why=why)
        bulletin = Bulletin.objects.filter(pk=number).first() if kind == "bulletin" and number.isdigit() else None
        if bulletin is not None:
            return recall_bulletin(bulletin=bulletin, user=user, why=why)
        raise CommandError(f"không có {target!r}", returncode=2)
