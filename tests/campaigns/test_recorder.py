"""The screens of sound: who may, what is asked, what is refused, and a real browser with a (feigned) microphone."""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Language, SoundKind, SoundPiece, SoundState, SoundWork
from campaigns.sound import programmes
from campaigns.workflow import writers_since_approval
from media.models import Recording
from tests.browser import find_chromium
from tests.campaigns.staff_browser import SMALL, opener, staff
from tests.campaigns.staff_world import TEXT, StaffWorld, world
from tests.campaigns.test_sound import recording, run_all, upload, wav

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["staff", "world"]
pytestmark = pytest.mark.django_db


def answers(**given: Any) -> dict[str, Any]:
    said = {"do": "record", "title": "Lời đọc thử", "person_heard": "no", "transcript": TEXT, "file": upload(wav())}
    return {name: value for name, value in {**said, **given}.items() if value is not None}


def sound_page(page: Any) -> str:
    return reverse("loa_sound", args=[page.pk])


def test_recorded_listened_to_and_used(world: StaffWorld) -> None:
    page, client = world.material(), world.client("author")
    assert client.post(sound_page(page), answers(file=upload(wav(), "anh.jpg"))).status_code == 302
    run_all()
    made = Recording.objects.get()
    assert made.person_heard is False
    body = client.get(reverse("loa_sound_works", args=[page.pk])).content.decode()
    assert made.file.url in body
    assert "LUFS" in body
    client.post(sound_page(page), {"do": "use", "recording": made.pk})
    page.refresh_from_db()
    assert page.get_latest_revision_as_object().recording_id == made.pk


def test_whether_a_person_can_be_recognised_has_to_be_answered(world: StaffWorld) -> None:
    page, client = world.material(), world.client("author")
    answer = client.post(sound_page(page), answers(person_heard=None))
    assert answer.status_code == 422
    assert answer.context["form"].errors["person_heard"]
    assert not SoundWork.objects.exists()
    made = recording(person_heard=None)
    shown = client.get(reverse("loa_recording", args=[made.pk]))
    assert shown.context["form"]["person_heard"].value() == ""
    fields = {"person_heard": "yes", "title": made.title, "speaker_role": "", "transcript": made.transcript}
    assert client.post(reverse("loa_recording", args=[made.pk]), fields).status_code == 302
    made.refresh_from_db()
    assert made.person_heard is True


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4 thu", b"RIFF\x00\x00\x00\x00WAVEfmt "])
def test_a_refused_file_is_refused_in_words(world: StaffWorld, data: bytes) -> None:
    answer = world.client("author").post(sound_page(world.material()), answers(file=upload(data)))
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not SoundWork.objects.exists()
    assert not default_storage.exists("incoming-sound")


def test_a_language_that_is_only_spoken_needs_the_words_in_vietnamese(world: StaffWorld) -> None:
    page = world.material()
    Language.objects.filter(code="vi").update(spoken_only=True)
    answer = world.client("author").post(sound_page(page), answers(transcript=""))
    assert answer.context["form"].errors["transcript"]


def test_who_may_not_write_may_listen_only(world: StaffWorld) -> None:
    page = world.submitted()
    for role in ("approver", "report_signer", "author"):  # the author's page waits for the approver
        client = world.client(role)
        assert client.get(sound_page(page)).status_code == 200
        client.post(sound_page(page), answers())
        client.post(sound_page(page), {"do": "voice", "voice": "espeak"})
    allowed = SoundWork.objects.exclude(created_by=world.users["author"])
    assert not allowed.exists()
    other = recording()
    assert world.client("author").post(sound_page(page), {"do": "use", "recording": other.pk}).status_code in (302, 404)
    page.refresh_from_db()
    assert page.get_latest_revision_as_object().recording_id is None


def test_an_approved_recording_stays_as_it_was(world: StaffWorld) -> None:
    made = recording()
    world.approved(recording=made, loudspeaker_text=TEXT)
    fields = {"person_heard": "yes", "title": "Khác", "speaker_role": "", "transcript": ""}
    answer = world.client("author").post(reverse("loa_recording", args=[made.pk]), fields)
    assert answer.status_code == 422
    made.refresh_from_db()
    assert made.title == "Lời đọc thử"


def test_a_programme_that_failed_can_be_made_again(world: StaffWorld) -> None:
    page = world.approved(recording=recording(), loudspeaker_text=TEXT)
    SoundWork.objects.filter(kind=SoundKind.PROGRAMME).update(state=SoundState.FAILED, why="Ổ đĩa đầy.")
    client = world.client("author")
    assert "Ổ đĩa đầy." in client.get(sound_page(page)).content.decode()
    work = SoundWork.objects.filter(kind=SoundKind.PROGRAMME).first()
    assert work is not None
    client.post(sound_page(page), {"do": "again", "work": work.pk})
    run_all()
    work.refresh_from_db()
    assert work.state == SoundState.DONE


