"""What the cells of a schedule may name, read once for the whole file."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from campaigns.consents import Agreed, Medium, Place
from campaigns.imports.table import Fault
from campaigns.messages import pictures_of
from campaigns.models import (
    Audience,
    Bulletin,
    BulletinState,
    Campaign,
    Hotline,
    Language,
    Posting,
    RightsText,
    Station,
    TargetGroup,
)
from campaigns.safeguards.hotlines import Registry
from campaigns.safeguards.phones import national
from campaigns.safeguards.rights import Texts, texts_of
from campaigns.snapshots import picture_facts
from media.models import Picture
from publishers.message import Attachment
from publishers.models import Channel

BATCH = 500
SEPARATORS = re.compile(r"[,;|\n]")


class Known:
    """Looks cells up without a query for each row."""

    def __init__(self) -> None:
        self.channels = list(Channel.objects.all())
        self._audiences = {
            audience.channel_id: [entry.language for entry in audience.ordered_languages.all()]
            for audience in Audience.objects.prefetch_related("ordered_languages__language")
        }
        self._languages = list(Language.objects.all())
        self._groups = {group.key: group for group in TargetGroup.objects.all()}
        self._campaigns = list(Campaign.objects.all())
        self._hotlines = list(Hotline.objects.all())
        self._rights = list(RightsText.objects.select_related("language"))
        self.stations = {station.channel_id: station for station in Station.objects.prefetch_related("slots")}
        self._names = self._by_name()
        self._pictures: dict[str, Picture] = {}
        self._agreed: dict[int, Agreed] = {}
        self._attachments: dict[int, tuple[Attachment, ...]] = {}
        self._registries: dict[dt.date, Registry] = {}

    def _by_name(self) -> dict[str, list[Channel]]:
        names: dict[str, list[Channel]] = {}
        for channel in self.channels:
            for name in (channel.name, f"{channel.platform}:{channel.name}", str(channel.pk)):
                names.setdefault(name, []).append(channel)
        return names

    def channel(self, text: str) -> Channel:
        """The channel with this number, name, or ``platform:name``.

        :raises ValueError: when there is none, or more than one.
        """
        if not text:
            raise ValueError(_("The channel is missing."))
        found = self._names.get(text, [])
        if len(found) > 1:
            names = ", ".join(f"{channel.platform}:{channel.name} ({channel.pk})" for channel in found)
            raise ValueError(_("Several channels are called so: %(names)s.") % {"names": names})
        if not found:
            raise ValueError(_("There is no channel with this name or number."))
        return found[0]

    def language(self, text: str) -> Language:
        """The language with this key or locale code; Vietnamese for an empty cell.

        :raises ValueError: when there is none.
        """
        wanted = text or "vi"
        found = next((one for one in self._languages if wanted in (one.key, one.code)), None)
        if found is None:
            names = ", ".join(one.key for one in self._languages)
            raise ValueError(_("There is no such language. There are: %(names)s.") % {"names": names})
        return found

    def languages_of(self, channel: Channel) -> list[Language]:
        """The languages of a channel's audience, in order."""
        return self._audiences.get(channel.pk, [])

    def groups(self, text: str) -> list[TargetGroup]:
        """The target groups with these keys.

        :raises ValueError: naming those that do not exist.
        """
        keys = list(dict.fromkeys(key.strip() for key in SEPARATORS.split(text) if key.strip()))
        if unknown := [key for key in keys if key not in self._groups]:
            names = {"unknown": ", ".join(unknown), "names": ", ".join(self._groups)}
            raise ValueError(_("There is no group %(unknown)s. There are: %(names)s.") % names)
        return [self._groups[key] for key in keys]

    def campaign(self, text: str) -> Campaign:
        """The campaign with this key or name; an empty cell means the only one there is.

        :raises ValueError: when there is none, or it is not said which.
        """
        found = [one for one in self._campaigns if not text or text in (one.key, one.name)]
        if len(found) != 1:
            names = ", ".join(one.key for one in self._campaigns) or "–"
            raise ValueError(_("Which campaign? There are: %(names)s.") % {"names": names})
        return found[0]

    def picture(self, text: str) -> Picture | None:
        """The picture of the library with this number or title; None for an empty cell.

        :raises ValueError: when there is none, or nobody said whether it shows a person.
        """
        if not text:
            return None
        if text not in self._pictures:
            titled = Picture.objects.filter(title=text)
            matches = list(Picture.objects.filter(pk=int(text)) if text.isdecimal() else titled[:2])
            if len(matches) != 1:
                raise ValueError(_("There is no single picture with this number or title; upload it first."))
            self._pictures[text] = matches[0]
        picture = self._pictures[text]
        if picture.shows_person is None:
            said = _("Nobody said yet whether a person can be recognised in “%(title)s”. Open it and answer.")
            raise ValueError(said % {"title": picture.title})
        return picture

    def unagreed(self, picture: Picture, channel: Channel, day: dt.date) -> str:
        """Why ``picture`` may not go to ``channel`` on ``day``; empty when it may. What was agreed is read once."""
        medium = Medium.of(picture)
        if picture.pk not in self._agreed:
            self._agreed[picture.pk] = Agreed.read([medium])
        return self._agreed[picture.pk].objection(medium, Place(channel.platform, channel.pk), day)

    def attachments(self, picture: Picture) -> tuple[Attachment, ...]:
        """What messages carry of ``picture``; its rendition is made once."""
        if picture.pk not in self._attachments:
            self._attachments[picture.pk] = pictures_of({"cover": picture_facts(picture)})
        return self._attachments[picture.pk]

    def hotlines(self, day: dt.date) -> Any:
        """The numbers that a text sent on ``day`` may name."""
        if day not in self._registries:
            usable = {
                national(line.number)
                for line in self._hotlines
                if line.valid_until is None or line.valid_until >= day
            }
            every = {national(line.number) for line in self._hotlines}
            self._registries[day] = Registry(frozenset(usable), frozenset(every - usable))
        return self._registries[day]

    def rights(self, day: dt.date, language: str) -> Texts:
        """The approved texts on rights as they stand on ``day``, in the language with this locale code."""
        begun = [row for row in self._rights if row.language.code == language and row.valid_from <= day]
        return texts_of(day, [(row.sentence, row.passage, row.valid_to) for row in begun])

    def already_there(self, rows: Sequence[Any]) -> Iterable[Fault]:
        """Rows that an earlier import brought."""
        text = _("This message was imported before, for this channel and time.")
        for start in range(0, len(rows), BATCH):
            by_key = {row.key: row for row in rows[start : start + BATCH]}
            # What a second person sent back may come in again.
            drafts = Bulletin.objects.filter(key__in=by_key).exclude(state=BulletinState.RETURNED)
            known = drafts.values_list("key", flat=True)
            for key in {*known, *Posting.objects.filter(key__in=by_key).values_list("key", flat=True)}:
                yield Fault(by_key[key].number, "text", text)
