"""Sound in words: what was measured, whether it is good enough, and how a piece of work stands."""

import dataclasses
from typing import Any, Self

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from campaigns.models import SoundKind, SoundState, SoundWork
from campaigns.sound.programmes import FOLDER
from media.audio.measuring import Measured
from media.models import Recording
from media.sheets.spec import length_words

LOOKS = {
    SoundState.WAITING: "waiting",
    SoundState.WORKING: "going",
    SoundState.DONE: "good",
    SoundState.FAILED: "bad",
}


@dataclasses.dataclass(frozen=True)
class Heard:
    """A recording or programme as a list shows it. ``warnings``: what could be better, and how."""

    title: str
    state: str = ""
    look: str = "good"
    work: SoundWork | None = None
    recording: Recording | None = None
    address: str = ""
    opus: str = ""
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    used: bool = False
    synthetic: bool = False

    @classmethod
    def of(cls, recording: Recording, *, used: bool = False, work: SoundWork | None = None) -> Self:
        address = recording.file.url if recording.file.name else ""
        measured, damaged = measured_of(recording.measured)
        seconds = float(recording.seconds or 0)
        facts = facts_of(measured) if measured else ((length_words(seconds),) if seconds else ())
        return cls(
            recording.title,
            work=work,
            recording=recording,
            address=address,
            facts=facts,
            warnings=warnings_of(measured, damaged=damaged),
            used=used,
            synthetic=recording.synthetic,
        )


def shown_of(work: SoundWork, used: int | None = None) -> Heard:
    """A piece of work as its list shows it."""
    if work.kind != SoundKind.PROGRAMME and work.state == SoundState.DONE and work.recording is not None:
        return Heard.of(work.recording, used=work.recording_id == used, work=work)
    state, look = str(work.get_state_display()), LOOKS[SoundState(work.state)]
    if work.kind != SoundKind.PROGRAMME:
        return Heard(work.wanted.get("title") or str(work.get_kind_display()), state, look, work)
    name = f"{FOLDER}/{work.key}"
    ready = work.state == SoundState.DONE and default_storage.exists(f"{name}.mp3")
    measured, _damaged = measured_of(work.found)
    return Heard(
        programme_title(work.wanted),
        state,
        look,
        work,
        address=default_storage.url(f"{name}.mp3") if ready else "",
        opus=default_storage.url(f"{name}.opus") if ready else "",
        facts=facts_of(measured) if ready and measured else (),
        synthetic=bool(work.wanted["tags"]["synthetic"]),
    )


def programme_title(wanted: dict[str, Any]) -> str:
    if "jingle" not in wanted:
        return _("For posts: the recording, levelled")
    if wanted["times"] > 1:
        return _("For stations: with jingle, said twice")
    return _("For stations with little time: with jingle, said once")


def measured_of(data: dict[str, Any]) -> tuple[Measured | None, bool]:
    known = {field.name for field in dataclasses.fields(Measured)}
    given = {name: value for name, value in data.items() if name in known}
    return (Measured.from_json(given) if "seconds" in given else None), bool(data.get("damaged"))


def facts_of(measured: Measured) -> tuple[str, ...]:
    """Length, loudness and peak, as numbers are written in Vietnamese."""
    facts = [length_words(measured.seconds)]
    if measured.loudness is not None:
        facts.append(_("loudness %(value)s LUFS") % {"value": _number(measured.loudness)})
    if measured.peak is not None:
        facts.append(_("peak %(value)s dBTP") % {"value": _number(measured.peak)})
    return tuple(facts)


def warnings_of(measured: Measured | None, *, damaged: bool = False) -> tuple[str, ...]:
    """What could be better, each with its cure. None of it forbids using the recording."""
    found = []
    if damaged:
        found.append(_("The file arrived damaged; listen to it to its end."))
    if measured is None:
        return tuple(found)
    if measured.is_distorted:
        found.append(_("It is distorted: too loud for the microphone. Record it anew from farther away."))
    if measured.is_quiet:
        found.append(_("It is very quiet: raising it raises the noise, too. Record it anew closer to the microphone."))
    if measured.is_long_silent:
        seconds = round(max(measured.silent_start, measured.silent_end))
        found.append(_("There are %(seconds)d seconds of silence at its beginning or end.") % {"seconds": seconds})
    return tuple(found)


def _number(value: float) -> str:
    return f"{value:.1f}".replace(".", ",").replace("-", "−")
