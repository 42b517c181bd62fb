"""One rendering of an approved content as a file: poster, card, read-aloud sheet or sound (``manage.py render``)."""

import dataclasses
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from campaigns.cards import campaign_of
from campaigns.messages import text_for
from campaigns.models import Approval, TargetGroup
from campaigns.models.speech import lexicon
from campaigns.posters import CannotDraw, Wanted, poster_spec, tracked_address
from campaigns.previews.pages import as_platform
from campaigns.previews.sheet import spec_of
from campaigns.snapshots import medium_of
from media.audio.voices import VoiceError, draft_voice
from media.models import Recording
from media.posters import FORMS, render, render_pdf
from media.sheets import SheetSpec, render_docx
from media.sheets import render_pdf as sheet_pdf
from media.speech import spoken

LOUDSPEAKER = "loudspeaker"
VIETNAMESE = "vi"


@dataclasses.dataclass(frozen=True)
class Ask:
    """What is rendered: which approved version, for which group, in which layout."""

    source: Approval
    group: TargetGroup | None = None
    layout: str = "colour"
    pdf: bool = False


def forms() -> dict[str, Callable[[Ask], bytes]]:
    """Every form by its name on the command line."""
    found: dict[str, Callable[[Ask], bytes]] = {}
    for name, form in FORMS.items():
        found[name if form.print else f"card-{name}"] = _poster_in(name)
    return {**found, "sheet-pdf": _sheet_pdf, "sheet-docx": _sheet_docx, "audio": _audio}


def _poster_in(form: str) -> Callable[[Ask], bytes]:
    def made(ask: Ask) -> bytes:
        wanted = Wanted(form, ask.layout, ask.group)
        spec = poster_spec(ask.source, wanted, address=tracked_address(ask.source, wanted))
        return (render_pdf if ask.pdf else render)(spec).data

    return made


def _sheet_spec(ask: Ask) -> SheetSpec:
    """The sheet that any station would get, without a time of its own."""
    shown = as_platform(ask.source, LOUDSPEAKER, ask.group)
    return spec_of(shown, campaign_of(ask.source))


def _sheet_pdf(ask: Ask) -> bytes:
    return sheet_pdf(_sheet_spec(ask))


def _sheet_docx(ask: Ask) -> bytes:
    return render_docx(_sheet_spec(ask))


def _audio(ask: Ask) -> bytes:
    """The approved recording as it is; of a Vietnamese text without one a draft voice, marked as synthetic.

    :raises CannotDraw: for another language without a recording, or a machine without a voice.
    """
    facts = medium_of(ask.source.snapshot, "recording")
    if facts:
        return _recorded(facts)
    if ask.source.language.code != VIETNAMESE:
        raise CannotDraw(_("This version has no recording, and only Vietnamese has a draft voice."))
    text = text_for(ask.source.snapshot, "spoken", ask.group.key if ask.group else None)
    try:
        return draft_voice().say(spoken(text, lexicon())).wav(ask.source.snapshot["title"])
    except VoiceError as error:
        raise CannotDraw(str(error)) from error


def _recorded(facts: dict[str, Any]) -> bytes:
    recording = Recording.objects.filter(pk=facts["id"]).first()
    if recording is None or (facts.get("hash") and recording.file_digest() != facts["hash"]):
        raise CannotDraw(_("The recording is not the one that was approved. Have the content approved anew."))
    with recording.file.open("rb") as file:
        data: bytes = file.read()
    return data
