"""Shapes of words that a list cannot hold: names of people, initials, dates, sums, small counts.

Each takes a passage, a token before the end of its sentence and that end, and gives the token after the shape or
``None``.
Each looks at a bounded number of words.
"""

from collections.abc import Callable

from campaigns.safeguards.folding import fold
from campaigns.safeguards.passage import Passage
from campaigns.safeguards.rulebook import per_book, words

Shape = Callable[[Passage, int, int], int | None]

LONGEST_NAME = 5
# A headline in Title Case Or CAPITALS makes every word look like a name: then only known surnames count.
_HEADLINE_SHARE = 0.75
_HEADLINE_WINDOW = 12
_DIGRAPHS = frozenset(("ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr"))
_COUNT_WORDS = {"một": 1, "hai": 2, "ba": 3, "bốn": 4}
SMALLEST_SAFE_COUNT = 5


@per_book
def _listed(name: str) -> frozenset[str]:
    return frozenset(" ".join(fold(entry).lower.split()) for entry in words()[name])


def name(text: Passage, place: int, limit: int) -> int | None:
    """One to five capitalised words that are no place, people or body."""
    after = _capitals(text, place, limit)
    if after is None or _is_no_person(text, place, after):
        return None
    if _in_headline(text, place) and text.words[place] not in _listed("surnames"):
        return None
    return None if _single_letter(text, after - 1) else after


def fullname(text: Passage, place: int, limit: int) -> int | None:
    """Two or more capitalised words that begin with a known surname."""
    if not text.capital[place] or text.words[place] not in _listed("surnames"):
        return None
    after = name(text, place, limit)
    return after if after is not None and after - place >= 2 else None


def initials(text: Passage, place: int, limit: int) -> int | None:
    """``H.T.M.``, ``M.``, ``HTM``, ``Vàng Thị M.``: up to three words of a name and then single letters."""
    if _is_acronym(text, place):
        return place + 1
    here = place
    while here < limit and here - place < 3 and text.capital[here] and not _single_letter(text, here):
        if _is_no_person(text, here, here + 1):
            return None
        here += 1
    first = here
    while here < limit and here - first < 10 and _single_letter(text, here):
        here += 1
        if here < limit and text.words[here] in ".-" and text.starts[here] == text.ends[here - 1]:
            here += 1
    if here == first:
        return None
    dotted = text.words[here - 1] == "."
    goes_on = here < limit and text.capital[here] and not dotted
    return None if goes_on else here


def year(text: Passage, place: int, limit: int) -> int | None:
    """A year from 1940 to 2099."""
    word = text.words[place]
    return place + 1 if len(word) == 4 and word.isdecimal() and 1940 <= int(word) < 2100 else None


def past(text: Passage, place: int, limit: int) -> int | None:
    """A year before the reform of 2025: what is told of it may name the bodies and places of then."""
    return place + 1 if year(text, place, limit) and int(text.words[place]) < 2025 else None


def place_name(text: Passage, place: int, limit: int) -> int | None:
    """A capitalised word or a number, as after "xã" or "tổ dân phố"."""
    if text.words[place] == "số":
        place += 1
    ok = place < limit and (text.capital[place] or text.words[place].isdecimal())
    return place + 1 if ok else None


def class_name(text: Passage, place: int, limit: int) -> int | None:
    """``8``, ``8A``, ``8A2``: a class of school."""
    word = text.words[place]
    return place + 1 if word.isdecimal() and 1 <= int(word[:3]) <= 12 else None


def number(text: Passage, place: int, limit: int) -> int | None:
    """A number in figures (1.250.000) or in words (năm mươi)."""
    here = place
    if text.words[here].isdecimal():
        here += 1
        while here + 1 < limit and here - place < 9 and text.words[here] in ".," and text.words[here + 1].isdecimal():
            here += 2
        return here
    while here < limit and here - place < 8 and text.words[here] in _listed("number_words"):
        here += 1
    return here if here > place else None


def money(text: Passage, place: int, limit: int) -> int | None:
    """A number and a unit of money, or hundreds and millions alone ("80 triệu")."""
    after = number(text, place, limit)
    if after is None or after >= limit:
        return None
    for length in (3, 2, 1):
        if " ".join(text.words[after : min(after + length, limit)]) in _listed("money_units"):
            return min(after + length, limit)
    return None


