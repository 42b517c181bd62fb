"""Signing a report: what has to be seen first, the frozen snapshot, and what takes an earlier one's place."""

import dataclasses
import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Plan, SignedReport
from campaigns.report.build import build, canonical_json, digest_of_report
from campaigns.report.files import render
from campaigns.report.periods import Period
from campaigns.report.sentences import findings_sentences
from campaigns.report.wording import spoken

PERMISSION = "campaigns.sign_report"


class CannotSign(Exception):
    """Why the report was not signed, and what to do."""


@dataclasses.dataclass(frozen=True)
class Signature:
    """What the signer adds. ``agency`` fills the report's own where it knows none."""

    name: str
    title: str
    agency: str = ""
    number: str = ""
    recipients: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Point:
    """All findings of one code. ``mark`` changes with any word of them, so a tick holds for what was seen."""

    mark: str
    title: str
    texts: tuple[str, ...]


def points_of(report: dict[str, Any]) -> list[Point]:
    """What the signer has to tick: contradictions and unconfirmed figures first, notes last."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for one in report["findings"]:
        grouped.setdefault((one["code"], one["kind_title"]), []).append(one["text"])
    return [
        Point(hashlib.sha256("\n".join((code, *texts)).encode()).hexdigest()[:16], title, tuple(texts))
        for (code, title), texts in grouped.items()
    ]


def seen_mark(report: dict[str, Any]) -> str:
    """A mark of everything that the report says but the time it was made."""
    return digest_of_report({key: part for key, part in report.items() if key != "made_at"})


def standing(plan: Plan, period: Period, level: str) -> SignedReport | None:
    """The signed report of this plan, these days and this level that nothing replaced yet."""
    return SignedReport.objects.filter(
        plan=plan,
        period_from=period.first,
        period_to=period.last,
        place_level=level,
        superseded_by=None,
    ).first()


def draft_to_sign(plan: Plan, period: Period, level: str, now: Any = None) -> dict[str, Any]:
    """The report as it would be signed now."""
    return build(plan, period.first, period.last, place_level=level, period_key=period.key, now=now)


def sign(
    *,
    plan: Plan,
    period: Period,
    level: str,
    by: Any,
    signature: Signature,
    seen: str,
    ticked: set[str],
    why: str = "",
) -> SignedReport:
    """Freeze the report of now under ``by``'s name.

    :param seen: ``seen_mark`` of the report that the signer was shown.
    :param ticked: the marks of the points that the signer accepts.
    :param why: why a standing signed report is replaced.
    :raises CannotSign: with the reason: no permission, figures that changed since they were shown,
        points not ticked, a name missing, an earlier report without a word on why it is replaced.
    """
    if not by.has_perm(PERMISSION):
        raise CannotSign(_("Only a report signer may sign."))
    now = timezone.now()
    report = draft_to_sign(plan, period, level, now)
    points = points_of(report)
    earlier = standing(plan, period, level)
    _ready(report, signature, seen, earlier, why)
    if open_points := [point for point in points if point.mark not in ticked]:
        raise CannotSign(
            _("Tick every point first: %(points)s") % {"points": "; ".join(point.texts[0] for point in open_points[:3])}
        )
    frozen = frozen_report(report, signature, by=by, now=now, earlier=earlier, why=why)
    return _stored(frozen, plan, period, level, by=by, now=now, earlier=earlier, why=why)


def _ready(report: dict[str, Any], signature: Signature, seen: str, earlier: SignedReport | None, why: str) -> None:
    if seen != seen_mark(report):
        raise CannotSign(_("The figures or texts changed since you opened this page. Look at them again, then sign."))
    if not signature.name.strip() or not signature.title.strip():
        raise CannotSign(_("The signer's position and name have to be filled in."))
    if not (report["head"]["agency"] or signature.agency.strip()):
        raise CannotSign(_("The reporting agency has to be filled in."))
    lines = signature.recipients or report["wording"]["texts"]["recipients"]
    if any("[" in line for line in (*lines, signature.name, signature.title, signature.agency, signature.number)):
        raise CannotSign(_("Something in brackets [ ] still waits to be filled in: recipients, position or name."))
    if earlier is not None and not why.strip():
        raise CannotSign(_("This period was signed already. Say why the new report replaces it."))


def frozen_report(
    report: dict[str, Any], signature: Signature, *, by: Any, now: Any, earlier: SignedReport | None, why: str
) -> dict[str, Any]:
    """The report with its signature, no longer a draft, its gaps filled."""
    agency = report["head"]["agency"] or signature.agency.strip()
    head = {**report["head"], "agency": agency}
    with spoken(report["wording"]["texts"]):
        findings = findings_sentences(report["findings"], signed=True)
        gap = report["wording"]["texts"]["agency_in_text_gap"]
    if not report["head"]["agency"]:
        head["intro"] = head["intro"].replace(gap, agency)
    return {
        **report,
        "head": head,
        "draft": False,
        "gaps": [],
        "sentences": {**report["sentences"], "findings": findings},
        "signature": {
            "name": signature.name.strip(),
            "title": signature.title.strip(),
            "number": signature.number.strip(),
            "recipients": list(signature.recipients) or report["wording"]["texts"]["recipients"],
            "day": timezone.localtime(now).date().isoformat(),
            "signed_at": timezone.localtime(now).isoformat(timespec="seconds"),
            "account": by.get_username(),
            "accepted": [text for point in points_of(report) for text in point.texts],
            "supersedes": earlier.digest if earlier else None,
            "why": why.strip() if earlier else "",
        },
    }


def _stored(
    frozen: dict[str, Any], plan: Plan, period: Period, level: str, *, by: Any, now: Any, earlier: Any, why: str
) -> SignedReport:
    text = canonical_json(frozen)
    try:
        with transaction.atomic():
            return SignedReport.objects.create(
                plan=plan,
                period_from=period.first,
                period_to=period.last,
                period_key=period.key,
                place_level=level,
                number=frozen["signature"]["number"],
                snapshot=text,
                digest=hashlib.sha256(text.encode()).hexdigest(),
                docx_digest=hashlib.sha256(render(json.loads(text), "docx")).hexdigest(),
                signed_by=by,
                signed_at=now,
                supersedes=earlier,
                why=why.strip() if earlier else "",
            )
    except IntegrityError:
        raise CannotSign(_("Somebody signed this report a moment ago. Look at the signed reports.")) from None


def remade(signed: SignedReport, form: str) -> bytes:
    """A file of the signed report, made from its snapshot.

    :raises CannotSign: when the snapshot is not what was signed.
    :raises campaigns.report.pdf.NoOffice: for a PDF where LibreOffice is missing.
    """
    if not signed.is_intact():
        raise CannotSign(_("The stored report is not what was signed: its digest does not fit."))
    return signed.snapshot.encode() if form == "json" else render(signed.report, form)


def docx_is_the_same(signed: SignedReport) -> bool:
    """Whether the DOCX made now is, byte for byte, the one made when the report was signed."""
    return hashlib.sha256(remade(signed, "docx")).hexdigest() == signed.docx_digest
