"""Four eyes: whoever wrote any part since the last approval approves nothing of it, through whichever door.

Every writer meets every approver: 9 × 9 pairs a door, in one world, each writer's doing undone after it was tried.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import reverse

from campaigns.exchange.returned import import_sheet
from campaigns.exchange.sheet import write_sheet
from campaigns.models import Approval, Language, MaterialPage, NativeReader
from campaigns.native_reading import ask_reader, give_verdict, reading_of
from campaigns.translations import start_translation
from campaigns.workflow import approve_revision, publish_approved, refuse_own_approval, writers_since_approval
from cms.models import User
from tests.campaigns.staff_world import TEXT, StaffWorld, world
from tests.campaigns.test_admin_publishing import form_of

__all__ = ["world"]

ROLES = ("author", "translator", "native_reviewer", "approver", "channel_manager", "report_signer", "senior_editor",
         "administrator", "chief")  # fmt: skip


class Undone(Exception):
    """Ends a try."""


@pytest.fixture
def office(world: StaffWorld) -> StaffWorld:
    """Everybody may approve, and everybody may write: only four eyes are left to stop them."""
    approvers = world.users["approver"].groups.get()
    authors = world.users["author"].groups.get()
    for user in world.users.values():
        user.groups.add(approvers, authors)
    world.users["chief"] = world.chief
    # Somebody who wrote nothing, to make what the tries begin from.
    world.users["third"] = User.objects.create_user("third")
    return world


def undone(work: Callable[[], Any]) -> Any:
    """What ``work`` finds, with everything that it did taken back."""
    found = None
    try:
        with transaction.atomic():
            found = work()
            raise Undone
    except Undone:
        return found


def approves(page: Any, user: Any) -> bool:
    """Whether ``user`` gets ``page`` approved at its present step, by the very action of the button."""
    step = MaterialPage.objects.get(pk=page.pk).current_workflow_task_state
    try:
        with transaction.atomic():
            step.task.specific.on_action(step, user, "approve")
    except PermissionDenied:
        return False
    return Approval.objects.filter(page_id=page.pk).exists()


def may(page: Any, user: Any) -> bool:
    """What the rule and the button say, without publishing; they must say the same."""
    fresh = MaterialPage.objects.get(pk=page.pk)
    task = fresh.current_workflow_task_state.task.specific
    offered = "approve" in [name for name, *_rest in task.get_actions(fresh, user)]
    try:
        refuse_own_approval(fresh, user)
    except PermissionDenied:
        assert not offered, f"{user} is offered what is refused"
        return False
    assert offered, f"{user} is not offered what they may do"
    return True


def who_may(office: StaffWorld, make: Callable[[], Any]) -> tuple[set[str], dict[str, bool]]:
    """Everybody who may approve what ``make`` makes; and what really comes of the first who may and who may not."""
    page = make()
    allowed = {role for role in ROLES if may(page, office.users[role])}
    tried = [min(allowed), *sorted(set(ROLES) - allowed)[:2]]
    return allowed, {role: undone(lambda r=role: approves(page, office.users[r])) for role in tried}  # type: ignore[misc]


def submitted(page: Any, by: Any) -> Any:
    page.get_workflow().start(page, by)
    return MaterialPage.objects.get(pk=page.pk)


def everybody_but(writer: str) -> set[str]:
    return set(ROLES) - {writer}


# --- The doors by which a text is written --------------------------------------------------------------


def by_creating(office: StaffWorld, writer: User) -> Any:
    return submitted(office.material(owner=writer.username), office.users["third"])


def by_editing(office: StaffWorld, writer: User) -> Any:
    page = submitted_by_third(office)
    draft = page.get_latest_revision_as_object()
    draft.summary = f"{TEXT} Sửa thêm."
    draft.save_revision(user=writer, log_action=True)
    return resubmitted(page, office)


def by_late_autosave(office: StaffWorld, writer: User) -> Any:
    """An autosave into a revision of somebody else's that waits for approval."""
    page = submitted_by_third(office)
    draft = page.get_latest_revision_as_object()
    draft.summary = f"{TEXT} Muộn."
    draft.save_revision(user=writer, overwrite_revision=page.latest_revision, log_action=True)
    return resubmitted(page, office)


