"""The whole job on the real plan, against the built-in sandbox platforms."""

import shutil
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from cms import celery_app
from cms.demo.runtime import PortTaken, Runtime

NEEDED_BYTES = 300 * 1024 * 1024


class Command(BaseCommand):
    help = "Run the whole job on the real plan against the sandbox platforms, then serve until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exit", action="store_true", help="end after the summary instead of serving")
        parser.add_argument("--fresh", action="store_true", help="start from nothing (var/demo is removed)")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.CELERY_BROKER_URL != "memory://":
            raise CommandError(_("The demo runs in one process; unset CELERY_BROKER_URL."))
        if shutil.disk_usage(settings.VAR_DIR).free < NEEDED_BYTES:
            text = _("There is less than 300 MB of free disk space in %(folder)s.")
            raise CommandError(text % {"folder": settings.VAR_DIR})
        started = time.monotonic()
        try:
            runtime = Runtime(celery_app, settings.VAR_DIR / "sandbox.jsonl")
        except PortTaken as error:
            raise CommandError(str(error)) from error
        self.say("• " + _("Database, plan, places, roles"))
        call_command("setup", verbosity=0)
        with runtime:
            self._job(runtime, started, serve=not options["exit"])

    def _job(self, runtime: Runtime, started: float, *, serve: bool) -> None:
        from cms.demo import job, summary
        from cms.demo.field import site_is_up

        demo = job.Demo(folder=settings.VAR_DIR, sandbox=runtime.sandbox, say=self.say)
        demo.seconds["setup"] = round(time.monotonic() - started, 2)
        try:
            demo.wait(_("the site does not answer"), site_is_up, progress=str, seconds=30)
            job.run(demo)
        except job.Stuck as error:
            raise CommandError(_("The demo is stuck: %(what)s.") % {"what": error}) from error
        demo.seconds["total"] = round(time.monotonic() - started, 2)
        happened = summary.summary_of(demo)
        summary.write(happened, settings.VAR_DIR / "summary.json")
        self.say("")
        for line in summary.words(happened, settings.VAR_DIR):
            self.say(line)
        if serve:
            self.say("\n" + _("Serving until Ctrl-C."))
            self._serve()

    def _serve(self) -> None:
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            self.say("")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        sys.stdout.flush()

