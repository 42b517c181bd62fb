"""A channel without an interface: somebody posts by hand what Loa makes ready.

Zalo groups of a village, notice boards, text messages. Sent means: text and picture are ready and the
person was told. That it was posted is their word, counted as declared.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from publishers.local import LocalPlatform
from publishers.message import Message, Problem
from publishers.platform import Option


class ManualPlatform(LocalPlatform):
    name = "manual"
    label = _("Posted by hand")
    form = "social"
    text = "message"
    card = "portrait"
    options = (Option("form", _("what it is"), _("zalo-group, notice-board, sms …")),)

    def compose(self, message: Message) -> list[Any]:
        return ["\n\n".join(part for part in (message.text.strip(), message.link) if part)]

    def problems(self, message: Message) -> list[Problem]:
        return [] if message.text.strip() else [Problem("empty", str(_("There is no text to post.")))]


platform = ManualPlatform()
