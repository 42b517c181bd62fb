"""What is missing on this machine or in these settings, and how to mend it.

Each check yields findings; none changes anything, and each answers within a few seconds even when what it
asks for is away.
"""

import dataclasses
import datetime as dt
import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import Error as DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.connection import Connection

from cms.catalogues import stale_catalogues

Level = Literal["ok", "warn", "broken"]
OK: Level = "ok"
WARN: Level = "warn"
BROKEN: Level = "broken"
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
ANSWER_SECONDS = 3
GIGABYTE = 1_000_000_000
# One letter each that only fonts with the whole script have.
SCRIPTS = {"Tiếng Việt": "ẫợỹđƯ", "Tai Viet": "ꪀꪙ", "中文": "贩卖"}
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing looked at. ``cure`` says what to do and is empty when all is well."""

    check: str
    level: Level
    found: str
    cure: str = ""


Check = Callable[[], Iterator[Finding]]


def examine(only: list[str] | None = None) -> list[Finding]:
    """Run all checks, or those named, in order. A check that fails itself is a finding, not a crash.

    :param only: names out of ``CHECKS``.
    """
    found: list[Finding] = []
    for name, check in CHECKS.items():
        if only and name not in only:
            continue
        try:
            found += check()
        except DatabaseError as error:
            if any(finding.check == "database" and finding.level == BROKEN for finding in found):
                continue  # said once, with its cure
            found.append(Finding(name, BROKEN, _("The database refused: %(why)s") % {"why": _first_line(error)}))
    return found


def is_broken(findings: list[Finding]) -> bool:
    return any(finding.level == BROKEN for finding in findings)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _judge(check: str, good: bool, found: str, cure: str, otherwise: Level = BROKEN) -> Finding:
    return Finding(check, OK, found) if good else Finding(check, otherwise, found, cure)


# --- The machine ------------------------------------------------------------------------------------


def python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    cure = _("Install Python 3.11 or newer and run make setup again.")
    yield _judge("python", sys.version_info >= (3, 11), f"Python {version}", cure)


def clock() -> Iterator[Finding]:
    try:
        zone = ZoneInfo(settings.TIME_ZONE)
    except ZoneInfoNotFoundError:
        what = _("The time zone %(zone)s is unknown here.") % {"zone": settings.TIME_ZONE}
        yield Finding("clock", BROKEN, what, _("Install Debian's package tzdata."))
        return
    now = dt.datetime.now(zone)
    # Loa was written after this; a clock before it was never set.
    cure = _("Set the machine's clock, and let it follow a time server (systemd-timesyncd or chrony).")
    yield _judge("clock", now.year >= 2026, f"{now:%d/%m/%Y %H:%M} ({settings.TIME_ZONE})", cure)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = abs((timezone.now() - cursor.fetchone()[0]).total_seconds())
        words = _("This machine and the database differ by %(seconds).1f seconds.") % {"seconds": apart}
        yield _judge("clock", apart < 2, words, cure)


def fonts() -> Iterator[Finding]:
    from media.fonts import missing_glyphs

    for script, letters in SCRIPTS.items():
        missing = missing_glyphs(letters)
        package = "fonts-noto-cjk" if script == "中文" else "fonts-noto-core"
        words = _("Font for %(script)s") % {"script": script}
        cure = _("Install Debian's package %(package)s.") % {"package": package}
        yield _judge("fonts", not missing, words, cure, otherwise=BROKEN if script == "Tiếng Việt" else WARN)


def voices() -> Iterator[Finding]:
    """Machine voices for drafts, and whether sound can be made at all."""
    from media.audio import piper
    from media.audio.voices import VoiceError, draft_voice

    try:
        yield Finding("voices", OK, draft_voice("espeak").name)
    except (VoiceError, OSError) as error:
        cure = _("Run make setup again: the voice comes with the package espeakng-loader.")
        yield Finding("voices", WARN, _first_line(error), cure)
    if piper.is_wanted():
        why = piper.missing()
        cure = _("Check LOA_PIPER_MODEL and LOA_PIPER_COMMAND; until then espeak-ng reads.")
        yield _judge("voices", not why, why or f"Piper {settings.LOA_PIPER_MODEL}", cure, otherwise=WARN)


def chromium() -> Iterator[Finding]:
    named = os.environ.get("LOA_CHROMIUM")
    found = named or next((path for name in CHROMIUMS if (path := shutil.which(name))), None)
    cure = _("Only the tests of pages need one: install Debian's package chromium.")
    yield _judge("chromium", bool(found), found or _("No Chromium was found."), cure, otherwise=WARN)


def disk() -> Iterator[Finding]:
    for folder in (Path(settings.VAR_DIR), Path(settings.MEDIA_ROOT)):
        yield _writable(folder)
    free = shutil.disk_usage(settings.VAR_DIR).free
    words = _("%(size).1f GB of disk space are free.") % {"size": free / GIGABYTE}
    cure = _("Free some space: pictures, recordings and the database need it.")
    yield _judge("disk", free > GIGABYTE, words, cure, otherwise=WARN if free > GIGABYTE / 5 else BROKEN)


def _writable(folder: Path) -> Finding:
    words = _("Folder %(folder)s") % {"folder": folder}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Finding("disk", OK, words)
    except OSError as error:
        why = f"{words}: {error.strerror}"
        return Finding("disk", BROKEN, why, _("Let the user that runs Loa write into this folder."))


# --- The servers ------------------------------------------------------------------------------------


def database() -> Iterator[Finding]:
    name = f"{connection.vendor} {settings.DATABASES['default']['NAME']}"
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        cure = _("Start the database, and check DATABASE_URL (user, password, host, name).")
        yield Finding("database", BROKEN, f"{name}: {_first_line(error)}", cure)
        return
    yield Finding("database", OK, name)
    if connection.vendor == "sqlite" and is_set_up():
        yield from _sqlite()


def is_set_up() -> bool:
    """Whether anybody ever ran the set-up with this database: before that, nothing is broken yet."""
    return MigrationRecorder(connection).has_table()


def _sqlite() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
    cure = _("Run: python manage.py setup")
    yield _judge("database", mode in ("wal", "memory"), _("Journal mode %(mode)s") % {"mode": mode}, cure)


def tables() -> Iterator[Finding]:
    if not is_set_up():
        yield Finding("tables", WARN, _("Loa is not set up here yet; that is no fault."), _("Run: make setup"))
        return
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    cure = _("Run: python manage.py setup")
    words = _("Migrations waiting: %(count)d") % {"count": len(waiting)}
    yield _judge("tables", not waiting, words, cure)
    if waiting:
        return
    from campaigns.models import Place, Plan
    from campaigns.site_tree import source_home
    from cms.roles import ROLES, WORKFLOW_NAME

    there = Place.objects.exists() and Plan.objects.exists() and source_home() is not None
    yield _judge("tables", there, _("Reference data and first pages"), cure)
    yield _judge("tables", _staff_is_set_up(len(ROLES), WORKFLOW_NAME), _("Roles and workflow"), cure)


def _staff_is_set_up(roles: int, workflow: str) -> bool:
    from django.contrib.auth.models import Group
    from wagtail.models import Workflow

    from cms.roles import ROLES

    names = [role.name for role in ROLES.values()]
    return (
        Group.objects.filter(name__in=names).count() == roles
        and Workflow.objects.filter(name=workflow, active=True).exists()
    )


def broker() -> Iterator[Finding]:
    url = settings.CELERY_BROKER_URL
    if url == "memory://":
        words = _("The broker is memory://: it works inside one process only, for the demo and tests.")
        cure = _("To run worker, beat and site as processes, set CELERY_BROKER_URL to a Redis or RabbitMQ.")
        yield Finding("broker", WARN, words, cure)
        return
    address = urlsplit(url)
    # Never the whole address: it may hold a password.
    where = f"{address.scheme}://{address.hostname}:{address.port or ''}"
    options = {"socket_connect_timeout": ANSWER_SECONDS, "socket_timeout": ANSWER_SECONDS}
    try:
        with Connection(url, connect_timeout=ANSWER_SECONDS, transport_options=options) as link:
            link.ensure_connection(max_retries=1, timeout=ANSWER_SECONDS)
    except Exception:
        yield Finding("broker", BROKEN, where, _("Start the broker, and check CELERY_BROKER_URL."))
        return
    yield Finding("broker", OK, where)


def sandbox() -> Iterator[Finding]:
    url = settings.LOA_SANDBOX_URL
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS):
            answers = True
    except urllib.error.HTTPError:
        answers = True
    except (OSError, ValueError):
        answers = False
    cure = _("Only rehearsal channels need it. Run: python manage.py sandbox")
    yield _judge("sandbox", answers, _("Sandbox at %(url)s") % {"url": url}, cure, otherwise=WARN)


def processes() -> Iterator[Finding]:
    from publishers.health import SILENT_AFTER
    from publishers.models import Delivery, DeliveryState, Heartbeat

    if connection.introspection.table_names().count(Heartbeat._meta.db_table) == 0:
        return
    last = Heartbeat.objects.filter(name="sender").values_list("at", flat=True).first()
    alive = last is not None and timezone.now() - last < SILENT_AFTER
    waiting = Delivery.objects.filter(state=DeliveryState.SCHEDULED).count()
    seen = timezone.localtime(last).strftime("%d/%m/%Y %H:%M:%S") if last else _("never")
    words = _("Worker and beat last seen: %(when)s; deliveries waiting: %(count)d") % {"when": seen, "count": waiting}
    cure = _("Start both: celery -A cms worker, celery -A cms beat.")
    yield _judge("processes", alive, words, cure, otherwise=BROKEN if waiting else WARN)


# --- The settings -----------------------------------------------------------------------------------


def catalogues() -> Iterator[Finding]:
    if not is_set_up():
        return  # setup compiles them, and the tables say that it has not run
    stale = stale_catalogues()
    words = _("Message catalogues to compile: %(count)d") % {"count": len(stale)}
    yield _judge("catalogues", not stale, words, _("Run: python manage.py compile_catalogues"))


def secrets() -> Iterator[Finding]:
    kept = Path(settings.VAR_DIR) / "secret_key"
    own = not (kept.exists() and kept.read_text(encoding="utf-8").strip() == settings.SECRET_KEY)
    words = _("SECRET_KEY is set.") if own else _("SECRET_KEY is not set; the one in var/secret_key is used.")
    cure = _("Set SECRET_KEY in the environment and keep a copy: sessions and links depend on it.")
    yield _judge("secrets", own, words, cure, otherwise=WARN)
    yield _credentials_key()


def _credentials_key() -> Finding:
    from publishers import credentials

    cure = _("Set LOA_CREDENTIALS_KEY and keep a copy away from the database. A new key: %(command)s") % {
        "command": "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
    }
    if not settings.LOA_CREDENTIALS_KEY:
        return Finding("secrets", WARN, _("LOA_CREDENTIALS_KEY is not set; it is derived from SECRET_KEY."), cure)
    try:
        credentials.seal({"probe": "probe"})
    except ValueError:
        return Finding("secrets", BROKEN, _("LOA_CREDENTIALS_KEY is not a Fernet key."), cure)
    return Finding("secrets", OK, _("LOA_CREDENTIALS_KEY is set."))


def address() -> Iterator[Finding]:
    host = urlsplit(settings.SITE_URL).hostname or ""
    allowed = any(_allows(pattern, host) for pattern in settings.ALLOWED_HOSTS)
    words = _("SITE_URL is %(url)s") % {"url": settings.SITE_URL}
    cure = _("Add %(host)s to ALLOWED_HOSTS.") % {"host": host}
    yield _judge("address", allowed, words, cure)
    if host in LOCAL_HOSTS:
        what = _("Readers and station operators cannot reach this address.")
        yield Finding("address", WARN, what, _("For real work set SITE_URL to the site's public https address."))
    elif not settings.SITE_URL.startswith("https://"):
        what = _("The site is not served over https.")
        yield Finding("address", WARN, what, _("Put a server with a certificate before it and set SITE_URL to https."))
    if settings.DEBUG and host not in LOCAL_HOSTS:
        yield Finding("address", BROKEN, _("DEBUG is on at a public address."), _("Remove DEBUG from the environment."))


def _allows(pattern: str, host: str) -> bool:
    pattern = pattern.strip("[]")
    return pattern in ("*", host) or (pattern.startswith(".") and f".{host}".endswith(pattern))


CHECKS: dict[str, Check] = {
    "python": python,
    "disk": disk,
    "database": database,
    "clock": clock,
    "tables": tables,
    "broker": broker,
    "processes": processes,
    "sandbox": sandbox,
    "catalogues": catalogues,
    "secrets": secrets,
    "address": address,
    "fonts": fonts,
    "voices": voices,
    "chromium": chromium,
}
