"""A draft may hold anything; what is submitted must be safe, and the very field is marked."""

import pytest
from django.urls import reverse

from campaigns.content_check import findings_in, texts_of
from campaigns.models import MaterialPage
from campaigns.snapshots import snapshot_of
from tests.campaigns.staff_world import TEXT, StaffWorld, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
VICTIM = f"Cháu G.T.M., sinh năm 2010, nạn nhân ở thôn Mẫu, đã được giải cứu. {TEXT}"


def form_data(page: MaterialPage, **texts: str) -> dict[str, str]:
    group = page.group_texts.get()
    return {
        "title": page.title,
        "slug": page.slug,
        "summary": TEXT,
        "real_case": "no",
        "real_case_changes": "",
        "social_text": "",
        "message_text": "",
        "loudspeaker_text": "",
        "body-count": "0",
        "campaign": str(page.campaign_id),
        "group_texts-TOTAL_FORMS": "1",
        "group_texts-INITIAL_FORMS": "1",
        "group_texts-MIN_NUM_FORMS": "0",
        "group_texts-MAX_NUM_FORMS": "1000",
        "group_texts-0-id": str(group.pk),
        "group_texts-0-ORDER": "1",
        "group_texts-0-group": str(group.group_id),
        "group_texts-0-social_text": group.social_text,
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "",
        **texts,
    }


@pytest.mark.parametrize("field", ["title", "summary", "social_text", "message_text", "loudspeaker_text"])
def test_a_victim_named_in_any_field_cannot_be_submitted(world: StaffWorld, field: str):
    page = world.material()
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    client = world.client("author")
    text = "Cháu G.T.M., sinh năm 2010, nạn nhân" if field == "title" else VICTIM
    answer = client.post(address, form_data(page, **{field: text, "action-submit": "1"}))
    assert answer.status_code == 200, "the form comes back"
    errors = answer.context["form"].errors
    assert field in errors
    assert "G.T.M." in str(errors[field])
    page.refresh_from_db()
    assert page.current_workflow_state is None
    saved = client.post(address, form_data(page, **{field: text}))
    assert saved.status_code == 302, "as a draft it is kept"


def test_a_groups_own_text_is_marked_in_its_own_form(world: StaffWorld):
    page = world.material()
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    given = form_data(page, **{"group_texts-0-social_text": VICTIM, "action-submit": "1"})
    answer = world.client("author").post(address, given)
    assert answer.status_code == 200
    [errors] = answer.context["form"].formsets["group_texts"].errors
    assert "G.T.M." in str(errors["social_text"])


def test_a_safe_text_is_submitted(world: StaffWorld):
    page = world.material()
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    answer = world.client("author").post(address, form_data(page, **{"action-submit": "1"}))
    assert answer.status_code == 302
    assert MaterialPage.objects.get(pk=page.pk).current_workflow_state is not None


def test_what_is_checked_is_what_would_leave(world: StaffWorld):
    page = world.material(message_text="Ngắn thôi. Gọi 111.")
    snapshot = snapshot_of(page)
    assert ("message", "", "Ngắn thôi. Gọi 111.") in list(texts_of(snapshot))
    [placed] = [one for one in findings_in(snapshot, "vi") if one.finding.code == "rights-missing"]
    assert placed.field == "message_text"
