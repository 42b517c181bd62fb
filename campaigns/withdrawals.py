"""Withdrawing a consent: nothing that rests on it stays where it can be taken back, and the rest is listed.

First, in one short transaction, the consent and the approvals end and the public pages forget: from then on
nothing shows or sends it, worker or not. Then everything that is out is recalled; what a crash leaves of that
is taken up again (``finish_all``).
"""

import dataclasses
import logging
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.log_actions import log
from wagtail.models import Page

from campaigns.approved_media import naming
from campaigns.models import Approval, Consent, Language, PostingItem
from campaigns.models.consents import PRINT
from campaigns.public import page_cache
from campaigns.recall import Recall, people_to_call, recall_items
from campaigns.snapshots import carried_pictures, medium_of
from campaigns.sound import programmes
from media.models import Picture, Recording
from publishers.models import DeliveryState

logger = logging.getLogger(__name__)
ACTION = "loa.withdraw_consent"
# Outside the folders that are served to the public (cms/uploads.py).
CLOSED_FOLDER = "withdrawn"
WAITING = (DeliveryState.SCHEDULED, DeliveryState.HELD, DeliveryState.FAILED)
OVER = (DeliveryState.CANCELLED, DeliveryState.WITHDRAWN)


@dataclasses.dataclass
class Reach:
    """Everything that rests on a consent, as it is now."""

    papers: list[Consent]
    pictures: list[Picture]
    recordings: list[Recording]
    approvals: list[Approval]
    pages: list[Page]
    items: list[PostingItem]
    to_call: list[str]
    by_hand: list[str]

    @property
    def out(self) -> int:
        """How many posts may be out already."""
        return sum(item.delivery.state not in WAITING for item in self.items if item.delivery)


def reach_of(consent: Consent) -> Reach:
    """What a withdrawal of ``consent`` would touch. A constant number of queries."""
    papers = list(_papers(consent))
    pictures = list(Picture.objects.filter(consents__in=papers).distinct())
    recordings = list(Recording.objects.filter(consents__in=papers).distinct())
    approvals = list(Approval.objects.filter(naming([*pictures, *recordings])).select_related("language"))
    items = _items_of(approvals, pictures, recordings)
    pages = Page.objects.filter(pk__in=[one.page_id for one in approvals], live=True).select_related("locale")
    return Reach(
        papers=papers,
        pictures=pictures,
        recordings=recordings,
        approvals=[one for one in approvals if one.withdrawn_at is None],
        pages=list(pages),
        items=items,
        to_call=people_to_call(items),
        by_hand=_by_hand(papers),
    )


def _papers(consent: Consent) -> QuerySet[Consent]:
    """All papers of the same person: whoever withdraws withdraws what the older and newer ones say, too."""
    return Consent.objects.filter(subject=consent.subject)


def _items_of(
    approvals: Iterable[Approval], pictures: Iterable[Picture], recordings: Iterable[Recording]
) -> list[PostingItem]:
    """The posts that carry the media, or wait on an approval that rests on them."""
    shown, spoken = {one.pk for one in pictures}, {one.pk for one in recordings}
    rows = PostingItem.objects.filter(approval__in=list(approvals), delivery__isnull=False)
    rows = rows.exclude(delivery__state__in=OVER).select_related("posting__page", "posting__bulletin", "approval")
    return [
        item
        for item in rows.select_related("channel", "delivery__channel")
        if item.delivery and (item.delivery.state in WAITING or _carries(item, shown, spoken))
    ]


def _carries(item: PostingItem, shown: set[int], spoken: set[int]) -> bool:
    assert item.delivery is not None
    assert item.approval is not None
    message, snapshot = item.delivery.message, item.approval.snapshot
    # As many as the message has, in their order, as the gate counts them.
    carried = carried_pictures(snapshot)[: len(message.get("images") or ())]
    heard = medium_of(snapshot, "recording").get("id") if message.get("audio") else None
    return heard in spoken or any(facts["id"] in shown for facts in carried)


def _by_hand(papers: Iterable[Consent]) -> list[str]:
    """What only people can take back."""
    if any(paper.everywhere or PRINT in paper.uses for paper in papers):
        return [_("Take down and collect printed posters and leaflets with the picture; destroy those left over.")]
    return []


