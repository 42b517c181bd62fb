"""Every word Wagtail shows staff has Vietnamese: our catalogue over Wagtail's, Django's and taggit's own."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

OURS = Path(__file__).resolve().parents[2] / "cms" / "locale_wagtail" / "vi" / "LC_MESSAGES"
DOMAINS = ("django", "djangojs")

# Folder of each package that holds the "locale" directory, as a module path.
APPS = (
    "wagtail",
    "wagtail.admin",
    "wagtail.images",
    "wagtail.documents",
    "wagtail.snippets",
    "wagtail.users",
    "wagtail.sites",
    "wagtail.search",
    "wagtail.embeds",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.locales",
    "taggit",
    "django.conf",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.humanize",
)

# %(name)s, %s, %d, %% and {name}: what the program fills in, and must find again in the Vietnamese.
PLACEHOLDER = re.compile(r"%\(\w+\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]|%[sdrf%]|\{\w*\}")
TAG = re.compile(r"<[^>]*>")

# Left in English because it is the same in Vietnamese: names and units.
UNITS = {"%(size)d byte", "%s KB", "%s MB", "%s GB", "%s TB", "%s PB"}
SAME_IN_BOTH = {"Email", "IPv4", "IPv6"} | UNITS
ONLY_FILLED_IN = re.compile(r"[\W_]*")


# Names kept in the database that the group form passes through gettext, so no package lists them.
PERMISSION_LABELS = ("Can lock", "Can publish", "Can unlock")


class Entry(NamedTuple):
    """What gettext looks a message up by: context, singular and (or None) plural."""

    context: str | None
    singular: str
    plural: str | None


def entry_of(message: Message) -> Entry:
    ids = (message.id,) if isinstance(message.id, str) else message.id
    return Entry(message.context or None, ids[0], ids[1] if len(ids) > 1 else None)


def strings_of(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def translated(catalog: Catalog) -> dict[Entry, tuple[str, ...]]:
    """Entries with Vietnamese that gettext would use: not empty, not fuzzy, not obsolete."""
    return {
        entry_of(message): strings_of(message)
        for message in messages(catalog)
        if not message.fuzzy and strings_of(message) and all(strings_of(message))
    }


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as stream:
        return read_po(stream, locale=None if "/en/" in path.as_posix() else "vi")


def locale_file(app: str, language: str, domain: str) -> Path | None:
    spec = find_spec(app)
    assert spec is not None, f"{app} is not installed"
    assert spec.submodule_search_locations, f"{app} is not a package"
    path = Path(spec.submodule_search_locations[0]) / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
    return path if path.exists() else None


@cache
def our_catalogue(domain: str) -> Catalog:
    return read_catalogue(OURS / f"{domain}.po")


@cache
def english_entries(app: str, domain: str) -> frozenset[Entry]:
    path = locale_file(app, "en", domain)
    return frozenset(entry_of(message) for message in messages(read_catalogue(path))) if path else frozenset()


@cache
def vietnamese_entries(app: str, domain: str) -> dict[Entry, tuple[str, ...]]:
    """What a page of this app shows: the package's own Vietnamese, with ours over it."""
    path = locale_file(app, "vi", domain)
    own = translated(read_catalogue(path)) if path else {}
    return own | translated(our_catalogue(domain))


def placeholder_faults(entry: Entry, strings: tuple[str, ...]) -> list[str]:
    """One Vietnamese string stands for both English forms: it needs what both have, and may use either's."""
    forms = [
        Counter(PLACEHOLDER.findall(form)) for form in (entry.singular, entry.plural) if form is not None
    ]
    faults = []
    for string in strings:
        found = Counter(PLACEHOLDER.findall(string))
        exact = len(forms) == 1 and found != forms[0]
        needed = set.intersection(*(set(form) for form in forms))
        allowed = set.union(*(set(form) for form in forms))
        if exact or not needed <= set(found) <= allowed:
            faults.append(f"{entry.singular!r} -> {string!r}")
    return faults


CATALOGUES = [(app, domain) for app in APPS for domain in DOMAINS if english_entries(app, domain)]


def test_the_packages_still_hold_the_catalogues_we_cover() -> None:
    """A package that moves its catalogue would otherwise leave the tests below with nothing to check."""
    assert {app for app, domain in CATALOGUES if domain == "django"} == set(APPS)
    assert ("wagtail.admin", "djangojs") in CATALOGUES
    assert len(english_entries("wagtail.admin", "django")) > 800


@pytest.mark.parametrize(("app", "domain"), CATALOGUES)
def test_every_english_message_has_vietnamese(app: str, domain: str) -> None:
    missing = english_entries(app, domain) - vietnamese_entries(app, domain).keys()
    assert not missing, sorted(missing, key=str)


@pytest.mark.parametrize(
    ("app", "domain"), [pair for pair in CATALOGUES if not pair[0].startswith("django.")]
)
def test_our_catalogue_alone_covers_wagtail(app: str, domain: str) -> None:
    """Wagtail's own Vietnamese uses other words for the same things, so ours replaces it whole."""
    assert not english_entries(app, domain) - translated(our_catalogue(domain)).keys()


def test_permission_labels_of_snippets_have_vietnamese() -> None:
    ours = translated(our_catalogue("django"))
    assert not [label for label in PERMISSION_LABELS if Entry(None, label, None) not in ours]


@pytest.mark.parametrize(("app", "domain"), CATALOGUES)
def test_what_the_program_fills_in_is_kept(app: str, domain: str) -> None:
    vietnamese = vietnamese_entries(app, domain)
    shown = (entry for entry in english_entries(app, domain) if entry in vietnamese)
    assert not [fault for entry in shown for fault in placeholder_faults(entry, vietnamese[entry])]


@pytest.mark.parametrize("domain", DOMAINS)
def test_our_entries_keep_placeholders_tags_and_outer_space(domain: str) -> None:
    faults = []
    for entry, strings in translated(our_catalogue(domain)).items():
        faults += placeholder_faults(entry, strings)
        for string in strings:
            english = entry.plural or entry.singular
            if sorted(TAG.findall(string)) != sorted(TAG.findall(english)):
                faults.append(f"tags: {english!r} -> {string!r}")
            if (string[:1].isspace(), string[-1:].isspace()) != (
                english[:1].isspace(),
                english[-1:].isspace(),
            ):
                faults.append(f"space: {english!r} -> {string!r}")
    assert not faults


@pytest.mark.parametrize(("app", "domain"), CATALOGUES)
def test_no_message_is_left_in_english(app: str, domain: str) -> None:
    """A message "translated" by its own English, unless it is the same in both or only filled in."""
    vietnamese = vietnamese_entries(app, domain)
    left = {
        entry.singular
        for entry in english_entries(app, domain)
        if entry.singular in vietnamese.get(entry, ())
        and entry.singular not in SAME_IN_BOTH
        and not ONLY_FILLED_IN.fullmatch(PLACEHOLDER.sub("", entry.singular))
    }
    assert not left


@pytest.mark.parametrize("domain", DOMAINS)
def test_our_catalogue_compiles_whole(domain: str) -> None:
    catalog = our_catalogue(domain)
    assert catalog.num_plurals == 1
    assert not [message.id for message in messages(catalog) if message.fuzzy or not all(strings_of(message))]
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    assert len(translated(read_mo(compiled))) == len(translated(catalog)) == len(catalog)
