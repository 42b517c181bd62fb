"""Posts made by hand: somebody says so, once (basis: declared)."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import ManualPost, PostingItem
from campaigns.sheets import is_withdrawn
from campaigns.typed_text import one_line
from publishers.models import DeliveryState

CLOCK_SKEW = dt.timedelta(minutes=2)
_is_address = URLValidator(schemes=["http", "https"])


@transaction.atomic
def record(
    *, item: PostingItem, declared_by: str, posted_at: dt.datetime | None = None, link: str = ""
) -> tuple[ManualPost, bool]:
    """Record that ``item`` was posted by hand and return ``(post, created)``.

    A second word on the same item returns the first one and False; it may only add a missing link.
    ``posted_at`` is now when None.

    :raises ValidationError: code ``withdrawn``, ``not-sent``, ``not-manual``, ``future``, ``too-early``,
        ``link`` or ``name``.
    """
    item = (
        PostingItem.objects.select_for_update(of=("self",))
        .select_related("posting", "delivery", "channel", "approval")
        .get(pk=item.pk)
    )
    name, address = one_line(declared_by)[:120], checked_link(link)
    moment = posted_at or timezone.now()
    _check(item, moment, name)
    post, created = ManualPost.objects.get_or_create(
        item=item, defaults={"posted_at": moment, "link": address, "declared_by": name}
    )
    if not created and address and not post.link:
        post.link = address
        post.save(update_fields=["link"])
    return post, created


def checked_link(link: str) -> str:
    """``link`` as a web address; "zalo.me/…" typed without https:// is understood.

    :raises ValidationError: code ``link`` when it is none.
    """
    address = one_line(link).replace(" ", "")
    if not address:
        return ""
    if "://" not in address:
        address = f"https://{address}"
    try:
        _is_address(address)
    except ValidationError:
        raise ValidationError(_("This is not a web address. Leave it empty if there is none."), code="link") from None
    if len(address) > 500:
        raise ValidationError(_("This is not a web address. Leave it empty if there is none."), code="link")
    return address


def _check(item: PostingItem, moment: dt.datetime, name: str) -> None:
    if item.channel.platform != "manual":
        raise ValidationError(_("This channel is not posted to by hand."), code="not-manual")
    if is_withdrawn(item):
        raise ValidationError(_("This post was withdrawn. Please do not post it."), code="withdrawn")
    if item.delivery is None or item.delivery.state != DeliveryState.SENT:
        raise ValidationError(_("This post is not ready yet."), code="not-sent")
    if moment > timezone.now() + CLOCK_SKEW:
        raise ValidationError(_("That time has not come yet."), code="future")
    ready = min(item.delivery.due, item.delivery.sent_at or item.delivery.due)
    if timezone.localdate(moment) < timezone.localdate(ready):
        raise ValidationError(_("On that day this post was not ready yet."), code="too-early")
    if not name:
        raise ValidationError(_("Please write your name."), code="name")
