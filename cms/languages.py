"""The campaign languages as settings need them, read from the reference data.

Wagtail wants its locales in settings. The rows live in ``campaigns/data/languages.csv`` so that one
file says which languages there are; ``Language`` rows are loaded from the same file.
"""

import csv
from pathlib import Path

LANGUAGES_CSV = Path(__file__).resolve().parent.parent / "campaigns" / "data" / "languages.csv"


def campaign_languages(path: Path = LANGUAGES_CSV) -> list[tuple[str, str]]:
    """Return ``(locale code, Vietnamese name)`` pairs in the file's order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["code"], row["name_vi"]) for row in csv.DictReader(file)]


def language_info(path: Path = LANGUAGES_CSV) -> dict[str, dict[str, object]]:
    """Return ``LANG_INFO`` entries, which Django needs for each code it does not know."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: {
                "bidi": False,
                "code": row["code"],
                "name": row["name_vi"],
                "name_local": row["own_name"] or row["name_vi"],
            }
            for row in csv.DictReader(file)
        }