def by_autosave_before_submission(office: StaffWorld, writer: User) -> Any:
    """An autosave that may rewrite a revision in place, because nobody reviews it yet."""
    page = office.material(owner="third")
    draft = page.get_latest_revision_as_object()
    draft.summary = f"{TEXT} Tự lưu."
    revision = draft.save_revision(user=writer, log_action=True)
    again = MaterialPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    again.save_revision(user=writer, overwrite_revision=revision)
    return submitted(again, office.users["third"])


def by_going_back(office: StaffWorld, writer: User) -> Any:
    page = office.material(owner="third")
    first = page.latest_revision
    page.save_revision(user=office.users["third"], log_action=True)
    draft = MaterialPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    draft.save_revision(user=writer, log_action=True, previous_revision=first)
    return submitted(MaterialPage.objects.get(pk=page.pk), office.users["third"])


def submitted_by_third(office: StaffWorld) -> Any:
    return submitted(office.material(owner="third"), office.users["third"])


def resubmitted(page: Any, office: StaffWorld) -> Any:
    """The step stands on the newest text, as after the editor's own saving."""
    fresh = MaterialPage.objects.get(pk=page.pk)
    fresh.current_workflow_task_state.cancel(user=office.users["third"], resume=True)
    return MaterialPage.objects.get(pk=page.pk)


DOORS = [by_creating, by_editing, by_late_autosave, by_autosave_before_submission, by_going_back]


@pytest.mark.parametrize("door", DOORS)
def test_every_pair_of_roles_at_every_door(office: StaffWorld, door: Callable[..., Any]) -> None:
    for writer in ROLES:
        user = office.users[writer]
        allowed, came = undone(lambda u=user: who_may(office, lambda: door(office, u)))  # type: ignore[misc]
        assert allowed == everybody_but(writer), writer
        assert came == {role: role in allowed for role in came}, writer


@pytest.fixture
def mong(office: StaffWorld) -> MaterialPage:
    """A Mông version that a third person began; its native reader is a fourth."""
    language, third = Language.objects.get(key="mong-rpa"), office.users["third"]
    third.groups.add(office.users["author"].groups.first())
    office.users["fourth"] = User.objects.create_user("fourth")
    office.users["fourth"].groups.add(language.reviewers)
    source = submitted_by_third(office)
    source.current_workflow_task_state.approve(user=office.users["approver"])
    return start_translation(content=source, language=language, user=third)


def test_every_pair_when_the_sheet_comes_back(office: StaffWorld, mong: MaterialPage) -> None:
    """Whoever brings in a translator's sheet is a writer."""

    def brought_in(writer: User) -> Any:
        import_sheet(page=mong, content=write_sheet(mong), user=writer, translator="Người ngoài")
        draft = MaterialPage.objects.get(pk=mong.pk).get_latest_revision_as_object()
        submitted(draft, office.users["third"])
        MaterialPage.objects.get(pk=mong.pk).current_workflow_task_state.approve(user=office.users["fourth"])
        return MaterialPage.objects.get(pk=mong.pk)

    before = {role for role in ROLES if office.users[role].pk in writers_since_approval(mong)}
    for writer in ROLES:
        user = office.users[writer]
        allowed, came = undone(lambda u=user: who_may(office, lambda: brought_in(u)))  # type: ignore[misc]
        assert allowed == everybody_but(writer) - before, writer
        assert came == {role: role in allowed for role in came}, writer


def test_every_pair_of_sender_and_approver_of_a_readers_link(office: StaffWorld, mong: MaterialPage) -> None:
    """Three people: who wrote, who gave out the link, who approves."""
    reader = NativeReader.objects.create(name="Mẫu", language=Language.objects.get(key="mong-rpa"))
    submitted(mong, office.users["third"])
    writers = {role for role in ROLES if office.users[role].pk in writers_since_approval(mong)}

    def confirmed(sender: User) -> Any:
        page = MaterialPage.objects.get(pk=mong.pk)
        asked = ask_reader(page=page, reader=reader, by=sender)
        give_verdict(request=asked, mark=reading_of(page).mark, verdict="right")
        return page

    for sender in sorted(set(ROLES) - writers):
        user = office.users[sender]
        allowed, came = undone(lambda u=user: who_may(office, lambda: confirmed(u)))  # type: ignore[misc]
        assert allowed == everybody_but(sender) - writers, sender
        assert came == {role: role in allowed for role in came}, sender
    with pytest.raises(PermissionDenied):
        ask_reader(page=mong, reader=reader, by=office.users["third"])


