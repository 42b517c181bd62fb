"""From submission to approval: four eyes, and publishing exactly what was approved (DESIGN 4.3).

Wagtail loads this module with its settings, before the models are ready: models are imported inside.
"""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from wagtail.models import Page, Revision, WorkflowState

    from campaigns.models import Approval

WRITING_ACTIONS = ("wagtail.create", "wagtail.edit", "wagtail.revert", "wagtail.copy_for_translation")


def writers_since_approval(page: "Page") -> set[int]:
    """Return the ids of all users who wrote any part of ``page`` since its last approval.

    Revisions and the log both count: an autosave may overwrite a revision, the log keeps who did it.
    """
    from wagtail.models import PageLogEntry, Revision

    from campaigns.models import Approval

    last = Approval.objects.filter(page_id=page.pk).order_by("-pk").first()
    revisions = Revision.page_revisions.filter(object_id=str(page.pk))
    entries = PageLogEntry.objects.filter(page_id=page.pk, action__in=WRITING_ACTIONS)
    if last is not None:
        # By number where there is one: a draft saved while somebody approves is younger than what is approved.
        newer = Q(pk__gt=last.revision_id) if last.revision_id else Q(created_at__gt=last.approved_at)
        revisions = revisions.filter(newer)
        entries = entries.filter(timestamp__gt=last.approved_at)
    found = set(revisions.values_list("user_id", flat=True)) | set(entries.values_list("user_id", flat=True))
    if last is None:
        found.add(page.owner_id)
    return {user for user in found if user is not None}


def refuse_own_approval(page: "Page", user: Any) -> None:
    """Raise PermissionDenied when ``user`` wrote any of what is to be approved, superusers included."""
    if user is None or user.pk in writers_since_approval(page):
        raise PermissionDenied(_("Whoever wrote a text cannot approve it. Ask a second person."))
    if user.pk in link_senders(page):
        raise PermissionDenied(_("You gave the native reader the link. Somebody else has to approve."))


def link_senders(page: "Page") -> set[int]:
    """Who gave out the links by which readers confirmed ``page`` in its running workflow.

    With the link in hand they could have confirmed it themselves: they do not approve it, too.
    """
    from campaigns.models import ReaderVerdict

    state = page.current_workflow_state
    if state is None:
        return set()
    verdicts = ReaderVerdict.objects.filter(task_state__workflow_state=state)
    return set(verdicts.values_list("handed_by", flat=True))


@transaction.atomic
def publish_approved(workflow_state: "WorkflowState", user: Any = None) -> "Approval":
    """Finish a workflow: store the approval and publish the approved revision, nothing later.

    :raises PermissionDenied: when the approver wrote any of it, or no approver is known.
    """
    from campaigns import decisions
    from campaigns.content_check import refuse_unsafe
    from campaigns.models import CampaignContent
    from campaigns.spoken_versions import refuse_unspoken

    revision = workflow_state.current_task_state.revision
    page = workflow_state.content_object.specific
    refuse_own_approval(page, user)
    if not isinstance(page, CampaignContent):
        raise PermissionDenied(_("Only materials and events are approved here."))
    refuse_unread(workflow_state, page)
    refuse_unspoken(revision.as_object())
    refuse_unsafe(revision.as_object(), by=user)
    approval = approve_revision(revision=revision, user=user)
    decisions.attach(approval)
    revision.publish(user=user, skip_permission_checks=True)
    return approval


def refuse_unread(workflow_state: "WorkflowState", page: "Page") -> None:
    """Raise PermissionDenied when a text in another language was not confirmed by a native reader of it.

    The reader has an account in the language's group, or is a named reader who confirmed by a personal link.
    """
    from wagtail.models import TaskState

    from campaigns.models import Language, NativeReviewTask
    from campaigns.models.review import needs_native_review

    if not needs_native_review(page):
        return
    language = Language.objects.get(code=page.locale.language_code)
    revision = workflow_state.current_task_state.revision
    reviewed = TaskState.objects.filter(
        workflow_state=workflow_state,
        revision=revision,
        status=TaskState.STATUS_APPROVED,
        task__in=NativeReviewTask.objects.all(),
    )
    by_account = language.reviewers is not None and reviewed.filter(finished_by__groups=language.reviewers).exists()
    if not by_account and not confirmed_by_link(reviewed, revision):
        raise PermissionDenied(_("A native reader of this language has to confirm the text first."))


def confirmed_by_link(reviewed: Any, revision: "Revision") -> bool:
    """Whether a named reader of the page's language confirmed the very texts of ``revision``.

    :param reviewed: the approved steps of native reading of this revision, as a queryset.
    """
    from campaigns.models import ReaderVerdict
    from campaigns.models.reader_reviews import Verdict
    from campaigns.native_reading import text_digest

    page = revision.as_object()
    verdicts = ReaderVerdict.objects.filter(
        task_state__in=reviewed,
        revision=revision,
        verdict=Verdict.RIGHT,
        reader__language__code=page.locale.language_code,
        digest=text_digest(page),
    )
    return verdicts.exists()


def approve_revision(*, revision: "Revision", user: Any) -> "Approval":
    """Store the approval of one language of a content as it stands in ``revision``.

    :raises PermissionDenied: when somebody in its pictures or its recording did not agree.
    """
    from campaigns.consents import refuse_unagreed
    from campaigns.coverage.basis import approval_followed_by
    from campaigns.models import Approval, Language
    from campaigns.snapshots import snapshot_of
    from campaigns.sound.programmes import order_for

    page = revision.as_object()
    refuse_unagreed(page)
    source = page.__class__.objects.filter(translation_key=page.translation_key, locale__language_code="vi")
    source_page = source.exclude(pk=page.pk).first()
    source_approval = approval_followed_by(revision, source_page) if source_page else None
    writers = writers_since_approval(page)
    approval = Approval.objects.create(
        page_id=page.pk,
        revision=revision,
        language=Language.objects.get(code=page.locale.language_code),
        snapshot=snapshot_of(page),
        approved_by=user,
        source_approval=source_approval,
    )
    approval.authors.set(writers)
    order_for(approval)
    return approval


def latest_approval(page: "Page") -> "Approval | None":
    """The approval that sends of ``page`` read: the newest that was not withdrawn."""
    from campaigns.models import Approval

    return Approval.objects.filter(page_id=page.pk, withdrawn_at=None).order_by("-pk").first()
