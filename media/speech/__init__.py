"""Reading Vietnamese aloud: what is said, how long it takes, where to breathe."""

from media.speech.breaths import breaths
from media.speech.reading import reading_speed, seconds, spoken

__all__ = ["breaths", "reading_speed", "seconds", "spoken"]
