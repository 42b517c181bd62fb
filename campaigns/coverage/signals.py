"""What a move of the workflow does to assignments, and what the start of a translation is remembered by."""

from typing import Any

from wagtail.models import Page
from wagtail.signals import (
    copy_for_translation_done,
    task_approved,
    task_submitted,
    workflow_approved,
    workflow_rejected,
    workflow_submitted,
)


def _page_of(instance: Any) -> Page | None:
    """The page of a workflow state or of a task's state."""
    flow = getattr(instance, "workflow_state", instance)
    content = flow.content_object
    return content if isinstance(content, Page) else None


def went_on(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Submitted, read or approved: whoever owed that step is done."""
    from campaigns.coverage.assignments import settle

    page = _page_of(instance)
    if page is not None:
        settle([page.translation_key])


def was_approved(sender: Any, instance: Any, user: Any = None, **kwargs: Any) -> None:
    """An approved translation that follows the source as it stands is what the next changes are counted from."""
    from campaigns.coverage.basis import follow
    from campaigns.workflow import latest_approval

    page = _page_of(instance)
    approval = latest_approval(page) if page is not None else None
    if page is not None and approval is not None and approval.source_approval is not None:
        newest = latest_approval(approval.source_approval.page) if approval.source_approval.page else None
        if approval.source_approval == newest:
            follow(page=page, by=user)


def came_back(sender: Any, instance: Any, **kwargs: Any) -> None:
    from campaigns.coverage.assignments import owe_again

    page = _page_of(instance)
    if page is not None:
        owe_again(page)


def connect() -> None:
    from campaigns.coverage.basis import begun

    for signal in (workflow_submitted, task_submitted, task_approved, workflow_approved):
        signal.connect(went_on, dispatch_uid=f"loa_settle_{id(signal)}")
    workflow_approved.connect(was_approved, dispatch_uid="loa_translation_follows")
    workflow_rejected.connect(came_back, dispatch_uid="loa_owe_again")
    copy_for_translation_done.connect(begun, dispatch_uid="loa_translation_begun")
