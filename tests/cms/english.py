"""What is English on a page: words that the catalogues' English uses and their Vietnamese never does.

So a label that no catalogue reaches ("Link text", "2 locales") is found like any other.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from django.conf import settings

READ_ATTRIBUTES = ("aria-label", "title", "placeholder", "alt", "data-w-tooltip-content-value", "label")
UNREAD = {"script", "style", "svg", "code", "pre"}
UNUSED_COUNTER = "data-side-panel-toggle-counter"
WORD = re.compile(r"[^\W\d_]+")
FILLED_IN = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]*>")
IDENTIFIER = re.compile(r"\w[-._/@:]+\w")
# What the program fills in, as staff write it in a text of their own: {name}.
PLACEHOLDER = re.compile(r"\{\w+\}")
PACKAGES = ("wagtail", "wagtail.admin", "wagtail.images", "wagtail.documents", "wagtail.snippets", "wagtail.users")
PACKAGES += ("wagtail.sites", "wagtail.locales", "wagtail.contrib.redirects", "wagtail.contrib.simple_translation")
PACKAGES += ("django.conf", "django.contrib.auth")
OUR_FOLDERS = ("cms/locale_wagtail", "cms/locale", "campaigns/locale", "publishers/locale", "media/locale")

# Names: the keyboard's, Zalo's kind of account, a commune (Pha Long).
ALLOWED_WORDS = {"ctrl", "alt", "shift", "official", "account", "long"}
# The name of the other language that a member of staff may choose.
ALLOWED = {"English"}


class Screen(HTMLParser):
    """The words of one page: text, labels, and strings inside the data that its scripts draw from."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: set[str] = set()
        self.data: set[str] = set()
        self.links: set[str] = set()
        self._open: list[str] = []
        self._json: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        # Wagtail keeps an unused counter in a hidden box that says "None".
        if tag in UNREAD or UNUSED_COUNTER in values:
            self._open.append(tag)
            self._json = [] if values.get("type") == "application/json" else None
        if tag == "a" and "href" in values:
            self.links.add(values["href"])
        self.words.update(self.tidy(values[name]) for name in READ_ATTRIBUTES if name in values)
        if tag == "input" and values.get("type") in ("submit", "button", "reset"):
            self.words.add(self.tidy(values.get("value", "")))
        for value in values.values():
            if value[:1] in "[{":
                self.add_data(value)

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[-1]:
            self._open.pop()
            if self._json:
                self.add_data("".join(self._json))
            self._json = None

    def handle_data(self, data: str) -> None:
        if self._json is not None:
            self._json.append(data)
        elif not self._open:
            self.words.add(self.tidy(data))

    def add_data(self, text: str) -> None:
        try:
            for value in strings_in(json.loads(text)):
                self.add_string(value)
        except json.JSONDecodeError:
            return

    def add_string(self, value: str) -> None:
        if value.startswith("/"):
            self.links.add(value)
        elif "<" in value:
            inner = Screen(value)
            self.words |= inner.words
            self.data |= inner.data
        else:
            self.data.add(self.tidy(value))

    @staticmethod
    def tidy(text: str) -> str:
        return " ".join(text.split())


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)


@cache
def catalogue() -> dict[str, str]:
    """English to Vietnamese: what our catalogues and Wagtail's say."""
    pairs: dict[str, str] = {}
    for folder in (*package_folders(), *(Path(settings.BASE_DIR) / name for name in OUR_FOLDERS)):
        for path in (folder / "vi" / "LC_MESSAGES").glob("django*.po"):
            with path.open("rb") as file:
                for message in read_po(file, locale="vi"):
                    for english in [message.id] if isinstance(message.id, str) else message.id:
                        string = message.string if isinstance(message.string, str) else message.string[0]
                        if english and string:
                            pairs[english] = string
    return pairs


def package_folders() -> Iterator[Path]:
    for name in PACKAGES:
        spec = find_spec(name)
        assert spec is not None, f"{name} is not installed"
        assert spec.submodule_search_locations, f"{name} is not a package"
        yield Path(spec.submodule_search_locations[0]) / "locale"


@cache
def english_words() -> frozenset[str]:
    """Words that the catalogues' English uses and their Vietnamese never does."""
    english = words_of(catalogue())
    return frozenset(word for word in english - words_of(catalogue().values()) if len(word) > 2)


def words_of(texts: Iterable[str]) -> set[str]:
    return {word.lower() for text in texts for word in WORD.findall(FILLED_IN.sub(" ", text))}


@cache
def english_labels() -> frozenset[str]:
    return frozenset(english for english, ours in catalogue().items() if english != ours)


def english_in(screen: Screen) -> set[str]:
    """Every text of a page that holds an English word, and every label left as its catalogue's English."""
    known = english_words() - ALLOWED_WORDS
    found = {text for text in screen.words if any(word in known for word in spoken(text))}
    # Data of scripts is full of names for the machine; only what reads like a label counts there.
    data = {text for text in screen.data if text[:1].isupper() or " " in text}
    return (found | ((screen.words | data) & english_labels())) - ALLOWED


def spoken(text: str) -> Iterator[str]:
    """The words of a text in lower case, without addresses and names for the machine (``chi-so``, ``a.b``)."""
    for chunk in PLACEHOLDER.sub(" ", text).split():
        if not IDENTIFIER.search(chunk):
            yield from (word.lower() for word in WORD.findall(chunk))
