"""Short messages (quick alerts, imported rows) from draft to posting: written by one, approved by another.

Whoever ever wrote in one cannot approve it, superusers included; a change after it was submitted takes it
back to its author. What is approved is stored as an Approval and posted at once, or at its time.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import fanout, gate
from campaigns.content_check import Placed, spot_of
from campaigns.decisions import digest_of_texts
from campaigns.messages import Pictures, message_for
from campaigns.models import (
    AlertTemplate,
    Approval,
    Bulletin,
    BulletinState,
    Campaign,
    DecisionKind,
    FindingDecision,
    Language,
    Posting,
    RightsText,
    Station,
)
from campaigns.models.approvals import digest_of
from campaigns.models.links import TrackedLink, new_code
from campaigns.safeguards import Finding, check
from campaigns.snapshots import picture_facts
from campaigns.versions import plan_items
from publishers import registry

S = BulletinState
SOURCE = "vi"
APPROVE = ("campaigns", "add_approval")
WRITE = "campaigns.add_bulletin"
# Fields that a form may set; a change of any of them is writing.
FIELDS = ("campaign", "title", "text", "link", "image", "place", "due", "is_sample")
BLANK = re.compile(r"\[[^\[\]\n]{1,80}\]")


# --- Who --------------------------------------------------------------------------------------------


def approvers() -> QuerySet[Any]:
    """All who hold the approver's right by a role or by themselves. To be a superuser is not enough."""
    app, codename = APPROVE
    held = {"content_type__app_label": app, "codename": codename}
    through_role = Q(**{f"groups__permissions__{name}": value for name, value in held.items()})
    by_oneself = Q(**{f"user_permissions__{name}": value for name, value in held.items()})
    return get_user_model().objects.filter(through_role | by_oneself, is_active=True).distinct()


def is_approver(user: Any) -> bool:
    """Whether ``user`` may approve short messages that others wrote."""
    return approvers().filter(pk=user.pk).exists()


def reads(user: Any, language: Language) -> bool:
    """Whether ``user`` is a native reader of ``language``."""
    return language.reviewers_id is not None and user.groups.filter(pk=language.reviewers_id).exists()


def writer_ids(bulletin: Bulletin) -> set[int]:
    """Everybody who ever wrote in it, or submitted it."""
    written = set(bulletin.writers.values_list("pk", flat=True)) | {bulletin.author_id}
    return written | ({bulletin.submitted_by_id} if bulletin.submitted_by_id else set())


def refusal(bulletin: Bulletin, user: Any) -> str:
    """Why ``user`` cannot approve ``bulletin``, in words; empty when nothing stands against it."""
    if not is_approver(user):
        return _("Only an approver approves this.")
    if user.pk in writer_ids(bulletin):
        return _("You wrote part of this text, so you cannot approve it. Another approver has to look at it.")
    if bulletin.language.code != SOURCE and bulletin.read_by_id is None and not reads(user, bulletin.language):
        return _("A native reader of this language has to confirm the text first.")
    return ""


# --- What -------------------------------------------------------------------------------------------


def snapshot_of(bulletin: Bulletin) -> dict[str, Any]:
    """Everything of ``bulletin`` that may leave: what an approval keeps and messages are made from."""
    return {
        "kind": "bulletin",
        "title": bulletin.title,
        "text": bulletin.text,
        "link": bulletin.link,
        "language": bulletin.language.code,
        "campaign": bulletin.campaign_id,
        "cover": picture_facts(bulletin.image) if bulletin.image else None,
        "groups": sorted(group.key for group in bulletin.groups.all()),
        "is_sample": bulletin.is_sample,
    }


def prospect(bulletin: Bulletin) -> Approval:
    """The approval as it would be, not stored: for checks and previews."""
    snapshot = snapshot_of(bulletin)
    return Approval(bulletin=bulletin, language=bulletin.language, snapshot=snapshot, digest=digest_of(snapshot))


def seen_digest(bulletin: Bulletin) -> str:
    """A digest of all that an approver decides on: the text, the channels and the time."""
    return digest_of(
        {
            "snapshot": snapshot_of(bulletin),
            "channels": sorted(channel.pk for channel in bulletin.channels.all()),
            "due": bulletin.due.astimezone(dt.UTC).isoformat() if bulletin.due else None,
        }
    )


def findings_of(title: str, text: str, *, language: str = SOURCE) -> list[Placed]:
    """What the safeguards object to, each with the field (``title`` or ``text``) where it is mended."""
    whole = f"{title}\n\n{text}"
    placed = []
    for finding in check(whole, language=language):
        field = "title" if 0 < finding.end <= len(title) else "text"
        words = whole[finding.start : finding.end].strip()
        placed.append(Placed(field, "", finding, words, spot_of(finding, whole)))
    return [*blanks_in(title, text), *placed]


