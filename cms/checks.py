"""System checks of the site."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.translation import check_for_language, get_supported_language_variant


@register()
def languages_have_catalogues(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every language resolves to itself: a missing catalogue silently means a sibling language."""
    missing = [code for code, _name in settings.LANGUAGES if not _resolves(code)]
    if not missing:
        return []
    return [
        Error(
            f"No compiled catalogue for {', '.join(missing)}.",
            hint="Run: python manage.py compile_catalogues",
            id="cms.E001",
        )
    ]


def _resolves(code: str) -> bool:
    try:
        return check_for_language(code) and get_supported_language_variant(code, strict=True) == code
    except LookupError:
        return False
