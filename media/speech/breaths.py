"""Cutting spoken text into what a reader says in one breath."""

import re
from functools import cache
from itertools import pairwise

from media.speech.context import word_set
from media.speech.lexicon import base_entries
from media.speech.numbers import NUMBER_WORDS
from media.speech.syllables import count_syllables

LONGEST = 13
"""Syllables in one breath: four seconds of loudspeaker reading, and one line of a sheet at 17 pt."""
SHORTEST = 3
"""Words that are not left alone on either side of a cut."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"”’)])\s+|\n+")
_PHRASE = re.compile(r"(?<!phòng,)(?<!Phòng,)(?<=[,;:])\s+|\s+(?=[–—(])|(?<=\))\s+")
_QUOTED = re.compile(r"[“\"][^“”\"\n]{1,40}[”\"]")
_GLUE = "\ue000"  # private use: spoken text never has it
_JOINTS = word_set(
    """và hoặc hay nhưng mà để khi nếu thì vì do bởi là của cho với tại từ đến trong theo về nhằm ở cùng như rồi
    qua bằng hãy mời"""
)
_LIGHT_JOINTS = word_set("có đã sẽ đang bị được phải không cần sau trước trên")
_AFTER_FIGURE = NUMBER_WORDS | word_set("phần tháng giờ phút giây đồng chấm")
_BEFORE_FIGURE = word_set("ngày tháng năm số thứ quý khóa lúc gọi âm trên")
LIMIT = LONGEST + 6
"""A breath without any natural place to cut may grow so long before it is cut anyhow."""


@cache
def _inseparable() -> frozenset[tuple[str, str]]:
    """Neighbouring words inside the spoken forms of the lexicon: "Bộ đội Biên phòng" stays whole."""
    pairs: set[tuple[str, str]] = {("phòng", "chống")}
    for _, said, _ in base_entries():
        pairs.update(pairwise([_plain(word) for word in said.split()]))
    return frozenset(pairs)


def breaths(text: str) -> list[str]:
    """`text` (spoken form) as breath groups of about `LONGEST` syllables at most (`LIMIT` in the worst case), in order.

    Sentences are never run together; a figure is never cut in the middle of its words.
    """
    groups: list[str] = []
    for sentence in _SENTENCE.split(text):
        sentence = sentence.strip() if sentence else ""
        if sentence:
            groups += _in_sentence(sentence)
    return groups


def sentences(text: str) -> list[list[str]]:
    """The breath groups of each sentence, to keep a sentence together on a page."""
    found = [s.strip() for s in _SENTENCE.split(text) if s and s.strip()]
    return [_in_sentence(s) for s in found]


def _in_sentence(sentence: str) -> list[str]:
    if count_syllables(sentence) <= LONGEST:
        return [sentence]
    glued = _QUOTED.sub(lambda quoted: quoted[0].replace(" ", _GLUE), sentence)
    pieces = [piece for phrase in _PHRASE.split(glued) if phrase.strip() for piece in _in_phrase(phrase.split(" "))]
    groups: list[str] = []
    room = 0
    for piece in pieces:
        length = count_syllables(piece)
        if groups and length <= room:
            groups[-1] = f"{groups[-1]} {piece}"
        else:
            groups.append(piece)
            room = LONGEST
        room -= length
    return [group.replace(_GLUE, " ") for group in groups]


def _in_phrase(words: list[str]) -> list[str]:
    words = [word for word in words if word]
    phrase = " ".join(words)
    length = count_syllables(phrase)
    if length <= LONGEST:
        return [phrase]
    cut = _best_cut(words, forced=length > LIMIT)
    if cut is None:
        return [phrase]
    return _in_phrase(words[:cut]) + _in_phrase(words[cut:])


def _best_cut(words: list[str], *, forced: bool) -> int | None:
    """Before the joining word nearest to the middle; elsewhere only if `forced`, and never inside a figure."""
    places = range(SHORTEST, len(words) - SHORTEST + 1)
    plain = [_plain(word) for word in words]
    for joints in (_JOINTS, _LIGHT_JOINTS):
        found = [i for i in places if plain[i] in joints and plain[i - 1] not in joints]
        if joints is _LIGHT_JOINTS:
            found += [i for i in places if _starts_year(words, i)]
        if found := [i for i in found if not _splits_unit(words, i)]:
            return _nearest_middle(found, words)
    anywhere = [i for i in places if not _splits_unit(words, i)] if forced else []
    return _nearest_middle(anywhere, words) if anywhere else None


def _nearest_middle(places: list[int], words: list[str]) -> int:
    return min(places, key=lambda i: abs(i - len(words) / 2))


def _splits_unit(words: list[str], index: int) -> bool:
    before, after = _plain(words[index - 1]), _plain(words[index])
    if (before, after) in _inseparable():
        return True
    if _starts_year(words, index):
        return False  # a year may follow its month after a breath
    return (before in NUMBER_WORDS and after in _AFTER_FIGURE) or (before in _BEFORE_FIGURE and after in NUMBER_WORDS)


def _starts_year(words: list[str], index: int) -> bool:
    return words[index] == "năm" and [_plain(word) for word in words[index + 2 : index + 3]] == ["nghìn"]


def _plain(word: str) -> str:
    return word.strip('.,;:!?()"“”').lower()
