"""The letters of the workflow: to whoever has to read or approve a text, and back to whoever sent it.

Wagtail's own notifiers do the work, with our words (``wagtailadmin/notifications``). Ours differ in three
ways: native readers are told, too; nothing is sent before the decision is committed; and a mail server that
cannot be reached never undoes the decision.
"""

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from wagtail.admin.mail import (
    BaseGroupApprovalTaskStateEmailNotifier,
    GroupApprovalTaskStateSubmissionEmailNotifier,
    WorkflowStateApprovalEmailNotifier,
    WorkflowStateRejectionEmailNotifier,
)
from wagtail.models import TaskState, WorkflowState
from wagtail.signals import task_submitted, workflow_approved, workflow_rejected

from campaigns.coverage.letters import NOT_SENT
from campaigns.coverage.people import who_can
from campaigns.models import Language, NativeReviewTask, Step
from campaigns.workflow import writers_since_approval

logger = logging.getLogger(__name__)


class _AfterCommit:
    """Sends when the decision stands, and forgives the mail server."""

    def __call__(self, instance: Any = None, **kwargs: Any) -> None:
        transaction.on_commit(lambda: self._send(instance, **kwargs))

    def _send(self, instance: Any, **kwargs: Any) -> None:
        try:
            super().__call__(instance=instance, **kwargs)  # type: ignore[misc]
        except NOT_SENT:
            logger.exception("A letter of the workflow could not be sent")


def _without_writers(people: Any, task_state: TaskState) -> Any:
    """Whoever wrote the text cannot confirm it: they need no letter."""
    return people.exclude(pk__in=writers_since_approval(task_state.workflow_state.content_object))


class ToApprovers(_AfterCommit, GroupApprovalTaskStateSubmissionEmailNotifier):
    def get_recipient_users(self, task_state: TaskState, **kwargs: Any) -> Any:
        return _without_writers(super().get_recipient_users(task_state, **kwargs), task_state).distinct()


class ToNativeReaders(_AfterCommit, BaseGroupApprovalTaskStateEmailNotifier):
    """To the readers' group of the text's language. Vietnamese passes by itself."""

    notification = "submitted"

    def can_handle(self, instance: Any, **kwargs: Any) -> bool:
        if not isinstance(instance, TaskState) or not isinstance(instance.task.specific, NativeReviewTask):
            return False
        instance.refresh_from_db()
        return bool(instance.status == TaskState.STATUS_IN_PROGRESS)

    def get_recipient_users(self, task_state: TaskState, **kwargs: Any) -> Any:
        page = task_state.workflow_state.content_object
        language = Language.objects.filter(code=page.locale.language_code).first()
        people = who_can(Step.REVIEW, language) if language else get_user_model()._default_manager.none()
        return _without_writers(people, task_state)


class Approved(_AfterCommit, WorkflowStateApprovalEmailNotifier):
    pass


class SentBack(_AfterCommit, WorkflowStateRejectionEmailNotifier):
    pass


to_approvers, to_native_readers, approved, sent_back = ToApprovers(), ToNativeReaders(), Approved(), SentBack()


def connect() -> None:
    """Take the places of Wagtail's: under their names, before ``wagtail.admin`` connects its own."""
    task_submitted.connect(
        to_approvers, sender=TaskState, dispatch_uid="group_approval_task_submitted_email_notification"
    )
    task_submitted.connect(to_native_readers, sender=TaskState, dispatch_uid="loa_native_readers_email_notification")
    workflow_approved.connect(approved, sender=WorkflowState, dispatch_uid="workflow_state_approved_email_notification")
    workflow_rejected.connect(
        sent_back, sender=WorkflowState, dispatch_uid="workflow_state_rejected_email_notification"
    )
