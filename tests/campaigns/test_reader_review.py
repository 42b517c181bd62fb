"""A native reader without an account: by a personal link, of exactly one text, and never their own."""

import datetime as dt
import io
import wave
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import native_reading
from campaigns.admin.reading_panel import left_in_vietnamese
from campaigns.models import (
    Approval,
    BackTranslation,
    Language,
    MaterialPage,
    NativeReader,
    OutsideTranslation,
    PersonalLink,
    ReaderVerdict,
    ReviewRequest,
)
from campaigns.personal.links import hand_over, revoke, url_of
from campaigns.translations import source_of, start_translation
from tests.campaigns.staff_world import TEXT, StaffWorld, world

__all__ = ["world"]

MONG = "Hauj lwm yooj yim, nyiaj ntau. Hu 111; 113."


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(8000)
        out.writeframes(b"\x80" * 800)
    return file.getvalue()


class Scene:
    """A Mông version that waits for a native reader, a reader, and their link."""

    def __init__(self, world: StaffWorld) -> None:
        self.world = world
        self.mong = Language.objects.get(key="mong-rpa")
        world.users["translator"].groups.add(self.mong.translators)
        self.translator = world.users["translator"]
        self.sender = world.users["channel_manager"]
        source = world.approved()
        draft = start_translation(content=source, language=self.mong, user=self.translator)
        draft.title, draft.summary = "Hauj lwm", f"{MONG} {TEXT}"
        draft.save_revision(user=self.translator, log_action=True)
        draft.get_workflow().start(draft, self.translator)
        self.draft = draft
        self.reader = NativeReader.objects.create(name="Thào Thị Thử", language=self.mong)
        self.request = native_reading.ask_reader(page=draft, reader=self.reader, by=self.sender)

    @property
    def page(self) -> MaterialPage:
        return MaterialPage.objects.get(pk=self.draft.pk)

    @property
    def address(self) -> str:
        link = PersonalLink.objects.get(review=self.request)
        return "/" + url_of(link).split("/", 3)[3]

    @property
    def mark(self) -> str:
        return native_reading.reading_of(self.page).mark

    def say(self, verdict: str, **fields: Any) -> Any:
        data = {"mark": self.mark if self.waits else "-", "verdict": verdict} | fields
        return Client().post(self.address, data)

    @property
    def waits(self) -> bool:
        try:
            native_reading.reading_of(self.page)
        except native_reading.NothingToRead:
            return False
        return True

    def approve(self, role: str = "approver") -> bool:
        step = self.page.current_workflow_task_state
        user = self.world.chief if role == "chief" else self.world.users[role]
        try:
            step.task.specific.on_action(step, user, "approve")
        except PermissionDenied:
            return False
        return self.page.live


@pytest.fixture
def scene(world: StaffWorld) -> Scene:
    return Scene(world)


def test_the_reader_reads_without_an_account_says_right_and_an_approver_approves(scene: Scene) -> None:
    phone = Client()
    shown = phone.get(scene.address)
    text = shown.content.decode()
    assert shown.status_code == 200
    assert MONG in text
    assert TEXT in text
    assert not phone.cookies
    assert "<script" not in text
    assert "default-src 'none'" in shown["Content-Security-Policy"]
    answer = scene.say("right", back="Việc nhẹ, tiền nhiều. Gọi 111.")
    assert answer["Location"].endswith("?xong=1")
    verdict = ReaderVerdict.objects.get()
    assert (verdict.verdict, verdict.reader, verdict.handed_by) == ("right", scene.reader, scene.sender)
    assert verdict.revision == scene.page.latest_revision
    assert BackTranslation.objects.get().digest == verdict.digest
    assert not scene.page.live
    assert scene.approve()
    approval = Approval.objects.get(page_id=scene.page.pk)
    assert approval.revision == verdict.revision
    assert scene.translator in approval.authors.all()
    assert scene.sender not in approval.authors.all()


def test_without_any_reader_the_approver_cannot_finish(scene: Scene) -> None:
    step = scene.page.current_workflow_task_state
    step.approve(user=None)
    assert not scene.approve()


def test_a_word_for_one_revision_does_not_count_for_another(scene: Scene) -> None:
    scene.say("right")
    page = scene.page.get_latest_revision_as_object()
    page.summary = f"Lus tshiab. {TEXT}"
    page.save_revision(user=scene.translator, log_action=True)
    assert not scene.approve()
    assert not scene.page.live
    assert scene.waits


