"""The texts of a page as plain data: what an approval keeps and what messages are made from."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from campaigns.models import Hotline, RightsText
from campaigns.models.pages import CHANNEL_TEXTS, EventPage, MaterialPage
from media.models import Picture, Recording

GROUP_FIELDS = ("lead", *CHANNEL_TEXTS)


def _utc(moment: dt.datetime) -> str:
    """One way to write a moment, whatever zone it came in: the digest must not depend on that."""
    return moment.astimezone(dt.UTC).isoformat()


def library_texts(code: str) -> dict[str, Any]:
    """The approved library texts that blocks of the page stand for, as they are today in its language."""
    today = timezone.localdate()
    valid = Q(valid_to__isnull=True) | Q(valid_to__gte=today)
    rights = RightsText.objects.filter(valid, language__code=code, valid_from__lte=today).first()
    return {
        "rights": rights.passage if rights else "",
        "hotlines": [f"{hotline.number} – {hotline.name}" for hotline in Hotline.objects.usable_on(today)],
    }


def picture_facts(picture: Picture) -> dict[str, Any]:
    """What an approval says of a picture: which file it is (SHA-1, as Wagtail counts it) and what is told of it."""
    return {
        "id": picture.pk,
        "hash": picture.get_file_hash(),
        "alt": picture.default_alt_text,
        "credit": picture.credit,
        "shows_person": picture.shows_person,
    }


def recording_facts(recording: Recording) -> dict[str, Any]:
    """What an approval says of a recording: which file it is (SHA-256) and what is told of it."""
    return {
        "id": recording.pk,
        "hash": recording.file_digest(),
        "transcript": recording.transcript,
        "synthetic": recording.synthetic,
    }


def body_pictures(page: Any) -> QuerySet[Picture]:
    """The pictures among the blocks of a page's body, each once."""
    return pictures_among(page.body.raw_data)


def pictures_among(blocks: Iterable[dict[str, Any]]) -> QuerySet[Picture]:
    """The pictures among the raw blocks of a body, each once."""
    numbers = {value.get("image") for value in _picture_values(blocks)}
    return Picture.objects.filter(pk__in=[number for number in numbers if number]).order_by("pk")


def _picture_values(blocks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Older data holds the picture's bare number."""
    values = [block["value"] for block in blocks if block["type"] == "picture"]
    return [value if isinstance(value, dict) else {"image": value} for value in values]


def pictures_said(blocks: Iterable[dict[str, Any]], *, in_posts: bool) -> dict[str, Any]:
    """What a snapshot says of the pictures in its text, and which of them posts carry after the cover.

    Those come in their order, each once, with the alternative text they have there. Without any the key is left
    out: of older approvals, which lack it, only the cover was to be posted.
    """
    blocks = list(blocks)
    known = {picture.pk: picture for picture in pictures_among(blocks)}
    found: dict[int, dict[str, Any]] = {}
    for value in _picture_values(blocks) if in_posts else ():
        number = int(value.get("image") or 0)
        if number in known:
            alt = "" if value.get("decorative") else value.get("alt_text") or known[number].default_alt_text
            found.setdefault(number, {"id": number, "alt": alt})
    facts = {str(number): picture_facts(picture) for number, picture in known.items()}
    return {"pictures": facts, **({"in_posts": list(found.values())} if found else {})}


def carried_pictures(snapshot: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts of the pictures that posts carry: the cover, then those in the text if the content says so."""
    cover, known = medium_of(snapshot, "cover"), snapshot.get("pictures", {})
    more = [known.get(str(said["id"]), {}) | said for said in snapshot.get("in_posts", [])]
    return [*([cover] if cover else []), *(one for one in more if one["id"] != cover.get("id"))]


def medium_of(snapshot: dict[str, Any], name: str) -> dict[str, Any]:
    """The facts of the ``cover`` or ``recording`` of a snapshot; empty where it has none.

    Snapshots made before the files' digests were kept hold a bare number: of such only ``id`` is known.
    """
    said = snapshot.get(name)
    if not said:
        return {}
    return said if isinstance(said, dict) else {"id": said}


def snapshot_of(page: Any) -> dict[str, Any]:
    """Return every text that may leave, group texts included, of one language's page.

    Comments, workflow states and the like are left out, so that they do not change the digest.
    """
    if not isinstance(page, MaterialPage | EventPage):
        raise TypeError(f"{page!r} is neither a material nor an event")
    snapshot: dict[str, Any] = {
        "kind": "event" if isinstance(page, EventPage) else "material",
        "title": page.title,
        "slug": page.slug,
        "summary": page.summary,
        "body": list(page.body.raw_data),
        "language": page.locale.language_code,
        "campaign": page.campaign_id,
        "cover": picture_facts(page.cover) if page.cover else None,
        "recording": recording_facts(page.recording) if page.recording else None,
        "is_sample": page.is_sample,
        "real_case": {"answer": page.real_case, "changes": page.real_case_changes},
        "heads": sorted(head.number for head in page.content_heads.all()),
        "groups": sorted(group.key for group in page.target_groups.all()),
        "group_texts": {
            text.group.key: {name: getattr(text, name) for name in GROUP_FIELDS}
            for text in page.group_texts.all()
            if text.group_id  # A preview may see one whose group is not chosen yet.
        },
        **{name: getattr(page, name) for name in CHANNEL_TEXTS},
        # Left out where it is not wanted, as in approvals from before there were leaflets.
        **({"leaflet": True} if page.leaflet_in_posts else {}),
        **pictures_said(page.body.raw_data, in_posts=page.pictures_in_posts),
        **library_texts(page.locale.language_code),
    }
    if isinstance(page, EventPage):
        snapshot["event"] = {
            "starts_at": _utc(page.starts_at) if page.starts_at else None,
            "ends_at": _utc(page.ends_at) if page.ends_at else None,
            "place": page.place_id,
            "place_name": page.place.name if page.place_id else "",
            "venue": page.venue,
            "organiser": page.organiser_id,
            "programme": [{"time": item.time, "text": item.text} for item in page.programme.all()],
        }
    return snapshot
