"""The service worker of a station's pages: they open without a network, and what was kept is sent later."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from campaigns.models import PersonalLink
from campaigns.models.links import LinkPurpose
from campaigns.personal.access import personal_page


@personal_page(LinkPurpose.STATION)
def worker(request: HttpRequest, link: PersonalLink) -> HttpResponse:
    """Its scope is the folder of this address: the one station's pages."""
    script = render_to_string("campaigns/personal/worker.txt")
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")
