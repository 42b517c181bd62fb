"""A card for a content that has no picture of its own: title, summary and hotlines, drawn by media.posters.

A post with a picture is seen; most authors have none at hand. The card says nothing that the approval
does not say. It is made once per content, language and form, and kept among the uploads.
"""

import dataclasses
import logging

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from campaigns.models import Approval, Campaign
from media.fonts import MissingGlyphs
from media.posters import SAMPLE, PosterError, PosterSpec, alt_text, cache_key, first_that_fits, render
from publishers.message import Attachment

logger = logging.getLogger(__name__)
FOLDER = "cards"
HOTLINES_SHOWN = 2


def card_spec(approval: Approval, form: str) -> PosterSpec:
    """What the card of an approval shows.

    :raises PosterError: (or MissingGlyphs) where its text cannot be set.
    """
    return first_that_fits(_specs(approval, form))


def card_for(approval: Approval, form: str, *, draw: bool = True) -> Attachment | None:
    """The card of an approval in one of the poster forms, or None where its text cannot be set.

    :param form: a name of ``media.posters.spec`` such as ``facebook`` or ``square``.
    :param draw: False only says which file it would be: a preview draws no file at each keystroke.
    """
    try:
        spec = card_spec(approval, form)
        name = f"{FOLDER}/{cache_key(spec)}.jpg"
        if draw and not default_storage.exists(name):
            default_storage.save(name, ContentFile(render(spec).data))
        return Attachment(
            name=name, url=f"{settings.SITE_URL}{default_storage.url(name)}", alt=alt_text(spec), mime="image/jpeg"
        )
    except (PosterError, MissingGlyphs) as error:
        logger.warning("no card for approval %s: %s", approval.pk, error)
        return None


def campaign_of(approval: Approval) -> Campaign | None:
    """The campaign that the approved content belongs to, with its lead."""
    number = approval.snapshot.get("campaign") or 0
    return Campaign.objects.select_related("lead").filter(pk=number).first()


def hotlines_of(approval: Approval) -> tuple[tuple[str, str], ...]:
    """(number, name) of the hotlines that the approval names, as many as a card has room for."""
    pairs = (line.split(" – ", 1) for line in approval.snapshot.get("hotlines", [])[:HOTLINES_SHOWN])
    return tuple((parts[0], parts[-1]) for parts in pairs)


def _specs(approval: Approval, form: str) -> list[PosterSpec]:
    """The same card with and without its summary, for the one that fits."""
    snapshot, campaign = approval.snapshot, campaign_of(approval)
    spec = PosterSpec(
        form=form,
        layout="colour",
        title=snapshot["title"],
        lines=(snapshot["summary"],) if snapshot.get("summary") else (),
        hotlines=hotlines_of(approval),
        organiser=str(campaign.lead) if campaign and campaign.lead else "",
        language=approval.language.code,
        colour=campaign.colour if campaign else "#B4231F",
        mark=SAMPLE if approval.is_sample else "",
    )
    return [spec, dataclasses.replace(spec, lines=())]
