"""What every public page needs besides its own text: hotlines, rights, languages, sections, feeds."""

import dataclasses
import re
from typing import Self

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import Locale, Page, Site

from campaigns.models import Hotline, Language, RightsText, SectionPage
from campaigns.public import page_cache
from publishers.models import Channel

SHORT_NAME = 24
SHORT_DIAL = 5
BAR_SIZE = 3
HOME_DEPTH = 2
# A host name, as in "pbgdpl.gov.vn 5283" or a whole address.
WEB_PLACE = re.compile(r"https?://|\b[a-z0-9-]+\.(?:vn|com|org|net|gov|edu)\b", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Number:
    """A hotline that may be called today."""

    number: str
    dial: str
    name: str
    owner: str
    scope: str
    hours: str

    @property
    def is_long(self) -> bool:
        """Whether it is more than an emergency number of three or four digits."""
        return len(self.dial) > SHORT_DIAL

    @property
    def short(self) -> str:
        """What fits beside the number in the bar of a phone."""
        return self.name if len(self.name) <= SHORT_NAME else self.hours or self.name

    @classmethod
    def of(cls, hotline: Hotline) -> Self:
        return cls(hotline.number, hotline.dial, hotline.name, hotline.owner, hotline.scope, hotline.hours)


@dataclasses.dataclass(frozen=True)
class Tongue:
    """A campaign language as the public pages show it."""

    code: str
    name: str
    spoken_only: bool


@dataclasses.dataclass(frozen=True)
class Section:
    """A live section of one language, with its own address and path in the page tree."""

    title: str
    path: str
    url: str


@dataclasses.dataclass(frozen=True)
class Rights:
    """The approved passage on victims' rights and support."""

    sentence: str
    passage: str
    source: str


@dataclasses.dataclass(frozen=True)
class Facts:
    """Everything above, of the whole site, read at once and kept with the page cache."""

    numbers: tuple[Number, ...] = ()
    tongues: dict[str, Tongue] = dataclasses.field(default_factory=dict)
    codes: dict[int, str] = dataclasses.field(default_factory=dict)
    homes: dict[str, str] = dataclasses.field(default_factory=dict)
    sections: dict[str, tuple[Section, ...]] = dataclasses.field(default_factory=dict)
    rights: dict[str, Rights] = dataclasses.field(default_factory=dict)
    feeds: tuple[tuple[str, str], ...] = ()

    @property
    def bar(self) -> tuple[Number, ...]:
        """The numbers of the bar that is always in sight: three short ones, or two if one is long."""
        first = self.numbers[:BAR_SIZE]
        return first if all(not line.is_long for line in first) else first[: BAR_SIZE - 1]

    def address(self, url_path: str, code: str) -> str:
        """The site-relative address of the page at ``url_path`` of the tree, in the language ``code``."""
        return _address(self.homes.get(code, ""), url_path, code)


def facts() -> Facts:
    """The site's facts of today, from the cache or, at most once a minute, from the database."""
    found: Facts | None = page_cache.kept("facts")
    if found is None:
        drawn_at = page_cache.version()
        found = _read()
        page_cache.keep("facts", found, drawn_at)
    return found


def facts_or_nothing() -> Facts:
    """The facts for the page that says that the site is out of order: never an error."""
    try:
        return facts()
    except DatabaseError:
        return Facts()


def cited(source: str) -> str:
    """The laws and articles that a source line names, without where on the web staff read them.

    >>> cited("Luật số 53/2024/QH15 (Điều 3, Điều 37); Nghị định số 162/2025/NĐ-CP; pbgdpl.gov.vn 5283")
    'Luật số 53/2024/QH15 (Điều 3, Điều 37); Nghị định số 162/2025/NĐ-CP'
    """
    parts = (part.strip() for part in source.split(";"))
    return "; ".join(part for part in parts if part and not WEB_PLACE.search(part))


def _address(home: str, url_path: str, code: str) -> str:
    if not home or not url_path.startswith(home):
        return "/"
    with translation.override(code):
        return reverse("wagtail_serve", args=(url_path.removeprefix(home),))


def _read() -> Facts:
    today = timezone.localdate()
    codes = dict(Locale.objects.values_list("pk", "language_code"))
    homes, sections = _tree(codes)
    valid = RightsText.objects.filter(valid_from__lte=today).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today))
    return Facts(
        numbers=tuple(Number.of(hotline) for hotline in Hotline.objects.usable_on(today)),
        tongues={
            language.code: Tongue(language.code, language.shown_name, language.spoken_only)
            for language in Language.objects.all()
        },
        codes=codes,
        homes=homes,
        sections=sections,
        rights={
            text.language.code: Rights(text.sentence, text.passage, cited(text.source))
            for text in valid.select_related("language").order_by("valid_from")
        },
        feeds=_feeds(),
    )


def _feeds() -> tuple[tuple[str, str], ...]:
    """Name and slug of each live feed."""
    channels = Channel.objects.filter(platform="feed", rehearsal=False).order_by("pk")
    return tuple((channel.name, str(channel.options.get("slug", ""))) for channel in channels)


def _tree(codes: dict[int, str]) -> tuple[dict[str, str], dict[str, tuple[Section, ...]]]:
    """The home page's path in the tree, and the live sections, of each language."""
    root_key = Site.objects.filter(is_default_site=True).values("root_page__translation_key")
    wanted = Q(depth=HOME_DEPTH, translation_key__in=root_key) | Q(depth=HOME_DEPTH + 1)
    pages = Page.objects.live().filter(wanted).order_by("depth", "path").select_related("content_type")
    homes: dict[str, str] = {}
    sections: dict[str, tuple[Section, ...]] = {}
    for page in pages:
        code = codes.get(page.locale_id, settings.LANGUAGE_CODE)
        if page.depth == HOME_DEPTH:
            homes.setdefault(code, page.url_path)
        elif page.content_type.model_class() is SectionPage:
            address = _address(homes.get(code, ""), page.url_path, code)
            sections[code] = (*sections.get(code, ()), Section(page.title, page.url_path, address))
    return homes, sections
