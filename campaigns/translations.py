"""Beginning a translation: who may write in which language, and the draft that they begin from."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from wagtail.models import GroupPagePermission, Locale, Page

from campaigns.models import Language
from campaigns.models.pages import CampaignContent
from campaigns.site_tree import ensure_locale_tree, source_home


def source_of(content: Any) -> Any:
    """The Vietnamese version of ``content``, which translations begin from; itself where there is none."""
    found = Page.objects.filter(
        translation_key=content.translation_key, locale__language_code=settings.LANGUAGE_CODE
    ).first()
    return found.specific if found else content


def languages_for(user: Any) -> list[Language]:
    """The languages that ``user`` may translate into, in the campaign's order.

    Where a language has no pages yet, its own translators may begin, and whoever writes in every language.
    """
    home = source_home()
    if home is None:
        return []
    homes = {page.locale.language_code: page.specific for page in home.get_translations().select_related("locale")}
    everywhere = writes_everywhere(user)
    groups = set(user.groups.values_list("pk", flat=True))
    found = []
    for language in Language.objects.exclude(code=settings.LANGUAGE_CODE):
        own = homes.get(language.code)
        if own is not None:
            may = own.permissions_for_user(user).can_add_subpage()
        else:
            may = everywhere or language.translators_id in groups
        if may:
            found.append(language)
    return found


def writes_everywhere(user: Any) -> bool:
    """Whether one of the user's groups may add pages and is not the translators' group of one language."""
    if user.is_superuser:
        return True
    single = Language.objects.exclude(translators=None).values("translators")
    groups = Group.objects.filter(user=user).exclude(pk__in=single)
    return GroupPagePermission.objects.filter(group__in=groups, permission__codename="add_page").exists()


@transaction.atomic
def start_translation(*, content: CampaignContent, language: Language, user: Any) -> Any:
    """Return the version of ``content`` in ``language``; when there is none, make a draft by ``user``.

    The draft holds the Vietnamese texts, to be written over; it goes through native reading and approval
    like any other. The language's home and sections are made when they are missing.

    :raises PermissionError: when ``user`` may not write in ``language``.
    """
    if language not in languages_for(user):
        raise PermissionError(language.code)
    source = source_of(content)
    ensure_locale_tree(language)
    locale = Locale.objects.get(language_code=language.code)
    there = source.get_translation_or_none(locale)
    if there is not None:
        return there.specific
    draft = source.copy_for_translation(locale, copy_parents=True)
    # Wagtail leaves the source's owner; four eyes count who began the translation as a writer of it.
    draft.owner = user
    draft.save()
    draft.save_revision(user=user, log_action=True)
    return draft
