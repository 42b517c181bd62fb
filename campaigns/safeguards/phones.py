"""Telephone numbers: written in figures, with spaces, dots or +84, or read out figure by figure."""

from collections.abc import Iterator
from dataclasses import dataclass

from campaigns.safeguards.passage import Passage
from campaigns.safeguards.rulebook import words

_FIGURES = {
    "không": "0", "một": "1", "hai": "2", "ba": "3", "bốn": "4", "tư": "4",
    "năm": "5", "lăm": "5", "sáu": "6", "bảy": "7", "bẩy": "7", "tám": "8", "chín": "9",
}  # fmt: skip
_SEPARATORS = frozenset(" .-(),·_")
_FOREIGN_LENGTH = range(9, 16)
_SHORT_LENGTH = range(3, 5)
_CUE_REACH = 6


@dataclass(frozen=True, slots=True)
class Number:
    """A number as found: its figures (national form, no +84) and its tokens."""

    figures: str
    first: int
    after: int


@dataclass(slots=True)
class _Group:
    figures: str
    token: int
    spoken: bool


def numbers(text: Passage) -> Iterator[Number]:
    """Every telephone number of ``text``, in order; short ones only where the words around say "call"."""
    for run in _runs(text):
        yield from _numbers_in(run, text)


def national(number: str) -> str:
    """The figures of ``number`` without +84: what two spellings of one number share."""
    figures = "".join(char for char in number if char.isdigit())
    if figures.startswith("0084"):
        return "0" + figures[4:].removeprefix("0")
    if number.strip().startswith("+84") or (figures.startswith("84") and len(figures) >= 11):
        return "0" + figures[2:].removeprefix("0")
    return figures


def _runs(text: Passage) -> Iterator[list[_Group]]:
    """Runs of figures, written or read out, with nothing but separators between them."""
    run: list[_Group] = []
    lower = text.folded.lower
    for token, word in enumerate(text.words):
        spoken = _FIGURES.get(word)
        if word[0].isdigit() or spoken:
            group = _Group(spoken or word, token, spoken is not None)
            if run and not _joined(lower, text.ends[run[-1].token], text.starts[token]):
                yield run
                run = []
            run.append(group)
        elif run and word not in _SEPARATORS:
            yield run
            run = []
    if run:
        yield run


def _joined(lower: str, end: int, start: int) -> bool:
    between = lower[end:start]
    return len(between) <= 3 and all(char in _SEPARATORS for char in between)


def _numbers_in(run: list[_Group], text: Passage) -> Iterator[Number]:
    index = 0
    while index < len(run):
        taken = _long(run, index, text) or _short(run, index, text)
        if taken is None:
            index += 1
            continue
        count, figures = taken
        yield Number(figures, run[index].token, run[index + count - 1].token + 1)
        index += count


def _long(run: list[_Group], index: int, text: Passage) -> tuple[int, str] | None:
    """How many groups from ``index`` make a full number, and its figures."""
    plus = run[index].token > 0 and text.words[run[index].token - 1] == "+"
    if not plus and run[index].figures[0] not in "018":
        return None
    figures, best = "", None
    for count, group in enumerate(run[index : index + 15], start=1):
        figures += group.figures
        if len(figures) > 15:
            break
        if _is_full(figures, plus=plus):
            best = (count, national("+" + figures if plus else figures))
    return best


def _is_full(figures: str, *, plus: bool) -> bool:
    if plus and not figures.startswith("84"):
        return len(figures) in _FOREIGN_LENGTH
    local = national("+" + figures if plus else figures)
    if local.startswith(("1800", "1900")):
        return len(local) in (8, 10)
    if local.startswith("02"):
        return len(local) == 11
    return len(local) == 10 and local[0] == "0" and local[1] in "35789"


def _short(run: list[_Group], index: int, text: Passage) -> tuple[int, str] | None:
    """A short code such as 111: three or four figures that the words before ask to call."""
    group = run[index]
    if group.spoken:
        if index and run[index - 1].spoken and _touches(run[index - 1], group, text):
            return None
        count = 1
        while index + count < len(run) and run[index + count].spoken and count < 5:
            count += 1
        figures = "".join(part.figures for part in run[index : index + count])
    else:
        count, figures = 1, group.figures
        if count < len(run) - index and all(len(part.figures) == 1 for part in run[index : index + 3]):
            count = min(3, len(run) - index)
            figures = "".join(part.figures for part in run[index : index + count])
    if len(figures) not in _SHORT_LENGTH:
        return None
    first, after = group.token, run[index + count - 1].token + 1
    return (count, figures) if _asked_to_call(text, first) and not _counts(text, after) else None


def _touches(before: _Group, group: _Group, text: Passage) -> bool:
    return text.folded.lower[text.ends[before.token] : text.starts[group.token]] == " "


def _asked_to_call(text: Passage, first: int) -> bool:
    start = max(text.sentence_span(first)[0], first - _CUE_REACH)
    before = " " + " ".join(text.words[start:first]) + " "
    if any(f" {word} " in before for word in words()["not_a_number"]):
        return False
    return any(f" {word} " in before for word in words()["call"])


def _counts(text: Passage, after: int) -> bool:
    """Whether what follows makes the figure a count, a date or a document: 111 người, 111/2013."""
    following = text.words[after : after + 1]
    if not following:
        return False
    tight = after < len(text) and text.starts[after] == text.ends[after - 1]
    return following[0] in words()["counted"] or (tight and following[0] in "/%°")
