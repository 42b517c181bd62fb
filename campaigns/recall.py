"""Recall of a posting or of a whole content: everything that can be called back, and whom to phone.

The outbox does the platforms' part (publishers/recall.py); here are the page, the approvals, the
stations and the people who posted by hand.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page

from campaigns.models import Approval, Audience, Bulletin, Posting, PostingItem, Station
from campaigns.playbacks import standing
from publishers import registry
from publishers.models import Delivery, DeliveryState
from publishers.recall import Recalled, recall_delivery
from publishers.recall_progress import progress

# What never reached anybody needs no call.
NOBODY_HAS_IT = (DeliveryState.SCHEDULED, DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.CANCELLED)


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
    return _recall_postings([posting], by=by, why=why)


def _recall_postings(postings: Sequence[Posting], *, by: str, why: str) -> Recall:
    Posting.objects.filter(pk__in=[row.pk for row in postings], withdrawn_at=None).update(withdrawn_at=timezone.now())
    return recall_items(items=PostingItem.objects.filter(posting__in=postings), by=by, why=why)


@transaction.atomic
def recall_items(*, items: QuerySet[PostingItem], by: str, why: str) -> Recall:
    """Recall the deliveries of some items, of any postings."""
    out = items.filter(delivery__isnull=False)
    done = Recall()
    for delivery_id in out.values_list("delivery_id", flat=True):
        done.deliveries.append(recall_delivery(delivery_id=delivery_id or 0, by=by, why=why))
    done.to_call = people_to_call(out)
    return done


@transaction.atomic
def recall_content(*, page: Page, user: Any, why: str) -> Recall:
    """Withdraw a content in all its languages: approvals, public pages, postings."""
    versions = Page.objects.filter(translation_key=page.translation_key)
    _withdraw(Approval.objects.filter(page__in=versions), user, why)
    done = _recall_postings(list(Posting.objects.filter(page__in=versions)), by=str(user or "command line"), why=why)
    for version in versions.filter(live=True).specific():
        # Nobody holds the permission by hand; a recall is the one way a page is taken down.
        UnpublishPageAction(version, user=user).execute(skip_permission_checks=True)
        done.pages.append(version.full_url or version.title)
    return done


@transaction.atomic
def recall_bulletin(*, bulletin: Bulletin, user: Any, why: str) -> Recall:
    """Withdraw a short message and its versions in other languages: approvals and postings."""
    versions = versions_of(bulletin)
    _withdraw(Approval.objects.filter(bulletin__in=versions), user, why)
    postings = list(Posting.objects.filter(bulletin__in=versions))
    return _recall_postings(postings, by=str(user or "command line"), why=why)


def versions_of(bulletin: Bulletin) -> QuerySet[Bulletin]:
    """A short message with its versions in other languages."""
    source = bulletin.translation_of_id or bulletin.pk
    return Bulletin.objects.filter(Q(pk=source) | Q(translation_of=source))


def _withdraw(approvals: QuerySet[Approval], user: Any, why: str) -> None:
    approvals.filter(withdrawn_at=None).update(withdrawn_at=timezone.now(), withdrawn_by=user, withdrawn_why=why)


def people_to_call(items: Iterable[PostingItem]) -> list[str]:
    """Operators and contacts of channels where a person has to act, with their numbers, each once.

    Where people post or play by hand they are asked not to; where a platform does not give a post back, whoever
    runs the channel is asked to take it down. What had not left needs no call.
    """
    rows = list(PostingItem.objects.filter(pk__in=[item.pk for item in items]).select_related("delivery__channel"))
    ways = progress([row.delivery for row in rows if row.delivery])
    asked: dict[int, str] = {}
    for row in rows:
        if row.delivery is None or row.delivery.state in NOBODY_HAS_IT:
            continue
        by_people = str(registry.get(row.delivery.channel.platform).recall_by_people)
        if by_people or ways[row.delivery.pk].outcome == "cannot":
            asked[row.channel_id] = by_people or _("to take the post down")
    played = set(standing().filter(item__in=rows).values_list("station__channel", flat=True))
    return _calls(asked, played)


def _calls(asked: dict[int, str], played: set[int]) -> list[str]:
    """One line for each channel: whom to call under which number, and what to ask."""
    operators = Station.objects.filter(channel__in=asked)
    stations = {row.channel_id: (row.operator_name, row.operator_phone) for row in operators}
    audiences = Audience.objects.filter(channel__in=asked).select_related("channel", "agency").order_by("channel__name")
    lines = []
    for row in audiences:
        name, phone = stations.get(row.channel_id, (row.contact_name, row.contact_phone))
        words = {
            "channel": row.channel,
            "name": name or row.agency or "?",
            "phone": phone or "?",
            "what": asked[row.channel_id],
        }
        line = _("%(channel)s: call %(name)s, %(phone)s, %(what)s") % words
        lines.append(line + " " + _("It was played there before.") if row.channel_id in played else line)
    return lines


def delivery_or_none(text: str) -> Delivery | None:
    """The delivery with the id ``text``, if it is one."""
    return Delivery.objects.filter(pk=int(text)).first() if text.isdigit() else None
