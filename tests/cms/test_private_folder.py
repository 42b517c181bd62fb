"""What an installation writes is its own: the database and the key lie there."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_folder_is_made_for_one_account_only(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "var"
    there = {"LOA_VAR_DIR": str(folder), "MEDIA_ROOT": str(tmp_path / "uploads")}
    subprocess.run(
        [sys.executable, "-c", f"import os; os.umask({umask}); import cms.settings"],
        cwd=ROOT,
        env={**os.environ, **there},
        check=True,
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o750)
    subprocess.run(
        [sys.executable, "-c", "import cms.settings"],
        cwd=ROOT,
        env={**os.environ, "LOA_VAR_DIR": str(folder)},
        check=True,
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
