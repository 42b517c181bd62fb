"""Who can do which step in which language: the people that an assignment may go to."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, Q, QuerySet
from wagtail.models import GroupPagePermission, Page

from campaigns.models import FourEyesTask, Language, Step
from campaigns.site_tree import source_home
from campaigns.versions import SOURCE


def who_can(step: str, language: Language) -> QuerySet[Any]:
    """Active members of staff who may do ``step`` in ``language``; those of the language's own group first."""
    User = get_user_model()
    if step == Step.REVIEW:
        # A superuser is not enough: only whoever reads the language.
        able = Q(groups=language.reviewers_id) if language.reviewers_id else Q(pk=None)
        own = language.reviewers_id
    elif step == Step.APPROVE:
        able = Q(is_superuser=True) | Q(groups__in=FourEyesTask.objects.filter(active=True).values("groups"))
        own = None
    else:
        able = Q(is_superuser=True) | Q(groups__in=_writing_groups(language))
        own = language.translators_id
    mine = Exists(Group.objects.filter(pk=own or 0, user=OuterRef("pk")))
    people = User.objects.filter(able, is_active=True).annotate(of_language=mine)
    return people.order_by("-of_language", "first_name", "last_name", "username").distinct()


def _writing_groups(language: Language) -> QuerySet[Group]:
    """The groups that may add pages in ``language``; before it has any page, those that may begin it."""
    allowed = GroupPagePermission.objects.filter(permission__codename="add_page")
    home = _home_of(language)
    if home is not None:
        allowed = allowed.filter(page__in=home.get_ancestors(inclusive=True))
        return Group.objects.filter(pk__in=allowed.values("group"))
    single = Language.objects.exclude(translators=None).values("translators")
    everywhere = allowed.exclude(group__in=single).values("group")
    return Group.objects.filter(Q(pk__in=everywhere) | Q(pk=language.translators_id))


def _home_of(language: Language) -> Page | None:
    home = source_home()
    if home is None or language.code == SOURCE:
        return home
    return home.get_translations().filter(locale__language_code=language.code).first()
