"""An approval holds for the picture and the recording, too: nobody changes them alone afterwards."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Approval
from media.models import Picture, Recording


def naming(media: Iterable[Picture | Recording]) -> Q:
    """Which approvals name one of ``media``: as their picture, as one within the text, or as their recording."""
    found = Q(pk__in=())
    for medium in media:
        name = "cover" if isinstance(medium, Picture) else "recording"
        found |= Q(**{f"snapshot__{name}": medium.pk}) | Q(**{f"snapshot__{name}__id": medium.pk})
        if name == "cover":
            found |= Q(snapshot__pictures__has_key=str(medium.pk))
    return found


def refusal(medium: Any) -> str:
    """Why a picture or recording stays as it is: a standing approval names it. Empty when none does."""
    standing = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    if not Approval.objects.filter(naming([medium]), standing, withdrawn_at=None).exists():
        return ""
    if isinstance(medium, Picture):
        return _(
            "An approved text uses this picture, so it stays as it was approved. "
            "Upload a new picture, choose it in the content and have that approved."
        )
    return _(
        "An approved text uses this recording, so it stays as it was approved. "
        "Upload a new recording, choose it in the content and have that approved."
    )
