"""From an approval to the message of one channel: what previews show and what is sent.

Only the approval's snapshot is read, never the page: a later edit cannot slip out.
"""

import html
import re
from typing import Any

from django.conf import settings
from django.utils.html import strip_tags

from campaigns.body_texts import body_html, body_text, paragraphs_html, spoken_body
from campaigns.cards import card_for
from campaigns.models import Approval, TargetGroup
from campaigns.snapshots import carried_pictures, medium_of
from campaigns.sound.programmes import Plan, order, plan_of
from media.models import Picture, Recording
from publishers import registry
from publishers.message import Attachment, Message
from publishers.models import Channel

SAMPLE_MARK = "[BẢN MẪU] "
PICTURE_FILTER = "max-1600x1600|format-jpeg|jpegquality-85"
BLOCK_BREAK = re.compile(r"</(?:p|li|h\d|ul|ol)>|<br\s*/?>")


def bare_title(title: str, *, is_sample: bool) -> str:
    """The title without the mark that :func:`message_for` sets before it.

    For where a badge already says "sample", and for what is read aloud.
    """
    return title.removeprefix(SAMPLE_MARK) if is_sample else title


def plain(markup: str) -> str:
    """Rich text as plain text, one paragraph or list item a line."""
    return html.unescape(strip_tags(BLOCK_BREAK.sub("\n", markup))).strip()


def text_for(snapshot: dict[str, Any], kind: str, group: str | None) -> str:
    """The text of one kind (``social``, ``message``, ``spoken``, ``article``) for a group.

    A group's empty field takes the general one; a general field that is empty takes the next longer
    text of the content itself, never of another language.
    """
    special = snapshot.get("group_texts", {}).get(group or "", {})

    def pick(name: str) -> str:
        return str(special.get(name) or snapshot.get(name) or "").strip()

    if "text" in snapshot:  # a bulletin has one text
        return str(snapshot["text"]).strip()
    summary = str(snapshot.get("summary", ""))
    if kind == "spoken":
        return pick("loudspeaker_text") or spoken_body(snapshot) or summary
    if kind == "article":
        return "\n\n".join(part for part in (special.get("lead", ""), summary, body_text(snapshot)) if part)
    if kind == "message":
        return pick("message_text") or pick("social_text") or summary
    return pick("social_text") or summary or body_text(snapshot)


def html_for(snapshot: dict[str, Any], kind: str, group: str | None) -> str:
    """The same as :func:`text_for` as rich text, where the page's own text is what a channel gets; else empty.

    The texts for channels and the summary bear no marks.
    """
    if "text" in snapshot or kind not in ("social", "article"):
        return ""
    special, summary = snapshot.get("group_texts", {}).get(group or "", {}), str(snapshot.get("summary", ""))
    if kind == "article":
        return paragraphs_html(f"{special.get('lead', '')}\n\n{summary}") + body_html(snapshot)
    own = (special.get("social_text"), snapshot.get("social_text"), summary)
    return "" if any(str(text or "").strip() for text in own) else body_html(snapshot)


def message_for(
    *,
    approval: Approval,
    channel: Channel,
    group: TargetGroup | None,
    link: str,
    details: dict[str, Any] | None = None,
    pictures: "Pictures | None" = None,
) -> Message:
    """Make the message that ``channel`` gets of ``approval``. ``link`` is the reader's tracked address."""
    snapshot = approval.snapshot
    platform = registry.get(channel.platform)
    files = pictures or Pictures()
    mark = SAMPLE_MARK if approval.is_sample else ""
    text, marked = files.texts(approval, platform.text, group.key if group else None)
    # A message is posted by hand without its title, so that its text bears the mark.
    return Message(
        title=f"{mark}{snapshot['title']}",
        text=f"{mark}{text}" if platform.text == "message" else text,
        html=marked,
        summary=str(snapshot.get("summary", "")),
        link=link,
        images=files.of(approval, platform.card)[: platform.most_pictures] if platform.text != "spoken" else (),
        audio=files.sound(
            approval, station=platform.text == "spoken", max_minutes=float((details or {}).get("max_minutes") or 0)
        ),
        documents=files.leaflets(approval, group) if platform.takes_documents else (),
        language=approval.language.code,
        details={"sample": approval.is_sample, **(details or {})},
    )


