"""The site's own feed: RSS and Atom per channel, with stable identifiers."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from publishers.local import LocalPlatform
from publishers.message import Message, Problem, has_words
from publishers.platform import Option

if TYPE_CHECKING:
    from publishers.models import Channel


SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"


class FeedPlatform(LocalPlatform):
    name = "feed"
    label = _("Feed of the site")
    form = "website"
    text = "article"
    card = "facebook"
    options = (Option("slug", _("address of the feed"), _("small letters, digits and hyphens"), pattern=SLUG),)

    def validate_channel(self, channel: "Channel") -> None:
        """Each feed has an address of its own: with two, the second one's items would be nowhere."""
        super().validate_channel(channel)
        same = type(channel).objects.filter(platform=self.name, rehearsal=channel.rehearsal)
        if same.filter(options__slug=channel.options["slug"]).exclude(pk=channel.pk).exists():
            raise ValidationError(_("Another feed has this address already."))

    def problems(self, message: Message) -> list[Problem]:
        if not has_words(message.title):
            return [Problem("no-title", str(_("A feed item needs a title.")))]
        return []


platform = FeedPlatform()
