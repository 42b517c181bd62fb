"""Pictures and recordings that have to stay as they are: who uses them says so, this package does not know why."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models.signals import pre_delete

# Given a stored picture or recording: why it must stay as it is, in words for staff; empty when it need not.
Rule = Callable[[Any], str]
_rules: list[Rule] = []


def register(rule: Rule) -> None:
    """Ask ``rule`` before a picture or recording is changed or deleted. Called once, when the apps are ready."""
    if rule not in _rules:
        _rules.append(rule)


def refusal(medium: Any) -> str:
    """Why ``medium`` must stay as it is; empty when it need not."""
    return next((why for rule in _rules if (why := rule(medium))), "")


def refuse_change(medium: Any, fields: Iterable[str] | None = None) -> None:
    """Raise ValidationError when ``medium`` is to be saved with another file or other words, and must not be.

    What counts is ``kept_as_approved`` of its class; a new one, and any other change, is let through.

    :param fields: the only ones that will be saved; None for all.
    """
    names = set(medium.kept_as_approved) if fields is None else set(medium.kept_as_approved) & set(fields)
    stored = type(medium)._default_manager.filter(pk=medium.pk).first() if medium.pk and names else None
    if stored is None or not any(_differs(name, stored, medium) for name in names):
        return
    if why := refusal(stored):
        raise ValidationError(why, code="kept")


def is_new(file: Any) -> bool:
    """Whether the file of a field was given and is not stored yet."""
    return bool(file) and not file._committed


def _differs(name: str, stored: Any, medium: Any) -> bool:
    before, after = getattr(stored, name), getattr(medium, name)
    if name == "file":
        return bool(before.name != after.name or is_new(after))
    return bool(before != after)


def _refuse_delete(instance: Any, **kwargs: Any) -> None:
    if why := refusal(instance):
        raise PermissionDenied(why)


def connect() -> None:
    """Guard deletions, many at once included. Called once, when the apps are ready."""
    from media.models import Picture, Recording

    for model in (Picture, Recording):
        pre_delete.connect(_refuse_delete, sender=model, dispatch_uid="keep-what-is-approved")
