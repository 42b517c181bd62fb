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


def approved_in_file() -> list[str]:
    """The sentence and the passage that Loa is shipped with."""
    return [_reference()["sentence"], _reference()["passage"]]


def texts_on(day: date, language: str) -> list[str]:
    """Approved sentences and passages in ``language`` (locale code) that are valid on ``day``."""
    from django.db.models import Q

    from campaigns.models import RightsText

    valid = RightsText.objects.filter(language__code=language, valid_from__lte=day)
    rows = valid.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day)).values_list("sentence", "passage")
    return [text for row in rows for text in row if text]


def check_rights(text: Passage, approved: Iterable[str]) -> list[Finding]:
    """Nothing when the text carries the rights; otherwise one finding about the whole text."""
    bare = _bare(text.folded.lower)
    wanted = [_bare(fold(sentence).lower) for sentence in (*approved, loudspeaker_variant())]
    if any(sentence.strip() and sentence in bare for sentence in wanted) or _says_as_much(text):
        return []
    return [rules()["rights-missing"].finding(0, 0)]


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
