"""A native reader without an account confirms or returns one revision by a personal link.

Four eyes: neither the reader nor whoever gave them the link may have written the text, and whoever gave
the link does not approve it afterwards.
"""

import dataclasses
import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision, TaskState, WorkflowState

from campaigns.models import (
    BackTranslation,
    NativeReader,
    NativeReviewTask,
    OutsideTranslation,
    PersonalLink,
    ReaderVerdict,
    ReviewRequest,
)
from campaigns.models.approvals import digest_of
from campaigns.models.links import LinkPurpose
from campaigns.models.reader_reviews import Verdict
from campaigns.models.review import needs_native_review
from campaigns.personal.links import hand_over, revoke
from campaigns.snapshots import snapshot_of
from campaigns.typed_text import one_line
from campaigns.voice_notes import checked_voice_note
from campaigns.workflow import latest_approval, writers_since_approval

DAYS_OPEN = 14
LONGEST = 5_000
LIBRARY = ("rights", "hotlines")


class TextChanged(Exception):
    """The text is no longer what the reader was shown: it has to be read again."""


class NothingToRead(Exception):
    """The version does not wait for a native reader (any more)."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """What waits to be read: the step of the workflow and the newest revision with its digest."""

    task_state: TaskState
    revision: Revision
    page: Any
    digest: str

    @property
    def mark(self) -> str:
        """What a form carries, so that a verdict falls on nothing but what was shown."""
        return f"{self.revision.pk}-{self.digest}"


# --- Asking -------------------------------------------------------------------------------------------


@transaction.atomic
def ask_reader(*, page: Any, reader: NativeReader, by: Any) -> ReviewRequest:
    """Ask ``reader`` to read the version ``page``: a link is made that opens for fourteen days.

    :raises PermissionDenied: when the reader or ``by`` wrote any of it, or the reader is of another language.
    """
    refuse_reader(page, reader)
    refuse_sender(page, by)
    request = ReviewRequest.objects.filter(page_id=page.pk, reader=reader).first()
    if request is None:
        request = ReviewRequest.objects.create(page_id=page.pk, reader=reader, asked_by=by)
    return _give_link(request, reader, by)


@transaction.atomic
def hand_to(*, request: ReviewRequest, reader: NativeReader, by: Any) -> ReviewRequest:
    """Ask somebody else instead: the old address stops working at once."""
    page = request.page.specific
    refuse_reader(page, reader)
    refuse_sender(page, by)
    return _give_link(request, reader, by)


def _give_link(request: ReviewRequest, reader: NativeReader, by: Any) -> ReviewRequest:
    request.reader, request.asked_by, request.opened_at = reader, by, None
    request.save(update_fields=["reader", "asked_by", "opened_at"])
    link, made = PersonalLink.objects.get_or_create(
        purpose=LinkPurpose.REVIEW, review=request, defaults={"holder": reader.name}
    )
    if not made:
        hand_over(link, reader.name)
    PersonalLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() + dt.timedelta(days=DAYS_OPEN))
    return ReviewRequest.objects.select_related("link", "reader").get(pk=request.pk)


def withdraw(request: ReviewRequest) -> None:
    """Close the link of ``request``."""
    revoke(request.link)


def refuse_reader(page: Any, reader: NativeReader) -> None:
    """Raise PermissionDenied when ``reader`` cannot be the one to confirm ``page``."""
    if not needs_native_review(page):
        raise PermissionDenied(_("The Vietnamese version needs no native reader."))
    if not reader.active or reader.language.code != page.locale.language_code:
        raise PermissionDenied(_("%(name)s does not read this language for us.") % {"name": reader.name})
    if is_writer(page, reader):
        raise PermissionDenied(_("%(name)s translated part of this. Ask somebody else to read it.") % {"name": reader})


def refuse_sender(page: Any, user: Any) -> None:
    """Raise PermissionDenied when ``user`` wrote any of it: a writer with the link could confirm it alone."""
    if user.pk in writers_since_approval(page):
        raise PermissionDenied(_("You wrote part of this text. Somebody else has to send it to the reader."))


def is_writer(page: Any, reader: NativeReader) -> bool:
    """Whether the reader wrote any of ``page`` since its last approval, with an account or as an outside translator."""
    if reader.user_id is not None and reader.user_id in writers_since_approval(page):
        return True
    last = latest_approval(page)
    sheets = OutsideTranslation.objects.filter(page_id=page.pk)
    if last is not None:
        sheets = sheets.filter(imported_at__gt=last.approved_at)
    name = _folded(reader.name)
    return any(_folded(said) == name for said in sheets.values_list("translator", flat=True))


def _folded(name: str) -> str:
    return one_line(name).casefold()


# --- Reading and answering ----------------------------------------------------------------------------


def reading_of(page: Any) -> Reading:
    """What of ``page`` waits for a native reader: always the newest revision.

    :raises NothingToRead: when the workflow is at another step, or there is none.
    """
    state = (
        WorkflowState.objects.active()
        .for_instance(page)
        .filter(status=WorkflowState.STATUS_IN_PROGRESS)
        .select_related("current_task_state__task")
        .first()
    )
    step = state.current_task_state if state else None
    if step is None or step.status != TaskState.STATUS_IN_PROGRESS:
        raise NothingToRead
    if not isinstance(step.task.specific, NativeReviewTask):
        raise NothingToRead
    revision = Revision.page_revisions.filter(object_id=str(page.pk)).order_by("-created_at", "-pk").first()
    if revision is None:
        raise NothingToRead
    shown = revision.as_object()
    return Reading(step, revision, shown, text_digest(shown))


def note_opened(request: ReviewRequest) -> None:
    """Remember that the reader has seen the page, for whoever waits for an answer."""
    if request.opened_at is None:
        ReviewRequest.objects.filter(pk=request.pk, opened_at=None).update(opened_at=timezone.now())


@transaction.atomic
def give_verdict(
    *, request: ReviewRequest, mark: str, verdict: str, note: str = "", voice: Any = None, back_translation: str = ""
) -> ReaderVerdict:
    """Record what the reader says of the very text they were shown, and let the workflow go on or back.

    :param mark: :attr:`Reading.mark` of what was shown.
    :param voice: an uploaded sound file, or None.
    :raises TextChanged: when the newest revision is another one by now.
    :raises NothingToRead: when somebody decided already.
    :raises PermissionDenied: when the reader turned out to be a writer.
    :raises ValidationError: when a change is asked for without saying which, or the sound cannot be played.
    """
    # One at a time: two readers, or a reader and a member of staff, decide one after the other.
    Page.objects.select_for_update().get(pk=request.page_id)
    page = request.page.specific
    reading = reading_of(page)
    if mark != reading.mark:
        raise TextChanged
    refuse_reader(page, request.reader)
    refuse_sender(page, request.asked_by)
    said, back = note.strip()[:LONGEST], back_translation.strip()[:LONGEST]
    if verdict not in Verdict.values:
        raise ValidationError(_("Please choose one of the two answers."), code="verdict")
    if verdict == Verdict.CHANGE and not said and not voice:
        raise ValidationError(_("Please say what has to be changed, in writing or as a voice note."), code="note")
    sound = checked_voice_note(voice) if voice else None
    step = _step_on(reading)
    row = ReaderVerdict(
        request=request,
        reader=request.reader,
        handed_by=request.asked_by,
        task_state=step,
        revision=reading.revision,
        digest=reading.digest,
        verdict=verdict,
        note=said,
    )
    if sound is not None:
        row.voice_note.save(str(sound.name), sound, save=False)
    row.save()
    if back:
        BackTranslation.objects.create(page_id=page.pk, digest=reading.digest, text=back, by_reader=request.reader)
    finish = step.approve if verdict == Verdict.RIGHT else step.reject
    finish(user=request.reader.user, comment=_comment(row))
    return row


def _step_on(reading: Reading) -> TaskState:
    """The workflow's step for the newest revision: begun anew where somebody saved since it began."""
    step = reading.task_state
    if step.revision_id == reading.revision.pk:
        return step
    step.cancel(resume=True)
    renewed: TaskState = WorkflowState.objects.get(pk=step.workflow_state_id).current_task_state
    return renewed


