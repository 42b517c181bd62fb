"""The safeguards over a whole content: every text that can leave, with the field each finding belongs to.

What is checked is what would be sent (``campaigns.messages.text_for``), so that a text that takes the
summary because its own field is empty is judged as it will leave.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.messages import text_for
from campaigns.safeguards import Finding, check, current_book, registry_on, texts_on

# Kind of text → the field that an author writes it in; what is left empty is taken from the next one.
FIELDS = {"social": "social_text", "message": "message_text", "spoken": "loudspeaker_text", "article": "summary"}


@dataclasses.dataclass(frozen=True)
class Placed:
    """A finding with its place: the form's field, and the target group whose text it is (or none)."""

    field: str
    group: str
    finding: Finding
    words: str

    @property
    def sentence(self) -> str:
        """The finding in one paragraph for a form: what, where in the text, and the cure."""
        quoted = f" “{self.words}”:" if self.words else ""
        return f"{quoted} {self.finding.message} {self.finding.cure}".strip()


def findings_in(snapshot: dict[str, Any], code: str) -> list[Placed]:
    """Everything the safeguards object to in a content's texts, each once.

    :param snapshot: as ``campaigns.snapshots.snapshot_of`` makes it.
    :param code: the locale code of its language.
    """
    today = timezone.localdate()
    hotlines, rights, book = registry_on(today), texts_on(today, code), current_book()
    found: dict[tuple[str, str, str, str], Placed] = {}
    for kind, group, text in texts_of(snapshot):
        whole = f"{snapshot['title']}\n\n{text}"
        for finding in check(whole, language=code, hotlines=hotlines, rights=rights, book=book):
            field = "title" if 0 < finding.end <= len(snapshot["title"]) else _field(snapshot, kind, group)
            words = whole[finding.start : finding.end].strip()
            place = Placed(field, group, finding, words)
            found.setdefault((field, group, finding.code, words), place)
    return list(found.values())


def texts_of(snapshot: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, group key (empty for everybody) and text of each different text that can leave."""
    seen: set[str] = set()
    for group in ("", *snapshot.get("group_texts", {})):
        for kind in FIELDS:
            text = text_for(snapshot, kind, group or None)
            if text and text not in seen:
                seen.add(text)
                yield kind, group, text


def _field(snapshot: dict[str, Any], kind: str, group: str) -> str:
    name = FIELDS[kind]
    special = snapshot.get("group_texts", {}).get(group, {})
    if kind == "article":
        return "body" if snapshot.get("body") and not snapshot.get("summary") else "summary"
    return name if special.get(name) or snapshot.get(name) else "summary"


def refuse_unsafe(page: Any) -> None:
    """Raise PermissionDenied, with the reasons, when a text of ``page`` may not leave (DESIGN 4.4)."""
    from campaigns.snapshots import snapshot_of

    found = findings_in(snapshot_of(page), page.locale.language_code)
    blocking = [one for one in found if one.finding.level == "block"]
    if blocking:
        reasons = " ".join(one.sentence for one in blocking[:3])
        raise PermissionDenied(_("The text is not safe to publish: %(reasons)s") % {"reasons": reasons})
