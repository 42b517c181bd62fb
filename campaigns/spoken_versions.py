"""The version of a language that is only spoken: a recording in that language, with its words in Vietnamese."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from campaigns.models import Language


def missing_in_spoken(code: str, recording: Any) -> list[str]:
    """What a version in the language ``code`` still lacks; empty for a written language.

    :param recording: the version's ``media.Recording``, or None.
    """
    language = Language.objects.filter(code=code, spoken_only=True).first()
    if language is None:
        return []
    name = {"language": language.name_vi}
    if recording is None:
        return [_("%(language)s is only spoken: its version needs a recording.") % name]
    missing = []
    if recording.language_tag != code:
        missing.append(_("The recording is not in %(language)s. Choose one that is.") % name)
    if not recording.transcript.strip():
        missing.append(
            _("The recording has no words in Vietnamese. Write down what is said.")
        )
    return missing


def refuse_unspoken(page: Any) -> None:
    """Raise PermissionDenied, with the reasons, when ``page`` is in a spoken language and cannot be heard."""
    missing = missing_in_spoken(page.locale.language_code, page.recording)
    if missing:
        raise PermissionDenied(" ".join(missing))