def _comment(row: ReaderVerdict) -> str:
    """How the workflow's history tells it, and what the author reads when the text comes back."""
    values = {"name": row.reader.name, "note": row.note or _("(voice note)")}
    if row.verdict == Verdict.RIGHT:
        said = _("Read by %(name)s through a personal link.") % values
        return f"{said} {row.note}".strip()
    heard = _("There is a voice note, too.") if row.voice_note and row.note else ""
    said = _("%(name)s, native reader: %(note)s") % values
    return f"{said} {heard}".strip()


# --- For staff ----------------------------------------------------------------------------------------


@transaction.atomic
def write_back_translation(*, page: Any, text: str, by: Any) -> BackTranslation:
    """Store what the newest revision of ``page`` says in Vietnamese, written by a member of staff.

    :raises ValidationError: for an empty text.
    """
    said = text.strip()[:LONGEST]
    if not said:
        raise ValidationError(_("Please write what the text says."))
    return BackTranslation.objects.create(page_id=page.pk, digest=newest_digest(page), text=said, by_user=by)


def newest_digest(page: Any) -> str:
    """The digest of the newest revision of ``page``."""
    fresh = Page.objects.get(pk=page.pk).specific
    return text_digest(fresh.get_latest_revision_as_object())


def text_digest(page: Any) -> str:
    """The digest of what a reader confirms: all of the page but the libraries' texts, which change on their own."""
    return digest_of({name: said for name, said in snapshot_of(page).items() if name not in LIBRARY})


def words_of(page: Any) -> dict[str, Any]:
    """What readers said of ``page`` and what it says in Vietnamese, each with whether it holds for the newest text."""
    digest = newest_digest(page)
    verdicts = ReaderVerdict.objects.filter(request__page_id=page.pk).select_related("reader", "handed_by")
    backs = BackTranslation.objects.filter(page_id=page.pk).select_related("by_reader", "by_user")
    writers = writers_since_approval(page)
    return {
        "verdicts": [{"row": row, "holds": row.digest == digest} for row in verdicts[:10]],
        "back_translations": [
            {"row": row, "holds": row.digest == digest, "by_writer": row.by_user_id in writers} for row in backs[:10]
        ],
        "has_back_translation": any(row.digest == digest for row in backs),
        "outside": OutsideTranslation.objects.filter(page_id=page.pk).select_related("imported_by")[:10],
    }
