"""The sound that an approval sends out: a programme for stations, the levelled recording for posts.

Which file it will be is known before it is made, from a digest of everything it is made of: a message can name it,
and the same programme is made once for a hundred stations.
"""

import dataclasses
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from campaigns.cards import card_for
from campaigns.models import Approval, Campaign, SoundKind, SoundPiece, SoundState, SoundWork
from campaigns.snapshots import medium_of
from campaigns.sound import works
from media.audio import programme
from media.audio.jingle import SECONDS, jingle
from media.audio.kinds import behind_tag
from media.audio.programme import Piece, Target
from media.audio.sound import SoundError
from media.audio.tags import Tags, id3
from media.audio.voices import draft_voice
from media.models import Recording
from media.speech import seconds as seconds_of
from publishers.message import Attachment

FOLDER = "programmes"
GREETING = "Kính thưa bà con và các bạn!"
_GREETS = ("kính thưa", "kính mời", "kính chào", "thưa", "xin chào", "chào", "mời")
TIMES = 2
_COVER_EDGE = 480


@dataclasses.dataclass(frozen=True)
class Plan:
    """A programme as it is to be made. ``wanted`` is plain data; ``seconds`` how long it will take on air."""

    approval_id: int
    recording_id: int
    seconds: float
    wanted: dict[str, Any]

    @property
    def key(self) -> str:
        given = json.dumps([programme.VERSION, self.wanted], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(given.encode()).hexdigest()

    @property
    def name(self) -> str:
        return f"{FOLDER}/{self.key}.mp3"

    @property
    def is_ready(self) -> bool:
        return default_storage.exists(self.name)

    def attachment(self) -> Attachment:
        url = f"{settings.SITE_URL}{default_storage.url(self.name)}"
        return Attachment(name=self.name, url=url, mime="audio/mpeg", seconds=round(self.seconds, 1))


def plan_of(approval: Approval, *, station: bool, most_seconds: float = 0) -> Plan | None:
    """What is made of the approval's recording; None where it has none.

    :param station: with jingle, greeting and repeat; else the recording alone, levelled.
    :param most_seconds: of a station; what does not fit twice is said once. 0 for no limit.
    """
    recording = recording_of(approval)
    if recording is None or recording.seconds is None:
        return None
    snapshot = approval.snapshot
    campaign = Campaign.objects.select_related("lead").filter(pk=snapshot.get("campaign") or 0).first()
    card = card_for(approval, "square", draw=False)
    wanted: dict[str, Any] = {
        "recording": recording.file_digest(),
        "target": [settings.LOA_SOUND_LUFS, settings.LOA_SOUND_PEAK],
        "cover": card.name if card else "",
        "tags": {
            "title": snapshot["title"],
            "unit": str(campaign.lead) if campaign and campaign.lead else "",
            "campaign": campaign.name if campaign else "",
            "language": approval.language.code,
            "synthetic": recording.synthetic,
        },
        "times": 1,
    }
    if not station:
        return Plan(approval.pk, recording.pk, float(recording.seconds), wanted)
    wanted["jingle"], around = _jingle(campaign, approval)
    wanted["greeting"], before = _greeting(campaign, approval, recording)
    lengths = {
        times: programme.length(jingle=around, greeting=before, body=float(recording.seconds), times=times)
        for times in (1, TIMES)
    }
    wanted["times"] = TIMES if not most_seconds or lengths[TIMES] <= most_seconds else 1
    return Plan(approval.pk, recording.pk, lengths[wanted["times"]], wanted)


def recording_of(approval: Approval) -> Recording | None:
    """The recording that was approved, if it still is the same one and there."""
    facts = medium_of(approval.snapshot, "recording")
    found = Recording.objects.filter(pk=facts["id"]).first() if facts else None
    return found if found is not None and found.file.name else None


def own_piece(kind: str, campaign: Campaign | None, approval: Approval) -> SoundPiece | None:
    """The own jingle or greeting that fits best: of the campaign before general, of the language before any."""
    fits = SoundPiece.objects.filter(Q(campaign=None) | Q(campaign=campaign), kind=kind)
    rows = list(fits.filter(Q(language=None) | Q(language=approval.language)))
    rows.sort(key=lambda row: (row.campaign_id is None, row.language_id is None, -row.pk))
    return rows[0] if rows else None


def _jingle(campaign: Campaign | None, approval: Approval) -> tuple[dict[str, Any], float]:
    own = own_piece(SoundPiece.JINGLE, campaign, approval)
    return ({"file": own.file, "sha256": own.sha256}, own.seconds) if own else ({"made": 1}, SECONDS)


def _greeting(campaign: Campaign | None, approval: Approval, recording: Recording) -> tuple[Any, float]:
    """An own greeting; else, before a machine's voice, one in the same voice, unless the text greets by itself."""
    own = own_piece(SoundPiece.GREETING, campaign, approval)
    if own:
        return {"file": own.file, "sha256": own.sha256}, own.seconds
    if not recording.synthetic or approval.language.code != "vi":
        return None, 0.0
    if recording.transcript.strip().lower().startswith(_GREETS):
        return None, 0.0
    return {"say": GREETING, "voice": settings.LOA_VOICE}, seconds_of(GREETING)


def order(plan: Plan) -> SoundWork | None:
    """Have the programme made, unless it is there or on its way. Within a transaction: told when it is committed."""
    if plan.is_ready:
        return None
    values = {"kind": SoundKind.PROGRAMME, "approval_id": plan.approval_id, "recording_id": plan.recording_id}
    work, created = SoundWork.objects.get_or_create(key=plan.key, defaults={**values, "wanted": plan.wanted})
    if not created and not work.is_open:
        fresh = {"state": SoundState.WAITING, "tries": 0, "why": "", "percent": 0, "approval_id": plan.approval_id}
        SoundWork.objects.filter(pk=work.pk, state=work.state).update(**fresh)
    return works.start(work)


def order_for(approval: Approval) -> None:
    """What every approval with a recording will need: made at once, so that a posting finds it ready."""
    for station in (True, False):
        plan = plan_of(approval, station=station)
        if plan is not None:
            order(plan)


def close(recordings: Iterable[Recording]) -> None:
    """Take away what was made of recordings that may not be heard any more."""
    made = SoundWork.objects.filter(kind=SoundKind.PROGRAMME, recording__in=list(recordings))
    keys = list(made.values_list("key", flat=True))
    why = _("The recording was withdrawn.")
    made.update(state=SoundState.FAILED, why=why, claimed_until=None)
    for key in keys:
        for ending in ("mp3", "opus"):
            default_storage.delete(f"{FOLDER}/{key}.{ending}")


def make(work: SoundWork, progress: Callable[[float], None]) -> None:
    """The worker's part. The files appear whole, the MP3 last: where it is, the other one is, too.

    :raises SoundError: when the approval or the recording does not stand any more, or cannot be levelled.
    """
    refuse_fallen(work)
    wanted, recording = work.wanted, work.recording
    assert recording is not None
    with recording.file.open("rb") as file:
        body = programme.of_file(file.read())
    pieces = programme.in_order(
        jingle=_piece(wanted.get("jingle")), greeting=_piece(wanted.get("greeting")), body=body, times=wanted["times"]
    )
    tags = Tags(**wanted["tags"], cover=_cover(work))
    done = programme.assemble(pieces, tags, Target(*wanted["target"]), progress)
    found = {**done.measured.as_json(), "bytes": len(done.mp3)}
    SoundWork.objects.filter(pk=work.pk).update(found=found)
    refuse_fallen(SoundWork.objects.get(pk=work.pk))
    works.write_whole(f"{FOLDER}/{work.key}.opus", done.opus)
    works.write_whole(f"{FOLDER}/{work.key}.mp3", done.mp3)
    # Withdrawn between the last look and the last byte: whoever withdrew saw no file to take away.
    try:
        refuse_fallen(SoundWork.objects.get(pk=work.pk))
    except SoundError:
        assert work.recording is not None
        close([work.recording])
        raise


def refuse_fallen(work: SoundWork) -> None:
    """:raises SoundError: when what the programme rests on was withdrawn, changed or taken away."""
    approval, recording = work.approval, work.recording
    if approval is None or approval.withdrawn_at is not None or work.state == SoundState.FAILED:
        raise SoundError("withdrawn", _("The approval was withdrawn."))
    if approval.expires_at is not None and approval.expires_at <= timezone.now():
        raise SoundError("withdrawn", _("The approval has expired."))
    if recording is None or recording.file_digest() != work.wanted["recording"]:
        raise SoundError("changed", _("The recording was changed after the approval."))


def _piece(said: dict[str, Any] | None) -> Piece | None:
    if not said:
        return None
    if "made" in said:
        return programme.of_samples(jingle())
    if "say" in said:
        return programme.of_file(draft_voice(said["voice"]).say(said["say"]).wav())
    with default_storage.open(said["file"], "rb") as file:
        return programme.of_file(file.read())


def _cover(work: SoundWork) -> bytes:
    """The content's square card, small enough for a receiver's memory."""
    assert work.approval is not None
    card = card_for(work.approval, "square") if work.wanted.get("cover") else None
    if card is None:
        return b""
    with default_storage.open(card.name, "rb") as file, Image.open(file) as picture:
        small = picture.convert("RGB")
        small.thumbnail((_COVER_EDGE, _COVER_EDGE))
        target = io.BytesIO()
        small.save(target, "JPEG", quality=80)
    return target.getvalue()


def for_station(name: str, data: bytes, station: str) -> bytes:
    """A programme's MP3 with the station's own name in its tag; other files as they are."""
    folder, _slash, rest = name.partition("/")
    work = SoundWork.objects.filter(key=rest.removesuffix(".mp3")).first() if folder == FOLDER else None
    if work is None or not name.endswith(".mp3"):
        return data
    return id3(Tags(**work.wanted["tags"], station=station)) + data[behind_tag(data[:10]) :]


def again(work: SoundWork) -> None:
    """Try a programme once more that could not be made."""
    fresh = {"state": SoundState.WAITING, "tries": 0, "why": "", "percent": 0}
    if SoundWork.objects.filter(pk=work.pk, state=SoundState.FAILED).update(**fresh):
        works.start(work)
