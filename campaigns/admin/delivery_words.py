"""A delivery in the words, colours and icons that staff see: state, title, reason, what may be done."""

import dataclasses
import html
import re
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from publishers import registry
from publishers.models import Delivery, DeliveryState

S = DeliveryState

# Colour class and icon of each state; words, colour and icon always go together.
LOOKS: dict[str, tuple[str, str]] = {
    S.SCHEDULED: ("waiting", "time"),
    S.SENDING: ("going", "rotate"),
    S.SENT: ("good", "check"),
    S.FAILED: ("bad", "cross"),
    S.UNKNOWN: ("bad", "help"),
    S.HELD: ("warn", "lock"),
    S.CANCELLED: ("off", "circle-xmark"),
    S.WITHDRAWN: ("off", "no-view"),
}
# Where Loa only hands over and people do the rest: words, colour and icon before and after they said so.
HANDED_OVER: dict[str, tuple[tuple[Any, str, str], tuple[Any, str, str]]] = {
    "manual": (
        (_("handed over, to be posted by hand"), "waiting", "edit"),
        (_("posted by hand (as declared)"), "good", "check"),
    ),
    "loudspeaker": (
        (_("handed to the station, to be played"), "waiting", "time"),
        (_("played"), "good", "check"),
    ),
}
# The engine's code for "the gate said no" (publishers/turn.py).
GATE = "gate"
NEEDS_HANDS = (S.UNKNOWN, S.FAILED, S.HELD)


def state_words(state: str, platform: str, *, done_by_people: bool) -> tuple[Any, str, str]:
    """The words, colour and icon of a state. What was only handed over to people is never called sent."""
    if state == S.SENT and platform in HANDED_OVER:
        return HANDED_OVER[platform][done_by_people]
    return S(state).label, *LOOKS[state]


@dataclasses.dataclass(frozen=True)
class Action:
    """One button: its name in the URL, its words, and whether it asks once more before acting."""

    name: str
    label: Any
    icon: str
    before: tuple[str, ...]
    asks: bool = False
    serious: bool = False


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("confirm", _("It is there"), "check", (S.UNKNOWN,), asks=True),
        Action("resend", _("Send again"), "rotate", (S.FAILED, S.UNKNOWN), asks=True),
        Action("release", _("Send now"), "upload", (S.HELD,), asks=True),
        Action("replace", _("Cancel and post anew"), "edit", (S.HELD,), asks=True),
        Action("cancel", _("Cancel"), "cross", (S.SCHEDULED, S.HELD, S.FAILED), asks=True),
        Action("recall", _("Recall"), "no-view", (S.SENT, S.UNKNOWN), asks=True, serious=True),
    )
}


def needs_new_text(delivery: Delivery) -> bool:
    """Whether the gate held it: its text is fixed, so sending it again would be held again."""
    return delivery.state == S.HELD and delivery.error_code == GATE


def actions_for(delivery: Delivery, *, lets_out: bool = False) -> list[Action]:
    """The buttons that fit the delivery's state. What the platform cannot do is not offered.

    ``lets_out``: the gate was asked again and has changed its mind (a number was entered meanwhile, say).
    """
    hidden = set() if registry.get(delivery.channel.platform).can_delete else {"recall"}
    if needs_new_text(delivery) and not lets_out:
        hidden.add("release")
    if not (needs_new_text(delivery) and content_of(delivery)):
        hidden.add("replace")
    return [action for action in ACTIONS.values() if delivery.state in action.before and action.name not in hidden]


def content_of(delivery: Delivery) -> int | None:
    """The id of the page (its Vietnamese source) that the delivery was decided for; None for a bulletin."""
    item = getattr(delivery, "posting_item", None)
    return item.posting.page_id if item else None


def title_of(delivery: Delivery) -> str:
    """The title, or the beginning of a text that has none."""
    message = delivery.message
    text = str(message.get("title") or message.get("text") or "").strip().split("\n")[0]
    return text if len(text) <= 90 else text[:89].rstrip() + "…"


def explanation_of(delivery: Delivery) -> Any:
    """Cause and cure in words, or None when nothing is wrong."""
    return registry.get(delivery.channel.platform).explain(delivery.error_code) if delivery.error_code else None


def platform_label(name: str) -> Any:
    known = registry.platforms().get(name)
    return known.label if known else name


_MARKS = "b|i|u|s"
_PAIR = re.compile(rf"&lt;({_MARKS})&gt;(.*?)&lt;/\1&gt;", re.DOTALL)
_LINK = re.compile(r"&lt;a href=&quot;(https?://[^\s&]+)&quot;&gt;(.*?)&lt;/a&gt;", re.DOTALL)


def shown_piece(piece: str) -> SafeString:
    """A composed piece as readers see it: the few marks that platforms take, everything else as plain text."""
    text = str(escape(html.unescape(piece)))
    for _depth in range(len(_MARKS)):
        text, changed = _PAIR.subn(r"<\1>\2</\1>", text)
        if not changed:
            break
    # Everything was escaped above; only whole pairs of four bare marks and http links came back.
    return mark_safe(_LINK.sub(r'<a href="\1" rel="noopener noreferrer">\2</a>', text))
