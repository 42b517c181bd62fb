"""How a cell of the matrix is shown: its sign, its look and its words."""

from typing import Any

from django import template

from campaigns.admin.coverage import look_of, sign_of, words_of
from campaigns.coverage.letters import name_of
from campaigns.coverage.reminders import unreachable

register = template.Library()


@register.filter
def sign(cell: Any) -> str:
    return sign_of(cell.state)


@register.filter
def look(cell: Any) -> str:
    return look_of(cell.state)


@register.filter
def words(cell: Any) -> str:
    return words_of(cell)


@register.filter
def person_name(person: Any) -> str:
    return name_of(person)


@register.filter
def no_letter(person: Any) -> bool:
    return unreachable(person)
