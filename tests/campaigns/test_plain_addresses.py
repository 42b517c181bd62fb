"""Addresses of pages in plain letters, made by the server and by the editor's script alike."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from campaigns.models.addresses import plain_slug
from tests.campaigns.staff_browser import open_as, staff
from tests.campaigns.staff_world import StaffWorld, world

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["open_as", "staff", "world"]

TITLES = {
    "Đi đâu cũng để lại lời nhắn": "di-dau-cung-de-lai-loi-nhan",
    "Việc nhẹ, lương cao? Hỏi ĐỦ bảy câu": "viec-nhe-luong-cao-hoi-du-bay-cau",
    "Ừ, Ỷ lại người quen vẫn gặp rủi ro: 5 dấu hiệu": "u-y-lai-nguoi-quen-van-gap-rui-ro-5-dau-hieu",
    "Thôn biên giới — cả thôn cùng biết (ẵ ặ ỗ ợ ữ ỵ)": "thon-bien-gioi-ca-thon-cung-biet-a-a-o-o-u-y",
}


@pytest.mark.parametrize(("title", "slug"), TITLES.items())
def test_a_vietnamese_title_gives_a_plain_readable_address(title: str, slug: str) -> None:
    assert re.sub("-+", "-", plain_slug(title)) == slug


def test_a_title_in_another_script_still_gets_an_address() -> None:
    assert re.fullmatch(r"[a-z0-9-]+", plain_slug("防止拐卖"))


def test_a_page_saved_without_an_address_gets_a_plain_one(world: StaffWorld) -> None:
    title = "Đi đâu cũng để lại lời nhắn thử"
    pages = [world.material(title=title, slug="") for _number in range(2)]
    assert [page.slug for page in pages] == [
        "di-dau-cung-de-lai-loi-nhan-thu",
        "di-dau-cung-de-lai-loi-nhan-thu-2",
    ]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_typing_a_title_in_the_editor_gives_the_same_address(
    staff: StaffWorld, open_as: Callable[..., "Page"]
) -> None:
    from playwright.sync_api import expect

    page = open_as("author", reverse("wagtailadmin_pages:add", args=["campaigns", "materialpage", staff.section.pk]))
    page.wait_for_load_state("networkidle")
    for title, slug in TITLES.items():
        page.locator("#id_title").press("Control+a")
        page.locator("#id_title").press("Delete")
        page.locator("#id_title").press_sequentially(title)
        page.locator("#id_title").blur()
        expect(page.locator("#id_slug")).to_have_value(slug)
