"""In a real Chromium: best slots and a second person's tap on a phone; the editor's preview against the sandbox."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns import fanout
from campaigns.models import MaterialPage, Posting, PostingState
from campaigns.previews.shown import STAND_IN
from publishers.models import Delivery
from publishers.sandbox.server import SandboxServer
from publishers.sender import work_a_shift
from tests.campaigns.staff_world import TEXT, StaffWorld
from tests.campaigns.test_admin_browser import SMALL, open_as, staff

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


def test_the_telegram_preview_in_the_editor_is_what_the_sandbox_got(
    staff: StaffWorld, open_as: Callable[..., "Page"], tmp_path: Any, settings: Any
) -> None:
    material, typed = staff.material(), f"{TEXT} Hỏi <ai> & ở đâu?"
    author = open_as("author", reverse("wagtailadmin_pages:edit", args=[material.pk]))
    author.locator("[data-side-panel-toggle=preview]").first.click()
    preview = author.frame_locator("#w-preview-iframe")
    preview.locator("h1").first.wait_for()
    author.select_option("#id_preview_mode", "telegram")
    preview.locator(".bubble").wait_for()
    author.get_by_role("tab", name="Văn bản cho kênh").click()
    author.fill("#id_social_text", typed)
    bubble = preview.locator(".bubble .text", has_text="Hỏi <ai>")
    bubble.wait_for()
    shown = bubble.inner_text()
    material.refresh_from_db()
    assert material.social_text == ""  # A draft's revision may have been kept; the live row was not touched.

    page = MaterialPage.objects.get(pk=staff.approved(social_text=typed).pk)
    channel = staff.channel("telegram")
    with SandboxServer(tmp_path / "sandbox.jsonl") as server:
        settings.LOA_SANDBOX_URL = server.url
        now = timezone.now()
        fanout.post(key="k", campaign=staff.campaign, page=page, channels=[channel], due=now, by=staff.chief)
        work_a_shift(6)
        [sent] = [json.loads(line) for line in server.log_path.read_text(encoding="utf-8").splitlines()]
    code = Delivery.objects.get().message["link"].rsplit("/", 1)[1]
    assert shown.replace(STAND_IN, code) == sent["text"]
