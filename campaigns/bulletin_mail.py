"""E-mails about short messages: to the approvers that one waits, to its author what was decided.

The staff's home shows the same; a mail that cannot be sent stops nothing.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns.models import Bulletin

logger = logging.getLogger(__name__)
LANGUAGE = "vi"


def tell_approvers(bulletin_id: int) -> None:
    """Queue the mail to everybody who may approve it."""
    from campaigns.tasks import mail_approvers

    _queue(mail_approvers, bulletin_id)


def tell_author(bulletin_id: int) -> None:
    """Queue the mail to those who wrote it: it came back."""
    from campaigns.tasks import mail_author

    _queue(mail_author, bulletin_id)


def tell_approvers_of_batch(name: str) -> None:
    """Queue the mail to everybody who may approve an imported file's rows."""
    from campaigns.tasks import mail_approvers_of_batch

    _queue(mail_approvers_of_batch, name)


def _queue(task: Any, what: int | str) -> None:
    try:
        task.apply_async([what], retry=False, ignore_result=True)
    except Exception as error:
        logger.warning("the broker did not take a mail: %s", type(error).__name__)


def send_to_approvers(bulletin_id: int) -> int:
    """Write to each approver who wrote none of it and has an address; return to how many.

    :raises OSError: when the mail server cannot be reached.
    """
    from campaigns.bulletins import approvers, writer_ids

    bulletin = Bulletin.objects.select_related("submitted_by", "language").get(pk=bulletin_id)
    people = approvers().exclude(pk__in=writer_ids(bulletin)).exclude(email="")

    def words() -> tuple[str, str]:
        subject = _("To approve: %(title)s") if not bulletin.is_alert else _("Quick alert to approve: %(title)s")
        text = _("%(name)s asks you to read this and to approve it or send it back:")
        return subject % {"title": bulletin.title}, text % {"name": bulletin.submitted_by}

    return _send(bulletin, people.values_list("email", flat=True), words)


def send_batch_to_approvers(name: str) -> int:
    """Write to each approver who wrote none of an imported file; return to how many.

    :raises OSError: when the mail server cannot be reached.
    """
    from campaigns.bulletins import approvers

    rows = Bulletin.objects.filter(batch=name, state="waiting")
    people = approvers().exclude(pk__in=rows.values("author")).exclude(email="")
    with override(LANGUAGE):
        subject = _("To approve: %(title)s") % {"title": name}
        text = _("%(count)d messages of an imported file wait for a second person.") % {"count": rows.count()}
    address = f"{reverse('loa_bulletin_batch')}?{urlencode({'tep': name})}"
    return _mail(people.values_list("email", flat=True), subject, text, address)


def send_to_author(bulletin_id: int) -> int:
    """Write to everybody who wrote it that it came back, with the reason; return to how many.

    :raises OSError: when the mail server cannot be reached.
    """
    bulletin = Bulletin.objects.select_related("decided_by").get(pk=bulletin_id)

    def words() -> tuple[str, str]:
        text = _("%(name)s sent this back: %(why)s") % {"name": bulletin.decided_by, "why": bulletin.decided_why}
        return _("Returned to you: %(title)s") % {"title": bulletin.title}, text

    return _send(bulletin, bulletin.writers.exclude(email="").values_list("email", flat=True), words)


def _send(bulletin: Bulletin, addresses: Any, words: Callable[[], tuple[str, str]]) -> int:
    with override(LANGUAGE):
        subject, text = words()
    body = "\n\n".join((text, bulletin.title, bulletin.text))
    return _mail(addresses, subject, body, reverse("loa_bulletin", args=[bulletin.pk]))


def _mail(addresses: Iterable[str], subject: str, text: str, path: str) -> int:
    """One mail to each, so that nobody sees the others' addresses; ``path`` is where to decide."""
    body = f"{text}\n\n{settings.SITE_URL}{path}"
    mails = [EmailMessage(" ".join(subject.split()), body, to=[to]) for to in dict.fromkeys(addresses)]
    return (get_connection().send_messages(mails) or 0) if mails else 0
