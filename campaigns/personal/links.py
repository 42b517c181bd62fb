"""Personal links: one per station, per hand-posting channel, per event and per request to read."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from campaigns.models import EventPage, PersonalLink
from campaigns.models.links import LinkPurpose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publishers.models import Channel

VIEWS = {
    LinkPurpose.STATION: "personal_station",
    LinkPurpose.MANUAL: "personal_manual",
    LinkPurpose.FIELD: "personal_field",
    LinkPurpose.REVIEW: "personal_review",
    LinkPurpose.RECEIVER: "receiver_podcast",
}


def station_link(channel: "Channel") -> PersonalLink:
    """The link of a loudspeaker station, made when there is none."""
    return PersonalLink.objects.get_or_create(purpose=LinkPurpose.STATION, channel=channel)[0]


def receiver_link(channel: "Channel") -> PersonalLink:
    """The link of a station's receivers and radio software, made when there is none: it opens no page for people."""
    return PersonalLink.objects.get_or_create(purpose=LinkPurpose.RECEIVER, channel=channel)[0]


def stations_of_links(channels: "Iterable[Channel]") -> dict[int, PersonalLink]:
    """The links of many stations by channel, in three queries at most."""
    numbers = {channel.pk for channel in channels}
    links = PersonalLink.objects.filter(purpose=LinkPurpose.STATION, channel__in=numbers)
    missing = numbers - set(links.values_list("channel_id", flat=True))
    if missing:
        new = [PersonalLink(purpose=LinkPurpose.STATION, channel_id=number) for number in sorted(missing)]
        PersonalLink.objects.bulk_create(new, ignore_conflicts=True)
    return {link.channel_id: link for link in links.all() if link.channel_id}


def manual_link(channel: "Channel") -> PersonalLink:
    """The link of a channel that somebody posts to by hand, made when there is none."""
    return PersonalLink.objects.get_or_create(purpose=LinkPurpose.MANUAL, channel=channel)[0]


def field_link(event: EventPage) -> PersonalLink:
    """The link for an event's results, made when there is none. All languages of an event share it."""
    return PersonalLink.objects.get_or_create(purpose=LinkPurpose.FIELD, event=source_event(event))[0]


def source_event(event: EventPage) -> EventPage:
    """The Vietnamese page of the event: an event told in many languages is still held once."""
    same = EventPage.objects.filter(translation_key=event.translation_key, locale__language_code="vi")
    return same.first() or event


def url_of(link: PersonalLink) -> str:
    """The absolute address to hand to its holder. It is the key: never log it, never show it to others."""
    return f"{settings.SITE_URL}{reverse(VIEWS[LinkPurpose(link.purpose)], args=[link.token])}"


def hand_over(link: PersonalLink, holder: str) -> PersonalLink:
    """Give the link to another person: every address handed out before stops working."""
    PersonalLink.objects.filter(pk=link.pk).update(generation=F("generation") + 1, holder=holder, revoked_at=None)
    link.refresh_from_db()
    return link


def revoke(link: PersonalLink) -> PersonalLink:
    """Close the link: its address answers that it is no longer in use. :func:`hand_over` opens it anew."""
    PersonalLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
    link.refresh_from_db()
    return link
