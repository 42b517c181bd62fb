"""What a translation was made from, and which approval of the Vietnamese text it follows."""

import dataclasses
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page

from campaigns.coverage.changes import Part, parts_of
from campaigns.models import Approval, TranslationBasis
from campaigns.models.pages import CampaignContent, EventPage, MaterialPage
from campaigns.snapshots import snapshot_of
from campaigns.versions import SOURCE
from campaigns.workflow import latest_approval

LIBRARY = {"rights", "hotlines", "slug"}


@dataclasses.dataclass(frozen=True)
class Source:
    """The Vietnamese text that counts now: as approved, or its newest draft while nothing was approved."""

    page: Any
    snapshot: dict[str, Any]
    approval: Any = None


def source_now(page: Page) -> Source | None:
    """The source of a translation; None for a source itself."""
    if page.locale.language_code == SOURCE:
        return None
    found = Page.objects.filter(translation_key=page.translation_key, locale__language_code=SOURCE).first()
    if found is None:
        return None
    source = found.specific
    if not isinstance(source, MaterialPage | EventPage):
        return None
    approval = latest_approval(source)
    if approval is not None:
        return Source(source, approval.snapshot, approval)
    return Source(source, snapshot_of(source.get_latest_revision_as_object()))


@transaction.atomic
def follow(*, page: Page, by: Any, copied: Any = None) -> TranslationBasis | None:
    """Note that ``page`` is made from, or now follows, the source as it stands. None for a source itself.

    :param copied: the page whose texts were copied, where a translation of a draft begins: its newest revision
        may say more already.
    """
    source = source_now(page)
    if source is None:
        return None
    if source.approval is None and copied is not None:
        source = Source(source.page, snapshot_of(copied))
    basis, _made = TranslationBasis.objects.update_or_create(
        page_id=page.pk,
        defaults={
            "approval": source.approval,
            "snapshot": source.snapshot,
            "followed_by": by,
            "followed_at": timezone.now(),
        },
    )
    return basis


def begun(sender: Any, source_obj: Any, target_obj: Any, **kwargs: Any) -> None:
    """Every door through which a translation begins leads here (Wagtail's copy_for_translation)."""
    if isinstance(target_obj, CampaignContent):
        follow(page=target_obj, by=None, copied=source_obj)


def approval_followed_by(revision: Any, source: Page) -> Approval | None:
    """The approval of ``source`` that the translation in ``revision`` rests on; None before there is any.

    What was approved after the translator's last word cannot have been followed: then it is the one that stood
    when they wrote (or the first there was), and the translation is stale at once. A newer approval of the very
    same content counts as followed. While the source is withdrawn, nothing that rests on it is usable.
    """
    approvals = Approval.objects.filter(page_id=source.pk).order_by("pk")
    newest = approvals.filter(withdrawn_at=None).last()
    stood = approvals.filter(approved_at__lte=revision.created_at).last() or approvals.first()
    if newest is not None and stood is not None and _own(newest.snapshot) == _own(stood.snapshot):
        return newest
    return stood


def _own(snapshot: dict[str, Any]) -> dict[str, Any]:
    """What the author of a content decides of it: the library's texts come from elsewhere, in each language."""
    return {key: value for key, value in snapshot.items() if key not in LIBRARY}


@dataclasses.dataclass(frozen=True)
class Since:
    """The source of a translation as it stands, and what changed since the translation was made from it."""

    source: Source
    parts: list[Part]
    basis: TranslationBasis | None

    @property
    def changed(self) -> list[Part]:
        return [part for part in self.parts if part.changed]


def changes_for(version: Page) -> Since | None:
    """What whoever works on ``version`` has to know of its source; None for a source itself."""
    source = source_now(version)
    if source is None:
        return None
    basis = TranslationBasis.objects.filter(page_id=version.pk).select_related("followed_by").first()
    return Since(source, parts_of(source.snapshot, basis.snapshot if basis else _approved_basis(version)), basis)


def _approved_basis(version: Page) -> dict[str, Any] | None:
    """For versions older than the record of what they were made from: what their last approval rested on."""
    last = Approval.objects.filter(page_id=version.pk, source_approval__isnull=False).select_related("source_approval")
    found = last.order_by("-pk").first()
    return found.source_approval.snapshot if found and found.source_approval else None
