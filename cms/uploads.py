"""Uploaded pictures and recordings, served by the site itself where no web server in front does.

Only folders that are public by their nature. Files of the document library go through Wagtail's own
view, which asks for permission; a private one is never reachable here. Originals of pictures stay
closed, too: a phone writes into them where they were taken.
"""

import mimetypes
import re
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils._os import safe_join
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from django.views.static import was_modified_since

PUBLIC_FOLDERS = ("images", "recordings", "cards", "programmes", "leaflets")
PUBLIC_TYPES = ("image/", "audio/", "video/webm", "application/pdf")
# 18 digits are more bytes than any file has; a longer number would cost time to read, and is not heard.
ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@require_safe
def upload(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve one upload, or 404. Its type is never guessed by the browser, so no upload becomes a page.

    A player that asks for a piece gets that piece: without it an iPhone plays no recording at all.
    """
    file = _find(path)
    changed, size = file.stat().st_mtime, file.stat().st_size
    wanted = ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    response: HttpResponseBase
    if not was_modified_since(request.headers.get("If-Modified-Since"), changed):
        response = HttpResponseNotModified()
    elif wanted and any(wanted.groups()):
        response = _piece(file, size, *wanted.groups())
    else:
        response = FileResponse(file.open("rb"))
    response["Content-Type"] = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    response["Accept-Ranges"] = "bytes"
    response["Last-Modified"] = http_date(changed)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'"
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _find(path: str) -> Path:
    """The file, if it is one that readers may have.

    :raises Http404: for everything else; a way out of the folder is a SuspiciousFileOperation (400).
    """
    kind = mimetypes.guess_type(path)[0] or ""
    if path.split("/", 1)[0] not in PUBLIC_FOLDERS or not kind.startswith(PUBLIC_TYPES):
        raise Http404(path)
    file = Path(safe_join(settings.MEDIA_ROOT, path))
    folders = (Path(settings.MEDIA_ROOT).resolve() / folder for folder in PUBLIC_FOLDERS)
    if not file.is_file() or not any(file.resolve().is_relative_to(folder) for folder in folders):
        raise Http404(path)
    return file


def _piece(file: Path, size: int, first: str, last: str) -> HttpResponse:
    """``bytes=first-last``, ``first-`` or ``-last`` (RFC 9110 section 14); 416 when the file is shorter."""
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    with file.open("rb") as handle:
        handle.seek(start)
        body = handle.read(end - start + 1)
    return HttpResponse(body, status=206, headers={"Content-Range": f"bytes {start}-{end}/{size}"})
