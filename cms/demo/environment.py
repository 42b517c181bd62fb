"""The demo keeps to itself: its database, uploads and log lie in ``var/demo``, never in real data.

This runs before Django reads its settings, so it imports nothing of Django.
"""

import os
import shutil
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "var" / "demo"


def prepare(arguments: list[str]) -> None:
    """Point the settings at the demo's own files; ``--fresh`` removes them first."""
    if "--fresh" in arguments and not {"-h", "--help"} & set(arguments):
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER / 'loa.sqlite3'}")
    os.environ.setdefault("MEDIA_ROOT", str(FOLDER / "uploads"))
