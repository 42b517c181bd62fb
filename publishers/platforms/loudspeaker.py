"""A village or commune loudspeaker station.

Sent means: sheet and audio are ready and the station can reach them. Played is another thing: a play
confirmed by the operator.
"""

from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from media.speech import seconds, spoken
from publishers.errors import Transient
from publishers.local import LocalPlatform
from publishers.message import Measure, Message, Problem, Receipt, has_words
from publishers.platform import Explanation, Job, Option, Step, Wire


class LoudspeakerPlatform(LocalPlatform):
    name = "loudspeaker"
    label = _("Loudspeaker station")
    form = "station"
    text = "spoken"
    recall_by_people = _("not to play it")
    options = (
        Option("slots", _("daily slots"), _("times like 05:15, 17:30"), required=False),
        Option("max_minutes", _("longest programme in minutes"), required=False),
    )

    explanations = {
        "sound-not-ready": Explanation(
            _("The sound file is still being made."),
            _("Loa tries again by itself. If it lasts, look at the content's page “Sound”."),
        ),
    }

    async def perform(self, step: Step, job: Job, wire: Wire) -> Receipt:
        """:raises Transient: while the sound that the message names is not there to be fetched."""
        audio = job.message.audio
        if job.kind == "publish" and audio and audio.name and not default_storage.exists(audio.name):
            raise Transient("sound-not-ready", audio.name)
        return await super().perform(step, job, wire)

    def compose(self, message: Message) -> list[Any]:
        """The text as a reader says it, or for a spoken-only language the transcript of the recording."""
        return [spoken(message.text)] if message.language == "vi" else [message.text]

    def measures(self, message: Message, options: dict[str, Any]) -> list[Measure]:
        """How long it takes on air, against what the station allows."""
        limit = round(float(message.details.get("max_minutes") or 0) * 60)
        return [Measure(_("time on air"), round(self.length(message)), limit, _("seconds"))]

    def length(self, message: Message) -> float:
        """Seconds on air: the recording's, else those of reading the text."""
        return message.audio.seconds if message.audio else seconds(self.compose(message)[0])

    def problems(self, message: Message) -> list[Problem]:
        if not has_words(message.text) and message.audio is None:
            return [Problem("empty", str(_("There is neither a text to read aloud nor a recording.")))]
        limit = float(message.details.get("max_minutes") or 0) * 60
        length = self.length(message)
        if limit and length > limit:
            text = _("It takes %(length)d seconds; the station allows %(limit)d.")
            return [Problem("too-long", str(text % {"length": length, "limit": limit}))]
        return []


platform = LoudspeakerPlatform()
