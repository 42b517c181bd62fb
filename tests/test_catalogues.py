"""Our own messages: each one of the code is in its app's Vietnamese catalogue, translated, and no other."""

import ast
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from cms.catalogues import APPS
from tests.cms.test_wagtail_catalogue import (
    ONLY_FILLED_IN,
    PLACEHOLDER,
    Entry,
    entry_of,
    messages,
    placeholder_faults,
    strings_of,
    translated,
)

ROOT = Path(__file__).resolve().parents[1]
VIETNAMESE = Path("locale") / "vi" / "LC_MESSAGES" / "django.po"
WAGTAIL_WORDS = ROOT / "cms" / "locale_wagtail" / "vi" / "LC_MESSAGES" / "django.po"
TOOLS = ("xgettext", "msgmerge", "msguniq", "msgattrib")
# A name, the same in both languages.
SAME_IN_BOTH = {"Zalo Official Account"}


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="vi")


@cache
def committed(app: str) -> Catalog:
    return read_catalogue(ROOT / app / VIETNAMESE)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Catalog]:
    """What Django's makemessages finds in a copy of the code that has no catalogue yet, by app."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        reason = f"{', '.join(absent)} not found: install Debian's package gettext"
        if os.environ.get("LOA_NO_SKIP") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    copy = tmp_path_factory.mktemp("code")
    unwanted = shutil.ignore_patterns("__pycache__", "*.po", "*.mo", "migrations", "fonts")
    for app in APPS:
        shutil.copytree(ROOT / app, copy / app, ignore=unwanted)
        (copy / app / "locale").mkdir(exist_ok=True)
    shutil.copy(ROOT / "manage.py", copy)
    command = [sys.executable, "manage.py", "makemessages", "-l", "vi", "--no-location", "--no-wrap", "-v", "0"]
    # Its own environment file and database, whatever the tests run with.
    environment = {"PATH": os.environ["PATH"], "LOA_VAR_DIR": str(copy / "var"), "LANG": "C.UTF-8"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {app: read_catalogue(copy / app / VIETNAMESE) for app in APPS}


def entries(catalog: Catalog) -> set[Entry]:
    return {entry_of(message) for message in messages(catalog)}


@pytest.mark.parametrize("app", APPS)
def test_the_catalogue_holds_the_messages_of_the_code_and_no_others(app: str, extracted: dict[str, Catalog]) -> None:
    there, wanted = entries(committed(app)), entries(extracted[app])
    assert len(wanted) > 10
    assert not sorted(wanted - there, key=str), "run makemessages and translate these"
    assert not sorted(there - wanted, key=str), "these are in no code any more"


def messages_in_f_strings(source: str) -> set[str]:
    """The messages that xgettext does not see, because their call stands within an f-string."""
    outer = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr))
    calls = (node for whole in outer for node in ast.walk(whole) if isinstance(node, ast.Call) and node.args)
    asked = (call.args[0] for call in calls if ast.unparse(call.func) in {"_", "gettext", "ngettext"})
    return {node.value for node in asked if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_no_message_hides_in_an_f_string() -> None:
    assert messages_in_f_strings("f\"{_('a') % x} {y}\" + _('b')") == {"a"}
    known = {entry.singular for app in APPS for entry in entries(committed(app))}
    paths = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    hidden = {str(path.relative_to(ROOT)): messages_in_f_strings(path.read_text()) - known for path in paths}
    assert not {path: found for path, found in hidden.items() if found}, "take these calls out of their f-strings"


@pytest.mark.parametrize("app", APPS)
def test_every_message_is_translated(app: str) -> None:
    catalog = committed(app)
    bad = [message.id for message in messages(catalog) if message.fuzzy or not all(strings_of(message) or [""])]
    assert not bad
    assert not catalog.obsolete
    # One form for every number: without this line Django looks for two and falls back to English.
    assert (catalog.num_plurals, catalog.plural_expr) == (1, "0")
    assert "Plural-Forms: nplurals=1; plural=0;" in (ROOT / app / VIETNAMESE).read_text(encoding="utf-8")
    assert not [message.id for message in messages(catalog) if len(strings_of(message)) != 1]


@pytest.mark.parametrize("app", APPS)
def test_no_message_is_left_in_english(app: str) -> None:
    pairs = translated(committed(app)).items()
    same = {entry.singular for entry, strings in pairs if entry.singular in strings and " " in entry.singular}
    assert not {text for text in same - SAME_IN_BOTH if not ONLY_FILLED_IN.fullmatch(PLACEHOLDER.sub("", text))}


@pytest.mark.parametrize("app", APPS)
def test_what_the_program_fills_in_is_kept(app: str) -> None:
    pairs = translated(committed(app)).items()
    assert not [fault for entry, strings in pairs for fault in placeholder_faults(entry, strings)]


@pytest.mark.parametrize("app", APPS)
def test_no_other_catalogue_says_something_else(app: str) -> None:
    """Django merges them all: LOCALE_PATHS wins over the apps, and an app over those below it, silently."""
    own = translated(committed(app))
    others = {other: translated(committed(other)) for other in APPS[: APPS.index(app)]}
    others["Wagtail's"] = translated(read_catalogue(WAGTAIL_WORDS))
    conflicts = [
        f"{entry.singular!r}: {app} says {strings}, {name} {theirs[entry]}"
        for name, theirs in others.items()
        for entry, strings in own.items()
        if entry in theirs and theirs[entry] != strings
    ]
    assert not conflicts
