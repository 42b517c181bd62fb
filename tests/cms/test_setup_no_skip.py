"""LOA_NO_SKIP=1 turns a skip into a failure; services have a run of their own (tests/no_skip_plugin.py)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import pytest

@pytest.fixture
def chromium():
    pytest.skip("no Chromium found")

@pytest.mark.browser
def test_page(chromium):
    pass

@pytest.mark.services
def test_server():
    pytest.skip("no server")

def test_other():
    pytest.skip("not today")

@pytest.mark.browser
@pytest.mark.xfail(strict=True)
def test_expected():
    assert False
"""


def outcome(folder: Path, *options: str, no_skip: str) -> str:
    (folder / "test_sample.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    browser\n    services\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "tests.no_skip_plugin"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-c", str(folder / "pytest.ini"), *options, str(folder)],
        cwd=ROOT,
        env={**os.environ, "LOA_NO_SKIP": no_skip},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("no_skip", "options", "wanted"),
    [
        ("", (), "3 skipped, 1 xfailed"),
        ("1", (), "1 failed, 1 skipped, 1 xfailed, 1 error"),
        ("1", ("-m", "services"), "1 failed, 3 deselected"),
        ("", ("-m", "services"), "1 skipped, 3 deselected"),
    ],
)
def test_what_a_skip_counts_as(tmp_path: Path, no_skip: str, options: tuple[str, ...], wanted: str) -> None:
    assert outcome(tmp_path, *options, no_skip=no_skip).startswith(wanted)
