"""Nobody publishes by hand; a text is approved by a second person, in the admin too."""

import pytest
from django.urls import reverse
from wagtail.models import Page, TaskState

from campaigns.models import Approval, MaterialPage
from tests.campaigns.staff_world import TEXT, StaffWorld, world

__all__ = ["world"]

ALL = ["author", "approver", "senior_editor", "administrator", "chief"]


def form_of(page: MaterialPage, **changes: str) -> dict[str, str]:
    """What the editor posts for ``page``."""
    data = {
        "title": page.title, "slug": page.slug, "summary": page.summary, "body-count": "0", "social_text": "",
        "message_text": "", "loudspeaker_text": "", "real_case": "no", "recording": "", "cover": "",
        "pictures_in_posts": "on",
        "campaign": str(page.campaign_id),
        "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0", "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "", "group_texts-TOTAL_FORMS": "0", "group_texts-INITIAL_FORMS": "0",
        "group_texts-MIN_NUM_FORMS": "0", "group_texts-MAX_NUM_FORMS": "1000",
    }  # fmt: skip
    return data | changes


@pytest.mark.parametrize("role", ALL)
def test_the_editor_publishes_for_nobody(world: StaffWorld, role: str) -> None:
    page = world.material()
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    client = world.client(role)
    shown = client.get(address)
    if shown.status_code == 200:
        assert "action-publish" not in shown.content.decode()
    client.post(address, form_of(page, **{"action-publish": "1"}))
    assert not MaterialPage.objects.get(pk=page.pk).live


@pytest.mark.parametrize("role", ALL)
def test_creating_publishes_for_nobody(world: StaffWorld, role: str) -> None:
    address = reverse("wagtailadmin_pages:add", args=["campaigns", "materialpage", world.section.pk])
    data = form_of(MaterialPage(title="Bài mới", slug="bai-moi"), **{"action-publish": "1", "campaign": ""})
    world.client(role).post(address, data)
    assert not MaterialPage.objects.filter(slug="bai-moi", live=True).exists()


def test_an_author_does_create(world: StaffWorld) -> None:
    address = reverse("wagtailadmin_pages:add", args=["campaigns", "materialpage", world.section.pk])
    world.client("author").post(address, form_of(MaterialPage(title="Bài mới", slug="bai-moi"), campaign=""))
    assert MaterialPage.objects.filter(slug="bai-moi", live=False).exists()


@pytest.mark.parametrize("role", ALL)
def test_bulk_publishing_publishes_for_nobody(world: StaffWorld, role: str) -> None:
    page = world.material()
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    world.client(role).post(f"{address}?id={page.pk}&next=/quan-tri/")
    assert not Page.objects.get(pk=page.pk).live


def action(page: MaterialPage, name: str) -> str:
    state = page.current_workflow_task_state
    return reverse("wagtailadmin_pages:workflow_action", args=[page.pk, name, state.pk])


def test_author_submits_and_another_approves(world: StaffWorld) -> None:
    page = world.material()
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    world.client("author").post(address, form_of(page, **{"action-submit": "1"}))
    page = MaterialPage.objects.get(pk=page.pk)
    assert page.current_workflow_task_state.status == TaskState.STATUS_IN_PROGRESS
    approver = world.client("approver")
    shown = approver.get(address).content.decode()
    assert 'data-workflow-action-name="approve"' in shown
    # It would store a draft in the approver's name, and so shut them out of their own decision.
    assert "action-cancel-workflow" not in shown
    assert "action-cancel-workflow" in world.client("author").get(address).content.decode()
    approver.post(action(page, "approve"))
    page = MaterialPage.objects.get(pk=page.pk)
    assert page.live
    assert Approval.objects.get(page=page).approved_by == world.users["approver"]


