"""The field for a page's address in the editor: the browser makes the same plain letters as the server.

Wagtail's own script knows no Vietnamese: it drops letters with two marks and writes “đ” the Serbian way, “dj”.
"""

import unicodedata
from typing import Any

from django.db import models
from wagtail.admin.forms.models import register_form_field_override
from wagtail.admin.widgets import SlugInput

BASES = "aeiouy"
# Circumflex, breve and horn make other vowels; grave, acute, hook, tilde and dot below are the tones.
SHAPES = ("", "\u0302", "\u0306", "\u031b")
TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
# Typed apart from their letter, as some keyboards and copied texts do.
LOOSE_MARKS = "[\u0300-\u036f]"


def letters_of(base: str) -> str:
    """All Vietnamese letters of one vowel, in one character each: ``a`` → ``àáả…ậ``."""
    made = {unicodedata.normalize("NFC", base + shape + tone) for shape in SHAPES for tone in TONES}
    return "".join(sorted(letter for letter in made if len(letter) == 1 and letter != base))


def formatters() -> list[tuple[str, str]]:
    """What the browser replaces by what before it cuts the rest, small and capital letters alike."""
    pairs = [("đĐ", "d"), *((letters_of(base) + letters_of(base).upper(), base) for base in BASES)]
    return [(f"[{letters}]", plain) for letters, plain in pairs] + [(LOOSE_MARKS, "")]


class PlainSlugInput(SlugInput):
    """Wagtail's field with Vietnamese letters made plain."""

    def __init__(self, attrs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(attrs, **{"formatters": formatters(), **kwargs})


def register() -> None:
    """Use it for every slug in the editor."""
    register_form_field_override(models.SlugField, override={"widget": PlainSlugInput})