def blanks_in(title: str, text: str) -> list[Placed]:
    """The blanks of a template that nobody has filled, as findings that stop the text."""
    message = _("This is still a blank of the template.")
    cure = _("Fill it in, or take it away with its brackets.")
    return [
        Placed(field, "", Finding("block", "blank", *found.span(), message, cure, ""), found[0])
        for field, value in (("title", title), ("text", text))
        for found in BLANK.finditer(value)
    ]


def text_of(template: AlertTemplate) -> str:
    """The template's text with today's approved sentence on rights and support, unless it says as much."""
    missing = {finding.code for finding in check(f"{template.title}\n\n{template.text}")}
    today = timezone.localdate()
    valid = RightsText.objects.filter(language__code=SOURCE, valid_from__lte=today)
    rights = valid.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today)).first()
    if "rights-missing" not in missing or rights is None:
        return template.text
    return f"{template.text}\n\n{rights.sentence}"


def campaign_on(day: dt.date) -> Campaign | None:
    """The campaign that runs on ``day``, else the next one, else the last one."""
    rows = list(Campaign.objects.order_by("period_from"))
    running = [row for row in rows if row.period_from <= day <= row.period_to]
    coming = [row for row in rows if row.period_from > day]
    return next(iter(running or coming or rows[-1:]), None)


# --- Writing ----------------------------------------------------------------------------------------


@transaction.atomic
def save(
    *, values: Mapping[str, Any], channels: Sequence[Any], by: Any, bulletin: Bulletin | None = None, **made: Any
) -> Bulletin:
    """Make a draft, or change one; ``by`` becomes one of its writers. A submitted one is a draft again.

    :param values: those of ``FIELDS`` that change.
    :param made: further fields of a new one (``language``, ``is_alert``, ``translation_of``, ``correction_of``).
    :raises PermissionDenied: when it is approved already, or ``by`` may not write.
    """
    if not by.has_perm(WRITE):
        raise PermissionDenied(_("You may not write short messages."))
    given = {name: values[name] for name in FIELDS if name in values}
    if bulletin is None:
        bulletin = Bulletin.objects.create(author=by, **given, **made)
    else:
        fresh = {"state": S.DRAFT, "read_by": None, "submitted_at": None}
        if not Bulletin.objects.filter(pk=bulletin.pk).exclude(state=S.APPROVED).update(**given, **fresh):
            raise PermissionDenied(_("It is approved already: write a correction instead."))
        bulletin.refresh_from_db()
    bulletin.writers.add(by)
    bulletin.channels.set(channels)
    return bulletin


@transaction.atomic
def submit(*, bulletin: Bulletin, by: Any) -> None:
    """Hand a draft to the approvers, who are told by e-mail. Submitting it twice does nothing more.

    :raises ValidationError: by field (``title``, ``text``, ``channels``), when it may not leave as it stands.
    """
    refuse_unfit(bulletin)
    changed = Bulletin.objects.filter(pk=bulletin.pk, state__in=(S.DRAFT, S.RETURNED)).update(
        state=S.WAITING, submitted_by=by, submitted_at=timezone.now(), decided_by=None, decided_at=None, decided_why=""
    )
    if changed:
        from campaigns.bulletin_mail import tell_approvers

        transaction.on_commit(lambda: tell_approvers(bulletin.pk), robust=True)


def discard(*, bulletin: Bulletin, by: Any) -> bool:
    """Delete a draft, or one that came back; whether it was one.

    :raises PermissionDenied: for anybody who did not write in it.
    """
    if by.pk not in writer_ids(bulletin):
        raise PermissionDenied(_("Only who wrote it throws it away."))
    found, _kinds = Bulletin.objects.filter(pk=bulletin.pk, state__in=(S.DRAFT, S.RETURNED)).delete()
    return bool(found)


def refuse_unfit(bulletin: Bulletin) -> None:
    """Raise ValidationError, by field, for what the safeguards stop or a platform would refuse."""
    wrong: dict[str, list[str]] = {}
    for placed in findings_of(bulletin.title, bulletin.text, language=bulletin.language.code):
        if placed.finding.level == "block":
            wrong.setdefault(placed.field, []).append(placed.sentence)
    refused = [] if wrong else stopped_for(bulletin)
    if not bulletin.channels.exists():
        refused = [_("Choose at least one channel.")]
    if refused:
        wrong["channels"] = refused
    if wrong:
        raise ValidationError(wrong)


def stopped_for(bulletin: Bulletin) -> list[str]:
    """What platforms would refuse of it, or the gate would hold, each with the channel's name."""
    approval, pictures = prospect(bulletin), Pictures()
    channels = list(bulletin.channels.all())
    library = gate.Library.read([approval])
    stations = {row.channel_id: row for row in Station.objects.filter(channel__in=channels).prefetch_related("slots")}
    found = []
    for item in plan_items(bulletin, channels, approvals={approval.language.code: approval}):
        if item.approval is None:
            continue
        details, link = fanout.station_details(stations.get(item.channel.pk)), TrackedLink(code=new_code()).url
        message = message_for(
            approval=approval, channel=item.channel, group=None, link=link, details=details, pictures=pictures
        )
        refused = [one.text for one in registry.get(item.channel.platform).problems(message) if one.blocks]
        held = gate.objections(approval=approval, channel=item.channel, message=message, library=library)
        found += [f"{item.channel}: {text}" for text in (*refused, *held)]
    return found


