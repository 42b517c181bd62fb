"""Whether a whole text tells victims of their rights and the support they can get (DESIGN 4.4).

Accepted: the approved sentence or passage, the variant for loudspeakers, or any passage of a few sentences
that speaks of victims and names enough of the heads in ``rules/rights.json`` (protection, secrecy, support,
legal aid …): at least ``heads_needed`` different ones, one of them support or legal aid.
"""

import json
import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

from campaigns.safeguards.finding import Finding
from campaigns.safeguards.folding import fold
from campaigns.safeguards.passage import Passage
from campaigns.safeguards.rulebook import rules

_REFERENCE = Path(__file__).parent.parent / "data" / "rights.json"
_NOT_WORD = re.compile(r"[\W_]+")


@cache
def _reference() -> dict[str, str]:
    return dict(json.loads(_REFERENCE.read_text(encoding="utf-8")))


def loudspeaker_variant() -> str:
    """The approved sentence cut into short ones for reading aloud; the table has no column for it."""
    return _reference()["loudspeaker"]


def approved_in_file(*lapsed: str) -> "Texts":
    """The sentence and the passage that Loa is shipped with; for tries, ``lapsed`` ones beside them."""
    return Texts([_reference()["sentence"], _reference()["passage"]], lapsed)


class Texts(list[str]):
    """Approved sentences and passages; ``lapsed`` are those whose time is over and that none of these repeats."""

    def __init__(self, valid: Iterable[str] = (), lapsed: Iterable[str] = ()) -> None:
        super().__init__(valid)
        self.lapsed = tuple(text for text in lapsed if text not in self)


def texts_on(day: date, language: str) -> Texts:
    """Approved sentences and passages in ``language`` (locale code) as they stand on ``day``. One query."""
    from campaigns.models import RightsText

    begun = RightsText.objects.filter(language__code=language, valid_from__lte=day)
    return texts_of(day, begun.values_list("sentence", "passage", "valid_to"))


def texts_of(day: date, begun: Iterable[tuple[str, str, date | None]]) -> Texts:
    """The same of texts at hand that have begun by ``day``: sentence, passage, and the last day each holds."""
    rows = list(begun)
    over = [row for row in rows if row[2] is not None and row[2] < day]
    return Texts(
        [text for row in rows if row not in over for text in row[:2] if text],
        [text for row in over for text in row[:2] if text],
    )


def check_rights(text: Passage, approved: Iterable[str]) -> list[Finding]:
    """Nothing when the text carries the rights as they are; else a finding about the whole text.

    An approved sentence whose time is over stops the text, whatever else it says: the law has changed since.
    """
    bare = _bare(text.folded.lower)
    if isinstance(approved, Texts) and any(_says(bare, sentence) for sentence in approved.lapsed):
        return [rules()["rights-lapsed"].finding(0, 0)]
    if any(_says(bare, sentence) for sentence in (*approved, loudspeaker_variant())) or _says_as_much(text):
        return []
    return [rules()["rights-missing"].finding(0, 0)]


def _says(bare: str, sentence: str) -> bool:
    wanted = _bare(fold(sentence).lower)
    return bool(wanted.strip()) and wanted in bare


def _bare(lower: str) -> str:
    return f" {_NOT_WORD.sub(' ', lower).strip()} "


def _says_as_much(text: Passage) -> bool:
    options = rules()["rights-missing"].options
    reach, needed = int(options["sentences"]), int(options["heads_needed"])
    subjects = _folded(options["subjects"])
    heads = {head: _folded(phrases) for head, phrases in options["heads"].items()}
    said: list[set[str]] = [_said(sentence, subjects, heads) for sentence in _sentences(text)]
    for index, here in enumerate(said):
        if "subject" not in here:
            continue
        together = set().union(*said[index : index + reach]) - {"subject"}
        if len(together) >= needed and together & {"support", "legal-aid"}:
            return True
    return False


def _sentences(text: Passage) -> list[str]:
    cuts = [*text.first_of, len(text)]
    return [
        f" {' '.join(word for word in text.words[first:after] if word.isalnum())} " for first, after in pairwise(cuts)
    ]


def _folded(phrases: Iterable[str]) -> list[str]:
    return [_bare(fold(phrase).lower) for phrase in phrases]


def _said(sentence: str, subjects: list[str], heads: dict[str, list[str]]) -> set[str]:
    found = {head for head, phrases in heads.items() if any(phrase in sentence for phrase in phrases)}
    return found | {"subject"} if any(subject in sentence for subject in subjects) else found
