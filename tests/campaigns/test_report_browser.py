"""In a real Chromium: a report signer goes from a figure down to its source, then signs the report."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from campaigns.ledger import fold
from campaigns.models import LedgerRow, SignedReport
from tests.campaigns.reach_world import ReachWorld
from tests.campaigns.staff_browser import DESKTOP, SMALL, open_as, staff
from tests.campaigns.staff_world import StaffWorld
from tests.campaigns.test_report import busy

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["open_as", "staff"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEAK = "?period=peak&year=2026"


def fits(page: "Page", width: int) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)


def test_from_a_figure_to_its_source_and_to_the_signed_report(
    staff: StaffWorld, open_as: Callable[..., "Page"]
) -> None:
    busy(ReachWorld())
    fold()
    page = open_as("report_signer", reverse("reach_report") + PEAK, DESKTOP)
    assert page.get_by_text("DỰ THẢO", exact=True).count()
    page.locator("a[href*='indicator=views'][href*='basis=measured']").first.click()
    page.wait_for_url(f"**{reverse('reach_report_sources')}*")
    row = LedgerRow.objects.get(indicator__code="views")
    page.get_by_role("link", name=row.source_label).click()
    page.wait_for_url(f"**{reverse('loa_delivery', args=[row.source_key])}")

    small = open_as("report_signer", reverse("reach_report") + PEAK, SMALL)
    small.locator(f"a[href^='{reverse('reach_report_sign')}']").click()
    small.wait_for_url(f"**{reverse('reach_report_sign')}*")
    assert fits(small, SMALL["width"])
    small.fill("#id_title", "TRƯỞNG PHÒNG")
    small.fill("#id_name", "Lê Văn Mẫu")
    small.fill("#id_recipients", "- UBND tỉnh;\n- Lưu: VT.")
    if small.locator("#id_agency").count():
        small.fill("#id_agency", "Công an tỉnh Mẫu")
    small.locator("form[method=post] button[type=submit]").last.click()
    small.get_by_text("Hãy đánh dấu đã xem từng điểm").first.wait_for()
    assert not SignedReport.objects.exists()
    for box in small.locator("input[name=point]").all():
        box.check()
    small.locator("form[method=post] button[type=submit]").last.click()
    small.wait_for_url("**/da-ky/*/")
    signed = SignedReport.objects.get()
    assert fits(small, SMALL["width"])
    assert signed.digest in small.content()
    with small.expect_download() as started:
        small.locator("a[href$='/docx/']").click()
    content = started.value.path().read_bytes()
    assert hashlib.sha256(content).hexdigest() == signed.docx_digest