def small(text: Passage, place: int, limit: int) -> int | None:
    """A count from 1 to 4, in figures (3, 03) or in words."""
    word = text.words[place]
    value = int(word) if word.isdecimal() and len(word) <= 3 else _COUNT_WORDS.get(word, 0)
    part = place + 1 < limit and text.words[place + 1] in ".,/%" and text.starts[place + 1] == text.ends[place]
    joined = place > 0 and text.words[place - 1] in ".,/-" and text.ends[place - 1] == text.starts[place]
    if part and place + 2 < limit and text.words[place + 2].isdecimal():
        return None
    return place + 1 if 1 <= value < SMALLEST_SAFE_COUNT and not joined else None


def personal_number(text: Passage, place: int, limit: int) -> int | None:
    """Seven to thirteen figures, parted by dots or spaces, with one or two letters before them or not."""
    here = place
    if len(text.words[here]) <= 2 and text.words[here].isalpha():
        here += 1
    count = 0
    while here < limit and here - place < 16 and (text.words[here].isdecimal() or text.words[here] in ".-"):
        count += len(text.words[here]) if text.words[here].isdecimal() else 0
        here += 1
    return here if 7 <= count <= 13 else None


def citizen_number(text: Passage, place: int, limit: int) -> int | None:
    """Twelve figures that begin with 0: nothing else is written so."""
    word = text.words[place]
    return place + 1 if len(word) == 12 and word.isdecimal() and word[0] == "0" else None


def begins_inside_name(text: Passage, place: int) -> bool:
    """Whether ``place`` is the middle of a name or of initials, where no other name can begin."""
    before = place - 1
    if before < 0 or text.sentence[before] != text.sentence[place]:
        return False
    if text.words[before] == "." and text.starts[place] == text.ends[before]:
        return before > 0 and _single_letter(text, before - 1)
    opens = text.first_of[text.sentence[place]] == before and text.words[before] not in _listed("surnames")
    return text.capital[place] and text.capital[before] and not opens


BEGIN_WITH_FIGURES = frozenset(("year", "past", "class", "number", "money", "small", "citizen_number"))
SHAPES: dict[str, Shape] = {
    "name": name,
    "fullname": fullname,
    "initials": initials,
    "year": year,
    "past": past,
    "placename": place_name,
    "class": class_name,
    "number": number,
    "money": money,
    "small": small,
    "personal_number": personal_number,
    "citizen_number": citizen_number,
}


def _capitals(text: Passage, place: int, limit: int) -> int | None:
    here = place
    while here < limit and here - place < LONGEST_NAME and text.capital[here]:
        here += 1
    return here if here > place else None


def _single_letter(text: Passage, place: int) -> bool:
    """``M``, or ``Th`` before a full stop: what is left of a name."""
    if not text.capital[place]:
        return False
    if text.words[place] in _DIGRAPHS:
        return place + 1 < len(text) and text.words[place + 1] == "." and text.starts[place + 1] == text.ends[place]
    return len(text.words[place]) == 1


def _is_acronym(text: Passage, place: int) -> bool:
    """Two to four capitals in one word, not in a headline of capitals: initials written without dots."""
    if not 2 <= len(text.words[place]) <= 4:
        return False
    written = text.folded.cased[text.starts[place] : text.ends[place]]
    if not (written.isupper() and written.isalpha()) or _is_no_person(text, place, place + 1):
        return False
    return not _in_headline(text, place) and text.words[place] not in _listed("surnames")


def _is_no_person(text: Passage, place: int, after: int) -> bool:
    """Whether the capitalised words begin like a place, a people, a body or a brand."""
    if after - place >= 3 and text.words[place + 1] in _listed("middle"):
        return False
    listed = _listed("not_persons")
    return any(" ".join(text.words[place : place + length]) in listed for length in (1, 2, 3))


def _in_headline(text: Passage, place: int) -> bool:
    first, after = text.sentence_span(place)
    around = range(max(first, place - _HEADLINE_WINDOW), min(after, place + _HEADLINE_WINDOW))
    letters = [token for token in around if text.words[token].isalpha()]
    return sum(text.capital[token] for token in letters) >= _HEADLINE_SHARE * len(letters)
