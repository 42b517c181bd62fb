"""Names without a role: in a text about what was done to people, whoever is named must be named for a reason.

Officials, speakers and suspects carry their role beside their name ("Thiếu tá …", "…, Chủ tịch Hội"). A name
without one, near words that say what happened to somebody, is taken for a victim's or a child's.
"""

from collections.abc import Iterator

from campaigns.safeguards.passage import Passage
from campaigns.safeguards.pattern import compiled
from campaigns.safeguards.shapes import begins_inside_name

# Patterns, compiled with the lists of the book in use.
_CALLED = "!<@plural_before (@adult|@child) (tên|tên là)? <name>"
_FULL = "<fullname>"
_HAPPENED = "!<@generic !<@negation @happened"
_HARMED = "bị !@not_harm"
_CHILD = "@child"
_ROLE = "@roles"
_SPEAKS = "@speaks"
_SUSPECT = "@suspect_words"
_INVENTED = "(@fiction|@prize)"
_ROWS = ([","], ["và"], [";"], [",", "và"], ["cùng"])
_BEFORE, _AFTER, _CLOSE = 10, 10, 3


def names_without_role(text: Passage) -> Iterator[tuple[int, int, bool]]:
    """Each such name as (first token, token after, whether something that happened to somebody is told beside)."""
    happened = {text.sentence[first] for first, _ in compiled(_HAPPENED).matches(text)}
    invented = {text.sentence[first] for first, _ in compiled(_INVENTED).matches(text)}
    names = list(_names(text))
    known = _with_role(text, names)
    for first, after in names:
        here = text.sentence[first]
        reach = 1 if after - first >= 3 else 0
        told = not happened.isdisjoint(range(here - reach, here + reach + 1))
        told = told or _is_harmed(text, after)
        if here not in invented and text.words[after - 1] not in known:
            yield first, after, told


def _is_harmed(text: Passage, after: int) -> bool:
    """Whether the name that ends before ``after`` is at once the subject of something suffered: "… bị …"."""
    limit = min(text.sentence_span(after - 1)[1], after + _CLOSE)
    return any(compiled(_HARMED).match(text, token) is not None for token in range(after, limit))


def _names(text: Passage) -> Iterator[tuple[int, int]]:
    last = 0
    for token in range(len(text)):
        if token < last:
            continue
        after = compiled(_CALLED).match(text, token) if compiled(_CALLED).may_begin(text, token) else None
        if after is None and text.capital[token] and not begins_inside_name(text, token):
            after = compiled(_FULL).match(text, token)
        if after is not None:
            yield token, after
            last = after


def _with_role(text: Passage, names: list[tuple[int, int]]) -> set[str]:
    """The given names of those who have a role somewhere in the text; in a row of names it holds for all."""
    known: set[str] = set()
    last: int | None = None
    for first, after in names:
        in_row = last is not None and text.words[last:first] in _ROWS
        if in_row or _has_role(text, first, after):
            known.add(text.words[after - 1])
            last = after
    return known


def _has_role(text: Passage, first: int, after: int) -> bool:
    """Whether a role, a suspicion or, of an elder, the word of a speaker stands beside the name.

    What stands before a child is somebody else's role: "Công an xã đón cháu …".
    """
    begin, end = text.sentence_span(first)
    is_child = compiled(_CHILD).match(text, first) is not None
    before = range(first, first) if is_child else range(max(begin, first - _BEFORE), first)
    behind = range(after, min(end, after + _AFTER))
    if any(compiled(_ROLE).match(text, token) or compiled(_SUSPECT).match(text, token) for token in (*before, *behind)):
        return True
    elder = text.words[first] in ("ông", "bà") or text.words[max(first - 1, 0)] in ("ông", "bà")
    return elder and any(compiled(_SPEAKS).match(text, token) for token in behind)
