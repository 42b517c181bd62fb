"""The site's own feed: RSS and Atom per channel, with stable identifiers."""

from django.utils.translation import gettext_lazy as _

from publishers.local import LocalPlatform
from publishers.message import Message, Problem
from publishers.platform import Option


class FeedPlatform(LocalPlatform):
    name = "feed"
    label = _("Feed of the site")
    form = "website"
    text = "article"
    card = "facebook"
    options = (Option("slug", _("address of the feed"), _("small letters, digits and hyphens")),)

    def problems(self, message: Message) -> list[Problem]:
        if not message.title.strip():
            return [Problem("no-title", str(_("A feed item needs a title.")))]
        return []


platform = FeedPlatform()
