"""Who decides a posting: an approver who wrote none of it alone, anybody else with a second person's tap.

The texts are approved already; what the second person looks at is where and when they go.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import fanout
from campaigns.fanout_plan import NOW, Plan, StalePlan, make_plan
from campaigns.models import Approval, Campaign, Posting, PostingItem, PostingState, Urgency
from campaigns.posting_times import Agenda
from campaigns.previews.shown import Stage
from campaigns.versions import plan_items
from publishers.models import Channel

S = PostingState
APPROVING_ROLE = "campaigns.add_approval"
# A time that passed while the approver read is no time that passed.
PATIENCE = dt.timedelta(minutes=5)
# What of a waiting item follows the approvals until it is decided.
FOLLOWED = ("approval", "language", "group", "is_fallback", "why")


def is_approver(user: Any) -> bool:
    """Whether ``user`` may decide what others submitted."""
    return bool(user.has_perm(APPROVING_ROLE))


def may_decide_alone(user: Any, approvals: Sequence[Approval]) -> bool:
    """Whether ``user`` holds an approving role and wrote none of what ``approvals`` keep."""
    if not is_approver(user):
        return False
    wrote = Approval.authors.through.objects.filter(approval_id__in={one.pk for one in approvals}, user_id=user.pk)
    return not wrote.exists()


def approvals_of(plan: Plan) -> list[Approval]:
    """Each approval that the plan sends, once."""
    return list({post.item.approval.pk: post.item.approval for post in plan.posts if post.item.approval}.values())


@transaction.atomic
def submit(
    *,
    key: str,
    campaign: Campaign,
    contents: Sequence[Any],
    channels: Sequence[Channel],
    when: str,
    at: dt.datetime | None,
    seen: str,
    by: Any,
    urgency: int = Urgency.NORMAL,
    days: int = 1,
) -> list[Posting]:
    """Store what ``by`` has seen: decided at once where ``by`` may, else waiting for a second person.

    ``key`` makes a second click find the first one's postings. ``seen`` is the digest of the plan shown.

    :raises StalePlan: when versions or times are others by now; nothing is stored.
    :raises ValidationError: when a platform would refuse a text; nothing is stored.
    """
    # The channels' rows are the lock: nobody else gives out their minutes meanwhile, nor clicks twice.
    list(Channel.objects.select_for_update().filter(pk__in=[channel.pk for channel in channels]).order_by("pk"))
    there = list(Posting.objects.filter(batch=key, created_by=by).order_by("pk"))
    if there:
        return there
    plan = make_plan(contents=contents, channels=channels, when=when, at=at, urgency=urgency, days=days)
    if plan.digest != seen:
        raise StalePlan(_("Something changed since you looked: versions or times are others now. Look once more."))
    refuse_what_platforms_refuse(plan)
    alone = may_decide_alone(by, approvals_of(plan))
    postings = []
    for content in contents:
        posting = Posting.objects.create(
            key=f"{key}:{content.pk}",
            batch=key,
            campaign=campaign,
            page=content.page_ptr,
            created_by=by,
            state=S.DECIDED if alone else S.WAITING,
            urgency=urgency,
        )
        _store(posting, plan, content, waits_for_now=not alone and when == NOW)
        if alone:
            fanout.register(posting, by=str(by))
        postings.append(posting)
    return postings


def _store(posting: Posting, plan: Plan, content: Any, *, waits_for_now: bool) -> None:
    posts = plan.of(content)
    moments = {post.item.channel.pk: post.moment for post in posts if post.moment}
    due = {} if waits_for_now else {number: moment.due for number, moment in moments.items()}
    slots = {number: moment.slots for number, moment in moments.items() if moment.slots}
    lengths = {number: moment.seconds for number, moment in moments.items() if moment.seconds}
    fanout.store(posting, [post.item for post in posts], due, slots, lengths)


def refuse_what_platforms_refuse(plan: Plan) -> None:
    """Raise ValidationError with all that the platforms would refuse, each with its channel."""
    stage = Stage([post.item for post in plan.posts])
    rows = [stage.show(post.item) for post in plan.posts]
    refused = dict.fromkeys(f"{row.planned.channel}: {text}" for row in rows for text in row.refused)
    if refused:
        raise ValidationError(list(refused))


# --- The second person --------------------------------------------------------------------------------


def waiting() -> QuerySet[Posting]:
    """The postings that wait for a second person."""
    return Posting.objects.filter(state=S.WAITING, withdrawn_at=None)


def batch_of(posting: Posting) -> list[Posting]:
    """What was submitted together with ``posting`` and waits like it."""
    rows = waiting().filter(batch=posting.batch, created_by=posting.created_by) if posting.batch else waiting()
    rows = rows if posting.batch else rows.filter(pk=posting.pk)
    return list(rows.select_related("page", "bulletin", "campaign", "created_by").order_by("pk"))


def fresh_items(postings: Sequence[Posting]) -> tuple[list[PostingItem], bool]:
    """The items as the approvals of this moment make them, and whether any differs from what is stored.

    Nothing is stored here: the tap does that. A channel that had no version when it was submitted has no time
    either, and gets nothing of this posting.
    """
    fresh, changed = [], False
    for posting in postings:
        items = fanout.items_of(posting)
        planned = plan_items(posting.bulletin or posting.page, [item.channel for item in items])
        now = {entry.channel.pk: entry for entry in planned}
        for item in items:
            entry = now[item.channel_id]
            if item.approval and (item.approval, item.group) != (entry.approval, entry.group):
                changed = True
                for name in FOLLOWED:
                    setattr(item, name, getattr(entry, name))
        fresh += items
    return fresh, changed


def seen_digest(postings: Sequence[Posting]) -> str:
    """What the second person looks at: every channel with its version and time."""
    return digest_of_items(fresh_items(postings)[0])


def digest_of_items(items: Sequence[PostingItem]) -> str:
    """The same of items that were read already."""
    told = [[item.pk, item.approval_id, item.group_id, str(item.due), item.slots] for item in items]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def late_items(items: Sequence[PostingItem]) -> list[PostingItem]:
    """The items whose time passed while they waited."""
    before = timezone.now() - PATIENCE
    return [item for item in items if item.approval and item.due and item.due < before]


@transaction.atomic
def approve(*, postings: Sequence[Posting], by: Any, seen: str, late_now: bool = False) -> None:
    """The second person's tap: the postings are decided and their deliveries stand in the outbox.

    :param late_now: post at once what had a time that has passed.
    :raises PermissionDenied: for whoever submitted them, and without an approving role.
    :raises StalePlan: when they are not what was shown, or do not wait any more.
    :raises ValidationError: when a time has passed, or a platform would refuse a text.
    """
    if not is_approver(by) or any(posting.created_by_id == by.pk for posting in postings):
        raise PermissionDenied(_("A second person with an approving role has to decide this."))
    numbers = [posting.pk for posting in postings]
    # The conditional update comes first: from here on nobody else decides these rows.
    taken = waiting().filter(pk__in=numbers).update(state=S.DECIDED, decided_by=by, decided_at=timezone.now())
    if not numbers or taken != len(numbers):
        raise StalePlan(_("It does not wait any more: somebody decided it, or it was recalled."))
    items, _changed = fresh_items(postings)
    if digest_of_items(items) != seen:
        raise StalePlan(_("Something changed since you looked: versions or times are others now. Look once more."))
    late = late_items(items)
    if late and not late_now:
        raise ValidationError(_("A time has passed. Tick that it is to be posted at once, or return it."))
    for item in late:
        item.due, item.slot, item.slots = None, None, []
    PostingItem.objects.bulk_update(items, [*FOLLOWED, "due", "slot", "slots"])
    # As in submit: nobody else gives out these channels' minutes meanwhile.
    list(Channel.objects.select_for_update().filter(pk__in={item.channel_id for item in items}).order_by("pk"))
    for posting in Posting.objects.filter(pk__in=numbers).select_related("campaign", "page", "bulletin"):
        _give_times(posting)
        fanout.register(posting, by=str(by))


def _give_times(posting: Posting) -> None:
    """What is to leave as soon as it is decided is due now, after the channel's quiet hours."""
    items = [item for item in fanout.items_of(posting) if item.approval and item.due is None]
    agenda = Agenda([item.channel for item in items])
    for item in items:
        item.due = agenda.now_for(item.channel).due
    PostingItem.objects.bulk_update(items, ["due"])


@transaction.atomic
def give_back(*, postings: Sequence[Posting], by: Any, why: str) -> bool:
    """Return it with a reason; whoever submitted it may take it back. Whether it still waited.

    :raises PermissionDenied: for anybody else without an approving role.
    :raises ValidationError: without a reason.
    """
    own = all(posting.created_by_id == by.pk for posting in postings)
    if not own and not is_approver(by):
        raise PermissionDenied(_("A second person with an approving role has to decide this."))
    if not why.strip():
        raise ValidationError({"why": [_("Say what has to be changed.")]})
    rows = waiting().filter(pk__in=[posting.pk for posting in postings])
    changed = rows.update(state=S.RETURNED, decided_by=by, decided_at=timezone.now(), decided_why=why.strip())
    return bool(changed)
