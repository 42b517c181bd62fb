"""Drawing the matrix's cells: thousands on one screen, so each is joined from words that were looked up once.

A template loop took three seconds for 200 contents in 18 languages; the whole screen takes half of one now.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from campaigns.coverage.cells import Cell, State
from campaigns.models import Assignment, Language

# A sign and a look for each state: words come with them, so that no colour has to be told from another.
LOOKS: dict[str, tuple[str, str]] = {
    State.MISSING: ("○", "off"),
    State.DRAFT: ("✎", "going"),
    State.WAITING: ("…", "waiting"),
    State.STALE: ("↻", "warn"),
    State.APPROVED: ("✓", "good"),
}


def sign_of(state: str) -> str:
    return LOOKS[state][0]


def look_of(state: str) -> str:
    return LOOKS[state][1]


def words_of(cell: Any) -> str:
    """A cell's state in a few words, with what matters most of it."""
    if cell.waits and cell.state is State.WAITING:
        return str(cell.waits.label)
    if cell.returned and cell.state is State.DRAFT:
        return _("sent back")
    if cell.expired:
        return _("approval expired")
    return str(cell.state.label)


class Pen:
    """Draws the cells of one screen.

    :param base: the address of the campaign's matrix, with a slash at its end.
    :param query: what the matrix was filtered by, with its question mark, or empty.
    """

    def __init__(self, base: str, query: str, today: dt.date) -> None:
        self.base, self.query, self.today = escape(base), escape(query), today
        # Not within an f-string: makemessages does not look there.
        self.changed = " <i>" + escape(_("being changed")) + "</i>"
        self.silent = ' <i><span aria-hidden="true">♪</span> ' + escape(_("no recording")) + "</i>"
        self.own = " <i>" + escape(_("own text")) + "</i>"
        self.general = " <i>" + escape(_("general text")) + "</i>"
        self.states: dict[tuple[object, ...], str] = {}
        self.languages: dict[int, tuple[str, str]] = {}

    def row(self, content: int, cells: Sequence[Cell]) -> SafeString:
        """All cells of a content, as table cells. Everything that people typed is escaped."""
        return mark_safe("".join(self._cell(content, cell) for cell in cells))

    def _cell(self, content: int, cell: Cell) -> str:
        key, name = self._language(cell.language)
        look = look_of(cell.state)
        return (
            f'<td class="loa-cell loa-cell--{look}"><a href="{self.base}{content}/{key}/{self.query}">'
            f'<span class="loa-matrix__in">{name}</span> {self._state(cell)}{self._more(cell)}</a></td>'
        )

    def _language(self, language: Language) -> tuple[str, str]:
        if language.pk not in self.languages:
            self.languages[language.pk] = (escape(language.key), escape(language.name_vi))
        return self.languages[language.pk]

    def _state(self, cell: Cell) -> str:
        """Sign and words, looked up once for each kind of cell."""
        kind = (cell.state, cell.waits, cell.returned, cell.expired)
        if kind not in self.states:
            self.states[kind] = f'<b aria-hidden="true">{sign_of(cell.state)}</b> {escape(words_of(cell))}'
        return self.states[kind]

    def _more(self, cell: Cell) -> str:
        found = self.changed if cell.working else ""
        if cell.needs_recording:
            found += self.silent
        if cell.own_text:
            found += self.own
        elif cell.own_text is False and cell.version:
            found += self.general
        return found + "".join(self._owed(one) for one in cell.owed)

    def _owed(self, one: Assignment) -> str:
        late = one.overdue_on(self.today)
        who = f"{escape(one.owner or '?')} {one.due:%d/%m}"
        return f' <i class="loa-late">! {who}</i>' if late else f" <i>{who}</i>"
