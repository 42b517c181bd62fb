"""The sample materials and events of campaigns/data/samples, entered as an author would: as drafts.

Samples are marked and can reach rehearsal channels only. A page that exists is left as staff have it.
"""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, cast

from django.db import transaction
from wagtail.models import Comment, Locale, Page

from campaigns.models import (
    Agency,
    Campaign,
    ContentHead,
    EventGroupText,
    EventPage,
    Language,
    MaterialGroupText,
    MaterialPage,
    Place,
    ProgrammeItem,
    TargetGroup,
)
from campaigns.models.pages import CHANNEL_TEXTS
from campaigns.reference import DATA
from campaigns.site_tree import EVENTS_SLUG, MATERIALS_SLUG, ensure_locale_tree, source_section

CAMPAIGN_KEY = "dot-cao-diem-2027"
TEXTS = ("summary", *CHANNEL_TEXTS)
GROUP_TEXTS = ("lead", *CHANNEL_TEXTS)
Sample = dict[str, Any]


@transaction.atomic
def load_samples(author: Any) -> list[Page]:
    """Make what is missing of the sample pages and their translations, all as drafts by ``author``.

    :return: all sample pages, those that were there included; translations after their source.
    :raises SectionPage.DoesNotExist: before the reference data was loaded.
    """
    pages: list[Page] = []
    for folder, model, section in (
        ("materials", MaterialPage, MATERIALS_SLUG),
        ("events", EventPage, EVENTS_SLUG),
    ):
        for sample in _samples(folder):
            page = _existing(model, sample["slug"]) or _write_source(model, section, sample, author)
            pages.append(page)
            pages += [_translation(page, texts, author) for texts in sample["translations"]]
    return pages


def _samples(folder: str) -> Iterator[Sample]:
    for path in sorted((DATA / "samples" / folder).glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def _existing(model: type[Page], slug: str) -> Page | None:
    return model.objects.filter(slug=slug, locale__language_code="vi").first()


def _write_source(model: type[Page], section_slug: str, sample: Sample, author: Any) -> Page:
    section = source_section(section_slug)
    page: Any = model(
        title=sample["title"],
        slug=sample["slug"],
        locale=section.locale,
        owner=author,
        live=False,
        is_sample=True,
        real_case="no",
        campaign=Campaign.objects.filter(key=CAMPAIGN_KEY).first(),
        body=_body(sample),
        **{name: sample[name] for name in TEXTS},
        **(_event_fields(sample) if model is EventPage else {}),
    )
    text_model = EventGroupText if model is EventPage else MaterialGroupText
    page.group_texts = list(_group_texts(text_model, sample, section.locale))
    if model is EventPage:
        page.programme = [ProgrammeItem(sort_order=n, **item) for n, item in enumerate(sample["programme"])]
    section.add_child(instance=page)
    page.target_groups = TargetGroup.objects.filter(key__in=sample["groups"])
    page.content_heads = ContentHead.objects.filter(number__in=sample["content_heads"])
    page.save()
    page.save_revision(user=author, log_action=True)
    return cast(Page, page)


def _body(texts: Sample) -> str:
    return json.dumps(texts["body"])


def _event_fields(sample: Sample) -> Sample:
    place = sample["place"]
    return {
        "kind": sample["kind"],
        "venue": sample["venue"],
        "starts_at": dt.datetime.fromisoformat(sample["starts_at"]),
        "ends_at": dt.datetime.fromisoformat(sample["ends_at"]),
        "organiser": Agency.objects.get(key=sample["organiser"]),
        "place": Place.objects.get(
            level=place["level"], code=place["code"], valid_from=dt.date.fromisoformat(place["valid_from"])
        ),
    }


def _group_texts(model: Any, sample: Sample, locale: Locale) -> Iterator[Any]:
    groups = {group.key: group for group in TargetGroup.objects.all()}
    for order, text in enumerate(sample["group_texts"]):
        kept = {name: text[name] for name in GROUP_TEXTS}
        yield model(group=groups[text["group"]], locale=locale, sort_order=order, **kept)


def _translation(page: Page, texts: Sample, author: Any) -> Page:
    language = Language.objects.get(key=texts["language_key"])
    ensure_locale_tree(language)
    locale = Locale.objects.get(language_code=language.code)
    found = page.get_translation_or_none(locale)
    if found is not None:
        return cast(Page, found.specific)
    copy: Any = page.copy_for_translation(locale)
    copy.owner = author
    copy.title = copy.draft_title = texts["title"]
    copy.body = _body(texts)
    for name in TEXTS:
        setattr(copy, name, texts[name])
    # The copy brings the Vietnamese parts along; a version never falls back silently (DESIGN 4.4).
    copy.group_texts = []
    if page.specific_class is EventPage:
        copy.programme = []
    copy.wagtail_admin_comments = [Comment(user=author, contentpath="title", text=texts["note"])]
    copy.save()
    copy.save_revision(user=author, log_action=True)
    return cast(Page, copy)
