"""Field results from a phone: two taps, corrections with history, questions instead of walls."""

import datetime as dt
import re

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext

from campaigns import field_results
from campaigns.models import Activity, ActivityResult
from campaigns.models.ledger import Basis
from campaigns.personal.links import field_link
from cms.demo.field import submit
from tests.campaigns.personal_world import World

pytestmark = pytest.mark.django_db


def said(text):
    with translation.override("vi"):
        return gettext(text)


@pytest.fixture
def world():
    world = World()
    world.group("women-girls", "Phụ nữ và trẻ em gái")
    world.group("pupils", "Học sinh")
    return world


@pytest.fixture
def event(world):
    return world.event()


@pytest.fixture
def home(event):
    return f"/ket-qua/{field_link(event).token}/"


def send(client, home, **fields):
    return client.post(home, {"n-attendance": "120", "n-session": "1", "name": "Lý Thị Thử", "seen": "0", **fields})


def record(event, **values):
    groups = values.pop("groups", None)
    return field_results.record(event=event, values=values, groups=groups, reported_by="Lý Thị Thử")


def test_two_taps_record_people_and_the_event_itself(client, home, event):
    page = client.get(home).content.decode()
    assert re.search(r'name="n-session" value="1"', page)
    answer = send(client, home, **{"n-rally": "1"})
    assert answer.url == f"{home}?xong=1"
    activity = Activity.objects.get()
    assert activity.key == f"event:{event.pk}"
    assert (activity.agency, activity.place, activity.rehearsal) == (event.organiser, event.place, False)
    assert field_results.totals(activity) == {"attendance": 120, "session": 1, "rally": 1}
    assert set(activity.results.values_list("basis", flat=True)) == {Basis.COUNTED}
    assert "120" in client.get(answer.url).content.decode()


def test_sending_it_twice_counts_once(client, home):
    send(client, home)
    again = send(client, home)
    assert again.url == f"{home}?nhu-cu=1"
    assert ActivityResult.objects.count() == 3  # people, session, rally
    assert said("It counts once; nothing was added.") in client.get(again.url).content.decode()


def test_a_form_without_its_folded_part_still_says_that_the_event_was_held(client, home):
    client.post(home, {"n-attendance": "120", "name": "Lý Thị Thử", "seen": "0"})
    assert field_results.totals(Activity.objects.get()) == {"attendance": 120, "session": 1, "rally": 1}


def test_what_is_emptied_is_not_counted(client, home):
    send(client, home, **{"n-session": "", "n-rally": ""})
    assert field_results.totals(Activity.objects.get()) == {"attendance": 120}


@pytest.mark.parametrize(
    ("typed", "number"), [("1.234", 1234), ("1,234", 1234), ("1 234", 1234), ("１２０", 120), (" 45 ", 45), ("007", 7)]
)
def test_numbers_as_people_write_them(client, home, typed, number):
    page = send(client, home, **{"n-attendance": typed})
    if page.status_code == 422:
        sure = re.search(r'name="sure" value="(\w+)"', page.content.decode())[1]
        send(client, home, **{"n-attendance": typed, "sure": sure})
    assert field_results.totals(Activity.objects.get())["attendance"] == number


@pytest.mark.parametrize("typed", ["", "-5", "12,5", "1.23", "nhiều", "1e3", "٣x", "999999999", "9" * 30, "100001"])
def test_what_is_no_count_is_refused(client, home, typed):
    answer = send(client, home, **{"n-attendance": typed})
    assert answer.status_code == 422
    assert 'name="sure"' not in answer.content.decode()
    assert not Activity.objects.exists()


def test_a_huge_other_number_is_refused(client, home):
    assert send(client, home, **{"n-leaflet": "100001"}).status_code == 422
    assert not Activity.objects.exists()


@pytest.mark.parametrize("people", ["3", "0", "700"])
def test_an_unusual_number_is_a_question_not_a_wall(client, home, people):
    asked = send(client, home, **{"n-attendance": people})
    assert asked.status_code == 422
    assert not Activity.objects.exists()
    sure = re.search(r'name="sure" value="(\w+)"', asked.content.decode())[1]
    assert send(client, home, **{"n-attendance": people, "sure": sure}).status_code == 302
    assert field_results.totals(Activity.objects.get())["attendance"] == int(people)


def test_yes_holds_for_what_was_asked_only(client, home):
    asked = send(client, home, **{"n-attendance": "700"})
    sure = re.search(r'name="sure" value="(\w+)"', asked.content.decode())[1]
    assert send(client, home, **{"n-attendance": "7000", "sure": sure}).status_code == 422


def test_a_whole_school_is_not_unusual(client, world):
    school = world.event(title="Nói chuyện dưới cờ", kind="school")
    assert send(client, f"/ket-qua/{field_link(school).token}/", **{"n-attendance": "640"}).status_code == 302


def test_the_same_event_twice_is_asked_about(client, world, event):
    record(event, attendance=120)
    twin = world.event(title="Mít tinh (nhập lại)")
    asked = send(client, f"/ket-qua/{field_link(twin).token}/")
    assert asked.status_code == 422
    assert "Mít tinh thử" in asked.content.decode()


