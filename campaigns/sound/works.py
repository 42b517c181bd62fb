"""Work on sound, done by workers: one piece at a time on the whole site, so that messages keep their turn.

The database says what is to be done; the broker is a hint. Whoever works holds a lease and renews it with the
progress; cut short, the work is done anew from its source, and what was half made is thrown away.
"""

import datetime as dt
import logging
import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import SoundKind, SoundState, SoundWork
from media.audio.sound import SoundError
from media.audio.voices import VoiceError

logger = logging.getLogger(__name__)
LEASE = dt.timedelta(minutes=3)
MOST_TRIES = 3
# Not served to anybody (cms/uploads.py): what came in and was not looked through yet.
INCOMING = "incoming-sound"
KEPT_INCOMING = dt.timedelta(days=1)
_RENEW_SECONDS = 1.0


class Taken(Exception):
    """Somebody else works on it now, or it was taken back."""


Make = Callable[[SoundWork, Callable[[float], None]], None]


def start(work: SoundWork) -> SoundWork:
    """Tell a worker once the row is there."""
    transaction.on_commit(lambda: queue(work.pk), robust=True)
    return work


def queue(work_id: int) -> None:
    """Give the hint. A lost one is given again by beat, and by whoever looks at the screen."""
    from campaigns.tasks import make_sound

    try:
        make_sound.apply_async([work_id], retry=False, ignore_result=True)
    except Exception as error:
        logger.warning("the broker did not take work on sound: %s", type(error).__name__)


def run(work_id: int) -> bool:
    """Do one piece of work. False when somebody else is at it, or at another one."""
    lease = _claim(work_id)
    if lease is None:
        return False
    work = SoundWork.objects.get(pk=work_id)
    claim = _Claim(work, lease)
    try:
        _make_of(work.kind)(work, claim.share)
        claim.end(SoundState.DONE)
    except Taken:
        return False
    except (SoundError, VoiceError, ValueError) as error:
        claim.end(SoundState.FAILED, str(error) or type(error).__name__)
    except OSError as error:
        claim.end(SoundState.FAILED, _("The file could not be read or written. Tell your technician."))
        logger.warning("work on sound %s: %s", work_id, error)
    finally:
        _queue_next()
    return True


def run_waiting() -> int:
    """What beat does: take up what was cut short or whose hint was lost. Returns how many were done."""
    tidy()
    done = 0
    for pk in _open().order_by("created_at").values_list("pk", flat=True)[:5]:
        done += run(pk)
    return done


def tidy() -> None:
    """Throw away what came in a day ago and belongs to nothing, and what a killed worker left half written."""
    tidy_parts(Path(settings.MEDIA_ROOT) / "programmes")
    folder = Path(settings.MEDIA_ROOT) / INCOMING
    if not folder.is_dir():
        return
    limit = (timezone.now() - KEPT_INCOMING).timestamp()
    old = [file for file in folder.iterdir() if file.stat().st_mtime < limit]
    wanted = set(SoundWork.objects.exclude(source="").values_list("source", flat=True)) if old else set()
    for file in old:
        if f"{INCOMING}/{file.name}" not in wanted:
            file.unlink(missing_ok=True)


def tidy_parts(folder: Path) -> None:
    """Files that were begun an hour ago and never got their name."""
    limit = (timezone.now() - dt.timedelta(hours=1)).timestamp()
    for part in folder.glob(".*.part"):
        if part.stat().st_mtime < limit:
            part.unlink(missing_ok=True)


def write_whole(name: str, data: bytes) -> None:
    """Store a file under ``name`` in the uploads, whole or not at all, whatever happens meanwhile."""
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _make_of(kind: str) -> Make:
    from campaigns.sound import intake, programmes

    makers: dict[str, Make] = {
        SoundKind.UPLOAD: intake.make_upload,
        SoundKind.VOICE: intake.make_voice,
        SoundKind.PROGRAMME: programmes.make,
    }
    return makers[kind]


def _open() -> "QuerySet[SoundWork]":
    gone = Q(claimed_until=None) | Q(claimed_until__lt=timezone.now())
    return SoundWork.objects.filter(Q(state=SoundState.WAITING) | Q(state=SoundState.WORKING) & gone)


def _claim(work_id: int) -> dt.datetime | None:
    """The lease, or None where the work is not open, or any other piece is at work."""
    now = timezone.now()
    until = now + LEASE
    with transaction.atomic():
        if SoundWork.objects.filter(state=SoundState.WORKING, claimed_until__gt=now).exists():
            return None
        row = _open().filter(pk=work_id).first()
        if row is None:
            return None
        if row.tries >= MOST_TRIES:
            why = _("It was tried %(count)d times and cut short each time. Tell your technician.")
            _open().filter(pk=work_id).update(state=SoundState.FAILED, why=why % {"count": row.tries})
            return None
        taken = _open().filter(pk=work_id, tries=row.tries)
        changed = taken.update(state=SoundState.WORKING, claimed_until=until, percent=0, tries=row.tries + 1)
    return until if changed else None


def _queue_next() -> None:
    following = _open().order_by("created_at").values_list("pk", flat=True).first()
    if following is not None:
        queue(following)


class _Claim:
    """The lease on one piece of work."""

    def __init__(self, work: SoundWork, lease: dt.datetime) -> None:
        self.work, self.lease, self.told = work, lease, monotonic()

    def share(self, share: float) -> None:
        """Keep the progress, at most once a second, and the lease with it.

        :raises Taken: when the lease is lost.
        """
        if monotonic() - self.told < _RENEW_SECONDS:
            return
        self.told = monotonic()
        self._update(percent=min(99, round(100 * share)), claimed_until=timezone.now() + LEASE)

    def end(self, state: str, why: str = "") -> None:
        try:
            self._update(state=state, why=why, percent=100 if state == SoundState.DONE else 0, claimed_until=None)
        except Taken:
            logger.warning("work on sound %s was taken over", self.work.pk)

    def _update(self, *, claimed_until: dt.datetime | None, **values: object) -> None:
        mine = SoundWork.objects.filter(pk=self.work.pk, state=SoundState.WORKING, claimed_until=self.lease)
        if not mine.update(claimed_until=claimed_until, **values):
            raise Taken
        self.lease = claimed_until or self.lease
