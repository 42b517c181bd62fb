"""Writing a checked schedule: all rows in one transaction, a constant number of statements for a batch."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import bulletin_mail
from campaigns.bulletins import is_approver, record_reasons, seen_digest, warnings_of
from campaigns.content_check import Placed
from campaigns.imports.schedule import Checked, ReadyRow, recheck
from campaigns.imports.table import Fault
from campaigns.models import Approval, Bulletin, BulletinState, Posting, PostingItem, TrackedLink
from campaigns.models.approvals import digest_of
from publishers import outbox

BATCH = 500


@transaction.atomic
def store_schedule(
    *, rows: Sequence[ReadyRow], author: Any, approver: Any = None, name: str = ""
) -> dict[str, int]:
    """Write the rows as bulletins; with an ``approver`` also approve each and put it into the outbox.

    Without one they wait for a second person, together under ``name`` and the time.

    :return: how many bulletins, approvals and deliveries were made.
    :raises PermissionDenied: when the author is to approve what they wrote, or the approver is none.
    """
    if approver is not None:
        refuse_approver(approver, {author.pk})
    made = {"bulletins": 0, "approvals": 0, "deliveries": 0}
    title = f"{name[:120]} · {timezone.localtime():%d/%m/%Y %H:%M:%S}".removeprefix(" · ")
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        bulletins = _bulletins(batch, author, approver, title)
        made["bulletins"] += len(bulletins)
        if approver is not None:
            writers = {bulletin.pk: {author.pk} for bulletin in bulletins}
            approvals = _approvals(batch, bulletins, writers, approver)
            made["approvals"] += len(approvals)
            made["deliveries"] += _deliveries(batch, bulletins, approvals, approver)
    if approver is None and rows:
        transaction.on_commit(lambda: bulletin_mail.tell_approvers_of_batch(title), robust=True)
    return made


def refuse_approver(approver: Any, writers: Collection[int]) -> None:
    """Raise PermissionDenied when ``approver`` does not hold that role, or is one of the ``writers``."""
    if approver.pk in writers:
        raise PermissionDenied(_("Whoever wrote a text cannot approve it. Ask a second person."))
    if not is_approver(approver):
        raise PermissionDenied(_("%(name)s is no approver.") % {"name": approver})


@transaction.atomic
def approve_batch(*, chosen: Mapping[int, str], by: Any, why: str = "") -> Checked:
    """Approve imported rows that wait, all or none, and put them into the outbox.

    Each is checked anew: its time may have passed, a number may have run out. Faults have the bulletin's number
    in place of the row's.

    :param chosen: what was shown of each (``bulletins.seen_digest``), by the bulletin's number.
    :param why: the approver's reason, needed where a safeguard warns of a row; a fault asks for it.
    :raises PermissionDenied: when ``by`` wrote one of them, or is no approver, or one was changed meanwhile.
    """
    waiting = Bulletin.objects.filter(pk__in=chosen, state=BulletinState.WAITING).exclude(batch="")
    decided = {"decided_by": by, "decided_at": timezone.now(), "decided_why": why.strip()}
    taken = waiting.update(state=BulletinState.APPROVED, **decided)
    rows = list(with_parts(Bulletin.objects.filter(pk__in=chosen)).order_by("pk"))
    if taken != len(chosen) or any(seen_digest(row) != chosen[row.pk] for row in rows):
        raise PermissionDenied(_("Some of them were changed or decided while you read. Read them again."))
    writers = {row.pk: {user.pk for user in row.writers.all()} | {row.author_id} for row in rows}
    for row in rows:
        # Whoever handed it in answers for it as well (bulletins.writer_ids).
        writers[row.pk] |= {row.submitted_by_id} if row.submitted_by_id else set()
    refuse_approver(by, set().union(*writers.values()))
    checked = recheck(rows, approver=by)
    warned = {row.pk: warnings_of(row) for row in rows}
    if not why.strip():
        checked.faults += [_unexplained(number, found[0]) for number, found in warned.items() if found]
    if checked.faults:
        transaction.set_rollback(True)
        return checked
    for start in range(0, len(rows), BATCH):
        batch, bulletins = checked.rows[start : start + BATCH], rows[start : start + BATCH]
        approvals = _approvals(batch, bulletins, writers, by)
        _deliveries(batch, bulletins, approvals, by)
        for approval in approvals:
            if found := warned[approval.bulletin_id or 0]:
                record_reasons(approval, found, by, why)
    return checked


def _unexplained(number: int, warning: Placed) -> Fault:
    text = _("A safeguard warns: write why it may leave all the same.")
    return Fault(number, warning.field, f"{warning.sentence} {text}")


def with_parts(rows: QuerySet[Bulletin]) -> QuerySet[Bulletin]:
    """The bulletins with everything that is checked, shown and approved of them, in a few queries."""
    rows = rows.select_related("language", "campaign", "image", "author")
    return rows.prefetch_related("groups", "channels", "writers")


def _bulletins(batch: Sequence[ReadyRow], author: Any, approver: Any, name: str) -> list[Bulletin]:
    now = timezone.now()
    # The same rows, sent back before: the new ones stand in their place.
    Bulletin.objects.filter(key__in=[row.key for row in batch], state=BulletinState.RETURNED).delete()
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
                due=row.due,
                key=row.key,
                batch=name,
                state=BulletinState.APPROVED if approver else BulletinState.WAITING,
                submitted_by=author,
                submitted_at=now,
                decided_by=approver,
                decided_at=now if approver else None,
            )
            for row in batch
        ]
    )
    pairs = list(zip(batch, bulletins, strict=True))
    groups, channels, writers = (getattr(Bulletin, name).through for name in ("groups", "channels", "writers"))
    groups.objects.bulk_create(
        groups(bulletin_id=bulletin.pk, targetgroup_id=group.pk) for row, bulletin in pairs for group in row.groups
    )
    channels.objects.bulk_create(channels(bulletin_id=one.pk, channel_id=row.channel.pk) for row, one in pairs)
    writers.objects.bulk_create(writers(bulletin_id=one.pk, user_id=author.pk) for one in bulletins)
    return bulletins


def _approvals(
    batch: Sequence[ReadyRow], bulletins: Sequence[Bulletin], writers: Mapping[int, Collection[int]], approver: Any
) -> list[Approval]:
    for row, bulletin in zip(batch, bulletins, strict=True):
        row.approval.bulletin, row.approval.approved_by = bulletin, approver
        row.approval.digest = digest_of(row.approval.snapshot)
    approvals = Approval.objects.bulk_create([row.approval for row in batch])
    through = Approval.authors.through
    through.objects.bulk_create(
        through(approval_id=approval.pk, user_id=user)
        for approval in approvals
        for user in writers[approval.bulletin_id or 0]
    )
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
