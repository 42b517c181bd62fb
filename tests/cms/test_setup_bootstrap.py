"""``make`` makes .venv or says in one sentence why not (.ci/bootstrap.py, Makefile)."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project that needs no library at all."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "bootstrap.py", tmp_path / ".ci")
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    return tmp_path


@pytest.fixture
def bootstrap(tree: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", tree / ".ci" / "bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, timeout=120)


def sentences(text: str) -> list[str]:
    """The last message, one sentence a language."""
    return [line.strip() for line in text.strip().splitlines() if line.strip()][-2:]


def test_a_half_made_environment_is_made_anew_and_stamped(tree: Path) -> None:
    broken = tree / ".venv" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("half written")
    done = run(tree, sys.executable, ".ci/bootstrap.py")
    assert done.returncode == 0, done.stderr
    assert "half made" in done.stderr
    assert (tree / ".venv" / "loa-complete").read_text().strip()
    assert run(tree, str(tree / ".venv" / "bin" / "python"), "-c", "import pip").returncode == 0


def test_a_failed_installation_leaves_no_stamp(tree: Path) -> None:
    missing = f"loa-not-there @ file://{tree}/not-there.whl --hash=sha256:{'0' * 64}\n"
    (tree / "requirements.txt").write_text(missing)
    done = run(tree, "make", "install", f"PYTHON={sys.executable}")
    assert done.returncode != 0
    assert "Installing failed" in done.stderr
    assert not (tree / ".venv" / "loa-complete").exists()


def test_a_finished_environment_is_left_alone(tree: Path, bootstrap: ModuleType) -> None:
    (tree / ".venv" / "bin").mkdir(parents=True)
    # The libraries of this very test run stand in for those that were installed.
    (tree / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tree / ".venv" / "pyvenv.cfg").write_text((Path(sys.prefix) / "pyvenv.cfg").read_text())
    shutil.rmtree(tree / ".venv" / "lib", ignore_errors=True)
    (tree / ".venv" / "lib").symlink_to(Path(sys.prefix) / "lib")
    (tree / ".venv" / "loa-complete").write_text(bootstrap.wanted_stamp())
    before = sorted(path.name for path in (tree / ".venv").iterdir())
    done = run(tree, sys.executable, ".ci/bootstrap.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (tree / ".venv").iterdir()) == before


def test_other_requirements_are_another_stamp(tree: Path, bootstrap: ModuleType) -> None:
    first = bootstrap.wanted_stamp()
    (tree / "requirements.txt").write_text("# something else\n")
    assert bootstrap.wanted_stamp() != first


def test_a_python_that_is_too_old_is_named(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (9, 9))
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SystemExit) as stopped:
        bootstrap.need_python()
    assert stopped.value.code == 1
    vietnamese, english = sentences(capsys.readouterr().err)
    assert "Cần Python 3.11 trở lên" in vietnamese
    assert "Loa needs Python 3.11" in english


def test_a_missing_venv_module_is_named(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit) as stopped:
        bootstrap.need_venv_module()
    assert stopped.value.code == 1
    assert all("python3-venv" in sentence for sentence in sentences(capsys.readouterr().err))


def test_too_little_disk_space_is_named(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.need_space()
    monkeypatch.setattr(bootstrap, "NEEDED_BYTES", 10**18)
    with pytest.raises(SystemExit) as stopped:
        bootstrap.need_space()
    assert stopped.value.code == 1
    assert "GB" in sentences(capsys.readouterr().err)[0]


def test_make_without_any_python_says_so(tree: Path) -> None:
    done = run(tree, "make", "install", "PYTHON=no-such-python")
    assert done.returncode != 0
    assert "no-such-python was not found" in done.stdout
