"""The station's page behind its personal link."""

import datetime as dt
import gzip
import io
import logging
import re
import zipfile

import pytest
from django.core.cache import cache
from django.utils import timezone, translation
from django.utils.translation import gettext

from campaigns import playbacks
from campaigns.messages import SAMPLE_MARK
from campaigns.models import Fault, Playback
from campaigns.personal.access import WRONG_ALLOWED
from campaigns.personal.faults import FAULTS_AN_HOUR
from campaigns.personal.links import hand_over, manual_link, revoke, station_link
from campaigns.sheets import sheet_spec
from campaigns.tries import network_of
from media.sheets.spec import make_script
from publishers.models import Stop
from tests.campaigns.personal_world import station, world

__all__ = ["station", "world"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


@pytest.fixture
def earlier():
    return timezone.localtime().replace(second=0, microsecond=0) - dt.timedelta(hours=1)


@pytest.fixture
def item(world, station, earlier):
    return world.item(station.channel, due=earlier - dt.timedelta(hours=1), details={"slots": [earlier.isoformat()]})


@pytest.fixture
def home(station):
    return f"/tram/{station_link(station.channel).token}/"


def said(text):
    with translation.override("vi"):
        return gettext(text)


def confirm(client, home, item, earlier, **fields):
    return client.post(f"{home}phat/{item.pk}/", {"slot": earlier.isoformat(), "operator": "Vàng A Mẫu", **fields})


def test_the_page_shows_programme_length_and_text(client, home, item):
    page = client.get(home).content.decode()
    assert "Việc nhẹ lương cao: hỏi trước khi lên xe" in page
    assert re.search(r"<b>\d+ giây</b>", page)
    assert "ba mươi triệu đồng" in page  # as a reader says it
    assert f"{home}phieu/{item.pk}.pdf" in page


def test_two_taps_confirm_a_play(client, home, item, earlier):
    page = client.get(home).content.decode()
    assert f'href="{home}phat/{item.pk}/"' in page
    second = client.get(f"{home}phat/{item.pk}/").content.decode()
    assert f'value="{earlier.isoformat()}" checked' in second
    assert 'value="Vàng A Mẫu"' in second
    assert not Playback.objects.exists()  # looking at a page never records anything
    answer = confirm(client, home, item, earlier)
    play = Playback.objects.get()
    assert answer.status_code == 302
    assert answer.url == f"{home}?xong={play.pk}"
    assert (play.planned_for, play.operator_name) == (earlier, "Vàng A Mẫu")
    assert said("Recorded. Thank you!") in client.get(answer.url).content.decode()


def test_a_second_confirmation_is_answered_kindly(client, home, item, earlier):
    first = confirm(client, home, item, earlier)
    again = confirm(client, home, item, earlier, operator="Người khác")
    play = Playback.objects.get()
    assert first.url.endswith(f"xong={play.pk}")
    assert again.url.endswith(f"co-roi={play.pk}")
    page = client.get(again.url).content.decode()
    assert said("It counts once; nothing was added.") in page
    assert f"{timezone.localtime(play.created_at):%H:%M}" in page


def test_the_last_operator_is_filled_in_next_time(client, world, station, home, item, earlier):
    confirm(client, home, item, earlier, operator="Sùng Thị Hai")
    other = world.item(station.channel, due=earlier, details={"slots": [earlier.isoformat()]})
    assert 'value="Sùng Thị Hai"' in client.get(f"{home}phat/{other.pk}/").content.decode()


def test_another_time_is_confirmed_with_time_as_people_write_it(client, home, item, earlier):
    moment = earlier + dt.timedelta(minutes=20)
    answer = confirm(
        client, home, item, earlier, slot="other", day=f"{moment:%Y-%m-%d}", clock=f"{moment.hour}h{moment.minute:02d}"
    )
    assert answer.status_code == 302
    play = Playback.objects.get()
    assert (play.planned_for, play.played_at) == (None, moment)


def test_another_time_that_is_a_slot_is_that_slot(client, home, item, earlier):
    confirm(client, home, item, earlier, slot="other", day=f"{earlier:%Y-%m-%d}", clock=f"{earlier:%H:%M}")
    assert Playback.objects.get().planned_for == earlier


@pytest.mark.parametrize(
    "fields", [{"clock": "sáng nay"}, {"clock": "25:00"}, {"day": "hôm qua"}, {"clock": ""}, {"day": ""}]
)
def test_an_unreadable_time_is_asked_again(client, home, item, earlier, fields):
    answer = confirm(
        client, home, item, earlier, **{"slot": "other", "day": f"{earlier:%Y-%m-%d}", "clock": "05:15", **fields}
    )
    assert answer.status_code == 422
    assert said("Please write the time like 05:15.") in answer.content.decode()
    assert not Playback.objects.exists()


def test_a_future_play_is_refused(client, home, world, station):
    coming = timezone.localtime() + dt.timedelta(hours=3)
    item = world.item(station.channel, due=timezone.now(), details={"slots": [coming.isoformat()]})
    answer = confirm(client, home, item, coming)
    assert answer.status_code == 422
    assert said("That time has not come yet. Confirm after the broadcast.") in answer.content.decode()
    assert not Playback.objects.exists()


def test_a_nameless_confirmation_is_refused(client, home, item, earlier):
    assert confirm(client, home, item, earlier, operator=" ").status_code == 422
    assert not Playback.objects.exists()


def test_a_withdrawn_programme_is_loud_and_refuses(client, home, item, earlier):
    item.delivery.state = "withdrawn"
    item.delivery.save()
    page = client.get(home).content.decode()
    assert said("WITHDRAWN – DO NOT BROADCAST") in page
    assert f"{home}phat/{item.pk}/" not in page
    answer = confirm(client, home, item, earlier)
    assert answer.status_code == 422
    assert said("WITHDRAWN – DO NOT BROADCAST") in answer.content.decode()
    assert not Playback.objects.exists()
    assert client.get(f"{home}phieu/{item.pk}.pdf")["Content-Type"].startswith("text/html")


def test_an_emergency_stop_is_shown_at_once(client, home, item, world):
    assert said("PAUSED – DO NOT BROADCAST FOR NOW") not in client.get(home).content.decode()
    Stop.objects.create(key=world.campaign.stop_key, reason="thử", by="thử")
    assert said("PAUSED – DO NOT BROADCAST FOR NOW") in client.get(home).content.decode()


def test_what_never_reached_the_station_is_not_shown(client, home, world, station, earlier):
    for state in ("scheduled", "failed", "cancelled", "held"):
        world.item(station.channel, due=earlier, state=state, title=f"Tin {state}")
    assert "Tin " not in client.get(home).content.decode()


def test_another_stations_programme_is_out_of_reach(client, home, world, earlier):
    other = world.item(world.station(name="Loa xã khác").channel, due=earlier)
    assert client.get(f"{home}phat/{other.pk}/").status_code == 404
    assert confirm(client, home, other, earlier).status_code == 404
    assert client.get(f"{home}phieu/{other.pk}.pdf").status_code == 404
    play, _ = playbacks.record(item=other, planned_for=None, played_at=timezone.now(), operator_name="A")
    assert client.get(f"{home}sua/{play.pk}/").status_code == 404


def test_rehearsal_and_samples_are_marked(client, world, earlier):
    station = world.station(name="Loa diễn tập", rehearsal=True)
    world.item(station.channel, due=earlier, sample=True)
    page = client.get(f"/tram/{station_link(station.channel).token}/").content.decode()
    assert said("REHEARSAL") in page
    assert said("SAMPLE TEXT") in page


def test_a_sample_is_marked_once_and_its_mark_is_not_read_aloud(client, world, earlier):
    station = world.station(rehearsal=True)
    title = f"{SAMPLE_MARK}Hỏi trước khi lên xe"
    item = world.item(station.channel, due=earlier, sample=True, title=title)
    page = client.get(f"/tram/{station_link(station.channel).token}/").content.decode()
    assert said("SAMPLE TEXT") in page
    assert "Hỏi trước khi lên xe" in page
    assert SAMPLE_MARK.strip() not in page
    spec = sheet_spec(item)
    assert spec.sample
    assert SAMPLE_MARK.strip() not in "".join(str(part) for part in make_script(spec).parts)
    manual = world.manual(rehearsal=True)
    world.item(manual, due=earlier, sample=True, title=title)
    shown = client.get(f"/dang/{manual_link(manual).token}/").content.decode()
    assert said("SAMPLE TEXT") in shown
    assert "<h3>Hỏi trước khi lên xe</h3>" in shown


def test_a_typed_mark_stays_where_no_badge_replaces_it(world, earlier):
    typed = world.item(world.station().channel, due=earlier, title=f"{SAMPLE_MARK}Tin thử")
    assert sheet_spec(typed).title == f"{SAMPLE_MARK}Tin thử"


def test_a_correction_keeps_history(client, home, item, earlier):
    confirm(client, home, item, earlier)
    play = Playback.objects.get()
    answer = client.post(
        f"{home}sua/{play.pk}/",
        {
            "clock": f"{earlier:%H:%M}",
            "minutes": "1",
            "seconds": "５",
            "operator": "Vàng A Mẫu",
            "note": "mất điện",
            "what": "change",
        },
    )
    corrected = Playback.objects.get(corrects=play)
    assert answer.url == f"{home}?sua={corrected.pk}"
    assert (corrected.seconds, corrected.played_at) == (65, earlier)
    page = client.get(f"{home}sua/{corrected.pk}/").content.decode()
    assert "mất điện" in page
    assert "1 phút 05 giây" in page


def test_a_play_that_did_not_happen_can_be_taken_back(client, home, item, earlier):
    confirm(client, home, item, earlier)
    play = Playback.objects.get()
    client.post(f"{home}sua/{play.pk}/", {"operator": "Vàng A Mẫu", "what": "not-played"})
    assert not playbacks.standing().exists()
    assert f'value="{earlier.isoformat()}" checked' in client.get(f"{home}phat/{item.pk}/").content.decode()


def test_a_fault_is_reported_once(client, home):
    for _ in range(2):
        answer = client.post(f"{home}bao-hong/", {"text": "Tăng âm không ra tiếng", "operator": "Vàng A Mẫu"})
        assert answer.url == f"{home}?hong=1"
    assert Fault.objects.count() == 1
    assert "Tăng âm không ra tiếng" in client.get(answer.url).content.decode()
    assert client.post(f"{home}bao-hong/", {"text": " ", "operator": "A"}).status_code == 422


def test_hostile_words_stay_words(client, home, world, station, earlier):
    bad = '<script>alert("x")</script>'
    item = world.item(station.channel, due=earlier, title=bad, text=bad, details={"slots": [earlier.isoformat()]})
    answer = confirm(client, home, item, earlier, operator=bad)
    client.post(f"{home}bao-hong/", {"text": bad, "operator": bad})
    for address in (
        answer.url,
        f"{home}phat/{item.pk}/",
        f"{home}sua/{Playback.objects.get().pk}/",
        f"{home}bao-hong/?ve={bad}",
    ):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_sheets_open_as_pdf_and_word(client, home, item):
    pdf = client.get(f"{home}phieu/{item.pk}.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert re.fullmatch(r'inline; filename="[\x20-\x7e]+\.pdf"', pdf["Content-Disposition"])
    word = client.get(f"{home}phieu/{item.pk}.docx")
    with zipfile.ZipFile(io.BytesIO(word.content)) as package:
        assert "lương" in package.read("word/document.xml").decode()


def test_a_forged_token_gets_a_calm_page(client, home):
    forged = home.replace("/tram/", "/tram/9")
    answer = client.get(forged)
    assert answer.status_code == 404
    assert said("If it still does not open, please ask the official who sent it to you.") in answer.content.decode()
    assert client.post(forged).status_code == 404


def test_a_station_token_opens_nothing_else(client, home):
    token = home.split("/")[2]
    for purpose in ("dang", "ket-qua"):
        assert client.get(f"/{purpose}/{token}/").status_code == 404


def test_a_revoked_link_says_so(client, home, station):
    link = station_link(station.channel)
    link.revoked_at = timezone.now()
    link.save()
    answer = client.get(home)
    assert answer.status_code == 410
    assert said("This address is no longer in use") in answer.content.decode()


def test_a_handed_over_link_closes_the_old_address(client, home, station):
    link = hand_over(station_link(station.channel), "Người mới")
    assert client.get(home).status_code == 410
    assert client.get(f"/tram/{link.token}/").status_code == 200


def test_guessing_is_throttled_and_the_right_token_still_opens(client, home):
    codes = [client.get(f"/tram/1-1.{n:043d}/").status_code for n in range(WRONG_ALLOWED + 5)]
    assert codes[0] == 404
    assert codes[-1] == 429
    assert client.get(home).status_code == 200
    elsewhere = client.get("/tram/1-1.x/", REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 404


def test_networks_are_counted_not_addresses():
    assert network_of("198.51.100.77") == "198.51.100.0/24"
    assert network_of("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert network_of("nonsense") == ""


def test_the_address_stays_secret(client, home, item, caplog):
    with caplog.at_level(logging.DEBUG):
        for address in (home, home.replace("/tram/", "/tram/9")):
            answer = client.get(address)
            assert answer["Referrer-Policy"] == "no-referrer"
            assert "noindex" in answer["X-Robots-Tag"]
            assert answer["Cache-Control"] == "no-store"
            assert not answer.cookies
            page = answer.content.decode()
            assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)  # no third party
            assert len(answer.content) < 15_000
    assert home.split("/")[2] not in caplog.text


def test_a_page_of_twenty_programmes_asks_the_database_little(
    client, home, world, station, earlier, django_assert_max_num_queries
):
    for n in range(20):
        world.item(station.channel, due=earlier, title=f"Chương trình {n}")
    with django_assert_max_num_queries(15):
        client.get(home)


def test_an_operators_phone_set_to_english_still_reads_vietnamese(client, home, item):
    page = client.get(home, headers={"accept-language": "en"}).content.decode()
    assert said("Loudspeaker station") in page
    assert '<html lang="vi">' in page


def test_a_busy_page_travels_light(client, home, world, station, earlier):
    for n in range(8):
        world.item(station.channel, due=earlier, title=f"Chương trình {n}", details={"slots": [earlier.isoformat()]})
    answer = client.get(home, headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 8_000
    assert "Chương trình 7" in gzip.decompress(answer.content).decode()


def test_our_own_fault_is_told_calmly_and_logged_without_the_address(client, home, item, caplog):
    item.delivery.message = {"no": "text"}
    item.delivery.save()
    client.raise_request_exception = False
    answer = client.get(home)
    assert answer.status_code == 500
    assert said("Something went wrong on our side") in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "TypeError" in caplog.text
    assert home.split("/")[2] not in caplog.text


def test_a_sheet_with_letters_that_no_font_has_says_so(client, home, world, station, earlier):
    item = world.item(station.channel, due=earlier, text="Chữ \u0378 lạ", language="hmn-x-vn")
    answer = client.get(f"{home}phieu/{item.pk}.pdf")
    assert answer.status_code == 422
    text = "This sheet cannot be printed here: letters are missing. Read from the page, or take the Word file."
    assert said(text) in answer.content.decode()


def test_a_link_is_revoked_and_given_to_another(client, home, station):
    revoke(station_link(station.channel))
    assert client.get(home).status_code == 410
    again = hand_over(station_link(station.channel), "Người mới")
    assert client.get(f"/tram/{again.token}/").status_code == 200
    assert client.get(home).status_code == 410


def test_the_days_of_the_week_have_their_places(client, home, world, station):
    now = timezone.now()
    for title, hours in (("Ba ngày nữa", 72), ("Hai ngày nữa", 48), ("Hai ngày trước", -48)):
        at = (timezone.localtime() + dt.timedelta(hours=hours)).isoformat()
        world.item(station.channel, due=now - dt.timedelta(days=3), title=title, details={"slots": [at]})
    page = client.get(home).content.decode()
    order = [page.index(title) for title in ("Hai ngày trước", "Hai ngày nữa", "Ba ngày nữa")]
    assert order == sorted(order)
    assert said("Not confirmed yet") in page[: order[0]]
    assert page.count(said("Sheet (PDF)")) == 3


def test_a_fault_sent_without_end_is_stored_twenty_times_an_hour(client, home, station):
    for number in range(FAULTS_AN_HOUR + 4):
        answer = client.post(f"{home}bao-hong/", {"text": f"Hỏng {number}", "operator": "Vàng A Mẫu"})
        assert answer.url == f"{home}?hong=1"
    assert Fault.objects.filter(station=station).count() == FAULTS_AN_HOUR
    Fault.objects.update(solved_at=timezone.now())
    client.post(f"{home}bao-hong/", {"text": "Hỏng nữa", "operator": "Vàng A Mẫu"})
    assert Fault.objects.filter(station=station, solved_at=None).count() == 1


def test_what_cannot_be_read_is_told_calmly(client, home, item, settings):
    client.raise_request_exception = False
    address = f"{home}phat/{item.pk}/"
    broken = client.post(address, b"--x", content_type="multipart/form-data; boundary=")
    assert broken.status_code == 400
    assert said("What was sent could not be read") in broken.content.decode()
    many = client.post(address, {f"f{n}": "1" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)})
    assert many.status_code == 400
    big = client.post(
        address,
        f"operator={'a' * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}",
        content_type="application/x-www-form-urlencoded",
    )
    assert big.status_code == 413
    assert said("That was too much at once") in big.content.decode()
    assert big["Referrer-Policy"] == "no-referrer"
    assert not Playback.objects.exists()


@pytest.mark.parametrize("where", ["phat/{}/", "sua/{}/", "phieu/{}.pdf"])
def test_a_number_that_no_database_holds_is_not_here(client, home, item, where):
    answer = client.get(home + where.format("9" * 26))
    assert answer.status_code == 404
    assert answer["Referrer-Policy"] == "no-referrer"


def test_a_time_before_the_programme_came_is_asked_again(client, home, item):
    early = timezone.localtime(item.delivery.due) - dt.timedelta(minutes=40)
    typed = {"day": early.date().isoformat(), "clock": f"{early:%H:%M}", "slot": "other"}
    answer = client.post(f"{home}phat/{item.pk}/", {"operator": "Vàng A Mẫu", **typed})
    assert answer.status_code == 422
    assert not Playback.objects.exists()