def test_a_report_that_came_in_meanwhile_is_asked_about(client, home):
    send(client, home)
    asked = send(client, home, **{"n-attendance": "90", "name": "Người khác"})
    assert asked.status_code == 422
    assert "Lý Thị Thử" in asked.content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', asked.content.decode())[1]
    assert send(client, home, **{"n-attendance": "90", "seen": seen}).status_code == 302


def test_a_correction_keeps_the_first_word(event):
    record(event, attendance=120, leaflet=50)
    activity, written = record(event, attendance=102)
    assert written == 1
    assert field_results.totals(activity) == {"attendance": 102, "leaflet": 50}
    corrected = ActivityResult.objects.get(corrects__isnull=False)
    assert (corrected.value, corrected.corrects.value) == (102, 120)


def test_groups_and_the_rest_add_up_to_the_total(event):
    activity, _ = record(event, attendance=120, groups={"pupils": {"attendance": 40}})
    assert {key[1]: row.value for key, row in field_results.last_words(activity).items()} == {"pupils": 40, None: 80}
    record(event, groups={"women-girls": {"attendance": 50}})
    assert field_results.totals(activity) == {"attendance": 120}
    record(event, attendance=100)
    assert {key[1]: row.value for key, row in field_results.last_words(activity).items()} == {
        "pupils": 40,
        "women-girls": 50,
        None: 10,
    }


def test_groups_alone_are_the_total(event):
    record(event, groups={"pupils": {"attendance": 40}})
    activity, _ = record(event, groups={"women-girls": {"attendance": 30}})
    assert field_results.totals(activity) == {"attendance": 70}


def test_groups_beyond_the_total_are_refused(client, home, event):
    with pytest.raises(ValidationError) as caught:
        record(event, attendance=30, groups={"pupils": {"attendance": 40}})
    assert caught.value.code == "groups"
    answer = send(client, home, **{"n-attendance": "30", "g-women-girls": "40"})
    assert answer.status_code == 422
    assert not ActivityResult.objects.exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [({"attendance": -1}, "number"), ({"attendance": 10**9}, "number"), ({"ufo": 1}, "indicator")],
)
def test_the_service_refuses_nonsense(event, values, code):
    with pytest.raises(ValidationError) as caught:
        record(event, **values)
    assert caught.value.code == code
    assert not Activity.objects.exists()


def test_results_come_after_the_event(client, world):
    coming = world.event(title="Mít tinh sắp tới", starts_at=timezone.now() + dt.timedelta(days=2))
    home = f"/ket-qua/{field_link(coming).token}/"
    assert said("The event has not begun yet") in client.get(home).content.decode()
    assert send(client, home).status_code == 422
    assert not Activity.objects.exists()


def test_a_sample_event_is_rehearsal_whatever_is_said(client, world):
    sample = world.event(title="Sự kiện mẫu", starts_at=timezone.now() + dt.timedelta(days=200), is_sample=True)
    home = f"/ket-qua/{field_link(sample).token}/"
    assert said("REHEARSAL") in client.get(home).content.decode()
    asked = send(client, home)
    assert said("The event is still to come. Record this for the rehearsal all the same?") in asked.content.decode()
    assert not Activity.objects.exists()
    sure = re.search(r'name="sure" value="([^"]+)"', asked.content.decode())[1]
    assert send(client, home, sure=sure).status_code == 302
    assert Activity.objects.get().rehearsal


def test_the_demos_reporter_answers_what_the_form_asks_back(transactional_db, live_server):
    coming = timezone.now() + dt.timedelta(days=2)
    sample = World().event(title="Sự kiện mẫu", starts_at=coming, is_sample=True)
    answer = submit(f"{live_server}/ket-qua/{field_link(sample).token}/", **{"n-attendance": "85", "name": "A"})
    assert answer.url.endswith("?xong=1")
    assert field_results.totals(Activity.objects.get())["attendance"] == 85


def test_rehearsal_never_mixes_with_the_real_event(event):
    rehearsed, _ = field_results.record(event=event, values={"attendance": 20}, reported_by="A", rehearsal=True)
    real, _ = record(event, attendance=120)
    assert real != rehearsed
    assert (rehearsed.rehearsal, real.rehearsal) == (True, False)
    assert field_results.totals(rehearsed) == {"attendance": 20}
    assert field_results.reported(event) == real


def test_without_an_agency_the_form_asks_for_one(client, world, event, home):
    event.organiser = None
    event.campaign = None
    event.save()
    assert said("Which agency held it") in client.get(home).content.decode()
    assert send(client, home).status_code == 422
    assert send(client, home, agency=str(world.agency.pk)).status_code == 302
    assert Activity.objects.get().agency == world.agency


def test_an_estimate_says_so(client, home):
    send(client, home, basis="estimated")
    assert set(ActivityResult.objects.values_list("basis", flat=True)) == {Basis.ESTIMATED}


def test_hostile_names_stay_words(client, home):
    bad = '"><script>alert(1)</script>'
    answer = send(client, home, name=bad)
    for page in (client.get(answer.url), send(client, home, name=bad, **{"n-attendance": bad})):
        assert b"<script" not in page.content
        assert b"&lt;script&gt;" in page.content
        assert len(page.content) < 15_000
