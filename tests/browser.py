"""A real Chromium for tests of pages: fixtures ``chromium`` (the browser) and ``phone`` (a small page)."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = {"width": 360, "height": 740}
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of a Chromium on this machine: LOA_CHROMIUM, one on the path, or Playwright's own."""
    named = os.environ.get("LOA_CHROMIUM")
    if named:
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if os.path.exists(own) else None


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """One headless Chromium for a module: as long as it lives, no other event loop runs in this thread."""
    pytest.importorskip("playwright", reason="playwright is not installed: no test in a real browser")
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium found: install Debian's package “chromium” or name one in LOA_CHROMIUM")
    from playwright.sync_api import sync_playwright

    # Playwright's synchronous API runs an event loop in this thread; Django would take it for async code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def phone(chromium: "Browser") -> Iterator["Page"]:
    """A page on a small phone, 360 px wide, with JavaScript switched off."""
    context = chromium.new_context(viewport=PHONE, device_scale_factor=2, java_script_enabled=False, locale="vi-VN")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