class Pictures:
    """The texts and files of approvals, each made, found or drawn once: a fan-out asks for hundreds."""

    def __init__(self) -> None:
        self._texts: dict[tuple[int, str, str | None], tuple[str, str]] = {}
        self._kept: dict[tuple[int, str], tuple[Attachment, ...]] = {}
        self._spoken: dict[int, Attachment | None] = {}
        self._leaflets: dict[tuple[int, int | None], Attachment | None] = {}
        self._planned: dict[tuple[int, bool, float], Plan | None] = {}

    def of(self, approval: Approval, form: str) -> tuple[Attachment, ...]:
        """The content's own pictures, else a card in ``form`` (none where that is empty)."""
        key = (approval.pk, form)
        if key not in self._kept:
            own = pictures_of(approval.snapshot)
            card = card_for(approval, form) if form and not own else None
            self._kept[key] = own or ((card,) if card else ())
        return self._kept[key]

    def texts(self, approval: Approval, kind: str, group: str | None) -> tuple[str, str]:
        """The plain and the rich text (:func:`text_for`, :func:`html_for`); of what is not stored each time anew."""
        key = (approval.pk or 0, kind, group)
        if approval.pk is None or key not in self._texts:
            self._texts[key] = (text_for(approval.snapshot, kind, group), html_for(approval.snapshot, kind, group))
        return self._texts[key]

    def leaflets(self, approval: Approval, group: TargetGroup | None) -> tuple[Attachment, ...]:
        """The leaflet, where the content wants one sent along."""
        if not approval.snapshot.get("leaflet"):
            return ()
        key = (approval.pk, group.pk if group else None)
        if key not in self._leaflets:
            self._leaflets[key] = self.leaflet(approval, group)
        made = self._leaflets[key]
        return (made,) if made else ()

    def leaflet(self, approval: Approval, group: TargetGroup | None) -> Attachment | None:
        from campaigns.leaflets import leaflet_for  # Posters know the previews, which know the messages.

        return leaflet_for(approval, group)

    def recording(self, approval: Approval) -> Attachment | None:
        """The recording that the approval has."""
        if approval.pk not in self._spoken:
            self._spoken[approval.pk] = _recording(approval.snapshot)
        return self._spoken[approval.pk]

    def sound(self, approval: Approval, *, station: bool, max_minutes: float = 0) -> Attachment | None:
        """What is heard of the approval: a station's programme, else the recording, levelled once that is made."""
        recording = self.recording(approval)
        if recording is None or approval.pk is None:
            return recording
        key = (approval.pk, station, max_minutes if station else 0)
        if key not in self._planned:
            self._planned[key] = plan_of(approval, station=station, most_seconds=60 * max_minutes)
        plan = self._planned[key]
        return plan.attachment() if plan and (station or plan.is_ready) else recording

    def order_sound(self) -> None:
        """Have made what the messages name and is not there yet. Within the transaction that stores them."""
        for plan in self._planned.values():
            if plan is not None:
                order(plan)


def pictures_of(snapshot: dict[str, Any]) -> tuple[Attachment, ...]:
    """The pictures that posts carry in the size that platforms take, cover first. Two queries."""
    carried = carried_pictures(snapshot)
    if not carried:
        return ()
    rows = Picture.objects.filter(pk__in=[facts["id"] for facts in carried]).prefetch_renditions(PICTURE_FILTER)
    found = {picture.pk: picture for picture in rows}
    return tuple(_picture(found[facts["id"]], facts) for facts in carried if facts["id"] in found)


def _picture(picture: Picture, facts: dict[str, Any]) -> Attachment:
    rendition = picture.get_rendition(PICTURE_FILTER)
    url = rendition.url if rendition.url.startswith("http") else f"{settings.SITE_URL}{rendition.url}"
    alt = facts.get("alt", picture.default_alt_text)
    return Attachment(name=rendition.file.name, url=url, alt=alt, mime="image/jpeg")


def _recording(snapshot: dict[str, Any]) -> Attachment | None:
    recording = medium_of(snapshot, "recording")
    found = Recording.objects.filter(pk=recording["id"]).first() if recording else None
    if found is None or not found.file.name:
        return None
    return Attachment(
        name=found.file.name, url=f"{settings.SITE_URL}{found.file.url}", seconds=float(found.seconds or 0)
    )


