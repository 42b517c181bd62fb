"""A text as the rules see it: folded, cut into words, with its sentences."""

import re
from dataclasses import dataclass, field

from campaigns.safeguards.folding import Folded, fold

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_|\n")
_ENDS = frozenset(".!?…")
_DIGRAPHS = frozenset(("ch", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr"))
_ABBREVIATIONS = frozenset(("tp", "tx", "tt", "ths", "ts", "gs", "pgs", "ub", "đc"))


@dataclass(slots=True)
class Passage:
    """Words are tokens: runs of letters, runs of figures, single marks.

    ``sentence[i]`` numbers the sentence of token ``i``; a line end closes one too. ``first_of`` holds the first
    token of each sentence.
    """

    folded: Folded
    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    capital: list[bool] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    first_of: list[int] = field(default_factory=list)

    def origin(self, first: int, after: int) -> tuple[int, int]:
        """The place in the original text of the tokens ``first`` up to, not including, ``after``."""
        return self.folded.origin(self.starts[first], self.ends[after - 1])

    def sentence_span(self, token: int) -> tuple[int, int]:
        """First token, and token after the last, of the sentence that holds ``token``."""
        number = self.sentence[token]
        after = self.first_of[number + 1] if number + 1 < len(self.first_of) else len(self.words)
        return self.first_of[number], after

    def __len__(self) -> int:
        return len(self.words)


def passage(text: str) -> Passage:
    """Cut ``text``. Linear in its length."""
    made = Passage(fold(text))
    cased, lower = made.folded.cased, made.folded.lower
    sentence = 0
    fresh = True
    for found in _TOKEN.finditer(lower):
        start, end = found.span()
        word = found.group()
        if word == "\n":
            if not fresh:
                sentence, fresh = sentence + 1, True
            continue
        if fresh:
            made.first_of.append(len(made.words))
            fresh = False
        made.words.append(word)
        made.starts.append(start)
        made.ends.append(end)
        made.capital.append(cased[start] != lower[start] and cased[start].isupper())
        made.sentence.append(sentence)
        if word in _ENDS and _closes(made, lower, end):
            sentence, fresh = sentence + 1, True
    return made


def _closes(made: Passage, lower: str, end: int) -> bool:
    """Whether the mark just read ends a sentence: not inside 1.000, not after H. or TP."""
    if end < len(lower) and not lower[end].isspace():
        return lower[end] in "\"')" and made.words[-1] != "."
    if made.words[-1] != "." or len(made.words) < 2:
        return True
    before = made.words[-2]
    is_initial = made.capital[-2] and (len(before) == 1 or before in _DIGRAPHS)
    return not is_initial and before not in _ABBREVIATIONS
