"""The check while typing, one-click cures, what platforms would refuse, and the register of hotlines."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.content_check import findings_in
from campaigns.hotline_checks import due_soon
from campaigns.models import Hotline, HotlineCheck, Language, MaterialPage, RightsText
from campaigns.safeguards import check
from campaigns.snapshots import snapshot_of
from tests.campaigns.staff_world import TEXT, StaffWorld, world
from tests.campaigns.test_content_check import form_data

__all__ = ["world"]
pytestmark = pytest.mark.django_db
STIGMA = f"Họ bị gọi là gái bán hoa. {TEXT}"


def typed(world: StaffWorld, page: MaterialPage, role: str = "author", **texts: str):  # type: ignore[no-untyped-def]
    return world.client(role).post(reverse("loa_check_typed", args=[page.pk]), form_data(page, **texts))


def test_what_is_typed_is_checked_and_nothing_stored(world: StaffWorld) -> None:
    page = world.material()
    before = page.latest_revision_id
    answer = typed(world, page, message_text=STIGMA).json()
    assert answer["count"] == 1
    assert "id_message_text" in answer["html"]
    assert "người bị ép bán dâm" in answer["html"], "the words to use are a click away"
    page.refresh_from_db()
    assert (page.latest_revision_id, page.message_text) == (before, "")


def test_a_groups_text_is_marked_in_its_own_field(world: StaffWorld) -> None:
    page = world.material()
    answer = typed(world, page, **{"group_texts-0-social_text": STIGMA}).json()
    assert "id_group_texts-0-social_text" in answer["html"]


@pytest.mark.parametrize("broken", [{"title": ""}, {"campaign": "999999"}, {"body-count": "x"}, {"slug": "!"}])
def test_a_form_that_is_not_finished_is_checked_all_the_same(world: StaffWorld, broken: dict[str, str]) -> None:
    page = world.material()
    answer = typed(world, page, message_text=STIGMA, **broken)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert "gái bán hoa" in answer.json()["html"]


def test_hostile_words_stay_words(world: StaffWorld) -> None:
    page = world.material()
    answer = typed(world, page, message_text=f'Gọi 0912 000 345 <script>alert("x")</script>. {TEXT}').json()
    assert "<script>" not in answer["html"]


def test_who_may_not_edit_may_not_ask(world: StaffWorld) -> None:
    page = world.material()
    assert typed(world, page, "report_signer").status_code in (302, 403)
    assert Client().post(reverse("loa_check_typed", args=[page.pk])).status_code == 302
    assert world.client("author").get(reverse("loa_check_typed", args=[page.pk])).status_code == 405
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(world.users["author"])
    assert guarded.post(reverse("loa_check_typed", args=[page.pk]), form_data(page)).status_code == 403


def test_the_panel_is_there_without_a_script(world: StaffWorld) -> None:
    page = world.material(message_text="Hỏi kỹ trước khi đi.", loudspeaker_text="Hỏi kỹ nhé.")
    html = world.client("author").get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert 'data-loa-targets="id_message_text"' in html
    assert RightsText.objects.get(language__code="vi").sentence in html
    assert "Gọi 111 (" in html


def test_a_number_is_put_into_the_register_on_the_spot(world: StaffWorld) -> None:
    page = world.material(message_text=f"Hỏi 0912 000 345. {TEXT}")
    address = f"{reverse('loa_hotline_new')}?so=0912 000 345&bai={page.pk}"
    client = world.client("approver")
    assert "0912 000 345" in client.get(address).content.decode()
    given = {
        "number": "0912 000 345", "name": "Đường dây hư cấu", "owner": "Đơn vị hư cấu", "scope": "Toàn tỉnh",
        "hours": "24/7", "source": "", "valid_until": str(timezone.localdate() + dt.timedelta(days=300)),
    }  # fmt: skip
    assert client.post(address, given).status_code == 200, "a source is asked for"
    assert client.post(address, given | {"source": "x", "valid_until": "2020-01-01"}).status_code == 200
    assert client.post(address, given | {"source": "x", "number": "gọi tôi"}).status_code == 200
    assert client.post(address, given | {"source": "Công văn hư cấu"}).url == reverse("loa_decisions", args=[page.pk])
    assert client.post(address, given | {"source": "x", "number": "+84 912 000 345"}).status_code == 200, "once only"
    hotline = Hotline.objects.get(number="0912 000 345")
    check_of = HotlineCheck.objects.get(hotline=hotline)
    assert (check_of.by, check_of.source) == (world.users["approver"], "Công văn hư cấu")
    assert findings_in(snapshot_of(page), "vi") == []
    assert world.client("author").post(address, given | {"source": "x"}).status_code in (302, 403)
    assert Hotline.objects.filter(number__contains="345").count() == 1


def test_staff_are_told_sixty_days_before_a_hotline_runs_out(world: StaffWorld) -> None:
    today = timezone.localdate()
    Hotline.objects.update(valid_until=today + dt.timedelta(days=61))
    assert due_soon() == []
    Hotline.objects.filter(number="111").update(valid_until=today + dt.timedelta(days=60))
    Hotline.objects.filter(number="113").update(valid_until=today - dt.timedelta(days=1))
    assert [(one.hotline.number, one.gone) for one in due_soon()] == [("113", True), ("111", False)]
    home = world.client("author").get(reverse("wagtailadmin_home")).content.decode()
    assert "Đường dây nóng cần kiểm tra lại" in home
    hotline = Hotline.objects.get(number="113")
    address = reverse("loa_hotline_check", args=[hotline.pk])
    assert world.client("author").get(address).status_code in (302, 403)
    client = world.client("approver")
    assert address in client.get(reverse("wagtailadmin_home")).content.decode()
    until = today + dt.timedelta(days=365)
    assert client.post(address, {"source": " ", "valid_until": until}).status_code == 200
    assert client.post(address, {"source": "Đã gọi thử", "valid_until": today}).status_code == 200
    assert client.post(address, {"source": "Đã gọi thử", "valid_until": until}).status_code == 302
    hotline.refresh_from_db()
    assert (hotline.checked_on, hotline.valid_until) == (today, until)
    assert HotlineCheck.objects.get().by == world.users["approver"]
    assert [one.hotline.number for one in due_soon()] == ["111"]


def test_a_rights_sentence_whose_time_is_over_stops_the_text(world: StaffWorld) -> None:
    today, vi = timezone.localdate(), Language.objects.get(code="vi")
    old = "Nạn nhân được bảo vệ, được trợ giúp pháp lý miễn phí theo luật cũ."
    RightsText.objects.create(
        language=vi, sentence=old, passage=old, source="Luật cũ hư cấu",
        valid_from=dt.date(2020, 1, 1), valid_to=today - dt.timedelta(days=1),
    )  # fmt: skip
    assert {one.code for one in check(f"{old} Gọi 111.")} == {"rights-lapsed"}
    assert check(f"{old} Gọi 111.", on=today - dt.timedelta(days=1)) == []


def test_what_a_reachable_platform_refuses_stops_the_text_at_its_field(world: StaffWorld) -> None:
    page = world.material(social_text=f"{TEXT} " + "Hỏi kỹ. " * 9000)
    assert [one for one in findings_in(snapshot_of(page), "vi") if one.finding.code == "platform-refuses"] == []
    world.channel("facebook")
    (placed,) = [one for one in findings_in(snapshot_of(page), "vi") if one.finding.code == "platform-refuses"]
    assert (placed.field, placed.finding.level) == ("social_text", "block")
    assert findings_in(snapshot_of(world.material()), "vi") == []
