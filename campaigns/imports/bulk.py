"""Writing a checked schedule: all rows in one transaction, a constant number of statements for a batch."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.imports.schedule import ReadyRow
from campaigns.models import Approval, Bulletin, Posting, PostingItem, TrackedLink
from campaigns.models.approvals import digest_of
from publishers import outbox

BATCH = 500


@transaction.atomic
def store_schedule(*, rows: Sequence[ReadyRow], author: Any, approver: Any = None) -> dict[str, int]:
    """Write the rows as bulletins; with an ``approver`` also approve each and put it into the outbox.

    :return: how many bulletins, approvals and deliveries were made.
    :raises PermissionDenied: when the author is to approve what they wrote.
    """
    if approver is not None and approver.pk == author.pk:
        raise PermissionDenied(_("Whoever wrote a text cannot approve it. Ask a second person."))
    made = {"bulletins": 0, "approvals": 0, "deliveries": 0}
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        bulletins = _bulletins(batch, author)
        made["bulletins"] += len(bulletins)
        if approver is not None:
            approvals = _approvals(batch, bulletins, author, approver)
            made["approvals"] += len(approvals)
            made["deliveries"] += _deliveries(batch, bulletins, approvals, approver)
    return made


def _bulletins(batch: Sequence[ReadyRow], author: Any) -> list[Bulletin]:
    bulletins = Bulletin.objects.bulk_create(
        [
            Bulletin(
                campaign=row.campaign,
                language=row.language,
                title=row.approval.snapshot["title"],
                text=row.approval.snapshot["text"],
                link=row.link,
                image=row.picture,
                is_sample=row.approval.snapshot["is_sample"],
                author=author,
            )
            for row in batch
        ]
    )
    through = Bulletin.groups.through
    through.objects.bulk_create(
        [
            through(bulletin_id=bulletin.pk, targetgroup_id=group.pk)
            for row, bulletin in zip(batch, bulletins, strict=True)
            for group in row.groups
        ]
    )
    return bulletins


def _approvals(batch: Sequence[ReadyRow], bulletins: Sequence[Bulletin], author: Any, approver: Any) -> list[Approval]:
    for row, bulletin in zip(batch, bulletins, strict=True):
        row.approval.bulletin, row.approval.approved_by = bulletin, approver
        row.approval.digest = digest_of(row.approval.snapshot)
    approvals = Approval.objects.bulk_create([row.approval for row in batch])
    through = Approval.authors.through
    through.objects.bulk_create([through(approval_id=approval.pk, user_id=author.pk) for approval in approvals])
    return approvals


def _deliveries(
    batch: Sequence[ReadyRow], bulletins: Sequence[Bulletin], approvals: Sequence[Approval], approver: Any
) -> int:
    postings = Posting.objects.bulk_create(
        [
            Posting(key=row.key, campaign=row.campaign, bulletin=bulletin, created_by=approver)
            for row, bulletin in zip(batch, bulletins, strict=True)
        ]
    )
    items = PostingItem.objects.bulk_create(
        [
            PostingItem(
                posting=posting,
                channel=row.channel,
                approval=approval,
                language=row.language,
                is_fallback=row.is_fallback,
                why=_("A schedule names this channel and language."),
            )
            for row, posting, approval in zip(batch, postings, approvals, strict=True)
        ]
    )
    for row, item in zip(batch, items, strict=True):
        row.tracked.item = item
    TrackedLink.objects.bulk_create([row.tracked for row in batch])
    new = [
        outbox.NewDelivery(
            row.channel, f"item:{item.pk}", row.message, row.due, (row.campaign.stop_key, f"posting:{posting.pk}")
        )
        for row, item, posting in zip(batch, items, postings, strict=True)
    ]
    deliveries = outbox.register(new, by=str(approver))
    for item in items:
        item.delivery = deliveries[f"item:{item.pk}"]
    PostingItem.objects.bulk_update(items, ["delivery"], batch_size=BATCH)
    return len(deliveries)
