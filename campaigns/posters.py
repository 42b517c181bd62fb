"""Posters and cards that staff make of a content: what stands on them, and where their QR code leads.

Every word comes from the approval, save three that are the same for all contents: the sentence of victims' rights
in the poster's language, the lead agency's name, and what stands beside the QR code.
"""

import dataclasses
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.cards import campaign_of, hotlines_of
from campaigns.consents import Agreed, Medium
from campaigns.consents import Place as Use
from campaigns.messages import plain
from campaigns.models import Approval, PosterLink, RightsText, TargetGroup, TrackedLink
from campaigns.models import Place as Unit
from campaigns.models.consents import PRINT
from campaigns.models.links import new_code
from campaigns.previews.draft import draft_approval
from campaigns.previews.shown import STAND_IN
from campaigns.snapshots import medium_of
from campaigns.versions import usable_approvals
from media.fonts import MissingGlyphs
from media.images import RefusedPicture
from media.models import Picture
from media.posters import DRAFT, SAMPLE, PosterError, PosterSpec, first_that_fits

FORM_NAMES = {
    "poster-a3": gettext_lazy("A3 poster for print"),
    "poster-a4": gettext_lazy("A4 poster for print"),
    "facebook": gettext_lazy("Facebook, wide (1200 × 630)"),
    "square": gettext_lazy("Square (1080 × 1080)"),
    "portrait": gettext_lazy("Portrait (1080 × 1350)"),
    "story": gettext_lazy("Story (1080 × 1920)"),
    "zalo-cover": gettext_lazy("Cover of a Zalo article (at most 1 MB)"),
}
LAYOUT_NAMES = {
    "colour": gettext_lazy("Colour: large title"),
    "photo": gettext_lazy("Picture of the content above"),
    "steps": gettext_lazy("Steps or signs, one by one"),
}
# What a consent has to cover. A card that anybody may send on needs as much as a printed one.
USES = {"facebook": "facebook", "zalo-cover": "zalo"}
# Beside the code. A language that nobody gave these words in has the code alone: it explains itself.
CAPTIONS = {"vi": "Quét để đọc thêm"}
MOST_LINES = 4
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


class CannotDraw(ValueError):
    """Why there is no such poster, and what helps, in words for staff."""


# Everything for which there is no such poster, each with words for staff.
REFUSALS = (CannotDraw, PosterError, MissingGlyphs, RefusedPicture)


@dataclasses.dataclass(frozen=True)
class Wanted:
    """One poster: a form of ``media.posters``, a layout, and for whom and where it is."""

    form: str
    layout: str = "colour"
    group: TargetGroup | None = None
    place: Unit | None = None


def sources(page: Any) -> dict[str, Approval]:
    """What posters of ``page`` and its translations may be made of: the usable approval of each language."""
    return usable_approvals(page)


def draft_source(page: Any) -> Approval:
    """The newest draft of one version, for a look that is marked as such. Nothing is stored."""
    return draft_approval(page.get_latest_revision_as_object())


# --- what stands on it --------------------------------------------------------------------------------


def poster_spec(source: Approval, wanted: Wanted, *, address: str = "") -> PosterSpec:
    """The fullest poster that the form takes.

    :param address: what the QR code leads to; no code where it is empty.
    :raises CannotDraw: when the content has nothing for the layout, or somebody in its picture did not agree.
    :raises PosterError, MissingGlyphs, RefusedPicture: as ``media.posters.compose`` does.
    """
    return first_that_fits(_candidates(source, wanted, address))


def _candidates(source: Approval, wanted: Wanted, address: str) -> list[PosterSpec]:
    """The poster with all its text, then with less and less. The rights never leave a poster in print."""
    snapshot, campaign = source.snapshot, campaign_of(source)
    photo, alt = _photo(source, wanted) if wanted.layout == "photo" else (None, "")
    spec = PosterSpec(
        form=wanted.form,
        layout=wanted.layout,
        title=snapshot["title"],
        call=rights_sentence(source.language.code),
        hotlines=hotlines_of(source),
        qr_url=address,
        qr_caption=CAPTIONS.get(source.language.code, "") if address else "",
        organiser=str(campaign.lead) if campaign and campaign.lead else "",
        language=source.language.code,
        colour=campaign.colour if campaign else "#B4231F",
        photo=photo,
        photo_alt=alt,
        mark=DRAFT if source.pk is None else SAMPLE if source.is_sample else "",
    )
    lines = _lines(snapshot, wanted)
    shorter = [tuple(lines[:count]) for count in range(len(lines), -1, -1)]
    if wanted.layout == "steps":
        shorter = [one for one in shorter if one]
    full = [dataclasses.replace(spec, lines=one) for one in shorter]
    if spec.size.print or not spec.call:
        return full
    # Beside a post's own text, which says them, a small card may do without the rights.
    return full + [dataclasses.replace(one, call="") for one in full]


def rights_sentence(code: str) -> str:
    """The rights of victims in one sentence, as it counts today in a language; empty where there is none."""
    today = timezone.localdate()
    rows = RightsText.objects.filter(language__code=code, valid_from__lte=today).exclude(valid_to__lt=today)
    row = rows.order_by("-valid_from").first()
    return row.sentence if row else ""


