"""What people may decide about findings: a warning is kept with a reason, a block lifted by two who wrote none of it.

Every word is bound to the exact texts it was given for: one letter changed, and it no longer counts. What would
tell who a victim or a child is, is never lifted.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from campaigns.content_check import Placed, findings_in, texts_of
from campaigns.models import Approval, DecisionKind, FindingDecision
from campaigns.platform_refusals import REFUSES
from campaigns.safeguards import current_book
from campaigns.snapshots import snapshot_of
from campaigns.workflow import writers_since_approval

MAY_DECIDE = "campaigns.add_findingdecision"
PEOPLE_NEEDED = 2
SHORTEST_REASON = 10
# Not found by a rule of the book, and for the author alone to mend.
NEVER = frozenset({"real-case-unanswered", "real-case-unexplained", "blank", REFUSES})
LOGGED = {DecisionKind.LIFT: "loa.finding_lifted", DecisionKind.REASON: "loa.finding_kept"}


@dataclasses.dataclass(frozen=True)
class Judged:
    """A finding with what people said of it for this very text.

    ``fields``: all places (field, group) where its words stand. ``spots``: what it is in the texts that one field
    makes, of which a word on it covers each.
    """

    placed: Placed
    fields: tuple[tuple[str, str], ...]
    spots: frozenset[str]
    lifts: tuple[FindingDecision, ...]
    reasons: tuple[FindingDecision, ...]
    never: bool

    @property
    def is_warning(self) -> bool:
        return self.placed.finding.level == "warn"

    @property
    def is_lifted(self) -> bool:
        return not self.never and not self.missing

    @property
    def stands(self) -> bool:
        """Whether it stops the text."""
        return self.placed.finding.level == "block" and not self.is_lifted

    @property
    def missing(self) -> int:
        """How many people's word is still wanted to lift it."""
        people = [{one.by_id for one in self.lifts if one.spot == spot} for spot in self.spots]
        return max(PEOPLE_NEEDED - min(len(who) for who in people), 0)

    def reason_of(self, user: Any) -> str:
        """What ``user`` wrote of it, for every text that it is in; empty when nothing."""
        mine = {one.spot: one.reason for one in self.reasons if user is not None and one.by_id == user.pk}
        return next(iter(mine.values())) if mine.keys() >= self.spots else ""


def digest_of_texts(snapshot: Mapping[str, Any]) -> str:
    """A digest of all that can leave of a content and of the author's answer: what a word is bound to."""
    texts = [snapshot["title"], *texts_of(dict(snapshot)), snapshot.get("real_case"), snapshot.get("language")]
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def never_lifted() -> frozenset[str]:
    """The codes that nobody lifts."""
    return current_book().never_lifted() | NEVER


def judged(page: Any) -> list[Judged]:
    """Every finding in the texts of ``page`` (as a revision holds them), each once, with what was said of it."""
    snapshot = snapshot_of(page)
    return judge(snapshot, page.locale.language_code, page_id=page.pk, writers=writers_since_approval(page))


def judge(snapshot: dict[str, Any], code: str, *, page_id: int | None, writers: set[int]) -> list[Judged]:
    """The same for texts that are not stored. The word of ``writers`` does not count."""
    said = _said(digest_of_texts(snapshot), page_id) if page_id else []
    never = never_lifted()
    return sorted(
        (
            _judged(places, [one for one in said if one.by_id not in writers], never)
            for places in _same(findings_in(snapshot, code))
        ),
        key=lambda one: one.is_warning,
    )


def _same(found: Iterable[Placed]) -> list[list[Placed]]:
    """Findings that are one to a reader: the same words wherever they stand, or one thing about one field."""
    groups: dict[tuple[str, ...], list[Placed]] = {}
    for one in found:
        where = ("", "", one.spot) if one.words else (one.field, one.group, "")
        groups.setdefault((one.finding.code, *where), []).append(one)
    return list(groups.values())


def _judged(places: list[Placed], said: list[FindingDecision], never: frozenset[str]) -> Judged:
    code, spots = places[0].finding.code, frozenset(one.spot for one in places)
    of_it = [one for one in said if one.code == code and one.spot in spots]
    return Judged(
        placed=places[0],
        fields=tuple(dict.fromkeys((one.field, one.group) for one in places)),
        spots=spots,
        lifts=tuple(one for one in of_it if one.kind == DecisionKind.LIFT),
        reasons=tuple(one for one in of_it if one.kind == DecisionKind.REASON),
        never=code in never,
    )


def _said(digest: str, page_id: int) -> list[FindingDecision]:
    return list(FindingDecision.objects.filter(digest=digest, page_id=page_id).select_related("by").order_by("pk"))


