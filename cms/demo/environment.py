"""The demo keeps to itself: everything it writes lies in ``demo`` below the usual folder, never in real data.

This runs before Django reads its settings, so it imports nothing of Django.
"""

import os
import shutil
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def prepare(arguments: list[str]) -> Path:
    """Point the settings at the demo's own folder and return it; ``--fresh`` empties it first."""
    folder = Path(os.environ.get("LOA_VAR_DIR") or BASE_DIR / "var") / "demo"
    if "--fresh" in arguments and not {"-h", "--help"} & set(arguments):
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["LOA_VAR_DIR"] = str(folder)
    return folder
