"""Which pictures and recordings the public pages may show today: those of nobody, and those that were agreed to."""

from typing import Any

from django.utils import timezone

from campaigns.consents import ON_THE_SITE, Agreed, Medium
from campaigns.public import page_cache
from media.models import Picture, Recording

_KEY = "unagreed-media"


def shown(medium: Any) -> bool:
    """Whether a page may show ``medium`` (a picture or recording, or none at all) to everybody today.

    No query where nobody is in it. A consent that is withdrawn makes all kept pages forgotten
    (campaigns.consents); one that runs out at midnight is noticed within the minute that pages are kept.
    """
    if medium is None:
        return False
    one = Medium.of(medium)
    return one.person is False or (one.kind, one.pk) not in _unagreed()


def _unagreed() -> frozenset[tuple[str, int]]:
    """All media with somebody in them that may not be on the site. Six queries, once a minute at most."""
    found: frozenset[tuple[str, int]] | None = page_cache.kept(_KEY)
    if found is None:
        drawn_at = page_cache.version()
        media = [Medium.of(one) for one in Picture.objects.exclude(shows_person=False)]
        media += [Medium.of(one) for one in Recording.objects.exclude(person_heard=False)]
        agreed, today = Agreed.read(media), timezone.localdate()
        found = frozenset((one.kind, one.pk) for one in media if agreed.objection(one, ON_THE_SITE, today))
        page_cache.keep(_KEY, found, drawn_at)
    return found
