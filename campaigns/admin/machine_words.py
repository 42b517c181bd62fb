"""What Loa's own machinery writes into rows, in words for staff: who acted, why, which step, which figure."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.ledger.metrics import METRIC_NAMES
from publishers import registry
from publishers.platform import COMMON_EXPLANATIONS

# Transition.by: a name of a part of Loa, perhaps with its number behind it; everybody else is a person.
ACTORS: dict[str, Any] = {
    "sender": _("Loa, sending"),
    "reaper": _("Loa, after an interruption"),
    "reconciliation": _("Loa, asking the platform"),
    "command line": _("command line"),
}
REASONS: dict[str, Any] = {
    "recall": _("recalled"),
    "edit": _("changed"),
    "lost": _("interrupted"),
    "went on": _("interrupted, goes on by itself"),
    "quiet hours": _("quiet hours"),
}
# The steps of all platforms; a step that comes several times has its number behind a hyphen.
STEPS: dict[str, Any] = {
    "send": _("sending"),
    "publish": _("putting it up"),
    "post": _("putting it up"),
    "upload": _("sending the picture"),
    "create": _("making the article"),
    "verify": _("looking whether it is there"),
    "broadcast": _("announcing to followers"),
    "update": _("changing"),
    "edit": _("changing"),
    "delete": _("deleting"),
    "remove": _("deleting"),
    "trim": _("deleting"),
    "video": _("sending the video"),
    "ready": _("waiting until the platform has worked on it"),
}


def actor_words(by: str) -> str:
    """Who did it: a person's name as it is, a part of Loa in words."""
    for part, words in ACTORS.items():
        if by == part or by.startswith(f"{part} "):
            return str(words)
    return by


def reason_words(why: str, platform: str) -> str:
    """Why: the cause behind an error code, a word for a mark of Loa's; what a person wrote stays as it is."""
    code, colon, detail = why.partition(": ")
    known = {**COMMON_EXPLANATIONS, **registry.get(platform).explanations}
    rest = str(REASONS.get(detail, detail))
    if code in known and (colon or " " not in code):
        return f"{known[code].cause} {rest}".strip()
    return str(REASONS.get(why, why))


def step_words(step: str) -> str:
    """One step of an operation, like "đăng" or "gửi ảnh 2"."""
    name, _hyphen, number = step.rpartition("-") if step.rpartition("-")[2].isdigit() else (step, "", "")
    return f"{STEPS.get(name, name)} {number}".strip()


def metric_words(metric: str) -> str:
    """A platform's figure by name."""
    return str(METRIC_NAMES.get(metric, metric))
