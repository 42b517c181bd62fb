"""Compiled message catalogues: made at set-up with Babel, so that no machine needs msgfmt.

Two kinds. Every ``.po`` of ours becomes an ``.mo`` beside it. And each campaign language that Django
does not know gets an ``.mo`` with a header only: without one Django takes a sibling language for it
(``hmn-x-rpa`` becomes ``hmn-x-vn``) or none at all.
"""

import gettext
import os
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import to_locale, trans_real

APPS = ("cms", "campaigns", "publishers", "media")
DJANGO_LOCALES = Path(django.__file__).parent / "conf" / "locale"

def ensure_catalogues(base: Path | None = None) -> int:
    """Compile what is missing or older than its source.

    Safe when several processes do it at once: each file is replaced in one move.

    :param base: the project's folder; settings say it when left out.
    :return: how many files were written.
    """
    base = base or Path(settings.BASE_DIR)
    written = sum(_compile(source) for source in _sources(base))
    written += sum(_write_empty(base, code) for code in unknown_codes())
    if written:
        _forget_loaded()
    return written


def stale_catalogues(base: Path | None = None) -> list[Path]:
    """The ``.mo`` files that are missing or older than their source."""
    base = base or Path(settings.BASE_DIR)
    stale = [source.with_suffix(".mo") for source in _sources(base) if _is_stale(source)]
    return stale + [path for path in (_empty_path(base, code) for code in unknown_codes()) if not path.exists()]


def unknown_codes() -> list[str]:
    """Languages of the settings for which Django itself has no catalogue."""
    return [code for code, _name in settings.LANGUAGES if not (DJANGO_LOCALES / to_locale(code)).is_dir()]


def _sources(base: Path) -> Iterator[Path]:
    folders = [base / "cms" / "locale_wagtail", *(base / app / "locale" for app in APPS)]
    for folder in folders:
        yield from sorted(folder.glob("*/LC_MESSAGES/*.po"))


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> bool:
    if not _is_stale(source):
        return False
    with source.open("rb") as file:
        catalog = read_po(file)
    buffer = BytesIO()
    write_mo(buffer, catalog)
    _replace(source.with_suffix(".mo"), buffer.getvalue())
    return True


def _empty_path(base: Path, code: str) -> Path:
    return base / "cms" / "locale_campaign" / to_locale(code) / "LC_MESSAGES" / "django.mo"


def _write_empty(base: Path, code: str) -> bool:
    path = _empty_path(base, code)
    if path.exists():
        return False
    buffer = BytesIO()
    # Babel refuses codes like hmn_X-vn as a locale; Vietnamese has the right plural rule (one form).
    write_mo(buffer, Catalog(locale="vi", charset="utf-8"))
    _replace(path, buffer.getvalue())
    return True


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)


def _forget_loaded() -> None:
    """Let a running process see the new files."""
    # Python's own module keeps each file it has read, by its path.
    gettext._translations = {}  # type: ignore[attr-defined]
    trans_real._translations = {}  # type: ignore[attr-defined]
    trans_real._default = None  # type: ignore[attr-defined]
    # What Django itself does when LANGUAGES changes: forget which catalogues there are.
    trans_real.reset_cache(setting="LANGUAGES")
