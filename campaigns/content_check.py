"""The safeguards over a whole content: every text that can leave, with the field each finding belongs to.

What is checked is what would be sent (``campaigns.messages.text_for``), so that a text that takes the
summary because its own field is empty is judged as it will leave.
"""

import dataclasses
import hashlib
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.messages import text_for
from campaigns.safeguards import Finding, check, current_book, registry_on, texts_on

KINDS = ("social", "message", "spoken", "article")
# The fields that a text is taken from before the summary and the page's text, in order.
OWN_FIELDS = {"message": ("message_text", "social_text"), "social": ("social_text",), "spoken": ("loudspeaker_text",)}


@dataclasses.dataclass(frozen=True)
class Placed:
    """A finding with its place: the form's field, and the target group whose text it is (or none)."""

    field: str
    group: str
    finding: Finding
    words: str
    # Which finding it is in this text, without its words: see :func:`spot_of`.
    spot: str = ""

    @property
    def sentence(self) -> str:
        """The finding in one paragraph for a form: what, where in the text, and the cure."""
        quoted = f" “{self.words}”:" if self.words else ""
        return f"{quoted} {self.finding.message} {self.finding.cure}".strip()


def findings_in(snapshot: dict[str, Any], code: str) -> list[Placed]:
    """Everything the safeguards object to in a content's texts, each once for a field and its words.

    What concerns a text as a whole is there for each different text that a field makes.

    :param snapshot: as ``campaigns.snapshots.snapshot_of`` makes it.
    :param code: the locale code of its language.
    """
    from campaigns.platform_refusals import refusals

    return [*_about_real_case(snapshot), *_in_texts(snapshot, code), *refusals(snapshot, code)]


def spot_of(finding: Finding, whole: str) -> str:
    """What names a finding in one text for good: a digest of the words it marks, or of the text it is about."""
    marked = whole[finding.start : finding.end].strip() if finding.end else whole
    return hashlib.sha256(f"{finding.code}\0{marked}".encode()).hexdigest()


def _about_real_case(snapshot: dict[str, Any]) -> list[Placed]:
    """What the author's answer asks for; of a snapshot from before the question, and of a bulletin, nothing."""
    said = snapshot.get("real_case")
    if said is None:
        return []
    answer, changes = said["answer"], said["changes"].strip()
    if answer == "no":
        return []
    source = _("UNICEF: a story that may harm somebody is not told, even with changed names.")
    if not answer:
        finding = Finding(
            "block", "real-case-unanswered", 0, 0,
            _("Nobody has said whether this rests on a real case."),
            _("Answer the question “Does this rest on a real case?”."), source,
        )  # fmt: skip
    elif not changes:
        finding = Finding(
            "block", "real-case-unexplained", 0, 0,
            _("This rests on a real case, and nobody has said what was changed."),
            _("Write what was left out, mixed or moved so that nobody knows the person again."), source,
        )  # fmt: skip
    else:
        finding = Finding(
            "warn", "real-case", 0, 0,
            _("This rests on a real case. What was changed: %(changes)s") % {"changes": changes},
            _("Read it once more as a neighbour of this person would, and write why nobody is known again."), source,
        )  # fmt: skip
    field = "real_case_changes" if finding.code == "real-case-unexplained" else "real_case"
    return [Placed(field, "", finding, "", spot_of(finding, changes))]


def _in_texts(snapshot: dict[str, Any], code: str) -> list[Placed]:
    today = timezone.localdate()
    hotlines, rights, book = registry_on(today), texts_on(today, code), current_book()
    found: dict[tuple[str, str, str, str], Placed] = {}
    for kind, group, text in texts_of(snapshot):
        whole = f"{snapshot['title']}\n\n{text}"
        for finding in check(whole, language=code, hotlines=hotlines, rights=rights, book=book):
            words, spot = whole[finding.start : finding.end].strip(), spot_of(finding, whole)
            in_title = 0 < finding.end <= len(snapshot["title"])
            field, own = ("title", "") if in_title else place_of(snapshot, kind, group, words)
            found.setdefault((field, own, finding.code, spot), Placed(field, own, finding, words, spot))
    return list(found.values())


def texts_of(snapshot: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, group key (empty for everybody) and text of each different text that can leave."""
    seen: set[str] = set()
    for group in ("", *sorted(snapshot.get("group_texts", {}))):
        for kind in KINDS:
            text = text_for(snapshot, kind, group or None)
            if text and text not in seen:
                seen.add(text)
                yield kind, group, text


def place_of(snapshot: dict[str, Any], kind: str, group: str, words: str = "") -> tuple[str, str]:
    """The form's field, and the group when it is the group's own, in which a text of ``kind`` is mended.

    A text that is taken from the next one (``campaigns.messages.text_for``) is mended there; ``words``, when given,
    are looked for among the parts of an article.
    """
    special = snapshot.get("group_texts", {}).get(group, {})
    for name in OWN_FIELDS.get(kind, ()):
        if special.get(name):
            return name, group
        if snapshot.get(name):
            return name, ""
    if kind == "article" and words and words in special.get("lead", ""):
        return "lead", group
    summary, has_body = snapshot.get("summary", ""), bool(snapshot.get("body"))
    if words:
        return ("summary" if words in summary or not has_body else "body"), ""
    body_first = kind in ("article", "spoken") or not summary
    return ("body" if has_body and body_first else "summary"), ""


def refuse_unsafe(page: Any, by: Any = None) -> None:
    """Raise PermissionDenied, with the reasons, when a text of ``page`` may not leave (DESIGN 4.4).

    A block counts unless two people lifted it for this very text; a warning needs the reason of ``by``.
    """
    from campaigns.decisions import judged

    found = judged(page)
    blocking = [one.placed for one in found if one.stands]
    if blocking:
        reasons = " ".join(one.sentence for one in blocking[:3])
        raise PermissionDenied(_("The text is not safe to publish: %(reasons)s") % {"reasons": reasons})
    silent = [one.placed for one in found if one.is_warning and not one.reason_of(by)]
    if silent:
        reasons = " ".join(one.sentence for one in silent[:3])
        said = _("Write first why this may stay, under “Safety check”: %(reasons)s")
        raise PermissionDenied(said % {"reasons": reasons})
