"""What search engines are asked to leave alone: rehearsals, counted links, the staff's side."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

CLOSED = ("/quan-tri/", "/tep/", "/l/", "/dien-tap/")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Serve ``/robots.txt``."""
    lines = ("User-agent: *", *(f"Disallow: {path}" for path in CLOSED))
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
