"""Whether the people in pictures and recordings agreed: asked at submission, at approval, by the gate and in public.

What counts of one person (``subject``) on a day is the newest of their papers that has begun. A picture of
several people needs as many persons' consents. Whatever is not known, refuses.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from campaigns.models import Consent
from campaigns.models.consents import WEB
from campaigns.public import page_cache
from media.models import Picture, Recording
from publishers.models import Channel

Kind = Literal["picture", "recording"]
# How long before its end staff are told, so that there is time to ask the person again.
SOON = dt.timedelta(days=14)


@dataclasses.dataclass(frozen=True)
class Medium:
    """A picture or recording as it is now. ``person`` is None when nobody said whether somebody is in it."""

    kind: Kind
    pk: int
    title: str
    person: bool | None
    people: int = 1

    @classmethod
    def of(cls, medium: Picture | Recording) -> Self:
        if isinstance(medium, Picture):
            return cls("picture", medium.pk, medium.title, medium.shows_person, medium.people_shown)
        return cls("recording", medium.pk, medium.title, medium.person_heard)


@dataclasses.dataclass(frozen=True)
class Place:
    """Where something is to be seen: a kind of use (``campaigns.models.consents.use_choices``), perhaps a channel."""

    use: str
    channel: int | None = None


ON_THE_SITE = Place(WEB)


@dataclasses.dataclass(frozen=True)
class Terms:
    """One paper, as far as it decides."""

    subject: uuid.UUID
    valid_from: dt.date
    valid_until: dt.date
    recorded_at: dt.datetime
    withdrawn_at: dt.datetime | None
    everywhere: bool
    uses: frozenset[str]
    channels: frozenset[int]
    media: frozenset[tuple[str, int]]

    @classmethod
    def of(cls, row: Consent) -> Self:
        media = {("picture", one.pk) for one in row.pictures.all()}
        media |= {("recording", one.pk) for one in row.recordings.all()}
        return cls(
            subject=row.subject,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            recorded_at=row.recorded_at,
            withdrawn_at=row.withdrawn_at,
            everywhere=row.everywhere,
            uses=frozenset(row.uses),
            channels=frozenset(channel.pk for channel in row.channels.all()),
            media=frozenset(media),
        )

    def covers(self, place: Place) -> bool:
        return self.everywhere or place.use in self.uses or place.channel in self.channels


class Agreed:
    """What was agreed to about some pictures and recordings, read once for a whole batch."""

    def __init__(self, papers: Iterable[Terms] = ()) -> None:
        self._by_subject: dict[uuid.UUID, list[Terms]] = {}
        for paper in papers:  # in the order in which they begin
            self._by_subject.setdefault(paper.subject, []).append(paper)

    @classmethod
    def read(cls, media: Iterable[Medium]) -> Self:
        """Four queries, none where nobody is in the media."""
        asked = [medium for medium in media if medium.person is not False]
        pictures = [medium.pk for medium in asked if medium.kind == "picture"]
        recordings = [medium.pk for medium in asked if medium.kind == "recording"]
        if not asked:
            return cls()
        about = Consent.objects.filter(Q(pictures__in=pictures) | Q(recordings__in=recordings)).values("subject")
        rows = Consent.objects.filter(subject__in=about).order_by("valid_from", "pk")
        return cls(Terms.of(row) for row in with_media(rows))

    @property
    def by_channel(self) -> bool:
        """Whether somebody agreed to single channels, so that no two of a platform can be judged alike."""
        return any(paper.channels for papers in self._by_subject.values() for paper in papers)

    def objection(self, medium: Medium, place: Place, day: dt.date) -> str:
        """Why ``medium`` may not be shown at ``place`` on ``day``, with the cure; empty when it may."""
        if medium.person is False:
            return ""
        if medium.person is None:
            return _("Nobody said yet whether a person can be recognised in “%(title)s”. Open it and answer.") % {
                "title": medium.title
            }
        papers = self._current(medium, day)
        good = [paper for paper in papers if paper.withdrawn_at is None and paper.valid_until >= day]
        here = [paper for paper in good if paper.covers(place)]
        have = _people_in(here, [paper.withdrawn_at for paper in papers if paper.withdrawn_at], medium.people)
        if have >= medium.people:
            return ""
        return _why(medium, papers, good, have)

    def _current(self, medium: Medium, day: dt.date) -> list[Terms]:
        """Of each person the newest paper that has begun, where it names ``medium``."""
        begun = ([paper for paper in papers if paper.valid_from <= day] for papers in self._by_subject.values())
        newest = (papers[-1] for papers in begun if papers)
        return [paper for paper in newest if (medium.kind, medium.pk) in paper.media]


def _people_in(papers: Sequence[Terms], withdrawals: Sequence[dt.datetime], people: int) -> int:
    """How many of the people in a medium agree by ``papers``.

    Whoever withdrew may stand on an older paper that was recorded as somebody else's: those older than the last
    withdrawal count for no more people than are left.
    """
    if not withdrawals:
        return len(papers)
    fresh = sum(paper.recorded_at > max(withdrawals) for paper in papers)
    return fresh + min(len(papers) - fresh, max(0, people - len(withdrawals)))


def _why(medium: Medium, papers: Sequence[Terms], good: Sequence[Terms], have: int) -> str:
    """What is missing, the most definite reason first. Nobody's name is said."""
    said = {"title": medium.title, "have": have, "need": medium.people}
    if any(paper.withdrawn_at for paper in papers):
        return _("Somebody in “%(title)s” withdrew their consent. Take another picture or recording.") % said
    if have:
        text = _("%(need)d people can be recognised in “%(title)s”, and %(have)d agreed. Record each one's consent.")
        return text % said
    if good:
        return _("Whoever is in “%(title)s” did not agree to this channel. Ask anew, or take another one.") % said
    if papers:
        return _("The consent for “%(title)s” has run out. Ask anew and record it, or take another one.") % said
    text = _("Somebody is in “%(title)s”, and there is no consent. Record the signed paper, or take another one.")
    return text % said


