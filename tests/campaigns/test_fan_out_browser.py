"""In a real Chromium: best slots on the fan-out screen, and a second person's tap on a phone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Posting, PostingState
from publishers.models import Delivery
from tests.campaigns.staff_browser import SMALL, open_as, staff
from tests.campaigns.staff_world import StaffWorld

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["open_as", "staff"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_best_slots_and_a_second_persons_tap(staff: StaffWorld, open_as: Callable[..., "Page"]) -> None:
    page = staff.approved()
    for number in range(3):
        channel = staff.channel("manual", f"Nhóm thôn {number}")
        channel.audience.best_times = "06:45, 18:20"
        channel.audience.save()
    staff.channel("telegram", "Kênh tỉnh")

    manager = open_as("channel_manager", reverse("loa_post", args=[page.pk]))
    manager.fill("[data-find]", "nhom thon")
    assert not manager.locator("label", has_text="Kênh tỉnh").is_visible()
    manager.locator("[data-kind=manual] [data-kind-all]").click()
    assert manager.locator("[data-count]").inner_text() == "3"
    manager.check("input[name=when][value=best]")
    manager.locator("button[value=look]").click()
    manager.locator(".loa-times li").nth(2).wait_for()
    manager.locator("form button[value=post]").click()
    manager.wait_for_url("**/lich-dang/*/")
    assert Posting.objects.get().state == PostingState.WAITING
    assert not Delivery.objects.exists()

    approver = open_as("approver", reverse("wagtailadmin_home"), SMALL)
    address = reverse("loa_decide_posting", args=[Posting.objects.get().pk])
    approver.locator(f".loa-buttons a[href='{address}']").click()
    approver.locator("button[value=approve]").wait_for()
    assert approver.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    approver.locator("button[value=approve]").click()
    approver.wait_for_url("**/quan-tri/")
    times = {f"{timezone.localtime(row.due):%H:%M}" for row in Delivery.objects.all()}
    assert Delivery.objects.count() == 3
    assert times <= {"06:45", "18:20"}
