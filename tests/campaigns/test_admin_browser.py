"""In a real Chromium: an author submits, an approver approves, a channel manager posts, the outbox shows it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from campaigns.models import Approval, MaterialPage
from publishers import outbox
from publishers.models import Delivery
from tests.campaigns.staff_browser import SMALL, open_as, staff
from tests.campaigns.staff_world import StaffWorld

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["open_as", "staff"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "duong-day-111"


def test_from_the_authors_desk_to_the_outbox(staff: StaffWorld, open_as: Callable[..., "Page"]) -> None:
    material = staff.material()
    edit = reverse("wagtailadmin_pages:edit", args=[material.pk])

    author = open_as("author", edit)
    author.fill("#id_summary", f"{material.summary} Gọi ngay khi nghi ngờ.")
    author.locator("footer [data-w-dropdown-target=toggle]").click()
    author.locator("button[name=action-submit]").click()
    author.wait_for_load_state()
    assert author.locator("button[data-workflow-action-name=approve]").count() == 0

    approver = open_as("approver", reverse("wagtailadmin_home"), SMALL)
    approver.locator(f".loa-buttons a[href='{edit}']").click()
    approver.locator("footer button[data-workflow-action-name=approve]").first.click()
    approver.wait_for_url(lambda url: not url.endswith(edit))
    page = MaterialPage.objects.get(pk=material.pk)
    assert page.live
    assert page.summary.endswith("Gọi ngay khi nghi ngờ.")
    assert Approval.objects.get(page=page).approved_by == staff.users["approver"]

    channel = staff.channel("telegram", "Kênh Thanh niên")
    manager = open_as("approver", reverse("loa_content_to_post"), SMALL)
    manager.get_by_role("link", name=page.title).click()
    manager.locator(f"input[name=channels][value='{channel.pk}']").check()
    manager.locator("input[name=when][value=now]").check()
    manager.locator("form button[value=look]").click()
    manager.locator("form button[value=post]").click()
    manager.wait_for_url("**/lich-dang/*/")
    assert manager.get_by_text("Kênh Thanh niên").count()

    outbox_page = open_as("author", reverse("loa_outbox"), SMALL)
    assert outbox_page.get_by_role("link", name=page.title).is_visible()
    assert outbox_page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


def test_the_outbox_refreshes_by_itself_at_the_same_place(staff: StaffWorld, open_as: Callable[..., "Page"]) -> None:
    staff.posting(*[staff.channel("feed", f"Kênh số {number}") for number in range(8)])
    page = open_as("channel_manager", reverse("loa_outbox"), SMALL)
    page.wait_for_load_state("networkidle")
    watched = page.locator(".loa-stack tbody tr").nth(5)
    watched.scroll_into_view_if_needed()
    before = watched.bounding_box()
    row = Delivery.objects.order_by("-due", "-pk")[7]
    outbox.move(delivery_id=row.pk, before=("scheduled",), after="failed", by="test", error_code="refused")
    page.locator(".loa-stack .loa-state--bad").wait_for()
    assert before is not None
    assert page.locator(".loa-stack tbody tr").nth(5).bounding_box() == before


def test_signing_in_by_hand(staff: StaffWorld, chromium: "Browser", live_server: Any) -> None:
    author = staff.users["author"]
    author.set_password(PASSWORD)
    author.save()
    context = chromium.new_context(viewport=SMALL, locale="vi-VN")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{live_server.url}/quan-tri/")
    assert page.locator("h1").inner_text().strip() == "Loa"
    page.fill("#id_username", "author")
    page.fill("#id_password", PASSWORD)
    page.locator("form.login-form button[type=submit]").click()
    page.locator(".loa-home").wait_for()
    context.close()