def refuse_to_decide(page: Any, user: Any) -> None:
    """Raise PermissionDenied unless ``user`` may give a word on what ``page`` holds: a role, and not a writer."""
    if not user.has_perm(MAY_DECIDE):
        raise PermissionDenied(_("Approvers and senior editors decide about findings."))
    if user.pk in writers_since_approval(page):
        raise PermissionDenied(_("You wrote part of this text: others decide about what was found in it."))


@transaction.atomic
def lift(*, page: Any, code: str, spot: str, by: Any, reason: str) -> None:
    """Put ``by``'s word on record that a block may be lifted; it is, with the second person's.

    :param page: as the revision in question holds it.
    :raises PermissionDenied: without the role, or for a writer.
    :raises ValidationError: without a reason, when it is never lifted, or is not found in this text.
    """
    refuse_to_decide(page, by)
    found = _find(page, code, spot)
    if found.placed.finding.level != "block":
        raise ValidationError(_("This is no longer found in the text."))
    if found.never:
        raise ValidationError(_("Nobody lifts this: change the text."))
    if {one.spot for one in found.lifts if one.by_id == by.pk} >= found.spots:
        raise ValidationError(_("Your word on this is on record. A second person is needed."))
    _record(page, found, DecisionKind.LIFT, by, reason)


@transaction.atomic
def keep(*, page: Any, code: str, spot: str, by: Any, reason: str) -> None:
    """Put on record why ``by``, who is to approve, lets a warning stay.

    :raises PermissionDenied: without the role, or for a writer.
    :raises ValidationError: without a reason, or when it is not found in this text.
    """
    refuse_to_decide(page, by)
    found = _find(page, code, spot)
    if not found.is_warning:
        raise ValidationError(_("This is no longer found in the text."))
    if not found.reason_of(by):
        _record(page, found, DecisionKind.REASON, by, reason)


def _find(page: Any, code: str, spot: str) -> Judged:
    for one in judged(page):
        if one.placed.finding.code == code and spot in one.spots:
            return one
    raise ValidationError(_("This is no longer found in the text."))


def _record(page: Any, found: Judged, kind: DecisionKind, by: Any, reason: str) -> None:
    words = " ".join(reason.split())
    if len(words) < SHORTEST_REASON:
        raise ValidationError(_("Write the reason in at least %(count)s characters.") % {"count": SHORTEST_REASON})
    finding, digest = found.placed.finding, digest_of_texts(snapshot_of(page))
    given = {one.spot for one in (*found.lifts, *found.reasons) if one.by_id == by.pk and one.kind == kind}
    for spot in sorted(found.spots - given):
        FindingDecision.objects.create(
            page_id=page.pk,
            kind=kind,
            code=finding.code,
            spot=spot,
            digest=digest,
            message=finding.message,
            reason=words,
            by=by,
        )
    log(page, LOGGED[kind], user=by, data={"code": finding.code, "message": finding.message, "reason": words})


def attach(approval: Approval) -> None:
    """The words that were given for the texts of ``approval`` now belong to it."""
    if approval.page_id is None:
        return
    given = FindingDecision.objects.filter(page_id=approval.page_id, approval=None)
    given.filter(digest=digest_of_texts(approval.snapshot)).update(approval=approval)


def lifted_in(approvals: Iterable[Approval]) -> dict[int, frozenset[tuple[str, str]]]:
    """By approval: the (code, spot) of blocks that two people lifted for its very texts. One or three queries."""
    approvals = [one for one in approvals if one.page_id]
    lifts = FindingDecision.objects.filter(kind=DecisionKind.LIFT, page__in={one.page_id for one in approvals})
    rows = list(lifts.values_list("page_id", "digest", "code", "spot", "by"))
    pages = {row[0] for row in rows}
    never = never_lifted() if rows else frozenset()
    concerned = [approval for approval in approvals if approval.page_id in pages]
    wrote: dict[int, set[int]] = {approval.pk: set() for approval in concerned}
    through = Approval.authors.through.objects.filter(approval_id__in=wrote) if wrote else ()
    for row in through:
        wrote[row.approval_id].add(row.user_id)
    found = {}
    for approval in concerned:
        digest, writers = digest_of_texts(approval.snapshot), wrote[approval.pk]
        people: dict[tuple[str, str], set[int]] = {}
        for page_id, of_text, code, spot, by in rows:
            if (page_id, of_text) == (approval.page_id, digest) and code not in never and by not in writers:
                people.setdefault((code, spot), set()).add(by)
        found[approval.pk] = frozenset(key for key, who in people.items() if len(who) >= PEOPLE_NEEDED)
    return found


def history(page: Any) -> list[FindingDecision]:
    """Every word ever given on this content in this language, the newest first."""
    rows = FindingDecision.objects.filter(page_id=page.pk).select_related("by", "approval")
    return list(rows.order_by("-pk"))
