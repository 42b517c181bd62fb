"""In a real Chromium: author → version → native reader's link on a 360 px phone → approval."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from campaigns.models import (
    Approval,
    BackTranslation,
    Language,
    MaterialPage,
    NativeReader,
    ReaderVerdict,
    ReviewRequest,
)
from campaigns.personal.links import url_of
from tests.campaigns.staff_browser import SMALL, open_as, staff
from tests.campaigns.staff_world import TEXT, StaffWorld
from tests.campaigns.test_personal_browser import fits
from tests.campaigns.test_reader_review import sound

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["open_as", "staff"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def submit(page: "Page") -> None:
    page.locator("footer [data-w-dropdown-target=toggle]").click()
    page.locator("button[name=action-submit]").click()
    page.wait_for_load_state()


def address_on(live_server: Any, asked: ReviewRequest) -> str:
    return f"{live_server.url}/{url_of(asked.link).split('/', 3)[3]}"


def test_from_the_author_to_the_readers_phone_to_the_approver(
    staff: StaffWorld, open_as: Callable[..., "Page"], phone: "Page", live_server: Any
) -> None:
    mong = Language.objects.get(key="mong-rpa")
    staff.users["translator"].groups.add(mong.translators)
    source = staff.material()
    submit(open_as("author", reverse("wagtailadmin_pages:edit", args=[source.pk])))
    MaterialPage.objects.get(pk=source.pk).current_workflow_task_state.approve(user=staff.users["approver"])

    translator = open_as("translator", reverse("loa_translate", args=[source.pk]))
    translator.locator(f"form[action$='/{source.pk}/'] button[type=submit]").click()
    translator.wait_for_url("**/edit/")
    translator.fill("#id_title", "Hauj lwm yooj yim")
    translator.fill("#id_summary", f"Nug ua ntej mus. {TEXT}")
    submit(translator)
    draft = MaterialPage.objects.get(locale__language_code=mong.code)

    reading = reverse("loa_reading", args=[draft.pk])
    manager = open_as("channel_manager", reverse("loa_readings"), SMALL)
    manager.locator(f".loa-buttons a[href='{reading}']").click()
    manager.fill("#id_new_name", "Thào Thị Thử")
    manager.locator(".loa-ask button[type=submit]").click()
    manager.locator("[data-loa-copy]").wait_for()
    assert manager.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    asked = ReviewRequest.objects.get()
    assert url_of(asked.link) in manager.locator(f"#loa-ask-{asked.pk}").inner_text()

    phone.goto(address_on(live_server, asked))
    fits(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    assert "Nug ua ntej mus." in phone.locator("main").inner_text()
    source_text = phone.locator("section details .read").first
    assert not source_text.is_visible()
    phone.locator("section summary").first.click()
    assert source_text.is_visible()
    phone.fill("#back", "Hỏi trước khi đi. Gọi 111.")
    phone.click("button[value=right]")
    phone.wait_for_url("**?xong=1")
    assert phone.locator(".note").is_visible()
    assert phone.context.cookies() == []
    assert ReaderVerdict.objects.get().reader == NativeReader.objects.get(name="Thào Thị Thử")

    approver = open_as("approver", reverse("wagtailadmin_pages:edit", args=[draft.pk]), SMALL)
    panel = approver.locator("#loa-reading")
    assert "Hỏi trước khi đi. Gọi 111." in panel.inner_text()
    assert "Thào Thị Thử" in panel.inner_text()
    approver.locator("footer button[data-workflow-action-name=approve]").first.click()
    approver.wait_for_url(lambda url: "/edit/" not in url)
    page = MaterialPage.objects.get(pk=draft.pk)
    assert page.live
    assert Approval.objects.get(page_id=draft.pk).approved_by == staff.users["approver"]
    assert BackTranslation.objects.get().by_reader is not None


def test_a_text_that_changed_is_read_again_and_sent_back_by_voice(
    staff: StaffWorld, phone: "Page", live_server: Any
) -> None:
    from tests.campaigns.test_reader_review import Scene

    scene = Scene(staff)
    phone.goto(address_on(live_server, scene.request))
    page = scene.page.get_latest_revision_as_object()
    page.summary = f"Lus tshiab. {TEXT}"
    page.save_revision(user=scene.translator, log_action=True)
    phone.click("button[value=right]")
    assert "Lus tshiab." in phone.locator("main").inner_text()
    assert phone.locator(".note.warn").is_visible()
    assert not ReaderVerdict.objects.exists()
    phone.locator("form summary").click()
    fits(phone)
    phone.set_input_files("#voice", {"name": "ghi am.wav", "mimeType": "audio/wav", "buffer": sound()})
    phone.click("button[value=change]")
    phone.wait_for_url("**?xong=1")
    verdict = ReaderVerdict.objects.get()
    assert verdict.verdict == "change"
    assert verdict.voice_note
    state = scene.page.current_workflow_state
    assert state.status == state.STATUS_NEEDS_CHANGES
