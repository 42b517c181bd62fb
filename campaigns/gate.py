"""The gate that the outbox asks just before the wire: only what is approved, whole and safe leaves."""

import logging
from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import PostingItem
from campaigns.safeguards import blocks, check
from media.models import Picture
from publishers.gate import ALLOW, Verdict
from publishers.message import Message

logger = logging.getLogger(__name__)


def decide(references: Sequence[str]) -> dict[str, Verdict]:
    """One verdict for each reference ``item:<id>``; anything else is held, since nobody vouches for it."""
    ids = {reference: reference.removeprefix("item:") for reference in references}
    rows = PostingItem.objects.filter(pk__in=[pk for pk in ids.values() if pk.isdigit()]).select_related(
        "posting", "approval__language", "delivery__channel"
    )
    items = {f"item:{row.pk}": row for row in rows}
    pictures = _pictures_of_persons(rows)
    return {
        reference: _verdict(items[reference], pictures)
        if reference in items
        else Verdict("hold", _("Nobody vouches for this text."))
        for reference in references
    }


def _pictures_of_persons(rows: Iterable[PostingItem]) -> set[int]:
    covers = {row.approval.snapshot.get("cover") for row in rows if row.approval}
    return set(Picture.objects.filter(pk__in=covers - {None}, shows_person=True).values_list("pk", flat=True))


def _verdict(item: PostingItem, pictures: set[int]) -> Verdict:
    approval, delivery = item.approval, item.delivery
    if item.posting.withdrawn_at is not None:
        return Verdict("drop", _("The posting was withdrawn."))
    if approval is None or delivery is None:
        return Verdict("hold", _("There is no approval."))
    if approval.withdrawn_at is not None:
        return Verdict("hold", _("The approval was withdrawn."))
    if approval.expires_at is not None and approval.expires_at <= timezone.now():
        return Verdict("hold", _("The approval has expired."))
    if not approval.is_intact():
        return Verdict("hold", _("The approved text was changed in the database."))
    if approval.is_sample and not delivery.channel.rehearsal:
        return Verdict("hold", _("A sample goes to rehearsal channels only."))
    if approval.snapshot.get("cover") in pictures:
        return Verdict("hold", _("The picture shows a person and has no consent record."))
    return _safe(item)


def _safe(item: PostingItem) -> Verdict:
    """Run the safeguards over the very text that is to leave."""
    assert item.delivery is not None
    assert item.approval is not None
    message = Message.from_json(item.delivery.message)
    found = blocks(check(f"{message.title}\n\n{message.text}", language=item.approval.language.code))
    if found:
        return Verdict("hold", "; ".join(str(finding.message) for finding in found[:3]))
    return ALLOW
