"""What a recalled post says where its platform does not delete it any more but lets it be changed.

It is part of the recall's own operation, so that neither the gate nor a stop keeps it back; an ordinary edit of a
withdrawn post does not get past the gate.
"""

from typing import Any

from django.utils.translation import gettext, override

from publishers.message import Receipt

# Staff and readers of every language read it; a translation for each would need its own approval.
LANGUAGE = "vi"


def notice() -> str:
    """The words that take the post's place, in Vietnamese."""
    with override(LANGUAGE):
        return gettext("This post was recalled. Please do not share it.")


def replaced(external_id: str, *, left: bool) -> Receipt:
    """What the deletion came to. ``left``: something of the post that no edit removes is still to be seen."""
    return Receipt(external_id=external_id, data={"notice": True, "left": left})


def was_replaced(progress: dict[str, Any]) -> tuple[bool, bool]:
    """Whether a recall's operation ended with a notice, and whether something is left, by its steps' data."""
    said = next((data for data in progress.values() if isinstance(data, dict) and data.get("notice")), {})
    return bool(said), bool(said.get("left"))
