"""The workflow steps of Loa: a native reader of the language, then an approver who wrote none of it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import AbstractGroupApprovalTask, Task, TaskState

from campaigns.models.vocabulary import Language
from campaigns.workflow import link_senders, refuse_own_approval, writers_since_approval


class FourEyesTask(AbstractGroupApprovalTask):
    """Approval by a member of the groups who wrote nothing since the last approval."""

    class Meta:
        verbose_name = _("approval by a second person")
        verbose_name_plural = _("approvals by a second person")

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, Any, bool]]:
        actions: list[tuple[str, Any, bool]] = super().get_actions(obj, user)
        if user.pk in writers_since_approval(obj) | link_senders(obj):
            return [action for action in actions if action[0] != "approve"]
        return actions

    def on_action(self, task_state: Any, user: Any, action_name: str, **kwargs: Any) -> Any:
        if action_name == "approve":
            refuse_own_approval(task_state.workflow_state.content_object, user)
        return super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls) -> Any:
        return _("Members of the chosen groups approve; whoever wrote the text cannot.")


class NativeReviewTask(Task):
    """Review by a native reader of the page's own language. Vietnamese passes by itself.

    Who may review is said by the language (``Language.reviewers``), so one workflow serves them all.
    """

    class Meta:
        verbose_name = _("review by a native reader")
        verbose_name_plural = _("reviews by native readers")

    def start(self, workflow_state: Any, user: Any = None) -> Any:
        # Code may start a workflow without the editor's form, which says the same at its field.
        from campaigns.spoken_versions import refuse_unspoken

        refuse_unspoken(workflow_state.content_object.get_latest_revision_as_object())
        task_state = super().start(workflow_state, user=user)
        if not needs_native_review(workflow_state.content_object):
            task_state.status = TaskState.STATUS_APPROVED
            task_state.finished_at = timezone.now()
            task_state.save(update_fields=["status", "finished_at"])
        return task_state

    def user_can_access_editor(self, obj: Any, user: Any) -> bool:
        return user.is_superuser or may_review(obj, user)

    def locked_for_user(self, obj: Any, user: Any) -> bool:
        return not self.user_can_access_editor(obj, user)

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, Any, bool]]:
        if not may_review(obj, user):
            return []
        actions: list[tuple[str, Any, bool]] = [("reject", _("Request changes"), True)]
        if user.pk not in writers_since_approval(obj):
            actions.append(("approve", _("It reads right"), False))
        return actions

    def on_action(self, task_state: Any, user: Any, action_name: str, **kwargs: Any) -> Any:
        page = task_state.workflow_state.content_object
        if action_name == "approve":
            refuse_own_approval(page, user)
        if not may_review(page, user):
            raise PermissionDenied(_("Only a native reader of this language reviews it."))
        return super().on_action(task_state, user, action_name, **kwargs)

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> Any:
        waiting = self.task_states.filter(status=TaskState.STATUS_IN_PROGRESS).select_related("workflow_state")
        mine = [state.pk for state in waiting if may_review(state.workflow_state.content_object, user)]
        return TaskState.objects.filter(pk__in=mine)

    @classmethod
    def get_description(cls) -> Any:
        return _("A native reader of the page's language confirms it; Vietnamese passes by itself.")


def needs_native_review(page: Any) -> bool:
    """Every language but Vietnamese is reviewed by somebody who reads it."""
    return bool(page.locale.language_code != "vi")


def may_review(page: Any, user: Any) -> bool:
    """Whether ``user`` is in the reviewers' group of the page's language. A superuser is not enough."""
    groups = user.groups.values_list("pk", flat=True)
    return Language.objects.filter(code=page.locale.language_code, reviewers__in=groups).exists()
