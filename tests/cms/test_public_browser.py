"""The public pages in a real Chromium, on a small phone, mostly with JavaScript switched off."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.utils import translation
from django.utils.translation import gettext as _

from tests.campaigns.public_site import PublicSite

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATHS = (
    "/",
    "/tai-lieu/",
    "/su-kien/",
    "/tai-lieu/bay-cau-hoi/",
    "/tai-lieu/ban-moi/",
    "/su-kien/mit-tinh/",
    "/hmn-x-vn/tai-lieu/bay-cau-hoi/",
    "/pcc-x-giay/tai-lieu/bay-cau-hoi/",
    "/khong-co-trang-nay/",
)


@pytest.fixture
def site(transactional_db: None, live_server: Any, public_site: PublicSite) -> Any:
    return live_server


@pytest.fixture
def asked(phone: "Page") -> list["Request"]:
    """Every request that the page makes."""
    requests: list[Request] = []
    phone.on("request", lambda request: requests.append(request))
    return requests


def test_reading_sets_no_cookie_and_asks_nobody_else(phone: "Page", site: Any, asked: list["Request"]) -> None:
    for path in PATHS:
        phone.goto(site.url + path)
        phone.wait_for_load_state("networkidle")
    assert phone.context.cookies() == []
    assert {urlsplit(request.url).netloc for request in asked} == {urlsplit(site.url).netloc}


def test_the_browser_obeys_the_policy_and_nothing_of_ours_breaks_it(chromium: "Browser", site: Any) -> None:
    page = chromium.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path in PATHS[:-1]:
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
    assert said == []
    page.evaluate(
        "document.head.append(Object.assign(document.createElement('script'), {textContent: 'window.evil=1'}))"
    )
    assert page.evaluate("window.evil") is None
    page.close()


@pytest.mark.parametrize("width", [360, 320])
def test_no_page_scrolls_sideways(chromium: "Browser", site: Any, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 740})
    for path in PATHS:
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.close()


def test_quick_exit_leaves_without_script(phone: "Page", site: Any) -> None:
    phone.route("https://www.google.com.vn/**", lambda route: route.fulfill(body="weather", content_type="text/html"))
    sent: list[dict[str, str]] = []
    phone.on("request", lambda request: sent.append(request.headers) if "google" in request.url else None)
    phone.goto(site.url + "/tai-lieu/bay-cau-hoi/")
    phone.mouse.wheel(0, 1500)
    exit_link = phone.locator("a.exit")
    box = exit_link.bounding_box()
    assert box
    assert 0 <= box["y"] < 100, "it stays in sight while reading"
    assert box["height"] >= 44
    exit_link.click()
    phone.wait_for_url("https://www.google.com.vn/")
    assert "referer" not in sent[0]


def test_quick_exit_takes_the_page_out_of_the_history_where_script_runs(chromium: "Browser", site: Any) -> None:
    page = chromium.new_page()
    page.route("https://www.google.com.vn/**", lambda route: route.fulfill(body="weather", content_type="text/html"))
    page.goto(site.url + "/")
    page.goto(site.url + "/tai-lieu/bay-cau-hoi/")
    page.click("a.exit")
    page.wait_for_url("https://www.google.com.vn/")
    page.go_back()
    assert page.url == site.url + "/"
    page.close()


def test_the_hotlines_stay_in_sight_and_can_be_tapped(phone: "Page", site: Any) -> None:
    phone.goto(site.url + "/tai-lieu/bay-cau-hoi/")
    for scroll in (0, 1500):
        phone.mouse.wheel(0, scroll)
        for number in ("111", "113"):
            box = phone.locator(f'.lines a[href="tel:{number}"]').bounding_box()
            assert box
            assert box["height"] >= 44
            assert 0 <= box["y"] <= 740 - box["height"]


def test_a_reader_changes_the_language_and_comes_back(phone: "Page", site: Any) -> None:
    phone.goto(site.url + "/tai-lieu/bay-cau-hoi/")
    phone.get_by_role("link", name="Hmôngz", exact=True).click()
    assert phone.locator("h1").inner_text() == "Xav lus nug"
    assert phone.locator("html").get_attribute("lang") == "hmn-x-vn"
    phone.get_by_role("link", name="Tiếng Việt", exact=True).click()
    assert phone.locator("html").get_attribute("lang") == "vi"


def test_a_reader_finds_a_material_from_the_home_page(phone: "Page", site: Any) -> None:
    phone.goto(site.url + "/")
    phone.get_by_role("link", name="Việc nhẹ lương cao: bảy câu hỏi trước khi lên xe").click()
    assert phone.url == site.url + "/tai-lieu/bay-cau-hoi/"
    phone.goto(site.url + "/tai-lieu/bay-cau-hoi/#nhom-parents")
    assert phone.locator("#nhom-parents").is_visible()


def test_the_keyboard_finds_the_text_first(chromium: "Browser", site: Any) -> None:
    page = chromium.new_page()
    page.goto(site.url + "/tai-lieu/bay-cau-hoi/")
    page.keyboard.press("Tab")
    with translation.override("vi"):
        assert page.evaluate("document.activeElement.textContent") == _("Skip to the text")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "noi-dung"
    page.close()


# Text over a picture or a pattern is left to the eye.
CONTRAST = """() => {
  const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (style.backgroundImage !== 'none') return null;
      const colour = parse(style.backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    const behind = own && ground(element);
    if (!behind) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) faint.push(`${element.tagName} ${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 30)}`);
  }
  return faint;
}"""


def test_all_words_stand_out_from_their_ground(chromium: "Browser", site: Any) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1, where the ground is one colour."""
    page = chromium.new_page()
    for path in PATHS:
        page.goto(site.url + path)
        assert page.evaluate(CONTRAST) == [], path
    page.close()


def test_a_first_visit_is_light(phone: "Page", site: Any) -> None:
    """DESIGN section 7: at most 60 kB, picture included."""
    sizes: list[int] = []
    phone.on("response", lambda response: sizes.append(int(response.headers.get("content-length", "0"))))
    phone.goto(site.url + "/tai-lieu/bay-cau-hoi/")
    phone.wait_for_load_state("networkidle")
    assert len(sizes) >= 2
    assert all(sizes)
    assert sum(sizes) <= 60_000
