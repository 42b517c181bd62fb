"""What a translation was made from, and what changed in the Vietnamese text since."""

import dataclasses
import difflib
import re
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from campaigns.messages import body_text
from campaigns.models import Approval, TargetGroup, TranslationBasis
from campaigns.models.pages import CHANNEL_TEXTS, CampaignContent, EventPage, MaterialPage
from campaigns.snapshots import GROUP_FIELDS, snapshot_of
from campaigns.versions import SOURCE
from campaigns.workflow import latest_approval

WORDS = re.compile(r"\s+|[^\s]+")


@dataclasses.dataclass(frozen=True)
class Source:
    """The Vietnamese text that counts now: as approved, or its newest draft while nothing was approved."""

    page: Any
    snapshot: dict[str, Any]
    approval: Any = None


def source_now(page: Page) -> Source | None:
    """The source of a translation; None for a source itself."""
    if page.locale.language_code == SOURCE:
        return None
    found = Page.objects.filter(translation_key=page.translation_key, locale__language_code=SOURCE).first()
    if found is None:
        return None
    source = found.specific
    if not isinstance(source, MaterialPage | EventPage):
        return None
    approval = latest_approval(source)
    if approval is not None:
        return Source(source, approval.snapshot, approval)
    return Source(source, snapshot_of(source.get_latest_revision_as_object()))


@transaction.atomic
def follow(*, page: Page, by: Any, copied: Any = None) -> TranslationBasis | None:
    """Note that ``page`` is made from, or now follows, the source as it stands. None for a source itself.

    :param copied: the page whose texts were copied, where a translation of a draft begins: its newest revision
        may say more already.
    """
    source = source_now(page)
    if source is None:
        return None
    if source.approval is None and copied is not None:
        source = Source(source.page, snapshot_of(copied))
    basis, _made = TranslationBasis.objects.update_or_create(
        page_id=page.pk,
        defaults={
            "approval": source.approval,
            "snapshot": source.snapshot,
            "followed_by": by,
            "followed_at": timezone.now(),
        },
    )
    return basis


def begun(sender: Any, source_obj: Any, target_obj: Any, **kwargs: Any) -> None:
    """Every door through which a translation begins leads here (Wagtail's copy_for_translation)."""
    if isinstance(target_obj, CampaignContent):
        follow(page=target_obj, by=None, copied=source_obj)  # type: ignore[arg-type]


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


@dataclasses.dataclass(frozen=True)
class Since:
    """The source of a translation as it stands, and what changed since the translation was made from it."""

    source: Source
    parts: list[Part]
    basis: TranslationBasis | None

    @property
    def changed(self) -> list[Part]:
        return [part for part in self.parts if part.changed]


def changes_for(version: Page) -> Since | None:
    """What whoever works on ``version`` has to know of its source; None for a source itself."""
    source = source_now(version)
    if source is None:
        return None
    basis = TranslationBasis.objects.filter(page_id=version.pk).select_related("followed_by").first()
    return Since(source, parts_of(source.snapshot, basis.snapshot if basis else _approved_basis(version)), basis)


def _approved_basis(version: Page) -> dict[str, Any] | None:
    """For versions older than the record of what they were made from: what their last approval rested on."""
    last = Approval.objects.filter(page_id=version.pk, source_approval__isnull=False).select_related("source_approval")
    found = last.order_by("-pk").first()
    return found.source_approval.snapshot if found and found.source_approval else None


NAMES = {
    "title": _("title"),
    "summary": _("summary"),
    "body": _("page text"),
    "social_text": _("text for social networks"),
    "message_text": _("text for messages"),
    "loudspeaker_text": _("text to read aloud"),
    "lead": _("opening on the page"),
    "venue": _("venue"),
    "programme": _("programme"),
}


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


def changes(before: str, now: str) -> list[Piece]:
    """What turns ``before`` into ``now``, word by word."""
    if before == now:
        return [Piece("kept", now)] if now else []
    old, new = WORDS.findall(before), WORDS.findall(now)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("kept", "".join(new[j1:j2])))
            continue
        for how, words in (("removed", old[i1:i2]), ("added", new[j1:j2])):
            if words:
                pieces.append(Piece(how, "".join(words)))
    return pieces
