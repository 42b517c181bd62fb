"""The letters that tell people what they owe. A letter that cannot leave never undoes what was decided."""

import logging
import smtplib
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override
from wagtail.users.models import UserProfile

logger = logging.getLogger(__name__)
# What goes wrong on the way to a mail server: refused, unreachable, too slow.
NOT_SENT = (OSError, smtplib.SMTPException)


def tell_assigned(assignments: Sequence[Any], *, owner: Any, by: Any) -> None:
    """After the commit, tell ``owner`` in one letter; whoever gives work to themselves gets none."""
    if owner != by:
        context = {"assignments": assignments, "by": by}
        transaction.on_commit(lambda: _try(owner, "assigned", context))


def tell_handed_over(moved: Sequence[str], *, owner: Any, by: Any) -> None:
    """After the commit, tell ``owner`` what was handed to them."""
    if owner != by:
        transaction.on_commit(lambda: _try(owner, "handed_over", {"moved": moved, "by": by}))


def _try(person: Any, letter: str, context: dict[str, Any]) -> None:
    try:
        send(person, letter, context)
    except NOT_SENT:
        # The person still sees it on their home page, and the daily reminder names it.
        logger.exception("The letter “%s” to user %s could not be sent", letter, person.pk)


def send(person: Any, letter: str, context: dict[str, Any]) -> bool:
    """Send the letter ``letter`` to ``person`` in the language that they work in.

    :return: False when they have no address or left.
    :raises OSError, smtplib.SMTPException: when it cannot leave.
    """
    if not person.email or not person.is_active:
        return False
    with override(UserProfile.get_for_user(person).get_preferred_language()):
        known = {**context, "person": person, "site": settings.SITE_URL}
        # A title may hold a line break; a subject may not.
        subject = " ".join(render_to_string(f"campaigns/letters/{letter}_subject.txt", known).split())
        body = render_to_string(f"campaigns/letters/{letter}.txt", known).strip() + "\n"
    headers = {"Auto-Submitted": "auto-generated"}
    return bool(EmailMessage(subject, body, None, [person.email], headers=headers).send())


def name_of(person: Any) -> str:
    """How lists call a person, accounts that are switched off marked."""
    if person is None:
        return _("nobody")
    return str(person) if person.is_active else _("%(person)s (left)") % {"person": person}
