"""How a recording comes in: brought or recorded by somebody, or a text read by a machine voice."""

import io
import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.permissions import page_permission_policy

from campaigns.messages import text_for
from campaigns.models import SoundKind, SoundWork
from campaigns.models.speech import lexicon
from campaigns.snapshots import snapshot_of
from campaigns.sound import works
from media.audio.sound import SoundError
from media.audio.uploads import Taken, look_at, take_in
from media.audio.voices import VoiceError, draft_voice, voices_for
from media.models import Recording
from media.speech import spoken


def take_upload(*, page: Any, file: Any, by: Any, about: dict[str, Any]) -> SoundWork:
    """Keep an uploaded file where nobody gets it, and have it looked through.

    :param about: title, language_tag, transcript, speaker_role and person_heard (None when nobody answered).
    :raises SoundError: for what is no recording, with the reason; nothing is kept then.
    """
    kind = look_at(file)
    file.seek(0)
    name = default_storage.save(f"{works.INCOMING}/{uuid.uuid4().hex}.{kind.extension}", file)
    try:
        # Whoever recorded part of it is one of its writers, and does not approve it (workflow.writers_since_approval).
        if by is not None:
            log(instance=page, action="wagtail.edit", user=by)
        return works.start(
            SoundWork.objects.create(kind=SoundKind.UPLOAD, page_id=page.pk, source=name, wanted=about, created_by=by)
        )
    except Exception:
        default_storage.delete(name)
        raise


def ask_voice(*, page: Any, voice: str, by: Any) -> SoundWork:
    """Have the loudspeaker text of the page's draft read by a machine.

    :raises SoundError: where nothing is to be read, or no such voice has the language.
    """
    language = page.locale.language_code
    if voice not in {one.key for one in voices_for(language)}:
        raise SoundError("no-voice", _("There is no machine voice in this language. Record a person."))
    if not text_to_read(page).strip():
        raise SoundError("no-text", _("There is no text to read yet. Write it first."))
    return works.start(
        SoundWork.objects.create(kind=SoundKind.VOICE, page_id=page.pk, wanted={"voice": voice}, created_by=by)
    )


def may_record(page: Any, user: Any) -> bool:
    """Whether ``user`` writes in ``page``, now. An approver may open the editor, but not record what they approve."""
    allowed = page.permissions_for_user(user)
    writes = page_permission_policy.user_has_permission_for_instance(user, "change", page)
    return bool(writes and allowed.can_edit() and not allowed.page_locked())


def text_to_read(page: Any) -> str:
    """The text for loudspeakers of the page's newest draft."""
    return text_for(snapshot_of(page.get_latest_revision_as_object()), "spoken", None)


def use_in(*, page: Any, recording: Recording, by: Any) -> None:
    """Put the recording into the page's draft, as its editor would.

    :raises PermissionDenied: for whoever may not write in the page now.
    """
    if not may_record(page, by):
        raise PermissionDenied
    draft = page.get_latest_revision_as_object()
    if draft.recording_id == recording.pk:
        return
    draft.recording = recording
    draft.save_revision(user=by, log_action="wagtail.edit")
    for work in SoundWork.objects.filter(recording=recording, kind=SoundKind.UPLOAD).exclude(created_by=None):
        log(instance=page, action="wagtail.edit", user=work.created_by)


def make_upload(work: SoundWork, progress: Callable[[float], None]) -> None:
    """The worker's part of an upload: check, measure, encode, store; then the file that came in goes."""
    _drop_half_made(work)
    with default_storage.open(work.source, "rb") as source:
        data = source.read()
    try:
        taken = take_in(io.BytesIO(data), progress)
    except SoundError:
        _forget_source(work)
        raise
    _store(work, taken, work.wanted)
    _forget_source(work)


def make_voice(work: SoundWork, progress: Callable[[float], None]) -> None:
    """The worker's part of a reading by a machine."""
    _drop_half_made(work)
    assert work.page is not None
    page = work.page.specific
    text = text_to_read(page)
    voice = draft_voice(work.wanted["voice"])
    if not spoken(text, lexicon()).strip():
        raise VoiceError(_("There is no text to read yet. Write it first."))
    sound = voice.say(spoken(text, lexicon()))
    about = {
        "title": _("%(title)s (machine voice)") % {"title": page.draft_title or page.title},
        "language_tag": page.locale.language_code,
        "transcript": text,
        "speaker_role": voice.name,
        "person_heard": False,
    }
    _store(work, take_in(io.BytesIO(sound.wav()), progress), about, synthetic=True)


def _store(work: SoundWork, taken: Taken, about: dict[str, Any], *, synthetic: bool = False) -> None:
    """Write the recording and say so in the work, both or none. The file's name is kept first, to be found."""
    name = f"{uuid.uuid4().hex}.mp3"
    SoundWork.objects.filter(pk=work.pk).update(found={"file": name})
    recording = Recording(
        **{**about, "title": about["title"][:255]},
        file=ContentFile(taken.mp3, name=name),
        seconds=round(taken.measured.seconds, 2),
        synthetic=synthetic,
        measured={**taken.measured.as_json(), "damaged": taken.damaged},
    )
    with transaction.atomic():
        recording.save()
        SoundWork.objects.filter(pk=work.pk).update(recording=recording)


def _drop_half_made(work: SoundWork) -> None:
    """A worker killed while it wrote left a file that no recording has."""
    name = work.found.get("file")
    if not name or Recording.objects.filter(file__endswith=f"/{name}").exists():
        return
    for year in default_storage.listdir("recordings")[0] if default_storage.exists("recordings") else ():
        default_storage.delete(f"recordings/{year}/{name}")


def _forget_source(work: SoundWork) -> None:
    default_storage.delete(work.source)
    SoundWork.objects.filter(pk=work.pk).update(source="")
