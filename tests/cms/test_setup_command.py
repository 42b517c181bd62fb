"""``manage.py setup`` may run at any time; ``manage.py doctor`` finds what is wrong and says the cure."""

import io
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.utils import timezone
from wagtail.models import Page, Workflow

from campaigns.models import Place
from cms import doctor
from cms.doctor import BROKEN, OK, WARN, examine
from publishers.models import Heartbeat


def level(check: str, containing: str = "") -> str:
    [finding] = [one for one in examine([check]) if containing in one.found]
    assert bool(finding.cure) == (finding.level != OK)
    return finding.level


@pytest.mark.services
@pytest.mark.django_db
def test_setup_makes_a_site_and_changes_nothing_the_second_time() -> None:
    call_command("setup", "--no-input", verbosity=0)
    before = (Place.objects.count(), Page.objects.count(), Group.objects.count(), Workflow.objects.count())
    assert before[0] == 262
    out = io.StringIO()
    call_command("setup", stdout=out)
    assert (Place.objects.count(), Page.objects.count(), Group.objects.count(), Workflow.objects.count()) == before
    assert " 0 " in out.getvalue()


@pytest.mark.django_db
def test_setup_can_be_silent(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("setup", verbosity=0)
    assert capsys.readouterr().out == ""


@pytest.mark.django_db
def test_doctor_misses_the_reference_data_until_setup_ran() -> None:
    assert {one.level for one in examine(["tables"])} == {OK, BROKEN}
    call_command("setup", verbosity=0)
    assert {one.level for one in examine(["tables"])} == {OK}


def test_before_setup_doctor_says_not_set_up_yet_and_not_broken(tmp_path: Path) -> None:
    there = {"LOA_VAR_DIR": str(tmp_path), "MEDIA_ROOT": str(tmp_path / "uploads")}
    environment = {**os.environ, **there, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    checks = [f"--only={name}" for name in ("database", "tables", "catalogues", "processes")]
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--format=json", *checks],
        env=environment,
        cwd=site.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    findings = json.loads(done.stdout)
    assert {one["level"] for one in findings} == {OK, WARN}
    [asked] = [one for one in findings if one["level"] == WARN]
    assert asked["check"] == "tables"
    assert "make setup" in asked["cure"]


@pytest.mark.django_db
def test_doctor_exits_1_when_something_is_broken(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SITE_URL = "https://loa.example.vn"
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with pytest.raises(SystemExit) as stopped:
        call_command("doctor", "--only", "address", "--format", "json")
    assert stopped.value.code == 1
    [row] = json.loads(capsys.readouterr().out)
    assert row["check"] == "address"
    assert row["level"] == BROKEN
    assert "loa.example.vn" in row["cure"]
    settings.ALLOWED_HOSTS = [".example.vn"]
    call_command("doctor", "--only", "address")


def test_doctor_knows_its_checks() -> None:
    with pytest.raises(CommandError):
        call_command("doctor", "--only", "horoscope")


def test_a_broker_that_is_away_is_broken_and_its_password_unsaid(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://:geheim@127.0.0.1:1/0"
    [finding] = examine(["broker"])
    assert finding.level == BROKEN
    assert "geheim" not in finding.found + finding.cure
    settings.CELERY_BROKER_URL = "memory://"
    assert level("broker") == WARN


@pytest.mark.services
def test_a_broker_that_answers_is_well(settings: Any) -> None:
    if not settings.REDIS_URL:
        pytest.skip("REDIS_URL is not set")
    settings.CELERY_BROKER_URL = settings.REDIS_URL
    assert level("broker") == OK


@pytest.mark.django_db
def test_silent_processes_are_seen() -> None:
    assert level("processes") == WARN
    Heartbeat.objects.create(name="sender", at=timezone.now())
    assert level("processes") == OK


def test_a_folder_that_cannot_be_written_is_broken(settings: Any, tmp_path: Path) -> None:
    taken = tmp_path / "a-file"
    taken.write_text("here")
    settings.MEDIA_ROOT = str(taken / "uploads")
    assert level("disk", "a-file") == BROKEN
    settings.MEDIA_ROOT = str(tmp_path / "uploads")
    assert level("disk", "uploads") == OK


def test_too_little_space_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "GIGABYTE", 10**18)
    assert BROKEN in {one.level for one in examine(["disk"])}


def test_keys_are_checked(settings: Any) -> None:
    settings.LOA_CREDENTIALS_KEY = "short"
    assert level("secrets", "LOA_CREDENTIALS_KEY") == BROKEN
    settings.LOA_CREDENTIALS_KEY = "x" * 43 + "="
    assert level("secrets", "LOA_CREDENTIALS_KEY") == OK
    settings.LOA_CREDENTIALS_KEY = ""
    assert level("secrets", "LOA_CREDENTIALS_KEY") == WARN


def test_debug_at_a_public_address_is_broken(settings: Any) -> None:
    settings.DEBUG = True
    settings.SITE_URL = "https://loa.example.vn"
    settings.ALLOWED_HOSTS = ["loa.example.vn"]
    assert BROKEN in {one.level for one in examine(["address"])}


@pytest.mark.services
@pytest.mark.django_db
def test_an_unknown_time_zone_is_broken(settings: Any) -> None:
    assert level("clock", "Asia/") == OK
    settings.TIME_ZONE = "Asia/Nowhere"
    assert level("clock", "Asia/") == BROKEN


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


def test_a_sandbox_that_answers_is_well(settings: Any) -> None:
    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    settings.LOA_SANDBOX_URL = f"http://127.0.0.1:{server.server_port}"
    assert level("sandbox") == OK
    thread.join()
    server.server_close()
    assert level("sandbox") == WARN
