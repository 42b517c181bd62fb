"""Reading Vietnamese aloud: what is said, how long it takes, where to breathe."""

from media.speech.breaths import breaths
from media.speech.reading import seconds, spoken

__all__ = ["breaths", "seconds", "spoken"]
