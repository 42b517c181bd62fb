"""What changed between two states of a content's texts, field by field and word by word."""

import dataclasses
import datetime as dt
import difflib
import re
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.body_texts import body_text
from campaigns.models import TargetGroup
from campaigns.models.pages import CHANNEL_TEXTS
from campaigns.snapshots import GROUP_FIELDS

# A word with the space after it: bare spaces would match each other all over a long text.
WORDS = re.compile(r"\s+|\S+\s*")
NAMES = {
    "title": _("title"),
    "summary": _("summary"),
    "body": _("page text"),
    "social_text": _("text for social networks"),
    "message_text": _("text for messages"),
    "loudspeaker_text": _("text to read aloud"),
    "lead": _("opening on the page"),
    "when": _("when"),
    "place": _("place"),
    "venue": _("venue"),
    "programme": _("programme"),
}


@dataclasses.dataclass(frozen=True)
class Piece:
    """Some words of a text: ``kept``, ``added`` or ``removed``."""

    how: str
    words: str


@dataclasses.dataclass(frozen=True)
class Part:
    """One field of the source: what it says now, and what changed in it."""

    name: str
    group: str
    text: str
    pieces: list[Piece]

    @property
    def changed(self) -> bool:
        return any(piece.how != "kept" for piece in self.pieces)


def parts_of(snapshot: dict[str, Any], before: dict[str, Any] | None) -> list[Part]:
    """The texts of the source field by field, with what changed since ``before`` (None: nothing to compare)."""
    now = dict(_texts(snapshot))
    old = dict(_texts(before)) if before is not None else now
    names = {group.key: group.name for group in TargetGroup.objects.all()}
    places = [*now, *(place for place in old if place not in now)]
    return [
        Part(str(NAMES[field]), names.get(group, group), now.get((group, field), ""), pieces)
        for group, field in places
        if (pieces := changes(old.get((group, field), ""), now.get((group, field), "")))
    ]


def _texts(snapshot: dict[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """Each filled text with its place: group key (empty for everybody) and field."""
    event = snapshot.get("event") or {}
    programme = "\n".join(f"{item['time']} {item['text']}".strip() for item in event.get("programme", []))
    whole = {
        "title": snapshot.get("title", ""),
        "summary": snapshot.get("summary", ""),
        "when": _hours(event),
        "place": event.get("place_name", ""),
        "venue": event.get("venue", ""),
        "programme": programme,
        "body": body_text(snapshot),
        **{name: snapshot.get(name, "") for name in CHANNEL_TEXTS},
    }
    groups = snapshot.get("group_texts", {})
    for group, texts in [("", whole), *((key, groups[key]) for key in sorted(groups))]:
        for field in whole if not group else GROUP_FIELDS:
            if str(texts.get(field) or "").strip():
                yield (group, field), str(texts[field]).strip()


def _hours(event: dict[str, Any]) -> str:
    """When an event begins and ends, as staff write it."""
    moments = [event.get("starts_at"), event.get("ends_at")]
    local = [timezone.localtime(dt.datetime.fromisoformat(moment)) for moment in moments if moment]
    return " – ".join(f"{moment:%H:%M %d/%m/%Y}" for moment in local)


def changes(before: str, now: str) -> list[Piece]:
    """What turns ``before`` into ``now``, word by word."""
    if before == now:
        return [Piece("kept", now)] if now else []
    old, new = WORDS.findall(before), WORDS.findall(now)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(a=old, b=new).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("kept", "".join(new[j1:j2])))
            continue
        for how, words in (("removed", old[i1:i2]), ("added", new[j1:j2])):
            if words:
                pieces.append(Piece(how, "".join(words)))
    return pieces