def withdraw(*, consent: Consent, user: Any, why: str) -> Recall:
    """Withdraw a consent and start its recall everywhere. Calling it again goes on where it stopped.

    :returns: what was done; ``pages`` are those that go on without the picture or recording.
    """
    _end(consent, user, why)
    return finish(consent)


@transaction.atomic
def _end(consent: Consent, user: Any, why: str) -> None:
    """The part that must not fail: from its commit on nothing shows or sends what rests on the consent."""
    now = timezone.now()
    ended = {"withdrawn_at": now, "withdrawn_by": user, "withdrawn_why": why, "recalled_at": None}
    if not _papers(consent).filter(withdrawn_at=None).update(**ended):
        return
    reach = reach_of(consent)
    about = _("Consent %(paper)s was withdrawn.") % {"paper": consent.paper}
    Approval.objects.filter(pk__in=[one.pk for one in reach.approvals]).update(
        withdrawn_at=now, withdrawn_by=user, withdrawn_why=about
    )
    log(instance=consent, action=ACTION, user=user, data={"why": why, "approvals": [one.pk for one in reach.approvals]})
    page_cache.forget()


def finish(consent: Consent) -> Recall:
    """Recall everything that a withdrawn consent's pictures and recordings are still in, and keep what was done."""
    consent.refresh_from_db()
    reach, user = reach_of(consent), consent.withdrawn_by
    by = user.get_username() if user else "command line"
    why = _("Consent %(paper)s was withdrawn.") % {"paper": consent.paper}
    items = PostingItem.objects.filter(pk__in=[item.pk for item in reach.items])
    with transaction.atomic():
        done = recall_items(items=items, by=by, why=why)
        done.pages = [page.full_url or page.title for page in reach.pages]
        done.to_call += reach.by_hand
        _take_down_spoken(reach, user)
        if not consent.recalled:
            _papers(consent).filter(recalled_at=None).update(recalled=done.as_json())
    close_files(reach.pictures, reach.recordings)
    # Last of all: what a crash leaves before this is taken up again, open files included.
    _papers(consent).filter(recalled_at=None).update(recalled_at=timezone.now())
    page_cache.forget()
    return done


def _take_down_spoken(reach: Reach, user: Any) -> None:
    """In a language that is only spoken the recording is the text: without it there is no page."""
    if not reach.recordings:
        return
    spoken = set(Language.objects.filter(spoken_only=True).values_list("code", flat=True))
    for page in reach.pages:
        if page.locale.language_code in spoken:
            UnpublishPageAction(page.specific, user=user).execute(skip_permission_checks=True)


def close_files(pictures: Iterable[Picture], recordings: Iterable[Recording]) -> None:
    """Take the files from their public addresses: sizes of a picture are deleted, a recording is moved away.

    A picture's original was never public; it stays for the record until staff delete it.
    """
    for picture in pictures:
        for rendition in picture.renditions.all():
            rendition.file.delete(save=False)
            rendition.delete()
    recordings = list(recordings)
    for recording in recordings:
        _close(recording)
    programmes.close(recordings)


def _close(recording: Recording) -> None:
    """Move the file of ``recording`` out of the public folder; a crash at any step leaves it closed or is made good."""
    before = recording.file.name or ""
    if not before or before.startswith(f"{CLOSED_FOLDER}/"):
        return
    closed = f"{CLOSED_FOLDER}/{recording.pk}-{before.rsplit('/', 1)[-1]}"
    if default_storage.exists(before):
        default_storage.delete(closed)  # perhaps half written
        with default_storage.open(before) as file:
            default_storage.save(closed, file)
        default_storage.delete(before)
    if default_storage.exists(closed):
        Recording.objects.filter(pk=recording.pk).update(file=closed)


def finish_all() -> int:
    """Take up withdrawals whose recall a crash cut short. Returns how many."""
    left = Consent.objects.filter(withdrawn_at__isnull=False, recalled_at=None)
    subjects = {row.subject: row for row in left}
    for row in subjects.values():
        try:
            finish(row)
        except Exception:
            logger.exception("the recall after withdrawn consent %s did not end; it is tried again", row.pk)
    return len(subjects)