def test_an_edit_after_the_link_was_opened_asks_to_look_again(scene: Scene) -> None:
    old = scene.mark
    page = scene.page.get_latest_revision_as_object()
    page.summary = f"Lus tshiab. {TEXT}"
    page.save_revision(user=scene.world.chief, log_action=True)
    answer = scene.say("right", mark=old)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Lus tshiab." in text
    assert not ReaderVerdict.objects.exists()
    scene.say("right")
    assert ReaderVerdict.objects.get().revision == scene.page.latest_revision
    assert scene.approve()


def test_a_change_sends_it_back_with_the_note(scene: Scene) -> None:
    assert scene.say("change").status_code == 422
    assert not ReaderVerdict.objects.exists()
    scene.say("change", note="Câu đầu nghe như ra lệnh.")
    state = scene.page.current_workflow_state
    assert state.status == state.STATUS_NEEDS_CHANGES
    assert "Câu đầu nghe như ra lệnh." in state.current_task_state.comment
    assert "Thào Thị Thử" in state.current_task_state.comment
    home = scene.world.client("translator")
    assert "Câu đầu nghe như ra lệnh." in home.get("/quan-tri/").content.decode()


def test_a_voice_note_is_kept_where_only_staff_hear_it(scene: Scene) -> None:
    upload = SimpleUploadedFile("../../xau.html", sound(), content_type="text/html")
    scene.say("change", voice=upload)
    verdict = ReaderVerdict.objects.get()
    assert verdict.voice_note.name.endswith(".wav")
    assert Client().get(f"/uploads/{verdict.voice_note.name}").status_code == 404
    for role, status in (("approver", 200), ("author", 200), (None, 302)):
        client = scene.world.client(role) if role else Client()
        answer = client.get(f"/quan-tri/doc-lai/ghi-am/{verdict.pk}/")
        assert answer.status_code == status
    heard = scene.world.client("approver").get(f"/quan-tri/doc-lai/ghi-am/{verdict.pk}/")
    assert heard["Content-Type"] == "audio/wav"
    assert heard["X-Content-Type-Options"] == "nosniff"
    assert b"".join(heard) == sound()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"MZ" + b"\0" * 500,
        b"\xff" * 500,
        b"OggS",
        b"ID3" + b"\0" * 500,
        b"OggS" + b"\xff" * 5000,
        b"\0\0\0\x18ftypM4A " + b"\0" * 500,
        b"RIFF\0\0\0\0WAVE" + b"#EXTM3U\nhttp://127.0.0.1/a\n" * 20,
    ],
)
def test_what_is_no_sound_is_refused(scene: Scene, content: bytes) -> None:
    answer = scene.say("change", note="x", voice=SimpleUploadedFile("a.mp3", content, content_type="audio/mpeg"))
    assert answer.status_code in (302, 422)
    assert not ReaderVerdict.objects.exclude(voice_note="").exists()
    if content:
        assert answer.status_code == 422


def test_a_sound_above_ten_megabytes_is_refused_before_it_is_read(scene: Scene) -> None:
    answer = Client().post(scene.address, b"x", content_type="multipart/form-data; boundary=a", CONTENT_LENGTH=2**30)
    assert answer.status_code == 413


def test_links_end_by_time_by_closing_and_by_handing_over(scene: Scene) -> None:
    link = PersonalLink.objects.get(review=scene.request)
    old = scene.address
    PersonalLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert Client().get(old).status_code == 410
    PersonalLink.objects.filter(pk=link.pk).update(expires_at=None)
    revoke(link)
    assert Client().get(old).status_code == 410
    hand_over(link, "Ai đó")
    assert Client().get(old).status_code == 410
    assert Client().get(scene.address).status_code == 200
    forged = old[:-3] + ("a/" if old[-3] != "a" else "b/")
    assert Client().get(forged).status_code in (404, 410)


def test_two_readers_answer_once(scene: Scene) -> None:
    other = NativeReader.objects.create(name="Giàng A Thử", language=scene.mong)
    second = native_reading.ask_reader(page=scene.page, reader=other, by=scene.sender)
    mark = scene.mark
    scene.say("right")
    with pytest.raises(native_reading.NothingToRead):
        native_reading.give_verdict(request=second, mark=mark, verdict="change", note="muộn")
    assert ReaderVerdict.objects.count() == 1