def with_media(rows: QuerySet[Consent]) -> QuerySet[Consent]:
    """With the numbers of their pictures, recordings and channels, in three queries more."""
    return rows.prefetch_related("pictures", "recordings", "channels")


def may_be_public(medium: Any) -> bool:
    """Whether a picture or recording may be on the public pages today."""
    one = Medium.of(medium)
    return not Agreed.read([one]).objection(one, ON_THE_SITE, timezone.localdate())


# --- contents -----------------------------------------------------------------------------------------


def objections_to(media: Iterable[tuple[str, Any]], place: Place = ON_THE_SITE) -> list[tuple[str, str]]:
    """Of each (field, picture or recording) that may not be used at ``place`` today: the field and the reason."""
    known = [(field, Medium.of(medium)) for field, medium in media if medium is not None]
    agreed, today = Agreed.read(medium for _field, medium in known), timezone.localdate()
    found = ((field, agreed.objection(medium, place, today)) for field, medium in known)
    return [(field, why) for field, why in found if why]


def media_of(page: Any) -> list[tuple[str, Any]]:
    """What a material or event shows and lets be heard, each with the field it stands in."""
    from campaigns.snapshots import body_pictures

    return [
        ("cover", page.cover),
        *(("body", picture) for picture in body_pictures(page)),
        ("recording", page.recording),
    ]


def refuse_unagreed(page: Any) -> None:
    """Raise PermissionDenied, with the reasons, when somebody in what ``page`` shows did not agree (DESIGN 4.4)."""
    if found := objections_to(media_of(page)):
        raise PermissionDenied(" ".join(why for _field, why in found[:3]))


# --- the register -------------------------------------------------------------------------------------


@transaction.atomic
def record(
    *,
    consent: Consent,
    pictures: Iterable[Picture],
    recordings: Iterable[Recording],
    channels: Iterable[Channel],
    by: Any,
) -> Consent:
    """Keep a signed paper and what it is for, on the record. Nothing of it changes afterwards.

    :raises ValidationError: when those who have to agree did not, or it is for nothing or nowhere.
    """
    pictures, recordings, channels = list(pictures), list(recordings), list(channels)
    if not pictures and not recordings:
        raise ValidationError(_("Choose the pictures or recordings that the paper is for."))
    if not (consent.everywhere or consent.uses or channels):
        raise ValidationError(_("Choose where they may be used."))
    consent.recorded_by = by
    consent.save()
    consent.pictures.set(pictures)
    consent.recordings.set(recordings)
    consent.channels.set(channels)
    log(instance=consent, action="wagtail.create", user=by)
    page_cache.forget()
    return consent


def standing(day: dt.date | None = None) -> QuerySet[Consent]:
    """The papers that count: not withdrawn, and no newer one of the same person has begun."""
    today = day or timezone.localdate()
    newer = Consent.objects.filter(subject=OuterRef("subject"), valid_from__lte=today).filter(
        Q(valid_from__gt=OuterRef("valid_from")) | Q(valid_from=OuterRef("valid_from"), pk__gt=OuterRef("pk"))
    )
    return Consent.objects.filter(~Exists(newer), withdrawn_at=None)


def ending_soon(day: dt.date | None = None) -> QuerySet[Consent]:
    """Those that end within two weeks or have ended, and that nobody renewed. One query."""
    today = day or timezone.localdate()
    renewed = Consent.objects.filter(
        subject=OuterRef("subject"), valid_until__gt=today + SOON, withdrawn_at=None, pk__gt=OuterRef("pk")
    )
    return standing(today).filter(~Exists(renewed), valid_until__lte=today + SOON).order_by("valid_until", "pk")