def _lines(snapshot: dict[str, Any], wanted: Wanted) -> list[str]:
    if wanted.layout == "steps":
        if points := _points(snapshot):
            return points
        raise CannotDraw(_("This content has neither steps nor signs. Take another layout, or add them to the text."))
    special = snapshot.get("group_texts", {}).get(wanted.group.key, {}) if wanted.group else {}
    if wanted.group and not (special.get("lead") or special.get("message_text")):
        raise CannotDraw(_("This version has no short text for “%(group)s”.") % {"group": wanted.group.name})
    text = special.get("lead") or special.get("message_text") or snapshot.get("summary") or ""
    return [*_when_and_where(snapshot), *_sentences(plain(text))][:MOST_LINES]


def _sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in _SENTENCE.split(text) if sentence.strip()]


def _points(snapshot: dict[str, Any]) -> list[str]:
    """The first list of steps or signs in the body."""
    for block in snapshot.get("body", []):
        value = block["value"]
        if block["type"] == "steps":
            return [_inner(step)["title"] for step in value][:MOST_LINES]
        if block["type"] == "signs":
            return [str(_inner(item)) for item in value["items"]][:MOST_LINES]
    return []


def _inner(item: Any) -> Any:
    """A list block's raw item: newer data wraps it as ``{"type", "value", "id"}``."""
    return item["value"] if isinstance(item, dict) and "value" in item else item


def _when_and_where(snapshot: dict[str, Any]) -> list[str]:
    """Of an event: its time and place, in figures and names that need no translation."""
    event = snapshot.get("event") or {}
    starts = parse_datetime(event.get("starts_at") or "")
    when = f"{timezone.localtime(starts):%H:%M · %-d/%-m/%Y}" if starts else ""
    where = ", ".join(part for part in (event.get("venue", ""), event.get("place_name", "")) if part)
    line = " · ".join(part for part in (when, where) if part)
    return [line] if line else []


def _photo(source: Approval, wanted: Wanted) -> tuple[bytes | None, str]:
    """The content's picture: the very file that was approved, and only where those in it agreed to this use."""
    facts = medium_of(source.snapshot, "cover")
    if not facts:
        raise CannotDraw(_("This content has no picture. Choose one in it, or take another layout."))
    picture = Picture.objects.filter(pk=facts["id"]).first()
    if picture is None or (facts.get("hash") and picture.get_file_hash() != facts["hash"]):
        raise CannotDraw(_("The picture is not the one that was approved. Have the content approved anew."))
    medium, use = Medium.of(picture), Use(USES.get(wanted.form, PRINT))
    if why := Agreed.read([medium]).objection(medium, use, timezone.localdate()):
        raise CannotDraw(why)
    try:
        with picture.open_file() as file:
            return file.read(), facts.get("alt") or picture.default_alt_text or picture.title
    except OSError as error:
        raise CannotDraw(_("The picture's file is missing. Upload it again.")) from error


# --- where it leads -----------------------------------------------------------------------------------


def stand_in_address() -> str:
    """An address as long as a tracked one, for a look: nothing is stored for it."""
    return TrackedLink(code=STAND_IN).url


def tracked_addresses(source: Approval, posters: Iterable[Wanted]) -> dict[str, str]:
    """The tracked address of each poster, by ``key_of``: the one it had before, else a new one. Constant queries."""
    wanted = {key_of(source, one): one for one in posters}
    known = _addresses(wanted)
    if missing := [key for key in wanted if key not in known]:
        _make_links(source, {key: wanted[key] for key in missing})
        known = _addresses(wanted)
    return known


def tracked_address(source: Approval, wanted: Wanted) -> str:
    """The tracked address of one poster."""
    return tracked_addresses(source, [wanted])[key_of(source, wanted)]


def key_of(source: Approval, wanted: Wanted) -> str:
    """What makes a poster one and the same for its readers, whatever approval it was drawn from."""
    group, place = wanted.group.pk if wanted.group else "", wanted.place.pk if wanted.place else ""
    return f"{source.page_id}:{wanted.form}:{group}:{place}:{'sample' if source.is_sample else ''}"


def _addresses(keys: Iterable[str]) -> dict[str, str]:
    rows = PosterLink.objects.filter(key__in=list(keys)).select_related("link")
    return {row.key: row.link.url for row in rows}


def _make_links(source: Approval, wanted: dict[str, Wanted]) -> None:
    """Links for posters that have none. Two people at once make two, of which one stays."""
    if source.page is None:
        raise ValueError("A short message has no page that a poster could lead to.")
    target = source.page.specific.get_full_url() or f"{settings.SITE_URL}/"
    campaign = campaign_of(source)
    with transaction.atomic():
        links = [
            TrackedLink(code=new_code(), target=_with_group(target, one), label=_label(source, one))
            for one in wanted.values()
        ]
        codes = [link.code for link in links]
        TrackedLink.objects.bulk_create(links)
        stored = {link.code: link for link in TrackedLink.objects.filter(code__in=codes)}
        rows = [
            PosterLink(
                link=stored[code],
                key=key,
                page=source.page,
                language=source.language,
                campaign=campaign,
                group=one.group,
                place=one.place,
                form=one.form,
                approval=source,
                sample=source.is_sample,
            )
            for code, (key, one) in zip(codes, wanted.items(), strict=True)
        ]
        PosterLink.objects.bulk_create(rows, ignore_conflicts=True)
        TrackedLink.objects.filter(code__in=codes, poster=None).delete()


def _with_group(url: str, wanted: Wanted) -> str:
    return f"{url}#nhom-{wanted.group.key}" if wanted.group else url


def _label(source: Approval, wanted: Wanted) -> str:
    parts: Sequence[str] = (source.snapshot["title"], wanted.form, wanted.place.name if wanted.place else "")
    return " · ".join(part for part in parts if part)[:160]
