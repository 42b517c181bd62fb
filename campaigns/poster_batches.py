"""Many posters of one content (languages × forms × communes) as one zip, made by a worker.

What is drawn is kept until the zip is whole: cut short, the work goes on where it was. One worker
holds a batch at a time, by a lease that it renews with each poster; the zip appears whole or not at all.
"""

import dataclasses
import datetime as dt
import logging
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Approval, BatchState, PosterBatch, TargetGroup
from campaigns.models import Place as Unit
from campaigns.posters import REFUSALS, CannotDraw, Wanted, key_of, poster_spec, sources, tracked_addresses
from media.posters import FORMS, render_to
from media.sheets.bundle import ascii_name

logger = logging.getLogger(__name__)
MOST = 2000
LEASE = dt.timedelta(minutes=3)
# A hint that has not arrived by then got lost.
FIRST_HINT = dt.timedelta(seconds=20)
# Seconds of drawing before other tasks of the worker have their turn.
SLICE = 5.0
# Outside the folders that are served to the public (cms/uploads.py).
FOLDER = "posters"
FAILURES_FILE = "khong-lam-duoc.txt"


class Taken(Exception):
    """Somebody else works on the batch now, or stopped it."""


@dataclasses.dataclass(frozen=True)
class Job:
    """One poster of a batch. ``pdf``: for a print shop."""

    source: Approval
    wanted: Wanted
    pdf: bool

    @property
    def name(self) -> str:
        """In the zip: one folder for each language and form, plain ASCII for any machine."""
        place = self.wanted.place
        where = f"{ascii_name(place.name)}-{place.code}" if place else "chung"
        ending = "pdf" if self.pdf else "png" if FORMS[self.wanted.form].print else "jpg"
        return f"{self.source.language.code}/{self.wanted.form}/{where}.{ending}"


@transaction.atomic
def order(*, page: Any, by: Any, wanted: dict[str, Any]) -> PosterBatch:
    """Ask for a batch. ``wanted``: languages, forms, layout, group (key or ""), places (numbers), pdf.

    :raises ValidationError: for none, or more than :data:`MOST`.
    """
    total = len(wanted["languages"]) * len(wanted["forms"]) * max(1, len(wanted["places"]))
    if not 0 < total <= MOST:
        text = _("Choose at least one language and one form, and at most %(most)d posters: these are %(total)d.")
        raise ValidationError(text % {"most": MOST, "total": total})
    batch = PosterBatch.objects.create(page_id=page.pk, created_by=by, wanted=wanted, total=total)
    transaction.on_commit(lambda: queue(batch.pk), robust=True)
    return batch


def queue(batch_id: int) -> None:
    """Tell a worker. The database keeps what is to be done: a lost hint is given again (:func:`take_up_left`)."""
    from campaigns.tasks import make_posters

    try:
        make_posters.apply_async([batch_id], retry=False, ignore_result=True)
    except Exception as error:
        logger.warning("the broker did not take a batch of posters: %s", type(error).__name__)


def stop(batch: PosterBatch) -> bool:
    """End an open batch; whoever works on it notices at the next poster."""
    open_states = (BatchState.WAITING, BatchState.WORKING)
    stopped = PosterBatch.objects.filter(pk=batch.pk, state__in=open_states).update(state=BatchState.STOPPED)
    if stopped:
        shutil.rmtree(_folder(batch), ignore_errors=True)
    return bool(stopped)


def take_up_left(batch_id: int | None = None) -> int:
    """Give the hint again for what nobody works on, or for one batch: beat does, and whoever looks at it."""
    now = timezone.now()
    silent = Q(claimed_until__lt=now) | Q(claimed_until=None, created_at__lt=now - FIRST_HINT)
    left = PosterBatch.objects.filter(silent, state__in=(BatchState.WAITING, BatchState.WORKING))
    if batch_id is not None:
        left = left.filter(pk=batch_id)
    given = 0
    for pk in list(left.values_list("pk", flat=True)):
        # The hint has the time of a lease to arrive: whoever looks meanwhile gives no second one.
        if left.filter(pk=pk).update(state=BatchState.WAITING, claimed_until=now + LEASE):
            queue(pk)
            given += 1
    return given


def path_of(batch: PosterBatch) -> Path:
    """The finished zip."""
    return Path(settings.MEDIA_ROOT) / FOLDER / batch.file


def objection(batch: PosterBatch) -> str:
    """Why a finished batch may not be given out any more; empty when it may: what it rests on still stands."""
    found = {code: approval.pk for code, approval in sources(batch.page).items()}
    made_of = batch.wanted.get("made_of", {})
    if gone := [code for code, number in made_of.items() if found.get(code) != number]:
        return _("The text was recalled or has to be approved anew (%(languages)s).") % {"languages": ", ".join(gone)}
    if batch.wanted["layout"] == "photo":
        for job in _jobs(batch, places=False):
            try:
                poster_spec(job.source, job.wanted)
            except CannotDraw as error:
                return str(error)
            except REFUSALS:
                continue
    return ""


# --- the worker's part --------------------------------------------------------------------------------


def make(batch_id: int, *, seconds: float = SLICE) -> bool:
    """Draw what is missing, for about ``seconds``; zip it when nothing is. False when somebody else does so.

    What is left over goes to the end of the queue, so that no message waits behind two thousand posters.
    """
    lease = _claim(batch_id)
    if lease is None:
        return False
    batch = PosterBatch.objects.select_related("page").get(pk=batch_id)
    claim = _Claim(batch, lease)
    try:
        if _draw(claim, monotonic() + seconds):
            _finish(claim)
        else:
            claim.renew(state=BatchState.WAITING)
            queue(batch_id)
    except Taken:
        return False
    except Exception as error:
        logger.exception("batch of posters %s failed", batch_id)
        why = _("Something went wrong on the server (%(kind)s). Try again, or tell the administrator.")
        _end(claim, BatchState.FAILED, why=why % {"kind": type(error).__name__})
    return True


