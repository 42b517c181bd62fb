"""A channel without an interface: somebody posts by hand what Loa makes ready.

Zalo groups of a village, notice boards, text messages. Sent means: text and picture are ready and the
person was told. That it was posted is their word, counted as declared.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from publishers.local import LocalPlatform
from publishers.message import Measure, Message, Problem, has_words
from publishers.platform import Option

# The letters of the GSM alphabet that a message may hold and still count 160 to a message.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE = frozenset("^{}\\[~]|€\f")


def sms_parts(text: str) -> int:
    """Into how many text messages ``text`` is cut: with Vietnamese marks 70 units fit one, 67 each of several."""
    if set(text) <= GSM | GSM_DOUBLE:
        used, alone, joined = len(text) + sum(mark in GSM_DOUBLE for mark in text), 160, 153
    else:
        used, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if used <= alone else -(-used // joined)


class ManualPlatform(LocalPlatform):
    name = "manual"
    label = _("Posted by hand")
    form = "social"
    text = "message"
    card = "portrait"
    takes_documents = True
    recall_by_people = _("to delete it")
    options = (Option("form", _("what it is"), _("zalo-group, notice-board, sms …")),)

    def compose(self, message: Message) -> list[Any]:
        return ["\n\n".join(part for part in (message.text.strip(), message.link) if part)]

    def measures(self, message: Message, options: dict[str, Any]) -> list[Measure]:
        """Characters; for text messages also how many of them the text is cut into (3GPP TS 23.040)."""
        text = self.compose(message)[0]
        found = [Measure(_("length of the text"), len(text), 0, _("characters"))]
        if str(options.get("form", "")).strip().lower() in ("", "sms"):
            found.append(Measure(_("sent as a text message"), sms_parts(text), 0, _("messages")))
        return found

    def problems(self, message: Message) -> list[Problem]:
        return [] if has_words(message.text) else [Problem("empty", str(_("There is no text to post.")))]


platform = ManualPlatform()
