"""In a real Chromium, on a phone: a consent is withdrawn, everything it touches is named before and after."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from campaigns.models import Approval, Consent
from publishers.models import Delivery
from tests.campaigns.staff_browser import DESKTOP, SMALL, open_as, staff
from tests.campaigns.staff_world import StaffWorld
from tests.campaigns.test_consents import SAFE, SHOWN, consent, portrait

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["open_as", "staff"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_consent_is_withdrawn_on_a_phone(staff: StaffWorld, open_as: Callable[..., "Page"]) -> None:
    picture = portrait()
    paper = consent(staff, picture, person="Người Mẫu Một")
    material = staff.approved(summary=SAFE, cover=picture)
    staff.posting(staff.channel("manual", "Nhóm thôn Mẫu"), page=material)
    reader = open_as("author", material.url, SMALL)
    assert SHOWN in reader.content()

    page = open_as("approver", reverse("loa_consents"), SMALL)
    page.get_by_role("link", name="1/2026-ĐY · Người Mẫu Một").click()
    page.get_by_role("link", name="Rút đồng ý").click()
    words = page.locator("main").inner_text()
    for named in ("Chân dung vẽ", material.title, "Nhóm thôn Mẫu", "tờ rơi bản in"):
        assert named in words
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    assert Consent.objects.get().withdrawn_at is None, "looking changes nothing"
    page.get_by_role("button", name="Rút và thu hồi").click()
    page.wait_for_url(f"**{reverse('loa_consent', args=[paper.pk])}")
    page.get_by_text("đã rút đồng ý", exact=True).first.wait_for()
    assert "Nhóm thôn Mẫu" in page.locator("main").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]

    assert Consent.objects.get().withdrawn_by == staff.users["approver"]
    assert Delivery.objects.get().state == "cancelled"
    assert Approval.objects.get().withdrawn_at
    reader.reload()
    assert material.title in reader.content()
    assert SHOWN not in reader.content()


def test_a_paper_is_recorded_from_the_pictures_own_page(
    staff: StaffWorld, open_as: Callable[..., "Page"], tmp_path_factory: pytest.TempPathFactory
) -> None:
    picture = portrait(uploaded_by_user=staff.users["author"])
    scan = tmp_path_factory.mktemp("giay") / "giay.pdf"
    scan.write_bytes(b"%PDF-1.4 giay")
    page = open_as("author", reverse("wagtailimages:edit", args=[picture.pk]), DESKTOP)
    page.get_by_text("có, chưa có đồng ý").wait_for()
    page.get_by_role("link", name="Ghi bản đồng ý").click()
    page.locator("input[name=who][value=other]").check()
    page.fill("#id_paper", "7/2026-ĐY")
    page.locator("input[name=age][value=child]").check()
    page.locator("#id_person_agreed").check()
    page.fill("#id_purpose", "Đợt cao điểm 30/7")
    page.locator("#id_everywhere").check()
    page.fill("#id_valid_until", "01/01/2027")
    page.locator("#id_scan").set_input_files(scan)
    page.get_by_role("button", name="Ghi vào").click()
    page.get_by_text("cha, mẹ hoặc người giám hộ cũng phải đồng ý").first.wait_for()
    assert not Consent.objects.exists()
    page.locator("#id_guardian_agreed").check()
    page.locator("#id_scan").set_input_files(scan)
    page.get_by_role("button", name="Ghi vào").click()
    page.get_by_text("còn hiệu lực").wait_for()
    assert list(Consent.objects.get().pictures.all()) == [picture]
