"""How letters call the people who owe something."""

from typing import Any

from django import template

from campaigns.coverage.letters import name_of
from campaigns.coverage.reminders import unreachable

register = template.Library()


@register.filter
def person_name(person: Any) -> str:
    return name_of(person)


@register.filter
def no_letter(person: Any) -> bool:
    return unreachable(person)