# --- Deciding ---------------------------------------------------------------------------------------


@transaction.atomic
def confirm_reading(*, bulletin: Bulletin, by: Any, seen: str) -> None:
    """A native reader of the language says that it reads right.

    :raises PermissionDenied: for anybody else, for a writer, or when it was changed meanwhile.
    """
    if not reads(by, bulletin.language) or by.pk in writer_ids(bulletin):
        raise PermissionDenied(_("Only a native reader of this language who did not write it confirms it."))
    if seen != seen_digest(bulletin):
        raise PermissionDenied(_("It was changed while you read it. Read it again."))
    # Handed in anew since it was looked up, it may be another text: then the word is on none.
    same = Bulletin.objects.filter(pk=bulletin.pk, state=S.WAITING, submitted_at=bulletin.submitted_at)
    if not same.update(read_by=by):
        raise PermissionDenied(_("It was changed while you read it. Read it again."))


@transaction.atomic
def approve(*, bulletin: Bulletin, by: Any, seen: str, why: str = "") -> Posting:
    """Approve what ``by`` has seen and post it to its channels: now, or at its time.

    Pressing it twice finds the first posting.

    :param seen: ``seen_digest`` of what was shown.
    :param why: the approver's reason, needed where a safeguard warns.
    :raises PermissionDenied: when ``by`` may not approve it, or it is not what was shown.
    :raises ValidationError: when it is not fit to leave.
    """
    # The conditional update comes first: from here on nobody else changes the row.
    taken = Bulletin.objects.filter(pk=bulletin.pk, state=S.WAITING).update(
        state=S.APPROVED, decided_by=by, decided_at=timezone.now(), decided_why=why
    )
    bulletin = Bulletin.objects.select_related("language", "campaign", "image").get(pk=bulletin.pk)
    posted = Posting.objects.filter(bulletin=bulletin).first()
    if not taken:
        if posted is not None and bulletin.decided_by_id == by.pk:
            return posted
        raise PermissionDenied(_("It does not wait for approval any more."))
    if against := refusal(bulletin, by):
        raise PermissionDenied(against)
    if seen != seen_digest(bulletin):
        raise PermissionDenied(_("It was changed while you read it. Read it again."))
    refuse_unfit(bulletin)
    if not why.strip() and warnings_of(bulletin):
        raise ValidationError({"why": [_("A safeguard warns: write why it may leave all the same.")]})
    return _post(bulletin, by, why)


def warnings_of(bulletin: Bulletin) -> list[Placed]:
    """What the safeguards only warn of."""
    found = findings_of(bulletin.title, bulletin.text, language=bulletin.language.code)
    return [placed for placed in found if placed.finding.level == "warn"]


def _post(bulletin: Bulletin, by: Any, why: str) -> Posting:
    approval = prospect(bulletin)
    approval.approved_by = by
    approval.save()
    approval.authors.set(writer_ids(bulletin))
    record_reasons(approval, warnings_of(bulletin), by, why)
    posting = fanout.post(
        key=bulletin.key or f"bulletin:{bulletin.pk}",
        campaign=bulletin.campaign,
        bulletin=bulletin,
        channels=list(bulletin.channels.all()),
        due=bulletin.due or timezone.now(),
        by=by,
    )
    if bulletin.correction_of_id:
        Posting.objects.filter(pk=posting.pk).update(correction_of=bulletin.correction_of_id)
    return posting


def record_reasons(approval: Approval, warnings: Sequence[Placed], by: Any, why: str) -> None:
    """The approver's reason, with each warning that it was given for."""
    digest = digest_of_texts(approval.snapshot)
    FindingDecision.objects.bulk_create(
        FindingDecision(
            bulletin=approval.bulletin,
            approval=approval,
            kind=DecisionKind.REASON,
            code=placed.finding.code,
            spot=placed.spot,
            digest=digest,
            message=placed.finding.message,
            reason=why.strip(),
            by=by,
        )
        for placed in warnings
    )


@transaction.atomic
def send_back(*, bulletin: Bulletin, by: Any, why: str) -> bool:
    """Return it to its author with a reason; whether it still waited.

    :raises PermissionDenied: when ``by`` is no approver and no native reader of its language.
    :raises ValidationError: without a reason.
    """
    if not (is_approver(by) or reads(by, bulletin.language)):
        raise PermissionDenied(_("Only an approver approves this."))
    if not why.strip():
        raise ValidationError({"why": [_("Say what has to be changed.")]})
    waiting = Bulletin.objects.filter(pk=bulletin.pk, state=S.WAITING)
    changed = waiting.update(state=S.RETURNED, decided_by=by, decided_at=timezone.now(), decided_why=why.strip())
    if changed:
        from campaigns.bulletin_mail import tell_author

        transaction.on_commit(lambda: tell_author(bulletin.pk), robust=True)
    return bool(changed)
