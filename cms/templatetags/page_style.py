"""Style and script of the public pages, written into the page: one round trip on a slow line.

The Content-Security-Policy (cms/middleware.py) allows exactly these two texts by their digests.
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

FOLDER = Path(__file__).resolve().parent.parent / "static" / "cms"


@cache
def page_text(name: str) -> str:
    """The file's text without comments and line breaks."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


@cache
def digest(name: str) -> str:
    """The source expression that a Content-Security-Policy knows the text by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(page_text(name).encode()).digest()).decode()}'"


@register.simple_tag
def inline_style() -> SafeString:
    return mark_safe(f"<style>{page_text('public.css')}</style>")


@register.simple_tag
def inline_script() -> SafeString:
    return mark_safe(f"<script>{page_text('quick-exit.js')}</script>")
