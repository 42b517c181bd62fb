"""The personal pages on a 360 px phone: real Chromium, JavaScript off unless a test says so."""

import datetime as dt
import io

import pytest
import zxingcpp
from django.utils import timezone
from PIL import Image

from campaigns import field_results
from campaigns.models import Activity, ManualPost, Playback
from campaigns.personal.links import field_link, manual_link, station_link, url_of
from campaigns.personal.qr import qr_svg
from publishers.message import Attachment
from tests.browser import PHONE
from tests.campaigns.personal_world import station, world

__all__ = ["station", "world"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def earlier():
    return timezone.localtime().replace(second=0, microsecond=0) - dt.timedelta(minutes=30)


@pytest.fixture
def item(world, station, earlier):
    return world.item(station.channel, due=earlier - dt.timedelta(hours=1), details={"slots": [earlier.isoformat()]})


@pytest.fixture
def home(live_server, station):
    return f"{live_server.url}/tram/{station_link(station.channel).token}/"


def fits(page):
    """Nothing is cut off at the side, and every button is big enough for a thumb (44 px)."""
    body = page.locator("body").bounding_box()
    for element in page.locator("a.btn, button.btn, input:visible, .links a, summary").all():
        box = element.bounding_box()
        if box is None:
            continue
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= body["width"]
    for element in page.locator("a.btn:visible, button.btn:visible, .links a:visible, summary:visible").all():
        assert element.bounding_box()["height"] >= 44


def test_a_play_is_confirmed_in_two_taps(phone, home, item, earlier):
    phone.goto(home)
    fits(phone)
    phone.click(f"#p{item.pk} a.btn")
    fits(phone)
    phone.click("button.btn >> nth=0")
    play = Playback.objects.get()
    assert (play.planned_for, play.operator_name) == (earlier, "Vàng A Mẫu")
    assert phone.locator(".note").count() == 1
    assert phone.context.cookies() == []


def test_a_reload_and_a_second_phone_change_nothing(phone, chromium, home, item):
    other = chromium.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    for page in (phone, other):
        page.goto(home)
        page.click(f"#p{item.pk} a.btn")
    phone.click("button.btn >> nth=0")
    phone.reload()
    phone.go_back()
    other.click("button.btn >> nth=0")
    assert "co-roi" in other.url
    assert Playback.objects.count() == 1
    other.context.close()


def test_a_double_tap_records_one_play(phone, home, item):
    phone.goto(f"{home}phat/{item.pk}/")
    phone.dblclick("button.btn >> nth=0", no_wait_after=True)
    phone.wait_for_url("**/?*")
    assert Playback.objects.count() == 1


def test_another_time_is_unfolded_without_script(phone, home, item, earlier):
    moment = earlier + dt.timedelta(minutes=11)
    phone.goto(f"{home}phat/{item.pk}/")
    phone.click("form + details > summary")
    phone.select_option("#day", f"{moment:%Y-%m-%d}")
    phone.fill("#clock", f"{moment:%H:%M}")
    phone.click("details button.btn")
    assert Playback.objects.get().played_at == moment


def test_the_text_unfolds_without_script(phone, home, item):
    phone.goto(home)
    assert not phone.locator(".read").first.is_visible()
    phone.click("summary >> nth=0")
    assert phone.locator(".read").first.is_visible()
    assert "ba mươi triệu đồng" in phone.locator(".read").first.inner_text()


def test_a_withdrawn_programme_is_the_first_thing_seen(phone, home, item):
    item.delivery.state = "withdrawn"
    item.delivery.save()
    phone.goto(home)
    box = phone.locator(".card.bad").bounding_box()
    assert box["y"] < 200
    assert phone.locator("a.btn").count() == 0


def test_text_is_copied_with_script_and_selectable_without(phone, chromium, live_server, world):
    channel = world.manual()
    item = world.item(
        channel, due=timezone.now(), text="Dừng lại, hỏi kỹ.", images=(Attachment(name="a.png", alt="Thiệp"),)
    )
    address = f"{live_server.url}/dang/{manual_link(channel).token}/"
    phone.goto(address)
    fits(phone)
    assert not phone.locator("[data-do=copy]").is_visible()
    assert phone.input_value("textarea") == "Dừng lại, hỏi kỹ."
    context = chromium.new_context(viewport=PHONE, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Content Security" in line.text else None)
    page.goto(address)
    page.click("[data-do=copy]")
    page.wait_for_function("document.querySelector('.tools [role=status]').textContent !== ''")
    assert page.evaluate("navigator.clipboard.readText()") == "Dừng lại, hỏi kỹ."
    assert problems == []
    page.click(f"#p{item.pk} a.btn")
    page.fill("#name", "Chị Mẫu")
    page.click("button.btn")
    assert ManualPost.objects.get().item == item
    context.close()


def test_people_are_reported_in_two_taps_and_corrected(phone, live_server, world):
    event = world.event()
    link = field_link(event)
    link.holder = "Lý Thị Thử"
    link.save()
    phone.goto(f"{live_server.url}/ket-qua/{link.token}/")
    fits(phone)
    phone.fill("#n-attendance", "120")
    phone.click("button.btn >> nth=0")
    activity = Activity.objects.get()
    assert field_results.totals(activity) == {"attendance": 120, "session": 1, "rally": 1}
    phone.click("main > details > summary >> nth=0")
    phone.fill("#n-attendance", "1.020")
    phone.click("main > details button.btn >> nth=0")
    phone.click("button[name=sure]")
    assert field_results.totals(activity)["attendance"] == 1020
    assert activity.results.count() == 4
    assert "1.020" in phone.locator("main").inner_text()


def test_the_printed_code_leads_to_the_station(chromium, station):
    address = url_of(station_link(station.channel))
    page = chromium.new_context(viewport=PHONE).new_page()
    page.set_content(f"<body>{qr_svg(address)}</body>")
    picture = Image.open(io.BytesIO(page.locator("svg").screenshot()))
    page.context.close()
    assert zxingcpp.read_barcode(picture).text == address
    assert address.split("/")[-2] not in qr_svg(address)