def test_an_answer_after_a_colleague_decided_in_the_office_is_told_so(scene: Scene) -> None:
    mark = scene.mark
    banngu = scene.world.users["native_reviewer"]
    banngu.groups.add(scene.mong.reviewers)
    scene.page.current_workflow_task_state.approve(user=banngu)
    answer = Client().post(scene.address, {"mark": mark, "verdict": "right"})
    assert answer.status_code == 409
    assert not ReaderVerdict.objects.exists()


def test_no_writer_confirms_their_own_text_by_any_link(scene: Scene) -> None:
    with_account = NativeReader.objects.create(name="A", language=scene.mong, user=scene.translator)
    OutsideTranslation.objects.create(page_id=scene.page.pk, translator="  lý  thị THỬ ", imported_by=scene.translator)
    outside = NativeReader.objects.create(name="Lý Thị Thử", language=scene.mong)
    for reader in (with_account, outside):
        with pytest.raises(PermissionDenied):
            native_reading.ask_reader(page=scene.page, reader=reader, by=scene.sender)
    NativeReader.objects.filter(pk=scene.reader.pk).update(name="LÝ THỊ THỬ 2", user=scene.translator)
    assert scene.say("right").status_code == 403
    assert not ReaderVerdict.objects.exists()


def test_a_writer_cannot_send_the_link_and_the_sender_cannot_approve(scene: Scene) -> None:
    with pytest.raises(PermissionDenied):
        native_reading.ask_reader(page=scene.page, reader=scene.reader, by=scene.translator)
    approver = scene.world.users["approver"]
    scene.request = native_reading.ask_reader(page=scene.page, reader=scene.reader, by=approver)
    scene.say("right")
    assert not scene.approve()
    other = scene.world.users["report_signer"]
    other.groups.add(approver.groups.get())
    assert scene.approve("report_signer")


def test_a_sender_who_writes_later_makes_the_link_useless(scene: Scene) -> None:
    page = scene.page.get_latest_revision_as_object()
    page.summary = f"Lus. {TEXT}"
    page.save_revision(user=scene.sender, log_action=True)
    assert scene.say("right").status_code == 403


def test_a_reader_of_another_language_or_one_who_stopped_is_not_asked(scene: Scene) -> None:
    tay = NativeReader.objects.create(name="B", language=Language.objects.get(key="tay"))
    gone = NativeReader.objects.create(name="C", language=scene.mong, active=False)
    source = MaterialPage.objects.get(translation_key=scene.page.translation_key, locale__language_code="vi")
    for page, reader in ((scene.page, tay), (scene.page, gone), (source, scene.reader)):
        with pytest.raises(PermissionDenied):
            native_reading.ask_reader(page=page, reader=reader, by=scene.sender)
    assert ReviewRequest.objects.count() == 1


def test_hostile_text_in_the_form_is_only_text(scene: Scene) -> None:
    answer = scene.say("change", note="<script>alert(1)</script>", voice=SimpleUploadedFile("a", b"x" * 100))
    assert answer.status_code == 422
    assert b"<script>alert" not in answer.content
    assert scene.say("xoa").status_code == 422
    assert scene.say("right", mark="1-2").status_code == 409
    assert scene.say("right", mark="").status_code == 409


def test_an_approval_reads_nothing_of_a_verdict_whose_texts_changed(scene: Scene) -> None:
    """The recording or picture behind the same revision was replaced after it was read."""
    scene.say("right")
    ReaderVerdict.objects.update(digest="0" * 64)
    assert not scene.approve()


def test_answers_without_end_are_slowed_down(scene: Scene) -> None:
    for _count in range(20):
        scene.say("xoa")
    assert scene.say("right").status_code == 429


# --- The staff's screens ------------------------------------------------------------------------------


def reading_address(scene: Scene) -> str:
    return reverse("loa_reading", args=[scene.page.pk])


