"""Keeping the register of hotlines true: who called a number again, and which ones run out soon.

A text may name registered numbers only, and none past its day: when 111 runs out, everything is held.
"""

import dataclasses
import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Hotline, HotlineCheck

# Staff are told this long before a number runs out.
WARN_BEFORE = dt.timedelta(days=60)
# A number without a last day is to be called again after a year; a check holds no longer than two.
CHECK_AFTER = dt.timedelta(days=365)
LONGEST = dt.timedelta(days=730)


@dataclasses.dataclass(frozen=True)
class Due:
    """A hotline to be checked again by ``by``; ``gone`` when texts may not name it any more."""

    hotline: Hotline
    by: dt.date
    gone: bool


def due_of(hotline: Hotline) -> dt.date:
    """The day by which somebody has to check the number again."""
    return hotline.valid_until or hotline.checked_on + CHECK_AFTER


def due_soon(today: dt.date | None = None) -> list[Due]:
    """The hotlines whose day is near or past, the nearest first. One query."""
    today = today or timezone.localdate()
    found = [
        Due(one, due_of(one), one.valid_until is not None and one.valid_until < today) for one in Hotline.objects.all()
    ]
    return sorted((one for one in found if one.by <= today + WARN_BEFORE), key=lambda one: one.by)


@transaction.atomic
def checked_again(*, hotline: Hotline, by: Any, source: str, valid_until: dt.date) -> HotlineCheck:
    """Put on record that ``by`` checked the number today, and let it hold until ``valid_until``.

    :raises ValidationError: without a source, or with a day that is past or too far off.
    """
    today = timezone.localdate()
    if not source.strip():
        raise ValidationError({"source": _("Write how it was checked: who answered, or where it is published.")})
    if not today < valid_until <= today + LONGEST:
        raise ValidationError({"valid_until": _("Choose a day within the next two years.")})
    Hotline.objects.filter(pk=hotline.pk).update(checked_on=today, valid_until=valid_until, source=source.strip())
    return HotlineCheck.objects.create(hotline=hotline, by=by, source=source.strip(), valid_until=valid_until)
