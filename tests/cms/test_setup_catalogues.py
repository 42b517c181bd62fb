"""Compiled catalogues: made without msgfmt, only when stale, and one for every campaign language."""

import gettext
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils.translation import check_for_language, get_supported_language_variant, override
from django.utils.translation import gettext as translate

from cms.catalogues import ensure_catalogues, stale_catalogues, unknown_codes
from cms.checks import languages_have_catalogues

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "hello"
msgstr "xin chào"

#, fuzzy
msgid "guess"
msgstr "đoán bừa"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = tmp_path / "campaigns" / "locale" / "vi" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO, encoding="utf-8")
    return tmp_path


def test_compiles_sources_and_a_header_for_each_unknown_language(project: Path) -> None:
    written = ensure_catalogues(project)
    assert written == 1 + len(unknown_codes())
    compiled = gettext.translation("django", project / "campaigns" / "locale", languages=["vi"])
    assert compiled.gettext("hello") == "xin chào"
    empty = project / "cms" / "locale_campaign" / "hmn_X-rpa" / "LC_MESSAGES" / "django.mo"
    with empty.open("rb") as file:
        assert gettext.GNUTranslations(file).info()["plural-forms"] == "nplurals=1; plural=0;"
    assert not list(project.rglob("*.tmp"))


def test_a_fuzzy_translation_is_not_shown(project: Path) -> None:
    ensure_catalogues(project)
    compiled = gettext.translation("django", project / "campaigns" / "locale", languages=["vi"])
    assert compiled.gettext("guess") == "guess"


def test_compiles_only_what_is_stale(project: Path) -> None:
    ensure_catalogues(project)
    assert stale_catalogues(project) == []
    assert ensure_catalogues(project) == 0
    source = project / "campaigns" / "locale" / "vi" / "LC_MESSAGES" / "django.po"
    later = time.time() + 5
    os.utime(source, (later, later))
    assert stale_catalogues(project) == [source.with_suffix(".mo")]
    assert ensure_catalogues(project) == 1


def test_a_running_process_sees_new_words(project: Path, settings: Any) -> None:
    settings.LOCALE_PATHS = [project / "campaigns" / "locale"]
    source = project / "campaigns" / "locale" / "vi" / "LC_MESSAGES" / "django.po"
    ensure_catalogues(project)
    with override("vi"):
        assert translate("hello") == "xin chào"
    source.write_text(PO.replace("xin chào", "kính chào"), encoding="utf-8")
    later = time.time() + 5
    os.utime(source, (later, later))
    ensure_catalogues(project)
    with override("vi"):
        assert translate("hello") == "kính chào"


@pytest.mark.parametrize("code", [code for code, _name in settings.LANGUAGES])
def test_each_language_is_itself(code: str) -> None:
    assert check_for_language(code)
    assert get_supported_language_variant(code, strict=True) == code


def test_a_language_without_catalogue_is_found(tmp_path: Path, settings: pytest.FixtureRequest) -> None:
    shutil.copytree(Path(settings.BASE_DIR) / "cms" / "locale_campaign", tmp_path / "locale_campaign")
    shutil.rmtree(tmp_path / "locale_campaign" / "hmn_X-rpa")
    assert languages_have_catalogues(None) == []
    settings.LOCALE_PATHS = [tmp_path / "locale_campaign"]
    settings.LANGUAGES = list(settings.LANGUAGES)  # makes Django forget what it found
    [error] = languages_have_catalogues(None)
    assert error.id == "cms.E001"
    assert "hmn-x-rpa" in error.msg
    assert "ium" not in error.msg


def test_a_campaign_language_falls_back_to_vietnamese_words() -> None:
    with override("vi"):
        vietnamese = translate("Page")
    assert vietnamese != "Page"
    with override("hmn-x-rpa"):
        assert translate("Page") == vietnamese
