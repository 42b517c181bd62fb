"""Cutting spoken text into what a reader says in one breath."""

import re

from media.speech.context import word_set
from media.speech.numbers import NUMBER_WORDS
from media.speech.syllables import count_syllables

LONGEST = 13
"""Syllables in one breath: four seconds of loudspeaker reading, and one line of a sheet at 17 pt."""
SHORTEST = 4
"""Fewer than this stay with their neighbour where there is room."""

_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’)]*\s+|\n+")
_PHRASE = re.compile(r"(?<!phòng,)(?<!Phòng,)(?<=[,;:])\s+|\s+(?=[–—(])|(?<=\))\s+")
_JOINTS = word_set(
    "và hoặc hay nhưng mà để khi nếu thì vì do bởi là của cho với tại từ đến trong trên theo về nhằm ở được"
)
_AFTER_FIGURE = NUMBER_WORDS | word_set("phần tháng giờ phút giây đồng chấm đến")
_BEFORE_FIGURE = word_set("ngày tháng năm số thứ quý khóa lúc gọi âm")


def breaths(text: str) -> list[str]:
    """`text` (spoken form) as breath groups of at most about `LONGEST` syllables, in order.

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
    pieces = [piece for phrase in _PHRASE.split(sentence) if phrase.strip() for piece in _in_phrase(phrase.strip())]
    groups: list[str] = []
    for piece in pieces:
        if groups and _fits(groups[-1], piece):
            groups[-1] = f"{groups[-1]} {piece}"
        else:
            groups.append(piece)
    return groups


def _fits(group: str, piece: str) -> bool:
    return count_syllables(group) + count_syllables(piece) <= LONGEST


def _in_phrase(phrase: str) -> list[str]:
    if count_syllables(phrase) <= LONGEST:
        return [phrase]
    words = phrase.split()
    cut = _best_cut(words)
    if cut is None:
        return [phrase]
    return _in_phrase(" ".join(words[:cut])) + _in_phrase(" ".join(words[cut:]))


def _best_cut(words: list[str]) -> int | None:
    """Before the joining word nearest to the middle, else the nearest place that splits no figure."""
    middle = len(words) / 2
    allowed = [i for i in range(SHORTEST, len(words) - SHORTEST + 1) if not _splits_figure(words, i)]
    if not allowed:
        return None
    joints = [i for i in allowed if words[i].lower() in _JOINTS and words[i - 1].lower() not in _JOINTS]
    near = [i for i in joints if abs(i - middle) <= len(words) * 0.35]
    return min(near or allowed, key=lambda i: abs(i - middle))


def _splits_figure(words: list[str], index: int) -> bool:
    before, after = _plain(words[index - 1]), _plain(words[index])
    if before == "phòng" and after == "chống":
        return True
    return (before in NUMBER_WORDS and after in _AFTER_FIGURE) or (before in _BEFORE_FIGURE and after in NUMBER_WORDS)


def _plain(word: str) -> str:
    return word.strip('.,;:!?()"“”').lower()
