"""The cache of public pages, and the signals that make it forget.

All processes of a site share it (files beside the database, or Redis), so that a page recalled by a
worker is gone from the web server at the next request. Each key carries a version; forgetting is a
new version, so nothing that was drawn before can be served after it.
"""

import logging
import secrets
from typing import Any

from django.core.cache import caches
from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_delete, post_save
from wagtail.models import Locale, Page, Site
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

logger = logging.getLogger(__name__)

# Bounds what no signal tells: an event that has passed, a hotline that ran out overnight.
SECONDS = 60
_VERSION = "version"
_VERSION_SECONDS = 7 * 24 * 3600


def kept(key: str) -> Any:
    """What is kept under ``key`` and still true, or None. A cache out of order is an empty cache."""
    try:
        current = _version()
        return caches["pages"].get(f"{current}:{key}")
    except Exception:
        logger.exception("the page cache cannot be read")
        return None


def keep(key: str, value: Any, drawn_at: str) -> None:
    """Keep ``value``. ``drawn_at`` is the version that :func:`version` gave before it was drawn."""
    try:
        caches["pages"].set(f"{drawn_at}:{key}", value, SECONDS)
    except Exception:
        logger.exception("the page cache cannot be written")


def version() -> str:
    """The version that what is drawn from now on carries; a new one if the cache is out of order."""
    try:
        return _version()
    except Exception:
        logger.exception("the page cache cannot be read")
        return secrets.token_hex(8)


def forget() -> None:
    """Forget all kept pages once the current transaction is committed.

    Before the commit another process could still draw, and keep, the old state.
    """
    transaction.on_commit(_renew, robust=True)


def _version() -> str:
    return caches["pages"].get(_VERSION) or _renew()


def _renew() -> str:
    fresh = secrets.token_hex(8)
    caches["pages"].set(_VERSION, fresh, _VERSION_SECONDS)
    return fresh


def _forget(**kwargs: Any) -> None:
    forget()


def _forget_new_page(sender: type[Model], instance: Any, created: bool = False, **kwargs: Any) -> None:
    """A page created live has no publication of its own; a draft's save changes nothing in public."""
    if created and issubclass(sender, Page) and instance.live:
        forget()


def connect() -> None:
    """Connect the signals. Called once, when the apps are ready, in every process."""
    from campaigns.models import Agency, Consent, Hotline, Language, Place, RightsText, TargetGroup
    from media.models import Picture, Recording
    from publishers.models import Channel

    for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
        signal.connect(_forget, dispatch_uid=f"public-pages-{id(signal)}")
    shown = (Agency, Channel, Hotline, Language, Locale, Picture, Place, Recording, RightsText, Site, TargetGroup)
    for model in (*shown, Consent):
        post_save.connect(_forget, sender=model, dispatch_uid="public-pages-saved")
        post_delete.connect(_forget, sender=model, dispatch_uid="public-pages-deleted")
    post_delete.connect(_forget, sender=Page, dispatch_uid="public-pages-deleted")
    post_save.connect(_forget_new_page, dispatch_uid="public-pages-created")
