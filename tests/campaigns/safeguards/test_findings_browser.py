"""In a real Chromium: an unsafe text is marked while it is typed, mended by a click, and refused until then."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from campaigns.models import MaterialPage
from tests.campaigns.staff_browser import DESKTOP, SMALL, open_as, staff
from tests.campaigns.staff_world import TEXT, StaffWorld

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["open_as", "staff"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STIGMA = f"Họ bị gọi là gái bán hoa. {TEXT}"


@pytest.fixture(autouse=True)
def _drafts_are_stored(staff: StaffWorld) -> Iterator[None]:
    """What the last page still sends is answered before the database is emptied."""
    yield
    time.sleep(1)


def submit(page: "Page") -> None:
    # Let the draft be stored by itself first: two writers at once are not what is tried here.
    page.wait_for_timeout(3000)
    page.locator("footer [data-w-dropdown-target=toggle]").click()
    page.locator("button[name=action-submit]").click()
    page.wait_for_load_state()


def test_a_blocked_submit_is_mended_from_the_panel(staff: StaffWorld, open_as: Callable[..., "Page"]) -> None:
    material = staff.material()
    page = open_as("author", reverse("wagtailadmin_pages:edit", args=[material.pk]), DESKTOP)
    page.locator("[data-side-panel-toggle=loa-findings]").click()
    page.get_by_role("tab", name="Văn bản cho kênh").click()
    page.fill("#id_message_text", STIGMA)
    row = page.locator(".loa-finding")
    row.wait_for()
    submit(page)
    page.locator(".w-field__errors", has_text="gái bán hoa").wait_for(state="attached")
    assert MaterialPage.objects.get(pk=material.pk).current_workflow_state is None

    page.locator("[data-side-panel-toggle=loa-findings]").wait_for()
    if not page.locator("[data-loa-findings]").is_visible():
        page.locator("[data-side-panel-toggle=loa-findings]").click()
    page.locator("[data-loa-findings-state]", has_text="vừa gõ").wait_for()
    page.locator(".loa-finding [data-loa-go]").first.click()
    chosen = (
        "() => { const field = document.activeElement;"
        " return (field.value || '').slice(field.selectionStart, field.selectionEnd) }"
    )
    page.wait_for_function(f"({chosen})() === 'gái bán hoa'")
    page.locator(".loa-finding [data-loa-cure=replace]").first.click()
    page.wait_for_function(
        "document.querySelector('#id_message_text').value.startsWith('Họ bị gọi là người bị ép bán dâm.')"
    )
    page.locator(".loa-finding").wait_for(state="detached")
    submit(page)
    assert MaterialPage.objects.get(pk=material.pk).current_workflow_state is not None


def test_rights_and_hotline_are_a_tap_away_on_a_phone(staff: StaffWorld, open_as: Callable[..., "Page"]) -> None:
    material = staff.material(message_text="Hỏi kỹ trước khi đi.")
    page = open_as("author", reverse("wagtailadmin_pages:edit", args=[material.pk]), SMALL)
    toggle = page.locator("[data-side-panel-toggle=loa-findings]")
    toggle.click()
    for left in (1, 0):
        page.locator(".loa-finding [data-loa-cure=add]").first.click()
        page.wait_for_function("n => document.querySelectorAll('.loa-finding').length === n", arg=left)
    page.locator("[data-loa-findings-list] .loa-state--good").wait_for()
    text = page.input_value("#id_message_text")
    assert "111" in text
    assert "quyền" in text
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


def test_what_does_not_fit_the_summary_goes_on_in_the_channels_text(
    staff: StaffWorld, open_as: Callable[..., "Page"]
) -> None:
    summary = "Hỏi kỹ trước khi đi: gọi 111 khi lo lắng. " + "Đi đâu cũng nhắn cho người nhà. " * 6
    material = staff.material(summary=summary, message_text="", social_text="", loudspeaker_text="")
    page = open_as("author", reverse("wagtailadmin_pages:edit", args=[material.pk]), DESKTOP)
    page.locator("[data-side-panel-toggle=loa-findings]").click()
    page.locator(".loa-finding").first.wait_for()
    # Once for what is read, once for what is read aloud.
    for field in ("#id_social_text", "#id_loudspeaker_text"):
        page.locator(".loa-finding [data-loa-cure=add]").first.click()
        page.wait_for_function(
            "([at, begin]) => document.querySelector(at).value.startsWith(begin)", arg=[field, summary.strip()]
        )
        page.locator("[data-loa-findings-state]", has_text="vừa gõ").wait_for()
    # And once in the page's own text.
    page.locator(".loa-finding [data-loa-cure=add]").first.click()
    page.locator("[data-loa-findings-list] .loa-state--good").wait_for()
    assert page.input_value("#id_summary").strip() == summary.strip()
    submit(page)
    assert MaterialPage.objects.get(pk=material.pk).current_workflow_state is not None


def test_a_line_that_breaks_keeps_what_was_found(staff: StaffWorld, open_as: Callable[..., "Page"]) -> None:
    material = staff.material(message_text=STIGMA)
    page = open_as("author", reverse("wagtailadmin_pages:edit", args=[material.pk]), DESKTOP)
    page.locator("[data-side-panel-toggle=loa-findings]").click()
    assert page.locator(".loa-finding").count() == 1, "drawn by the server, before any request"
    page.route("**/dang-viet/", lambda route: route.abort())
    page.get_by_role("tab", name="Văn bản cho kênh").click()
    page.fill("#id_message_text", f"{STIGMA} Thêm.")
    page.locator("[data-loa-findings-state]", has_text="Chưa kiểm tra được").wait_for()
    assert page.locator(".loa-finding").count() == 1
    page.unroute("**/dang-viet/")
    page.fill("#id_message_text", TEXT)
    page.locator(".loa-finding").wait_for(state="detached")
