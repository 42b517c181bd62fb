"""Recall of a posting or of a whole content: everything that can be called back, and whom to phone.

The outbox does the platforms' part (publishers/recall.py); here are the page, the approvals, the
stations and the people who posted by hand.
"""

import dataclasses
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page

from campaigns.models import Approval, Audience, Posting, PostingItem, Station
from publishers.models import Delivery
from publishers.recall import Recalled, recall_delivery


@dataclasses.dataclass
class Recall:
    """What a recall did. ``to_call`` names people who have to be told, since no platform can do it."""

    deliveries: list[Recalled] = dataclasses.field(default_factory=list)
    to_call: list[str] = dataclasses.field(default_factory=list)
    pages: list[str] = dataclasses.field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@transaction.atomic
def recall_one(*, delivery_id: int, by: str, why: str) -> Recall:
    """Recall one delivery.

    :raises Delivery.DoesNotExist: when there is none.
    """
    done = Recall(deliveries=[recall_delivery(delivery_id=delivery_id, by=by, why=why)])
    done.to_call = people_to_call(PostingItem.objects.filter(delivery_id=delivery_id))
    return done


@transaction.atomic
def recall_posting(*, posting: Posting, by: str, why: str) -> Recall:
    """Recall every delivery of a posting; the gate drops what might still be on its way out."""
    Posting.objects.filter(pk=posting.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    return recall_items(items=PostingItem.objects.filter(posting=posting), by=by, why=why)


@transaction.atomic
def recall_items(*, items: QuerySet[PostingItem], by: str, why: str) -> Recall:
    """Recall the deliveries of some channels of one or many postings. Calling it again does nothing more."""
    sent = items.filter(delivery__isnull=False).select_related("channel")
    done = Recall(to_call=people_to_call(sent))
    for item in sent:
        done.deliveries.append(recall_delivery(delivery_id=item.delivery_id or 0, by=by, why=why))
    return done


@transaction.atomic
def recall_content(*, page: Page, user: Any, why: str) -> Recall:
    """Withdraw a content in all its languages: approvals, public pages, postings."""
    done = Recall()
    versions = Page.objects.filter(translation_key=page.translation_key)
    Approval.objects.filter(page__in=versions, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=user, withdrawn_why=why
    )
    for version in versions.filter(live=True).specific():
        # Nobody holds the permission by hand; a recall is the one way a page is taken down.
        UnpublishPageAction(version, user=user).execute(skip_permission_checks=True)
        done.pages.append(version.full_url or version.title)
    for posting in Posting.objects.filter(page__in=versions):
        part = recall_posting(posting=posting, by=str(user or "command line"), why=why)
        done.deliveries += part.deliveries
        done.to_call += [line for line in part.to_call if line not in done.to_call]
    return done


def people_to_call(items: Iterable[PostingItem]) -> list[str]:
    """Operators and contacts of channels where a person has to act, with their numbers."""
    by_hand = [item.channel_id for item in items if item.channel.platform in ("loudspeaker", "manual")]
    lines = [
        _("%(station)s: call %(name)s, %(phone)s, not to play it")
        % {"station": station, "name": station.operator_name or "?", "phone": station.operator_phone or "?"}
        for station in Station.objects.filter(channel__in=by_hand).select_related("channel")
    ]
    manual = Audience.objects.filter(channel__in=by_hand, channel__platform="manual").select_related("channel")
    lines += [
        _("%(channel)s: call %(name)s, %(phone)s, to delete it")
        % {"channel": audience.channel, "name": audience.contact_name or "?", "phone": audience.contact_phone or "?"}
        for audience in manual
    ]
    return lines


def delivery_or_none(text: str) -> Delivery | None:
    """The delivery with the id ``text``, if it is one."""
    return Delivery.objects.filter(pk=int(text)).first() if text.isdigit() else None
