"""Vietnamese syllables and letter names: telling a word from an abbreviation, and counting."""

import re
from functools import lru_cache

LETTERS = {
    "A": "a", "B": "bê", "C": "xê", "D": "đê", "Đ": "đê", "E": "e", "F": "ép", "G": "gờ", "H": "hát", "I": "i",
    "J": "gi", "K": "ca", "L": "lờ", "M": "mờ", "N": "nờ", "O": "o", "P": "pê", "Q": "quy", "R": "rờ", "S": "sờ",
    "T": "tê", "U": "u", "V": "vê", "W": "vê-kép", "X": "ích-xì", "Y": "i-cờ-rét", "Z": "dét",
}  # fmt: skip

_PLAIN_SYLLABLE = re.compile(
    r"(?:ngh?|gh|gi|kh|nh|ph|th|tr|ch|qu|[bcdđghklmnprstvx])?"
    r"(?:ie|uo|uye|uya|ua|ia|oai|oay|oeo|uay|uou|ieu|yeu|uoi|oa|oe|uy|ue|eo|ao|ai|ay|au|eu|oi|oo|ui|iu|uu|ye|[aeiouy])"
    r"(?:ch|nh|ng|[cmnpt])?\Z"
)
_VOWELS = re.compile(r"[aeiouy]+")
_WORDS = re.compile(r"[^\W_]+")


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Whether `word` could be a Vietnamese word: it carries a mark, or is built like a bare syllable."""
    lower = word.lower()
    if not lower.replace("đ", "d").isascii():
        return True
    return _PLAIN_SYLLABLE.match(lower) is not None


def spell(letters: str) -> str:
    """The names of the letters, one by one."""
    return " ".join([LETTERS.get(c, c) for c in letters.upper()])


@lru_cache(maxsize=8192)
def _in_word(word: str) -> int:
    """A Vietnamese word is one syllable; in a foreign one each run of vowels counts."""
    if is_syllable(word):
        return 1
    return max(1, len(_VOWELS.findall(word.lower())))


def count_syllables(text: str) -> int:
    """How many syllables a reader says for `text`, which has to be spoken text already."""
    return sum(map(_in_word, _WORDS.findall(text)))
