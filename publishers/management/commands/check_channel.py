"""Ask a platform whether a channel's credentials work."""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from publishers import health
from publishers.models import Channel


class Command(BaseCommand):
    help = "Ask the platform whether the credentials of a channel work, and of which kind they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int, help="the channel's id")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        channel = Channel.objects.filter(pk=options["id"]).first()
        if channel is None:
            raise CommandError(f"Không có kênh số {options['id']}.", returncode=2)
        found = health.check(channel)
        if options["format"] == "json":
            self.stdout.write(json.dumps(dataclasses.asdict(found), ensure_ascii=False))
        else:
            self.stdout.write(f"{channel}: {found.account} {found.kind}".rstrip())
            for line in (*found.problems, *found.notes):
                self.stdout.write(f"- {line}")
        if not found.ok:
            raise CommandError("kênh chưa dùng được", returncode=1)
