"""The campaigns' own Celery tasks: a few lines each, the work is in services."""

import dataclasses

from celery import shared_task

from campaigns import bulletin_mail, poster_batches, withdrawals
from campaigns.coverage import reminders
from campaigns.ledger import fold_changes
from campaigns.sound import works as sound_works


@shared_task(name="campaigns.fold_ledger")
def fold_ledger() -> int:
    """Bring the reach ledger up to date."""
    return fold_changes()


@shared_task(name="campaigns.mail_approvers", autoretry_for=(OSError,), retry_backoff=15, max_retries=6)
def mail_approvers(bulletin_id: int) -> int:
    """Tell the approvers that a short message waits."""
    return bulletin_mail.send_to_approvers(bulletin_id)


@shared_task(name="campaigns.mail_approvers_of_batch", autoretry_for=(OSError,), retry_backoff=15, max_retries=6)
def mail_approvers_of_batch(name: str) -> int:
    """Tell the approvers that an imported file waits."""
    return bulletin_mail.send_batch_to_approvers(name)


@shared_task(name="campaigns.mail_author", autoretry_for=(OSError,), retry_backoff=15, max_retries=6)
def mail_author(bulletin_id: int) -> int:
    """Tell the author that a short message came back."""
    return bulletin_mail.send_to_author(bulletin_id)


@shared_task(name="campaigns.posters_left")
def posters_left() -> int:
    """Take up batches of posters that were cut short."""
    return poster_batches.take_up_left()


@shared_task(name="campaigns.finish_withdrawals")
def finish_withdrawals() -> int:
    """Take up withdrawals of consents whose recall was cut short."""
    return withdrawals.finish_all()


@shared_task(name="campaigns.remind")
def remind() -> dict[str, int]:
    """Remind people of what they owe: once a day each, however often this runs."""
    return dataclasses.asdict(reminders.remind())


@shared_task(name="campaigns.make_posters")
def make_posters(batch_id: int) -> bool:
    """Draw a batch of posters and zip it."""
    return poster_batches.make(batch_id)


@shared_task(name="campaigns.make_sound")
def make_sound(work_id: int) -> bool:
    """Take a recording in, have a text read, or put a programme together."""
    return sound_works.run(work_id)


@shared_task(name="campaigns.sound_left")
def sound_left() -> int:
    """Take up work on sound that was cut short."""
    return sound_works.run_waiting()
