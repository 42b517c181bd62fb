"""What the public templates show besides the page's own fields."""

import dataclasses
import datetime as dt
import json
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from wagtail.models import Page

from campaigns.models import EventPage, TargetGroup
from campaigns.public.consented import shown
from campaigns.public.facts import Facts, Rights, Section, facts, facts_or_nothing
from campaigns.public.feeds import absolute
from campaigns.public.when import clock_range, day_in_words, weekday

register = template.Library()

MAP_SEARCH = "https://www.openstreetmap.org/search"
_FRAME = "_loa_public_frame"


@dataclasses.dataclass(frozen=True)
class Version:
    """One language in which the page can be read."""

    code: str
    name: str
    url: str
    current: bool


@dataclasses.dataclass
class Frame:
    """What stands around a page: asked for once a request, and only what is shown is looked up."""

    facts: Facts
    page: Any = None

    @cached_property
    def code(self) -> str:
        """The page's language (locale code)."""
        if self.page is not None and getattr(self.page, "locale_id", None):
            return self.facts.codes.get(self.page.locale_id) or self.page.locale.language_code
        return translation.get_language() or settings.LANGUAGE_CODE

    @cached_property
    def text_lang(self) -> str:
        """``lang`` of the page's text: a spoken-only language's text is a Vietnamese transcript."""
        tongue = self.facts.tongues.get(self.code)
        return settings.LANGUAGE_CODE if tongue and tongue.spoken_only else self.code

    @cached_property
    def chrome_lang(self) -> str:
        """``lang`` of the words around the text: English on English pages, else Vietnamese."""
        return "en" if self.code.split("-")[0] == "en" else settings.LANGUAGE_CODE

    @cached_property
    def name(self) -> str:
        """The page's language as its readers call it."""
        tongue = self.facts.tongues.get(self.code)
        return tongue.name if tongue else self.code

    @cached_property
    def versions(self) -> list[Version]:
        """The languages with a live page of the same content, in the campaign's order."""
        if self.page is None or not self.page.pk:
            return []
        rows = Page.objects.live().filter(translation_key=self.page.translation_key)
        paths = {self.facts.codes.get(locale, ""): path for locale, path in rows.values_list("locale", "url_path")}
        return [
            Version(code, tongue.name, self.facts.address(paths[code], code), code == self.code)
            for code, tongue in self.facts.tongues.items()
            if code in paths
        ]

    @property
    def sections(self) -> tuple[Section, ...]:
        return self.facts.sections.get(self.code, ())

    @cached_property
    def section(self) -> Section | None:
        """The section that the page stands in."""
        path = getattr(self.page, "url_path", "") or ""
        return next((section for section in self.sections if path.startswith(section.path)), None)

    @property
    def home_url(self) -> str:
        home = self.facts.homes.get(self.code)
        return self.facts.address(home, self.code) if home else "/"

    @property
    def rights(self) -> Rights | None:
        """The passage in the page's own language; never in another (DESIGN 4.4)."""
        return self.facts.rights.get(self.text_lang)

    @cached_property
    def canonical(self) -> str:
        path = getattr(self.page, "url_path", "")
        return absolute(self.facts.address(path, self.code)) if path else ""

    @property
    def feeds(self) -> list[tuple[str, str, str]]:
        """Name, RSS address and Atom address of each live feed."""
        return [
            (name, reverse("public:feed", args=(slug, "xml")), reverse("public:feed", args=(slug, "atom")))
            for name, slug in self.facts.feeds
            if slug
        ]

    @property
    def exit_url(self) -> str:
        return settings.LOA_QUICK_EXIT_URL


@register.simple_tag(takes_context=True)
def public_frame(context: template.Context) -> Frame:
    """The frame of the page in ``context``, shared by all templates of one request."""
    request, page = context.get("request"), context.get("page")
    if request is None:
        return Frame(facts_or_nothing())
    frame: Frame | None = getattr(request, _FRAME, None)
    if frame is None or (page is not None and frame.page is not page):
        frame = Frame(facts(), page)
        setattr(request, _FRAME, frame)
    return frame


@register.simple_tag
def address(page: Any) -> str:
    """The address of a page, with no query."""
    known = facts()
    return known.address(page.url_path, known.codes.get(page.locale_id, settings.LANGUAGE_CODE))


@register.simple_tag
def texts_by_group(page: Any) -> list[tuple[TargetGroup, str]]:
    """Each group with the opening written for it, in the groups' order; works on a draft, too."""
    texts = [text for text in page.group_texts.all().select_related("group") if text.lead.strip()]
    return [(text.group, text.lead) for text in sorted(texts, key=lambda text: text.group.order)]


@register.filter
def consented(medium: Any) -> bool:
    """Whether there is a picture or recording, and whoever is in it agreed to its being on the public pages."""
    return shown(medium)


@register.filter
def has_block(body: Any, name: str) -> bool:
    """Whether a page's text has a block of that kind."""
    return any(block.block_type == name for block in body)


@register.filter
def event_day(event: EventPage) -> str:
    """The day with its weekday: “thứ Sáu, ngày 30/7/2027”."""
    return day_in_words(event.starts_at, event.ends_at)


@register.filter
def event_clock(event: EventPage) -> str:
    """From when to when: “7 giờ 30 – 10 giờ”."""
    return clock_range(event.starts_at, event.ends_at)


@register.filter
def event_weekday(event: EventPage) -> str:
    return weekday(event.starts_at)


@register.filter
def is_over(event: EventPage) -> bool:
    """Whether the event has passed; one without an end counts as over two hours after it began."""
    return (event.ends_at or event.starts_at + dt.timedelta(hours=2)) < timezone.now()


@register.filter
def clock_length(seconds: Any) -> str:
    """A recording's length as minutes and seconds, ``2:05``."""
    whole = round(float(seconds or 0))
    return f"{whole // 60}:{whole % 60:02d}"


@register.filter
def map_search(event: EventPage) -> str:
    """A map search for the event's commune. The venue is left out: few halls are on the map."""
    parts = [event.place.name, event.place.parent.name if event.place.parent else "", "Việt Nam"]
    return f"{MAP_SEARCH}?{urlencode({'query': ', '.join(part for part in parts if part)})}"


@register.simple_tag
def event_data(event: EventPage) -> SafeString:
    """The event for search engines (schema.org). A sample gives none: it must not look real to them."""
    if event.is_sample:
        return mark_safe("")
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "description": event.summary,
        "startDate": timezone.localtime(event.starts_at).isoformat(),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "eventStatus": "https://schema.org/EventScheduled",
        "isAccessibleForFree": True,
        "inLanguage": facts().codes.get(event.locale_id, settings.LANGUAGE_CODE),
        "url": absolute(address(event)),
        "location": {
            "@type": "Place",
            "name": event.venue,
            "address": {"@type": "PostalAddress", "addressLocality": event.place.name, "addressCountry": "VN"},
        },
    }
    if event.ends_at:
        data["endDate"] = timezone.localtime(event.ends_at).isoformat()
    if event.organiser:
        data["organizer"] = {"@type": "Organization", "name": event.organiser.name}
    text = json.dumps(data, ensure_ascii=False).translate({ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&"})
    return mark_safe(f'<script type="application/ld+json">{text}</script>')


@register.simple_tag
def sample_mark() -> str:
    """The words that mark a sample wherever it appears."""
    return _("SAMPLE – not official content")
