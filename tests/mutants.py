"""For each invariant a one-line mutation of the code, and the test that it turns red.

``python -m tests.mutants`` makes each in a copy of the tree and runs the test there; exit 1 when a mutant
survives. The table is in docs/decisions.md.
"""

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True)
class Mutant:
    """``before`` stands once in ``file``; ``after`` breaks the invariant that ``test`` guards."""

    invariant: str
    file: str
    before: str
    after: str
    test: str


MUTANTS = (
    Mutant(
        "1 exactly once",
        "publishers/shifts.py",
        "for attempt in attempts if not attempt.repeatable}",
        "for attempt in attempts if False}",
        "test_1_exactly_once",
    ),
    Mutant(
        "2 on time",
        "publishers/turn.py",
        "        if now > work.due + work.grace:",
        "        if False:",
        "test_2_on_time",
    ),
    Mutant(
        "3 only what was approved",
        "campaigns/workflow.py",
        "    if user is None or user.pk in writers_since_approval(page):",
        "    if user is None:",
        "test_3_only_what_was_approved",
    ),
    Mutant(
        "4 nobody is harmed",
        "campaigns/gate.py",
        "approval.language.code, library)[:SAID]]",
        "approval.language.code, library)[:0]]",
        "test_4_nobody_is_harmed",
    ),
    Mutant(
        "5 figures are honest",
        "campaigns/report/cells.py",
        "month__in=months, rehearsal=rehearsal",
        "month__in=months",
        "test_5_figures_are_honest",
    ),
    Mutant(
        "6 rehearsal cannot leak",
        "publishers/target.py",
        "        if self.rehearsal:",
        "        if self.rehearsal and not getattr(settings, address.setting):",
        "test_6_rehearsal_cannot_leak",
    ),
    Mutant(
        "7 readers are not watched",
        "campaigns/public/clicks.py",
        """    response["Cache-Control"] = "no-store\"""",
        """    response.set_cookie("seen", code)""",
        "test_7_readers_are_not_watched",
    ),
    Mutant(
        "8 time and place are real",
        "campaigns/models/places.py",
        "Q(valid_to__isnull=True) | Q(valid_to__gte=day)",
        "Q(pk__gt=0)",
        "test_8_time_and_place_are_real",
    ),
)


def copy_of_tree(folder: Path) -> Path:
    """The files that git knows, as they stand in the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def is_killed(mutant: Mutant, folder: Path) -> bool:
    """Whether the test turns red with the mutation and is green without it."""
    path = folder / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.before) != 1:
        raise SystemExit(f"{mutant.file} has {text.count(mutant.before)} times: {mutant.before}")
    path.write_text(text.replace(mutant.before, mutant.after), encoding="utf-8")
    try:
        return not passes(mutant, folder)
    finally:
        path.write_text(text, encoding="utf-8")


def passes(mutant: Mutant, folder: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_invariants.py"]
    env = {**os.environ, "LOA_VAR_DIR": str(folder / "var")}
    done = subprocess.run([*command, "-k", mutant.test], cwd=folder, env=env, capture_output=True)
    return done.returncode == 0


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="loa-mutants-") as scratch:
        folder = copy_of_tree(Path(scratch))
        survivors = 0
        for mutant in MUTANTS:
            killed = is_killed(mutant, folder)
            survivors += not killed
            print(f"{'killed  ' if killed else 'SURVIVED'} {mutant.invariant}: {mutant.file}", flush=True)
    return min(survivors, 1)


if __name__ == "__main__":
    sys.exit(main())
