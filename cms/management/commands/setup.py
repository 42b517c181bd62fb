from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns.reference import load_reference
from cms.catalogues import ensure_catalogues
from cms.roles import ensure_roles, ensure_workflow


class Command(BaseCommand):
    help = "Prepares a new or an updated site: catalogues, database, reference data, roles, workflow."
    # Before set-up there is no catalogue and no table that a check could look at.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-input", action="store_true", help="ask nothing (migrations included)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        written = ensure_catalogues()
        with override("vi"):
            self.say(_("Message catalogues compiled: %(count)d") % {"count": written})
            call_command("migrate", interactive=not options["no_input"], verbosity=max(0, self.verbosity - 1))
            self.say(_("Database migrated."))
            made = sum(load_reference().values())
            self.say(_("Reference data: %(count)d rows made.") % {"count": made})
            ensure_roles()
            ensure_workflow()
            self.say(_("Roles and workflow are in place."))
        # Only now can the checks that need tables and catalogues say what is still wrong.
        self.check(display_num_errors=self.verbosity > 0)

    def say(self, line: str) -> None:
        if self.verbosity > 0:
            self.stdout.write(line)
