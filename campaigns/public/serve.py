"""Finds a public page in one query, where Wagtail's walk down the tree takes ten.

A page that is not found this way goes through Wagtail's own routing, which also answers 404.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language
from wagtail.url_routing import RouteResult
from wagtail.views import serve as wagtail_serve

from campaigns.models import EventPage, MaterialPage, SectionPage
from campaigns.public.facts import facts

CONTENT_DEPTH = 2


def serve_page(request: HttpRequest, path: str) -> HttpResponse:
    """Serve the live page at ``path`` of the active language.

    A language that has no home page yet leads to the Vietnamese one: its frame would be in mixed words.
    """
    if not speaks(get_language() or settings.LANGUAGE_CODE):
        return HttpResponseRedirect("/")
    page = find_page(path)
    if page is not None:
        request._wagtail_route_for_request = RouteResult(page)  # type: ignore[attr-defined]
    response: HttpResponse = wagtail_serve(request, path)
    return response


def speaks(code: str) -> bool:
    """Whether the site has a live home page in this language; Vietnamese always counts as there."""
    return code == settings.LANGUAGE_CODE or code in facts().homes


def find_page(path: str) -> Any:
    """The live material, event or section at ``path`` below the active language's home, or None."""
    home = facts().homes.get(get_language() or settings.LANGUAGE_CODE)
    steps = [step for step in path.split("/") if step]
    if home is None or not steps or len(steps) > CONTENT_DEPTH:
        return None
    url_path = f"{home}{'/'.join(steps)}/"
    if len(steps) < CONTENT_DEPTH:
        return SectionPage.objects.live().filter(url_path=url_path).select_related("locale").first()
    material = MaterialPage.objects.live().filter(url_path=url_path)
    event = EventPage.objects.live().filter(url_path=url_path)
    return (
        material.select_related("cover", "recording", "locale").first()
        or event.select_related("cover", "recording", "locale", "place__parent", "organiser").first()
    )