def test_staff_send_a_link_to_a_new_reader_and_only_the_sender_sees_it(scene: Scene) -> None:
    manager = scene.world.client("channel_manager")
    manager.post(reading_address(scene), {"do": "ask", "new_name": "Ly A Mới", "new_about": "trưởng thôn"})
    asked = ReviewRequest.objects.get(reader__name="Ly A Mới")
    address = url_of(asked.link)
    assert asked.reader.created_by == scene.sender
    assert address in manager.get(reading_address(scene)).content.decode()
    for role in ("author", "approver", "senior_editor", "administrator", "translator"):
        shown = scene.world.client(role).get(reading_address(scene))
        assert shown.status_code == 200
        assert address not in shown.content.decode()
    manager.post(reading_address(scene), {"do": "close", "request": asked.pk})
    assert Client().get("/" + address.split("/", 3)[3]).status_code == 410


def test_handing_over_asks_somebody_else_by_a_new_address(scene: Scene) -> None:
    old = scene.address
    other = NativeReader.objects.create(name="Giàng A Thử", language=scene.mong)
    scene.world.client("senior_editor").post(
        reading_address(scene), {"do": "ask", "reader": other.pk, "instead": scene.request.pk}
    )
    assert ReviewRequest.objects.get().reader == other
    assert Client().get(old).status_code == 410
    scene.request.refresh_from_db()
    scene.say("right")
    verdict = ReaderVerdict.objects.get()
    assert (verdict.reader, verdict.handed_by) == (other, scene.world.users["senior_editor"])


def test_who_may_not_ask_and_who_wrote_it_make_no_link(scene: Scene) -> None:
    for role in ("approver", "translator", "native_reviewer", "report_signer"):
        scene.world.client(role).post(reading_address(scene), {"do": "ask", "new_name": f"Ai {role}"})
    scene.translator.groups.add(scene.sender.groups.get())
    scene.world.client("translator").post(reading_address(scene), {"do": "ask", "new_name": "Tự gửi"})
    assert ReviewRequest.objects.count() == 1
    assert NativeReader.objects.count() == 1


def test_an_approver_is_told_what_was_never_translated(scene: Scene) -> None:
    draft = scene.page.get_latest_revision_as_object()
    before = left_in_vietnamese(draft)
    draft.title = source_of(draft).title
    assert len(left_in_vietnamese(draft)) == len(before) + 1


def test_the_approver_reads_beside_the_text_what_it_says_and_who_confirmed_it(scene: Scene) -> None:
    scene.say("right", back="Việc nhẹ, gọi 111.", note="Rất rõ.")
    edit = reverse("wagtailadmin_pages:edit", args=[scene.page.pk])
    shown = scene.world.client("approver").get(edit).content.decode()
    panel = shown.split('id="loa-reading"')[1].split("</section>")[0]
    assert all(words in panel for words in ("Thào Thị Thử", "Việc nhẹ, gọi 111.", "Rất rõ."))
    sender = scene.world.users["channel_manager"]
    sender.groups.add(scene.world.users["approver"].groups.get())
    told = scene.world.client("channel_manager").get(edit).content.decode()
    assert 'data-workflow-action-name="approve"' not in told


def test_anybody_can_add_what_it_says_and_a_writers_word_is_marked(scene: Scene) -> None:
    scene.world.client("translator").post(reading_address(scene), {"do": "back", "text": "Nói về việc làm."})
    words = native_reading.words_of(scene.page)
    assert words["has_back_translation"]
    assert words["back_translations"][0]["by_writer"]
    page = scene.page.get_latest_revision_as_object()
    page.summary = f"Khác. {TEXT}"
    page.save_revision(user=scene.translator)
    assert not native_reading.words_of(scene.page)["has_back_translation"]


def test_the_list_of_links_costs_the_same_however_long(scene: Scene) -> None:
    client = scene.world.client("approver")
    client.get(reverse("loa_readings"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("loa_readings"))
    for number in range(12):
        reader = NativeReader.objects.create(name=f"Người {number}", language=scene.mong)
        native_reading.ask_reader(page=scene.page, reader=reader, by=scene.sender)
    with CaptureQueriesContext(connection) as many:
        shown = client.get(reverse("loa_readings")).content.decode()
    assert "Người 11" in shown
    assert len(many) <= len(few)


def test_vietnamese_has_no_native_reading(scene: Scene) -> None:
    source = MaterialPage.objects.get(translation_key=scene.page.translation_key, locale__language_code="vi")
    assert scene.world.client("approver").get(reverse("loa_reading", args=[source.pk])).status_code == 404