def test_an_own_jingle_comes_before_ours(world: StaffWorld) -> None:
    address = reverse("loa_sound_pieces")
    fields = {"kind": "jingle", "campaign": world.campaign.pk, "language": "", "own": "on"}
    assert world.client("author").post(address, {**fields, "file": upload(wav())}).status_code == 302
    assert not SoundPiece.objects.exists()
    editor = world.client("senior_editor")
    assert editor.post(address, {**fields, "file": upload(b"GIF89a")}).status_code == 422
    assert editor.post(address, {**fields, "file": upload(wav())}).status_code == 302
    page = world.approved(recording=recording(), loudspeaker_text=TEXT)
    work = SoundWork.objects.filter(approval__page=page, wanted__has_key="jingle").get()
    assert work.wanted["jingle"]["file"] == SoundPiece.objects.get().file
    run_all()
    work.refresh_from_db()
    assert work.state == SoundState.DONE
    assert default_storage.exists(f"{programmes.FOLDER}/{work.key}.mp3")
    assert work.found["seconds"] == pytest.approx(3 + 0.8 + 3 + 1.5 + 3 + 0.8 + 3, abs=0.4)


def test_the_screen_asks_the_database_the_same_number_of_times(world: StaffWorld) -> None:
    page = world.material()
    client = world.client("author")

    def asked(count: int) -> int:
        for _n in range(count):
            values = {"kind": SoundKind.UPLOAD, "state": SoundState.DONE, "page_id": page.pk}
            SoundWork.objects.create(recording=recording(), wanted={"title": "x"}, **values)
        with CaptureQueriesContext(connection) as queries:
            client.get(sound_page(page))
        return len(queries)

    client.get(sound_page(page))
    assert asked(1) == asked(5)


def test_whoever_recorded_it_does_not_approve_it(world: StaffWorld) -> None:
    page = world.material()
    helper = world.users["senior_editor"]
    world.client("senior_editor").post(sound_page(page), answers())
    run_all()
    assert helper.pk in writers_since_approval(page)


# --- in a real browser ----------------------------------------------------------------------------------


@pytest.fixture
def with_microphone(monkeypatch: pytest.MonkeyPatch) -> Iterator["Browser"]:
    """A Chromium whose microphone beeps once a second."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium found: install Debian's package “chromium” or name one in LOA_CHROMIUM")
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    feigned = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *feigned])
        yield browser
        browser.close()


@pytest.fixture
def open_as(with_microphone: "Browser", live_server: Any, staff: StaffWorld) -> Iterator[Callable[..., "Page"]]:
    yield from opener(with_microphone, live_server, staff, permissions=["microphone"])


def picture(page: "Page", name: str) -> None:
    """For people who want to look: only where LOA_LOOK names a folder."""
    if folder := os.environ.get("LOA_LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.browser
def test_recorded_on_a_phone_with_its_microphone(staff: StaffWorld, open_as: Callable[..., "Page"]) -> None:
    content = staff.material()
    page = open_as("author", sound_page(content), SMALL)
    page.click("[data-record]")
    page.wait_for_function("document.querySelector('[data-level]').value > 0.01")
    page.wait_for_function("document.querySelector('[data-time]').textContent === '0:03'")
    page.click("[data-stop]")
    page.wait_for_selector("[data-listen]:visible")
    page.check("input[name=person_heard][value=no]")
    picture(page, "ghi-am-360")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.click("form[data-recorder] button[type=submit]")
    page.wait_for_selector("[data-sound-works][data-open]")
    run_all()
    page.wait_for_selector(".loa-heard audio")  # the screen looks by itself
    made = Recording.objects.get()
    assert float(made.seconds or 0) == pytest.approx(3.2, abs=0.8)
    assert made.measured["loudness"] > -40
    page.click(".loa-heard button:has-text('bản này')")
    page.wait_for_selector(".loa-heard--used")
    page.set_viewport_size({"width": 1280, "height": 900})
    picture(page, "am-thanh-1280")


@pytest.mark.browser
def test_a_file_is_handed_in_without_script(staff: StaffWorld, open_as: Callable[..., "Page"], tmp_path: Any) -> None:
    content = staff.material()
    page = open_as("author", sound_page(content), SMALL, java_script_enabled=False)
    assert page.locator("[data-record]:visible").count() == 0
    field = page.locator("input[type=file]")
    assert (field.get_attribute("accept"), field.get_attribute("capture")) == ("audio/*", "user")
    (tmp_path / "ghi-am.wav").write_bytes(wav())
    field.set_input_files(tmp_path / "ghi-am.wav")
    page.check("input[name=person_heard][value=no]")
    page.click("form[data-recorder] button[type=submit]")
    page.wait_for_selector("[data-sound-works][data-open]")
    run_all()
    page.goto(page.url.split("#")[0])
    assert page.locator(".loa-heard audio").count() == 1
