"""What the fields of a content are called, for whoever is told of something in them."""

from collections.abc import Iterable
from typing import Any

from django.utils.text import capfirst

from campaigns.models import TargetGroup


def field_names(content: Any, places: Iterable[tuple[str, str]]) -> list[str]:
    """The names of fields as the form shows them, each with its group's name where it is a group's text.

    :param places: (field, group key or empty), as the safeguards give them.
    """
    places = list(places)
    keys = {group for _field, group in places if group}
    groups = {one.key: one.name for one in TargetGroup.objects.filter(key__in=keys)} if keys else {}
    names = []
    for field, group in places:
        name = capfirst(str(content._meta.get_field(field).verbose_name))
        names.append(f"{groups.get(group, group)}: {name}" if group else name)
    return names
