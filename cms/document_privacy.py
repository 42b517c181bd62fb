"""Private documents (a consent form, say) are for staff only; to anyone else they do not exist."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from wagtail import hooks
from wagtail.documents.models import document_served

from media.models import StoredDocument

ADMIN_ACCESS = "wagtailadmin.access_admin"


# Last of its kind: where a collection asks for more than this, Wagtail's own check has already answered.
@hooks.register("before_serve_document", order=1000)
def serve_private(document: StoredDocument, request: HttpRequest) -> HttpResponse | None:
    """A private document as a download that nothing on the way keeps; None for any other.

    :raises Http404: for whoever is not staff, as if there were no such document.
    """
    if not document.private:
        return None
    user: Any = request.user
    if not user.has_perm(ADMIN_ACCESS):
        raise Http404(document.filename)
    document_served.send(sender=type(document), instance=document, request=request)
    # Whole, for Wagtail takes no streaming answer from a hook; a signed sheet is small.
    with document.file.open("rb") as file:
        response = HttpResponse(file.read(), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=document.filename)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'"
    return response