# --- The doors by which a text is approved ----------------------------------------------------------------


def for_each_role(office: StaffWorld, work: Callable[[StaffWorld, str], str]) -> dict[str, str]:
    """What ``work`` complains of, by role; each role's doing is taken back."""
    found = {role: undone(lambda r=role: work(office, r)) for role in ROLES}  # type: ignore[misc]
    return {role: complaint for role, complaint in found.items() if complaint}


def edits_and_approves(office: StaffWorld, role: str) -> str:
    page = submitted_by_third(office)
    data = {"action-workflow-action": "true", "workflow-action-name": "approve", "summary": f"{TEXT} Lén sửa."}
    office.client(role).post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form_of(page, **data))
    fresh = MaterialPage.objects.get(pk=page.pk)
    return "approved" if fresh.live or Approval.objects.filter(page_id=page.pk).exists() else ""


def tries_every_address(office: StaffWorld, role: str) -> str:
    """The writer's own text: approve, confirm, bulk publish, publish from the form, create as published."""
    page = submitted(office.material(owner=role), office.users["third"])
    step = page.current_workflow_task_state
    client: Client = office.client(role)
    client.post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", step.pk]))
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    client.post(f"{bulk}?id={page.pk}&next=/quan-tri/")
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    client.post(edit, form_of(page, **{"action-publish": "action-publish"}))
    new = form_of(MaterialPage(title="Mới", slug="moi-tinh"), **{"action-publish": "1", "campaign": ""})
    client.post(reverse("wagtailadmin_pages:add", args=["campaigns", "materialpage", office.section.pk]), new)
    client.post(reverse("wagtailadmin_pages:confirm_workflow_cancellation", args=[page.pk]))
    live = MaterialPage.objects.filter(live=True).values_list("slug", flat=True)
    return ", ".join(live) or ("approved" if Approval.objects.filter(page_id=page.pk).exists() else "")


def finishes(office: StaffWorld, role: str) -> str:
    """Whatever leads there: the last line of the workflow asks once more."""
    page = submitted(office.material(owner=role), office.users["third"])
    for user in (office.users[role], None):
        with pytest.raises(PermissionDenied):
            publish_approved(page.current_workflow_state, user=user)
    return ""


@pytest.mark.parametrize("work", [edits_and_approves, tries_every_address, finishes])
def test_no_role_gets_its_own_words_out(office: StaffWorld, work: Callable[[StaffWorld, str], str]) -> None:
    assert for_each_role(office, work) == {}


def test_the_same_addresses_do_approve_for_somebody_else(office: StaffWorld) -> None:
    """What the tests above refuse is not refused for another reason."""
    page = submitted_by_third(office)
    step = page.current_workflow_task_state
    office.client("approver").post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", step.pk]))
    assert MaterialPage.objects.get(pk=page.pk).live


def test_writers_before_the_last_approval_are_free_again(office: StaffWorld) -> None:
    page = submitted(office.material(owner="author"), office.users["author"])
    assert approves(page, office.users["approver"])
    draft = MaterialPage.objects.get(pk=page.pk)
    draft.summary = f"{TEXT} Năm sau."
    draft.save_revision(user=office.users["approver"], log_action=True)
    again = submitted(MaterialPage.objects.get(pk=page.pk).get_latest_revision_as_object(), office.users["approver"])
    with pytest.raises(PermissionDenied):
        publish_approved(again.current_workflow_state, user=office.users["approver"])
    approval = approve_revision(revision=again.latest_revision, user=office.users["author"])
    assert json.loads(json.dumps(approval.snapshot))["summary"].endswith("Năm sau.")
    assert list(approval.authors.all()) == [office.users["approver"]]
