"""Staff in a real Chromium: fixtures ``staff`` (who works here) and ``open_as`` (a signed-in page of a role)."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import PHONE
from tests.campaigns.staff_world import StaffWorld, build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SizeOf = dict[str, int]
DESKTOP: SizeOf = {"width": 1280, "height": 900}
SMALL: SizeOf = PHONE


@pytest.fixture
def staff(transactional_db: None) -> StaffWorld:
    return build()


@pytest.fixture
def open_as(chromium: "Browser", live_server: Any, staff: StaffWorld) -> Iterator[Callable[..., "Page"]]:
    """``open_as(role, address, size, **options)``: a page of its own context, signed in."""
    yield from opener(chromium, live_server, staff)


def opener(browser: "Browser", live_server: Any, staff: StaffWorld, **always: Any) -> Iterator[Callable[..., "Page"]]:
    """What :func:`open_as` gives, in any browser; ``always`` are options of each of its contexts."""
    contexts = []

    def open_page(role: str, address: str, size: SizeOf = DESKTOP, **options: Any) -> "Page":
        context = browser.new_context(viewport=size, locale="vi-VN", **always, **options)  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        contexts.append(context)
        cookie = staff.client(role).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}{address}")
        return page

    yield open_page
    for context in contexts:
        # A draft that is being stored by itself comes to its end before its page goes.
        for page in context.pages:
            page.goto("about:blank")
        context.close()
