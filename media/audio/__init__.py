"""Sound for loudspeakers. So far: draft voices (`media.audio.voices`)."""