def test_an_approver_reads_everything_and_is_told_what_it_did(world: StaffWorld) -> None:
    texts = {"social_text": f"Lời cho mạng xã hội. {TEXT}", "loudspeaker_text": f"Lời đọc loa. {TEXT}"}
    page = world.submitted(**texts)
    address, approver = reverse("wagtailadmin_pages:edit", args=[page.pk]), world.client("approver")
    shown = approver.get(address).content.decode()
    reading = shown.split('id="loa-reading"')[1].split("</section>")[0]
    assert all(words in reading for words in ("Lời cho mạng xã hội.", "Lời đọc loa.", "Bạn học sinh ơi."))
    assert 'id="loa-reading"' not in world.client("author").get(address).content.decode()
    answer = approver.post(
        address,
        form_of(page, **texts, **{"action-workflow-action": "true", "workflow-action-name": "approve"}),
        follow=True,
    )
    assert MaterialPage.objects.get(pk=page.pk).live
    assert answer.redirect_chain[-1][0] == reverse("wagtailadmin_home")
    said = [str(message) for message in answer.context["messages"]]
    assert len(said) == 1
    assert page.title in said[0]


def test_an_author_sees_no_approve_button(world: StaffWorld) -> None:
    page = world.submitted()
    shown = world.client("author").get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert 'data-workflow-action-name="approve"' not in shown


def test_an_approver_who_wrote_part_is_told_why_the_button_is_missing(world: StaffWorld) -> None:
    page = world.submitted(owner="author")
    author = world.users["author"]
    author.groups.add(world.users["approver"].groups.get())
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    shown = world.client("author").get(address).content.decode()
    assert 'data-workflow-action-name="approve"' not in shown
    assert 'data-workflow-action-name="reject"' in shown
    assert "không thể tự duyệt" in shown or "cannot approve it" in shown
    world.client("author").post(action(page, "approve"))
    assert not Approval.objects.exists()
    assert not MaterialPage.objects.get(pk=page.pk).live


def test_a_superuser_who_wrote_it_cannot_approve_either(world: StaffWorld) -> None:
    world.users["chief"] = world.chief
    page = world.submitted(owner="chief")
    world.client("chief").post(action(page, "approve"))
    assert not Approval.objects.exists()
    assert not MaterialPage.objects.get(pk=page.pk).live


def test_a_returned_text_comes_back_to_its_author_with_the_reason(world: StaffWorld) -> None:
    page = world.submitted()
    world.client("approver").post(action(page, "reject"), {"comment": "Thiếu số 113 ở cuối bài."})
    home = world.client("author").get(reverse("wagtailadmin_home")).content.decode()
    assert "Thiếu số 113 ở cuối bài." in home
    assert page.title in home


def test_what_was_approved_is_not_deleted(world: StaffWorld) -> None:
    page = world.approved()
    for address in (
        reverse("wagtailadmin_pages:delete", args=[page.pk]),
        f"{reverse('wagtail_bulk_action', args=['wagtailcore', 'page', 'delete'])}?id={page.pk}&next=/quan-tri/",
    ):
        response = world.client("chief").post(address)
        assert response.status_code == 302
        assert MaterialPage.objects.filter(pk=page.pk).exists()


def test_the_section_above_what_was_approved_is_not_deleted(world: StaffWorld) -> None:
    page = world.approved()
    world.client("chief").post(reverse("wagtailadmin_pages:delete", args=[world.section.pk]))
    assert MaterialPage.objects.filter(pk=page.pk).exists()


@pytest.mark.parametrize("role", ALL)
def test_nobody_takes_a_page_down_by_hand(world: StaffWorld, role: str) -> None:
    page = world.approved()
    client = world.client(role)
    client.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))
    client.post(reverse("wagtailadmin_pages:unpublish", args=[world.section.pk]), {"include_descendants": "on"})
    client.post(f"{reverse('wagtail_bulk_action', args=['wagtailcore', 'page', 'unpublish'])}?id={page.pk}")
    assert MaterialPage.objects.get(pk=page.pk).live
