"""Faults that a station reports."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Fault, Station
from campaigns.typed_text import one_line

# More than this tells staff nothing new; a broken phone or a prank may send without end.
FAULTS_AN_HOUR = 20


@transaction.atomic
def report_fault(*, station: Station, text: str, reported_by: str) -> Fault:
    """Store what is wrong. The same words again within ten minutes are the same report.

    Beyond 20 open ones within an hour nothing more is stored; the last one is returned as if it were new.

    :raises ValidationError: when there is no text or no name.
    """
    said, name = one_line(text)[:2000], one_line(reported_by)[:120]
    if not said:
        raise ValidationError(_("Please write what is wrong."), code="text")
    if not name:
        raise ValidationError(_("Please write your name."), code="operator")
    Station.objects.select_for_update().get(pk=station.pk)
    recent = timezone.now() - dt.timedelta(minutes=10)
    same = Fault.objects.filter(station=station, text=said, reported_at__gte=recent).first()
    open_ones = Fault.objects.filter(
        station=station, solved_at=None, reported_at__gte=timezone.now() - dt.timedelta(hours=1)
    )
    if same is None and open_ones.count() >= FAULTS_AN_HOUR:
        same = open_ones.first()
    return same or Fault.objects.create(station=station, text=said, reported_by=name)
