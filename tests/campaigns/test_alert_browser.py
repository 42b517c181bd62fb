"""In a real Chromium, 360 px wide: a quick alert from its template to its readers, and its recall."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections
from django.urls import reverse

from campaigns.models import Bulletin, Posting
from publishers import health, sender
from publishers.models import Delivery
from publishers.sandbox.server import SandboxServer
from tests.campaigns.staff_browser import SMALL, open_as, staff
from tests.campaigns.staff_world import StaffWorld
from tests.publishers.conftest import posts, sandbox

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["open_as", "posts", "sandbox", "staff"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def work_a_shift(seconds: float) -> None:
    """A sender's shift in a thread of its own: Playwright's loop runs in this one."""
    shared: Any = connections["default"] if connection.is_in_memory_db() else None  # type: ignore[attr-defined]
    if shared is not None:
        shared.inc_thread_sharing()

    def run() -> None:
        if shared is not None:
            connections["default"] = shared
        sender.work_a_shift(seconds)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def fits(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"])


def test_a_quick_alert_on_a_phone_from_template_to_readers(
    staff: StaffWorld,
    sandbox: SandboxServer,
    posts: Callable[..., list[dict[str, Any]]],
    open_as: Callable[..., "Page"],
) -> None:
    channels = [staff.channel("telegram"), staff.channel("feed")]
    author = open_as("author", reverse("wagtailadmin_home"), SMALL)
    assert fits(author)
    author.locator(f"a[href='{reverse('loa_alert')}'].loa-big").click()
    author.locator("a[href='?mau=lua-viec-lam']").click()
    # The checks answer by themselves, and say what is still blank.
    author.locator("[data-loa-found] .loa-state--bad").first.wait_for()
    author.locator("[data-loa-blank]").click()
    assert author.evaluate("document.getSelection().toString()").startswith("[")
    author.locator("button[value=submit]").click()
    author.locator("#id_text[aria-invalid]").wait_for()
    assert not Bulletin.objects.exists()
    text = re.sub(r"\[[^\]]+\]", "Zalo", author.locator("#id_text").input_value())
    author.fill("#id_text", text)
    author.locator("[data-loa-found] .loa-state--good").wait_for()
    assert author.locator("[data-loa-count]").inner_text() == "2"
    assert fits(author)
    author.locator("button[value=submit]").click()
    author.wait_for_url(re.compile(r"/canh-bao/\d+/$"))
    assert author.locator("button[value=approve]").count() == 0

    approver = open_as("approver", reverse("wagtailadmin_home"), SMALL)
    bulletin = Bulletin.objects.get()
    approver.locator(f"a[href='{reverse('loa_bulletin', args=[bulletin.pk])}'].loa-big").click()
    approver.locator(".loa-message", has_text="Đang có người lạ dùng Zalo").first.wait_for()
    assert all(approver.get_by_text(channel.name).count() for channel in channels)
    assert fits(approver)
    approver.locator("button[value=approve]").click()
    approver.locator("meta[http-equiv=refresh]").wait_for(state="attached")
    work_a_shift(10)
    assert {row.state for row in Delivery.objects.all()} == {"sent"}
    assert len(posts()) == len(channels)
    # The page renews itself until everything is out.
    approver.locator("meta[http-equiv=refresh]").wait_for(state="detached")
    approver.locator(".loa-list .loa-state--good").nth(len(channels) - 1).wait_for()

    approver.locator(f"a[href='{reverse('loa_recall_bulletin', args=[bulletin.pk])}']").click()
    approver.locator("form button.no").click()
    approver.wait_for_url(re.compile(r"/ket-qua/$"))
    assert fits(approver)
    work_a_shift(10)
    assert {row.state for row in Delivery.objects.all()} == {"withdrawn"}
    correct = f"a[href$='dinh-chinh={Posting.objects.get().pk}']"
    approver.locator(correct).click()
    approver.locator("#id_title").wait_for()
    assert bulletin.title in approver.locator("#id_title").input_value()
    assert approver.locator("[data-loa-count]").inner_text() == "2"


def test_the_home_screams_while_nothing_is_sent(staff: StaffWorld, open_as: Callable[..., "Page"]) -> None:
    home = open_as("author", reverse("wagtailadmin_home"), SMALL)
    assert home.locator(".loa-alarm").is_visible()
    assert fits(home)
    health.beat("sender")
    home.reload()
    assert home.locator(".loa-alarm").count() == 0