@dataclasses.dataclass
class _Claim:
    """The right to work on a batch, renewed with each poster."""

    batch: PosterBatch
    until: dt.datetime

    def renew(self, **values: Any) -> None:
        """Keep the lease and note the progress.

        :raises Taken: when the batch was stopped or taken over.
        """
        new = timezone.now() + LEASE
        mine = PosterBatch.objects.filter(pk=self.batch.pk, state=BatchState.WORKING, claimed_until=self.until)
        if not mine.update(claimed_until=new, **values):
            raise Taken
        self.until = new


def _claim(batch_id: int) -> dt.datetime | None:
    now = timezone.now()
    cut_short = Q(state=BatchState.WORKING) & (Q(claimed_until__lt=now) | Q(claimed_until=None))
    rows = PosterBatch.objects.filter(Q(state=BatchState.WAITING) | cut_short, pk=batch_id)
    until = now + LEASE
    return until if rows.update(state=BatchState.WORKING, claimed_until=until) else None


def _jobs(batch: PosterBatch, *, places: bool = True) -> Iterator[Job]:
    """Every poster that the batch asks for and a standing approval allows."""
    wanted, found = batch.wanted, sources(batch.page)
    group = TargetGroup.objects.filter(key=wanted["group"]).first() if wanted["group"] else None
    units: list[Unit | None] = list(Unit.objects.filter(pk__in=wanted["places"]).order_by("code", "pk"))
    for code in wanted["languages"]:
        for form in wanted["forms"] if code in found else ():
            for unit in (units or [None]) if places else [None]:
                one = Wanted(form, wanted["layout"], group, unit)
                yield Job(found[code], one, bool(wanted["pdf"]) and FORMS[form].print)


def _draw(claim: _Claim, until: float) -> bool:
    """Go on drawing until all are there (True) or the time is over."""
    batch, jobs = claim.batch, list(_jobs(claim.batch))
    _begin(claim, jobs)
    addresses = _addresses(jobs[batch.done :])
    while batch.done < len(jobs):
        job = jobs[batch.done]
        try:
            spec = poster_spec(job.source, job.wanted, address=addresses[key_of(job.source, job.wanted)])
            target = _folder(batch) / job.name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(render_to(spec, _folder(batch), pdf=job.pdf), target)
        except REFUSALS as error:
            batch.failures.append(f"{job.name}: {error}")
        batch.done += 1
        claim.renew(done=batch.done, failures=batch.failures)
        if monotonic() > until:
            break
    return batch.done >= len(jobs)


def _begin(claim: _Claim, jobs: list[Job]) -> None:
    """Start anew when the texts were approved anew since: one zip never mixes two versions."""
    batch, made_of = claim.batch, {job.source.language.code: job.source.pk for job in jobs}
    if batch.wanted.get("made_of") == made_of:
        return
    shutil.rmtree(_folder(batch), ignore_errors=True)
    missing = [code for code in batch.wanted["languages"] if code not in made_of]
    batch.failures = [f"{code}: " + _("No version in this language is approved.") for code in missing]
    batch.wanted, batch.done = {**batch.wanted, "made_of": made_of}, 0
    claim.renew(wanted=batch.wanted, done=0, failures=batch.failures, total=len(jobs))


def _addresses(jobs: list[Job]) -> dict[str, str]:
    addresses: dict[str, str] = {}
    for source in {job.source.pk: job.source for job in jobs}.values():
        addresses |= tracked_addresses(source, [job.wanted for job in jobs if job.source.pk == source.pk])
    return addresses


def _finish(claim: _Claim) -> None:
    batch = claim.batch
    files = {path.relative_to(_folder(batch)).as_posix(): path for path in _folder(batch).glob("*/*/*")}
    if not files:
        _end(claim, BatchState.FAILED, why=batch.failures[0] if batch.failures else "")
        return
    if why := objection(batch):  # recalled while it was made
        _end(claim, BatchState.FAILED, why=why)
        return
    claim.renew()
    # A name of its own for each that finishes: whoever comes too late takes nobody else's away.
    name = f"loa-ap-phich-{batch.pk}-{claim.until:%H%M%S%f}.zip"
    target = Path(settings.MEDIA_ROOT) / FOLDER / name
    unfinished = target.with_name(f".{name}.{os.getpid()}")
    try:
        _write_zip(unfinished, files, batch.failures)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    if not _end(claim, BatchState.DONE, file=name):
        target.unlink(missing_ok=True)


def _write_zip(target: Path, files: dict[str, Path], failures: list[str]) -> None:
    """Pictures are packed as they are: they do not shrink any more."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(files.items()):
            archive.write(path, name)
        if failures:
            archive.writestr(FAILURES_FILE, "\r\n".join(failures))


def _end(claim: _Claim, state: str, **values: Any) -> bool:
    """Close a batch that is still ours, and drop what was drawn for it. False when it is somebody else's."""
    try:
        claim.renew(state=state, **values)
    except Taken:
        open_states = (BatchState.WAITING, BatchState.WORKING)
        if not PosterBatch.objects.filter(pk=claim.batch.pk, state__in=open_states).exists():
            # Stopped; a poster may have been drawn after its folder went.
            shutil.rmtree(_folder(claim.batch), ignore_errors=True)
        return False
    shutil.rmtree(_folder(claim.batch), ignore_errors=True)
    return True


def _folder(batch: PosterBatch) -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER / f"lot-{batch.pk}"
