"""Which numbers a text may name: the registered hotlines, and none past its check date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from campaigns.safeguards.finding import Finding
from campaigns.safeguards.passage import Passage
from campaigns.safeguards.phones import Number, national, numbers
from campaigns.safeguards.rulebook import rules, words


@dataclass(frozen=True, slots=True)
class Registry:
    """National forms of the numbers that may be named, and of those past their check date."""

    usable: frozenset[str]
    expired: frozenset[str] = frozenset()


def registry_of(hotlines: "Iterable[str] | Registry") -> Registry:
    """The registry that these numbers make; one read before is taken as it is."""
    if isinstance(hotlines, Registry):
        return hotlines
    return Registry(frozenset(national(number) for number in hotlines))


def registry_on(day: date) -> Registry:
    """The hotline table as it stands on ``day``."""
    from campaigns.models import Hotline

    usable = frozenset(map(national, Hotline.objects.usable_on(day).values_list("number", flat=True)))
    known = frozenset(map(national, Hotline.objects.values_list("number", flat=True)))
    return Registry(usable, known - usable)


def check_hotlines(text: Passage, registry: Registry, *, fragment: bool) -> list[Finding]:
    """Numbers outside the registry; for a whole text, that it carries one from it."""
    found: list[Finding] = []
    named, expired = _bare(text, registry), False
    for number in numbers(text):
        if number.figures in registry.usable:
            named = True
        elif number.figures in registry.expired:
            expired = True
            found.append(_at("hotline-expired", text, number))
        else:
            found.append(_at("phone-unregistered", text, number))
    if not fragment and not named and not expired:
        found.append(rules()["hotline-missing"].finding(0, 0))
    return found


def _at(code: str, text: Passage, number: Number) -> Finding:
    return rules()[code].finding(*text.origin(number.first, number.after))


def _bare(text: Passage, registry: Registry) -> bool:
    """A registered short number without a word for calling, as on a poster: "Cần giúp: 111"."""
    short = {number for number in registry.usable if len(number) <= 4}
    return any(word in short and not _is_part(text, token) for token, word in enumerate(text.words))


def _is_part(text: Passage, token: int) -> bool:
    """Whether the figure belongs to a date, an amount, a document number or a count."""
    lower, start, end = text.folded.lower, text.starts[token], text.ends[token]
    before, after = lower[start - 1 : start], lower[end : end + 1]
    if before in ("/", "-", ".", ",", "_", "%", "=") and start > 1 and not lower[start - 2].isspace():
        return True
    if after in ("/", "%", "-", "_") or (after in (".", ",") and lower[end + 1 : end + 2].isdigit()):
        return True
    previous = " ".join(text.words[max(0, token - 2) : token])
    following = text.words[token + 1] if token + 1 < len(text) else ""
    return (
        any(f" {previous}".endswith(f" {word}") for word in words()["not_a_number"] + words()["amount_before"])
        or following in words()["counted"]
    )
