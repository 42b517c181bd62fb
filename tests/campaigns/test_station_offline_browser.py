"""Without a network: the station's pages open, confirmations are kept, and each is sent exactly once later."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import Playback
from campaigns.personal.links import hand_over, station_link
from tests.browser import PHONE
from tests.campaigns.personal_world import station, world

__all__ = ["station", "world"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def earlier():
    return timezone.localtime().replace(second=0, microsecond=0) - dt.timedelta(minutes=30)


@pytest.fixture
def item(world, station, earlier):
    slots = [earlier - dt.timedelta(hours=6), earlier]
    details = {"slots": [slot.isoformat() for slot in slots]}
    return world.item(station.channel, due=slots[0] - dt.timedelta(hours=1), details=details)


@pytest.fixture
def home(live_server, station):
    return f"{live_server.url}/tram/{station_link(station.channel).token}/"


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport=PHONE, locale="vi-VN")
    context.set_default_timeout(15_000)
    made = context.new_page()
    made.problems = []
    made.on("pageerror", lambda error: made.problems.append(str(error)))
    made.on("console", lambda line: made.problems.append(line.text) if "Content Security" in line.text else None)
    yield made
    context.close()


def seen_once(page, home):
    """Open the station as its operator does at home; the phone keeps its pages."""
    page.goto(home)
    page.wait_for_selector("html[data-kept]")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def test_confirmations_are_kept_offline_and_sent_exactly_once(page, home, item):
    seen_once(page, home)
    page.context.set_offline(True)
    page.goto(home)  # from the phone
    expect(page.locator("#kept")).to_contain_text("Không có mạng")
    for slot in range(2):
        page.goto(f"{home}phat/{item.pk}/")
        page.locator("input[name=slot]").nth(slot).check()
        page.click("button.btn >> nth=0")
        expect(page.locator("#kept")).to_contain_text(f"Đang chờ gửi: {slot + 1}")
    assert Playback.objects.count() == 0
    other = page.context.new_page()  # a second tab of the same phone sends the same list
    page.context.set_offline(False)
    other.goto(home)
    page.goto(home)
    expect(page.locator("#kept")).not_to_contain_text("Đang chờ gửi")
    kept = f"localStorage.getItem('loa-kept:{home[home.index('/tram/') :]}')"
    page.wait_for_function(f"{kept} === '[]'")
    assert Playback.objects.count() == 2
    assert len(set(Playback.objects.values_list("key", flat=True)) - {""}) == 2
    assert page.problems == []


def test_online_the_two_taps_stay_two_taps_and_a_lost_answer_counts_once(page, home, item):
    page.goto(f"{home}phat/{item.pk}/")
    address = f"**/phat/{item.pk}/"

    def lose(route):
        """The site gets it; its answer never arrives."""
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.context.route(address, lose)
    page.click("button.btn >> nth=0")
    expect(page.locator("#kept")).to_contain_text("Đang chờ gửi: 1")
    assert Playback.objects.count() == 1
    page.context.unroute(address)
    page.goto(home)
    expect(page.locator("#kept")).to_contain_text("Đã gửi hết")
    assert Playback.objects.count() == 1
    page.goto(f"{home}phat/{item.pk}/")
    page.click("button.btn >> nth=0")
    page.wait_for_url("**/?xong=*")
    assert Playback.objects.count() == 2


def test_a_link_handed_over_keeps_nothing_on_the_phone(page, home, item, station):
    seen_once(page, home)
    page.context.set_offline(True)
    page.goto(f"{home}phat/{item.pk}/")
    page.click("button.btn >> nth=0")
    expect(page.locator("#kept")).to_contain_text("Đang chờ gửi: 1")
    hand_over(station_link(station.channel), "Người khác")
    page.context.set_offline(False)
    expect(page.locator("#kept")).to_contain_text("không còn dùng")
    assert page.goto(home).status == 410
    assert page.evaluate("caches.keys()") == []
    assert Playback.objects.count() == 0
