"""The week grid in a real browser: keys fill it, one tap fills a day, a phone shows it whole."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from campaigns.models import Playback
from tests.campaigns.personal_world import World, today_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(chromium, live_server):
    world = World()
    world.author.user_permissions.set(
        Permission.objects.filter(codename__in=["access_admin", "add_playback", "view_playback", "view_posting"])
    )
    for name in ("Trạm một", "Trạm hai"):
        station = world.station(name=name, networked=False)
        slots = [today_at(5, 15, -2), today_at(17, 30, -2)]
        world.item(
            station.channel, due=slots[0] - dt.timedelta(hours=9), details={"slots": [s.isoformat() for s in slots]}
        )
    client = Client()
    client.force_login(world.author)
    context = chromium.new_context(viewport={"width": 360, "height": 900}, locale="vi-VN")
    context.set_default_timeout(20_000)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    made = context.new_page()
    made.problems = []
    made.on("pageerror", lambda error: made.problems.append(str(error)))
    made.goto(f"{live_server.url}/quan-tri/phat-loa/tuan/?tuan={timezone.localdate() - dt.timedelta(days=2)}")
    yield made
    context.close()


def test_a_week_is_entered_by_keys_for_several_stations(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".loa-entry select").first.focus()
    page.keyboard.press("d")  # on to the next box by itself
    page.keyboard.press("k")
    page.keyboard.press("l")  # a fault asks for the minutes
    page.keyboard.type("0:20")
    page.keyboard.press("Enter")
    page.keyboard.press("d")
    for station in page.locator(".loa-station").all():
        station.locator("input[value=phone]").check()
    page.click("button.loa-big")
    page.wait_for_selector(".messages .success")
    assert sorted(Playback.objects.values_list("outcome", "source")) == [
        ("fault", "phone"),
        ("not-played", "phone"),
        ("played", "phone"),
        ("played", "phone"),
    ]
    assert Playback.objects.get(outcome="fault").seconds == 20
    assert page.problems == []
