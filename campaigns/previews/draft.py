"""A text that nobody approved yet, in the shape in which approved ones are sent. Nothing of it is stored."""

from typing import Any

from campaigns.cards import card_for
from campaigns.messages import Pictures, pictures_of
from campaigns.models import Approval, Language, TargetGroup
from campaigns.models.approvals import digest_of
from campaigns.snapshots import snapshot_of
from publishers.message import Attachment


def draft_approval(page: Any) -> Approval:
    """What an approval of ``page`` would keep, were it approved as it stands in the form."""
    code = page.locale.language_code
    snapshot = snapshot_of(page)
    return Approval(
        language=Language.objects.filter(code=code).first() or Language(code=code, name_vi=code),
        snapshot=snapshot,
        digest=digest_of(snapshot),
    )


class DraftPictures(Pictures):
    """The same pictures, cards and leaflets, without drawing a file at each keystroke."""

    def of(self, approval: Approval, form: str) -> tuple[Attachment, ...]:
        own = pictures_of(approval.snapshot)
        card = card_for(approval, form, draw=False) if form and not own else None
        return own or ((card,) if card else ())

    def leaflet(self, approval: Approval, group: TargetGroup | None) -> Attachment | None:
        from campaigns.leaflets import leaflet_for

        return leaflet_for(approval, group, draw=False)
