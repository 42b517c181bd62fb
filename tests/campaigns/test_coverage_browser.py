"""In a real Chromium: the matrix on a desk and on a phone, from a missing cell to a translation beside its source."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from campaigns.models import Assignment, Language, MaterialPage
from campaigns.translations import start_translation
from tests.campaigns.staff_browser import SMALL, open_as, staff  # noqa: F401
from tests.campaigns.staff_world import StaffWorld

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_matrix_by_keyboard_and_a_cell_assigned(
    staff: StaffWorld,  # noqa: F811
    open_as: Callable[..., "Page"],  # noqa: F811
) -> None:
    for _number in range(12):
        staff.material()
    material = staff.approved()
    mong = Language.objects.get(key="mong-rpa")
    staff.users["translator"].groups.add(mong.translators)
    page = open_as("senior_editor", reverse("loa_coverage", args=[staff.campaign.pk]))
    cells = page.locator(".loa-cell a")
    assert page.locator(".loa-cell a[tabindex='0']").count() == 1, "Tab stops once in the matrix"
    cells.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    box = page.locator(".loa-matrix")
    assert box.evaluate("box => box.scrollLeft") > 0
    corner, side = page.locator(".loa-matrix__corner"), page.locator(".loa-matrix tbody th").nth(1)
    assert corner.bounding_box()["x"] == side.bounding_box()["x"] == box.bounding_box()["x"] + 1  # type: ignore[index]
    box.evaluate("box => { box.scrollTop = 400; box.scrollLeft = 0 }")
    assert corner.bounding_box()["y"] == box.bounding_box()["y"] + 1  # type: ignore[index]

    cell = reverse("loa_coverage_cell", args=[staff.campaign.pk, material.pk, mong.key])
    page.locator(f".loa-cell a[href='{cell}']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{cell}")
    page.locator("details summary").first.click()
    page.select_option("#id_write-owner", str(staff.users["translator"].pk))
    page.locator("button[value=assign]").first.click()
    page.locator(".messages .success").wait_for()
    assert Assignment.objects.get().owner == staff.users["translator"]
    page.locator(f".loa-buttons a[href='{reverse('loa_coverage', args=[staff.campaign.pk])}']").click()
    assert str(staff.users["translator"]) in page.locator(f".loa-cell a[href='{cell}']").inner_text()


def test_on_a_phone_from_a_missing_cell_to_the_source_beside_the_translation(
    staff: StaffWorld,  # noqa: F811
    open_as: Callable[..., "Page"],  # noqa: F811
) -> None:
    material, mong = staff.approved(), Language.objects.get(key="mong-rpa")
    writer = staff.users["translator"]
    writer.groups.add(mong.translators)
    page = open_as("translator", reverse("loa_coverage", args=[staff.campaign.pk]), SMALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    cell = page.locator(f".loa-cell a[href$='/{material.pk}/mong-rpa/']")
    assert "Mông (chữ quốc tế RPA)" in cell.inner_text()
    assert "chưa có" in cell.inner_text()
    cell.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    page.locator("button[value=begin]").click()
    page.wait_for_url("**/edit/")
    draft = MaterialPage.objects.get(translation_key=material.translation_key, locale__language_code=mong.code)
    assert draft.owner == writer

    material.summary = material.summary.replace("đủ bảy câu", "kỹ bảy câu")
    material.save_revision(user=staff.users["author"], log_action=True)
    material.get_workflow().start(material, staff.users["author"])
    MaterialPage.objects.get(pk=material.pk).current_workflow_task_state.approve(user=staff.users["approver"])
    desk = open_as("translator", reverse("wagtailadmin_pages:edit", args=[draft.pk]))
    desk.locator("[data-side-panel-toggle=source]").click()
    source = desk.locator("[data-side-panel=source]")
    source.locator("ins").wait_for()
    assert source.locator("ins").inner_text().strip().endswith("kỹ")
    assert source.locator("del").inner_text().strip().endswith("đủ")
    marks = source.locator("ins").evaluate("mark => getComputedStyle(mark, '::before').content")
    assert "+" in marks, "a mark that needs no colour"


def test_a_translation_is_begun_once(staff: StaffWorld, open_as: Callable[..., "Page"]) -> None:  # noqa: F811
    """Two tabs: the second finds the draft of the first."""
    material, mong = staff.approved(), Language.objects.get(key="mong-rpa")
    staff.users["translator"].groups.add(mong.translators)
    address = reverse("loa_coverage_cell", args=[staff.campaign.pk, material.pk, mong.key])
    tab = open_as("translator", address)
    draft = start_translation(content=material, language=mong, user=staff.users["author"])
    tab.locator("button[value=begin]").click()
    tab.wait_for_url(f"**{reverse('wagtailadmin_pages:edit', args=[draft.pk])}")
