"""Words of Wagtail's admin that no catalogue reaches, because its code does not pass them through gettext.

Nothing here changes a model's Meta as migrations read it (``original_attrs``), so none is made for Wagtail.
"""

from typing import Any

from django.forms import boundfield
from django.forms.utils import pretty_name
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

# Labels that Django makes from names of fields in Wagtail's forms: links in a text, workflows, groups, roles.
FIELD_LABELS = (
    gettext_noop("Link text"),
    gettext_noop("Email address"),
    gettext_noop("Subject"),
    gettext_noop("Body"),
    gettext_noop("Phone number"),
    gettext_noop("Content types"),
    gettext_noop("Task type"),
    gettext_noop("Page"),
    gettext_noop("Locale"),
    gettext_noop("Role"),
)
SITE_COLUMNS = ("port", "site_name", "root_page")


def speak_vietnamese() -> None:
    """Give Wagtail's forms, lists and models the words they lack; once, when Django has loaded all models."""
    boundfield.pretty_name = translated_label  # type: ignore[attr-defined]
    _name_models()
    _label_lists()


def translated_label(name: str) -> str:
    """What Django calls a field that was given no label, in the reader's language."""
    label = pretty_name(name)
    return gettext(label) if label else label


def _name_models() -> None:
    from wagtail.contrib.simple_translation.models import SimpleTranslation
    from wagtail.models import Locale

    names: dict[Any, tuple[Any, Any]] = {
        Locale: (_("page language"), _("page languages")),
        SimpleTranslation: (_("copy for translation"), _("copies for translation")),
    }
    for model, (one, many) in names.items():
        model._meta.verbose_name, model._meta.verbose_name_plural = one, many


def _label_lists() -> None:
    from wagtail.admin.views.pages.search import SearchView
    from wagtail.models import Page, Site
    from wagtail.sites.views import IndexView

    # Without a name the list counts "6 None".
    SearchView.verbose_name, SearchView.verbose_name_plural = Page._meta.verbose_name, Page._meta.verbose_name_plural
    for column in IndexView.columns:
        if column.name in SITE_COLUMNS:
            column.label = capfirst(Site._meta.get_field(column.name).verbose_name)
