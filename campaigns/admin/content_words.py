"""What the fields of a content are called, for whoever is told of something in them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.text import capfirst

from campaigns.models import TargetGroup


def group_names() -> dict[str, str]:
    """The groups' names by key, read once for all findings of a screen."""
    return dict(TargetGroup.objects.values_list("key", "name"))


def field_names(content: Any, places: Iterable[tuple[str, str]], groups: Mapping[str, str]) -> list[str]:
    """The names of fields as the form shows them, each with its group's name where it is a group's text.

    :param places: (field, group key or empty), as the safeguards give them.
    :param groups: as :func:`group_names` gives them.
    """
    names = []
    for field, group in places:
        name = capfirst(str(content._meta.get_field(field).verbose_name))
        names.append(f"{groups.get(group, group)}: {name}" if group else name)
    return names
