"""Uploaded pictures and recordings, served by the site itself where no web server in front does.

Only folders that are public by their nature. Files of the document library go through Wagtail's own
view, which asks for permission; a private one is never reachable here.
"""

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.static import serve

PUBLIC_FOLDERS = ("images", "original_images", "recordings")


def upload(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve one upload, or 404. Its type is never guessed by the browser, so no upload becomes a page."""
    if path.split("/", 1)[0] not in PUBLIC_FOLDERS:
        raise Http404
    response = serve(request, path, document_root=settings.MEDIA_ROOT)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'"
    response["Cache-Control"] = "public, max-age=86400"
    return response
