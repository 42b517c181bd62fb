"""The first pages of each language: its home and the two sections below it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from wagtail.models import Collection, Locale, Page, PageLogEntry, Site

from campaigns.models import Language, SectionPage

HOME_TITLE = "Loa – Phòng, chống mua bán người"
HOME_SLUG = "trang-chu"
MATERIALS_SLUG = "tai-lieu"
EVENTS_SLUG = "su-kien"
SECTIONS = {MATERIALS_SLUG: "Tài liệu", EVENTS_SLUG: "Sự kiện"}
SITE_NAME = "Loa"
ROOT_TITLE = "Tất cả các trang"
ROOT_COLLECTION = "Kho chung"


@transaction.atomic
def ensure_site_tree() -> int:
    """Make the Vietnamese home page with its sections, and let the default site begin there.

    Wagtail's own welcome page is removed. The site's host and port follow ``SITE_URL``.

    :return: how many pages were made.
    """
    home = source_home()
    created = 0
    if home is None:
        root = Page.get_first_root_node()
        home = _home_model()(title=HOME_TITLE, slug=HOME_SLUG, locale=_source_locale(), show_in_menus=True)
        root.add_child(instance=home)
        home.save_revision().publish()
        created += 1
    _point_site_at(home)
    _remove_welcome_page()
    _name_roots()
    return created + _ensure_sections(home)


@transaction.atomic
def ensure_locale_tree(language: Language) -> Page:
    """Return the home page of ``language``; make and publish it and its sections when first needed.

    Titles are copied from Vietnamese except the home's, which is the language's own name for itself.

    :raises LookupError: when the Vietnamese tree does not exist (run ``manage.py setup``).
    """
    home = source_home()
    if home is None:
        raise LookupError("The Vietnamese pages are missing: run manage.py setup.")
    if language.code == settings.LANGUAGE_CODE:
        return home
    locale, _created = Locale.objects.get_or_create(language_code=language.code)
    _ensure_translated(home, locale, title=f"{SITE_NAME} · {language.shown_name}")
    for section in SectionPage.objects.child_of(home):
        _ensure_translated(section, locale, title=section.title)
    # Read again: a page counts its children as they were when it was read.
    return home.get_translation(locale)


def source_home() -> Page | None:
    """The Vietnamese home page, or None before set-up."""
    return _home_model().objects.filter(locale__language_code=settings.LANGUAGE_CODE).order_by("path").first()


def source_section(slug: str) -> SectionPage:
    """One of the two Vietnamese sections.

    :param slug: ``MATERIALS_SLUG`` or ``EVENTS_SLUG``.
    :raises SectionPage.DoesNotExist: before set-up, or when staff removed it.
    """
    home = source_home()
    if home is None:
        raise SectionPage.DoesNotExist("The Vietnamese home page is missing: run manage.py setup.")
    return SectionPage.objects.child_of(home).get(slug=slug)


def _home_model() -> type[Page]:
    """The home page belongs to ``cms``, above this layer: it is whatever a section may lie under."""
    return SectionPage.clean_parent_page_models()[0]


def _source_locale() -> Locale:
    return Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)[0]


def _point_site_at(home: Page) -> None:
    address = urlsplit(settings.SITE_URL)
    port = address.port or (443 if address.scheme == "https" else 80)
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True, site_name=SITE_NAME)
    wanted = {"hostname": address.hostname or "localhost", "port": port, "root_page_id": home.pk}
    wanted["site_name"] = site.site_name or SITE_NAME
    if any(getattr(site, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(site, name, value)
        site.save()


def _remove_welcome_page() -> None:
    """Wagtail's first migration makes one: a bare Page below the root, of no use to anybody."""
    for page in Page.objects.filter(depth=2, slug="home", numchild=0):
        if page.specific_class is Page:
            key = page.pk
            page.delete()
            PageLogEntry.objects.filter(page=key).delete()


def _name_roots() -> None:
    """Wagtail's first migrations name the roots of the page tree and of the collections in English."""
    Page.objects.filter(depth=1, title="Root").update(title=ROOT_TITLE, draft_title=ROOT_TITLE)
    Collection.objects.filter(depth=1, name="Root").update(name=ROOT_COLLECTION)


def _ensure_sections(home: Page) -> int:
    there = set(SectionPage.objects.child_of(home).values_list("slug", flat=True))
    # add_child counts on the tree as it stands in the database.
    home = home.__class__.objects.get(pk=home.pk)
    missing = [slug for slug in SECTIONS if slug not in there]
    for slug in missing:
        section = SectionPage(title=SECTIONS[slug], slug=slug, locale=home.locale, show_in_menus=True)
        home.add_child(instance=section)
        section.save_revision().publish()
    return len(missing)


def _ensure_translated(page: Page, locale: Locale, *, title: str) -> None:
    if page.has_translation(locale):
        return
    copy = page.copy_for_translation(locale)
    copy.title = copy.draft_title = title
    copy.save_revision().publish()
