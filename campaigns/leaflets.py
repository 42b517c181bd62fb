"""The leaflet that posts bring along as a file: the A4 poster of the very version that is approved, as PDF.

Drawn here from the approved words and from nothing else, so that it needs no check of its own; a file from
outside may hold anything. It is made once for a version and group, and kept among the uploads.
"""

import logging

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.text import slugify
from django.utils.translation import gettext as _

from campaigns.models import Approval, TargetGroup
from campaigns.posters import REFUSALS, Wanted, poster_spec, stand_in_address, tracked_address
from media.posters import PosterSpec, cache_key, render_pdf
from publishers.message import Attachment

logger = logging.getLogger(__name__)
FOLDER = "leaflets"
FORM = "poster-a4"


def leaflet_for(approval: Approval, group: TargetGroup | None, *, draw: bool = True) -> Attachment | None:
    """The leaflet of a version, or None where its text cannot be set (:func:`refusal` says so at save).

    A group that has no short text of its own gets the general one.

    :param draw: False stores nothing, neither a file nor the link that its code leads to.
    """
    try:
        spec = _spec(approval, group, draw=draw)
    except REFUSALS as error:
        logger.warning("no leaflet for approval %s: %s", approval.pk, error)
        return None
    # The name is what readers see who save it.
    name = f"{FOLDER}/{cache_key(spec)}/{slugify(approval.snapshot.get('slug', ''))[:60] or 'to-roi'}.pdf"
    if draw and not default_storage.exists(name):
        default_storage.save(name, ContentFile(render_pdf(spec).data))
    address = f"{settings.SITE_URL}{default_storage.url(name)}"
    return Attachment(name=name, url=address, alt=_("Leaflet"), mime="application/pdf")


def refusal(approval: Approval) -> str:
    """Why no leaflet can be drawn of a version, in words for staff; empty when it can."""
    try:
        _spec(approval, None, draw=False)
    except REFUSALS as error:
        return str(error)
    return ""


def _spec(approval: Approval, group: TargetGroup | None, *, draw: bool) -> PosterSpec:
    special = approval.snapshot.get("group_texts", {}).get(group.key, {}) if group else {}
    own = group if special.get("lead") or special.get("message_text") else None
    wanted = Wanted(FORM, group=own)
    stored = draw and approval.pk is not None and approval.page_id is not None
    return poster_spec(approval, wanted, address=tracked_address(approval, wanted) if stored else stand_in_address())
