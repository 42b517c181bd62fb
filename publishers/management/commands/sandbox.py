"""Serve the sandbox platforms, for rehearsals beside a real installation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from django.conf import settings
from django.core.management.base import BaseCommand

from publishers.sandbox.server import make_app


class Command(BaseCommand):
    help = "Serve the rehearsal platforms at LOA_SANDBOX_URL until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--log", type=Path, default=Path(settings.VAR_DIR) / "sandbox.jsonl")

    def handle(self, *args: Any, **options: Any) -> None:
        address = urlsplit(settings.LOA_SANDBOX_URL)
        app = make_app(options["log"])
        web.run_app(app, host=address.hostname, port=address.port, print=self.stdout.write)
