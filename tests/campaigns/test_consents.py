"""People in pictures: nothing of them is used without a consent for that place and day, and a withdrawal takes it back.

The people are invented.
"""

import datetime as dt
import html
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from wagtail.models import ModelLogEntry

from campaigns import consents, withdrawals
from campaigns.admin.consents import people_in
from campaigns.consents import Agreed, Medium, Place
from campaigns.gate import decide
from campaigns.models import Approval, Consent, MaterialPage, PostingItem
from campaigns.models.consents import Age
from campaigns.public.feeds import build_feed
from media.models import Picture, Recording
from publishers.models import Delivery, Operation
from publishers.sender import work_a_shift
from tests.campaigns.staff_world import TEXT, StaffWorld, world
from tests.campaigns.test_content_check import form_data
from tests.media.test_images import ORIGINALS, SECRET
from tests.publishers.conftest import posts, sandbox

__all__ = ["posts", "sandbox", "world"]
pytestmark = pytest.mark.django_db
SAFE = f"{TEXT} Họ được giữ kín thông tin và được trợ giúp pháp lý miễn phí."
SOUND = Path(__file__).parent.parent / "media" / "recordings" / "place.mp3"
SHOWN = 'alt="Chân dung vẽ"'
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)


def portrait(**fields: Any) -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (640, 360), "green").save(out, "PNG")
    values = {"title": "Chân dung vẽ", "shows_person": True, "file": ContentFile(out.getvalue(), name="tranh.png")}
    return Picture.objects.create(**(values | fields))


def consent(world: StaffWorld, *media: Any, channels: Any = (), **fields: Any) -> Consent:
    values: dict[str, Any] = {
        "paper": f"{Consent.objects.count() + 1}/2026-ĐY",
        "age": Age.GROWN,
        "person_agreed": True,
        "purpose": "Đợt cao điểm 30/7",
        "everywhere": not channels and "uses" not in fields,
        "valid_from": TODAY - 10 * DAY,
        "valid_until": TODAY + 100 * DAY,
        "scan": ContentFile(b"%PDF-1.4 giay", name="giay.pdf"),
    }
    return consents.record(
        consent=Consent(**(values | fields)),
        pictures=[one for one in media if isinstance(one, Picture)],
        recordings=[one for one in media if isinstance(one, Recording)],
        channels=channels,
        by=world.users["author"],
    )


def objection(medium: Any, place: Place = consents.ON_THE_SITE, day: dt.date = TODAY) -> str:
    one = Medium.of(medium)
    return Agreed.read([one]).objection(one, place, day)


# --- what counts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "place", "why"),
    [
        ({}, Place("web"), ""),
        ({}, Place("facebook", 7), ""),
        ({"uses": ["web", "zalo"]}, Place("zalo", 7), ""),
        ({"uses": ["web", "zalo"]}, Place("facebook", 7), "không đồng ý cho kênh này"),
        ({"valid_until": TODAY}, Place("web"), ""),
        ({"valid_until": TODAY - DAY}, Place("web"), "đã hết hạn"),
        ({"valid_from": TODAY + DAY}, Place("web"), "chưa có bản đồng ý"),
        ({"withdrawn_at": timezone.now()}, Place("web"), "đã rút đồng ý"),
    ],
)
def test_a_consent_holds_for_its_places_and_days(world: StaffWorld, fields: dict[str, Any], place: Place, why: str):
    picture = portrait()
    consent(world, picture, **fields)
    found = objection(picture, place)
    assert why in found
    assert bool(found) == bool(why)


def test_a_single_channel_is_no_other_channel_of_its_platform(world: StaffWorld):
    picture, one, other = portrait(), world.channel("telegram", "Một"), world.channel("telegram", "Hai")
    consent(world, picture, channels=[one])
    assert not objection(picture, Place("telegram", one.pk))
    assert objection(picture, Place("telegram", other.pk))
    assert objection(picture)


def test_nobody_is_in_it_or_nobody_said(world: StaffWorld):
    assert not objection(portrait(shows_person=False))
    assert "Chưa ai trả lời" in objection(portrait(shows_person=None))


def test_each_of_several_people_has_to_agree(world: StaffWorld):
    picture = portrait(people_shown=2)
    first = consent(world, picture)
    consent(world, picture, subject=first.subject, valid_from=TODAY - DAY)
    assert "mới có 1" in objection(picture), "two papers of one person are one person"
    consent(world, picture)
    assert not objection(picture)


def test_the_newest_word_of_a_person_counts_not_the_widest(world: StaffWorld):
    picture = portrait()
    first = consent(world, picture)
    consent(world, picture, subject=first.subject, uses=["web"], valid_from=TODAY)
    assert not objection(picture)
    assert objection(picture, Place("facebook", 1))
    assert not objection(picture, Place("facebook", 1), TODAY - DAY)


def test_after_a_withdrawal_an_older_paper_of_somebody_else_does_not_step_in(world: StaffWorld):
    picture = portrait()
    first = consent(world, picture)
    consent(world, picture)  # the same person, recorded a second time by mistake
    withdrawals.withdraw(consent=first, user=world.chief, why="")
    assert objection(picture)
    consent(world, picture)
    assert not objection(picture), "a new paper, signed afterwards"


@pytest.mark.parametrize(
    ("age", "person", "guardian", "wrong"),
    [
        (Age.GROWN, True, False, set()),
        (Age.GROWN, False, True, {"person_agreed"}),
        (Age.CHILD, True, True, set()),
        (Age.CHILD, True, False, {"guardian_agreed"}),
        (Age.CHILD, False, True, {"person_agreed"}),
        (Age.SMALL, False, True, set()),
        (Age.SMALL, True, False, {"guardian_agreed"}),
    ],
)
def test_who_has_to_agree_follows_the_age(world: StaffWorld, age: str, person: bool, guardian: bool, wrong: set[str]):
    given = {"age": age, "person_agreed": person, "guardian_agreed": guardian}
    if not wrong:
        assert consent(world, portrait(), **given).pk
        return
    with pytest.raises(ValidationError) as error:
        consent(world, portrait(), **given)
    assert set(error.value.message_dict) == wrong
    assert not Consent.objects.exists()


def test_a_childs_consent_holds_a_year_at_most(world: StaffWorld):
    with pytest.raises(ValidationError):
        consent(world, portrait(), age=Age.SMALL, guardian_agreed=True, valid_until=TODAY + 400 * DAY)


def test_many_media_and_papers_take_as_many_queries_as_few(world: StaffWorld, django_assert_num_queries: Any):
    pictures = [portrait() for _number in range(6)]
    channel = world.channel()
    for picture in pictures:
        consent(world, picture, channels=[channel])
    for some in (pictures[:1], pictures):
        with django_assert_num_queries(4):
            Agreed.read([Medium.of(picture) for picture in some])
    nobody = Medium.of(portrait(shows_person=False))
    with django_assert_num_queries(0):
        Agreed.read([nobody])


# --- submission and approval --------------------------------------------------------------------------


def submit(world: StaffWorld, page: MaterialPage, **fields: str) -> Any:
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    return world.client("author").post(address, form_data(page, **{"action-submit": "1", "summary": SAFE, **fields}))


def test_a_person_without_consent_blocks_at_the_very_field(world: StaffWorld):
    page, picture = world.material(summary=SAFE), portrait()
    errors = submit(world, page, cover=str(picture.pk)).context["form"].errors
    assert "chưa có bản đồng ý" in str(errors["cover"])
    consent(world, picture)
    assert submit(world, page, cover=str(picture.pk)).status_code == 302


def test_a_person_within_the_text_blocks_at_the_very_block(world: StaffWorld):
    page, picture = world.material(summary=SAFE), portrait()
    block = {"body-count": "1", "body-0-deleted": "", "body-0-order": "0", "body-0-type": "picture", "body-0-id": ""}
    block |= {"body-0-value-image": str(picture.pk), "body-0-value-alt_text": "Tranh"}
    answer = submit(world, page, **block)
    assert set(answer.context["form"].errors["body"].as_data()[0].block_errors) == {0}
    said = json.dumps("chưa có bản đồng ý")[1:-1]
    assert said in html.unescape(answer.content.decode()), "the editor is told of it, too"


def test_nothing_is_approved_when_the_consent_ended_meanwhile(world: StaffWorld):
    picture = portrait()
    paper = consent(world, picture)
    page = world.submitted(summary=SAFE, cover=picture)
    Consent.objects.filter(pk=paper.pk).update(valid_until=TODAY - DAY)
    with pytest.raises(PermissionDenied, match="đã hết hạn"):
        page.current_workflow_task_state.approve(user=world.users["approver"])
    assert not Approval.objects.exists()


# --- the gate -----------------------------------------------------------------------------------------


def verdicts() -> dict[str, str]:
    items = PostingItem.objects.select_related("channel")
    found = decide([f"item:{item.pk}" for item in items])
    return {item.channel.name: found[f"item:{item.pk}"].reason for item in items}


def expire(paper: Consent) -> None:
    Consent.objects.filter(pk=paper.pk).update(valid_until=TODAY - DAY)


def narrow(paper: Consent) -> None:
    Consent.objects.filter(pk=paper.pk).update(everywhere=False, uses=["web"])


def lose(paper: Consent) -> None:
    Consent.objects.all().delete()


@pytest.mark.parametrize("rehearsal", [True, False], ids=["rehearsal", "live"])
@pytest.mark.parametrize("meddle", [expire, narrow, lose])
def test_the_gate_holds_what_is_not_agreed_to_any_more(world: StaffWorld, meddle: Any, rehearsal: bool):
    picture = portrait()
    paper = consent(world, picture)
    channel = world.channel("manual", "Nhóm thôn", rehearsal=rehearsal)
    world.posting(channel, page=world.approved(summary=SAFE, cover=picture))
    assert verdicts() == {"Nhóm thôn": ""}
    meddle(paper)
    assert verdicts()["Nhóm thôn"]


def test_a_voice_needs_a_consent_only_where_it_is_heard(world: StaffWorld):
    voice = Recording.objects.create(
        title="Lời kể", language_tag="vi", person_heard=True, file=ContentFile(SOUND.read_bytes(), name="loi.mp3")
    )
    paper = consent(world, voice, uses=["web"])
    world.posting(world.channel("manual", "Nhóm thôn"), page=world.approved(summary=SAFE, recording=voice))
    assert "không đồng ý cho kênh này" in verdicts()["Nhóm thôn"]
    Consent.objects.filter(pk=paper.pk).update(everywhere=True)
    assert verdicts() == {"Nhóm thôn": ""}


def test_the_gate_asks_no_more_for_many_channels_and_people(world: StaffWorld):
    def cost(references: list[str]) -> int:
        with CaptureQueriesContext(connection) as queries:
            decide(references)
        return len(queries)

    channels = [world.channel("manual", f"Nhóm {number}") for number in range(4)]
    for _number in range(2):
        picture = portrait()
        consent(world, picture)
        world.posting(*channels, page=world.approved(summary=SAFE, cover=picture))
    references = [f"item:{pk}" for pk in PostingItem.objects.values_list("pk", flat=True)]
    assert cost(references[:1]) == cost(references)


# --- withdrawal ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_takes_everything_back(world: StaffWorld, sandbox: Any, posts: Any, client: Client, settings: Any):
    picture = portrait()
    paper = consent(world, picture)
    page = world.approved(summary=SAFE, cover=picture)
    telegram, feed = world.channel("telegram"), world.channel("feed")
    manual = world.channel("manual", "Nhóm thôn Mẫu")
    manual.audience.contact_name, manual.audience.contact_phone = "Bà Mẫu", "0200 000 000"
    manual.audience.save()
    later = world.channel("manual", "Chưa gửi")
    world.posting(telegram, feed, manual, page=page, due=timezone.now())
    world.posting(later, page=page)
    work_a_shift(3)
    assert Delivery.objects.filter(state="sent").count() == 3
    assert page.title in build_feed(feed, "xml", "/").writeString("utf-8")
    assert SHOWN in client.get(page.url).content.decode()

    done = withdrawals.withdraw(consent=paper, user=world.users["approver"], why="Gọi điện đến, không muốn nữa")

    # At once, with no worker at work:
    shown = client.get(page.url)
    assert shown.status_code == 200
    assert SHOWN not in shown.content.decode()
    assert not picture.renditions.exists()
    assert not any(Path(settings.MEDIA_ROOT).glob("images/*")), "no size of it has an address any more"
    assert not Approval.objects.filter(withdrawn_at=None).exists()
    assert any("Bà Mẫu" in line for line in done.to_call)
    assert any("tờ rơi" in line for line in done.to_call)
    states = dict(Delivery.objects.values_list("channel__name", "state"))
    assert states["Chưa gửi"] == "cancelled"
    assert Operation.objects.filter(kind="delete", delivery__channel=telegram).exists()
    assert page.title not in build_feed(feed, "xml", "/").writeString("utf-8")
    # And then, when the worker comes:
    work_a_shift(3)
    assert Delivery.objects.get(channel=telegram).state == "withdrawn"
    assert [entry["platform"] for entry in posts("delete")].count("telegram") == 1
    # It is on the record, and cannot be used again.
    paper.refresh_from_db()
    assert paper.withdrawn_by == world.users["approver"]
    assert paper.recalled_at
    assert len(paper.recalled["deliveries"]) == 4
    entry = ModelLogEntry.objects.get(action=withdrawals.ACTION)
    assert entry.user == world.users["approver"]
    with pytest.raises(PermissionDenied):
        world.approved(summary=SAFE, cover=picture)
    withdrawals.withdraw(consent=paper, user=world.chief, why="lần nữa")
    assert ModelLogEntry.objects.filter(action=withdrawals.ACTION).count() == 1
    assert Operation.objects.filter(kind="delete", delivery__channel=telegram).count() <= 2


def test_whoever_withdraws_withdraws_the_older_papers_too(world: StaffWorld):
    picture, old_picture = portrait(), portrait()
    first = consent(world, old_picture)
    second = consent(world, picture, subject=first.subject, valid_from=TODAY)
    other = consent(world, picture)
    withdrawals.withdraw(consent=second, user=world.chief, why="")
    assert set(Consent.objects.filter(withdrawn_at=None)) == {other}
    assert objection(old_picture)
    assert objection(picture), "the other paper is older than the withdrawal"


def test_a_text_that_does_not_carry_the_picture_stays_out(world: StaffWorld):
    """A loudspeaker reads a text; the picture on its page is none of its business."""
    picture = portrait()
    paper = consent(world, picture)
    world.posting(world.channel("manual", "Có ảnh"), page=world.approved(summary=SAFE, cover=picture))
    item = PostingItem.objects.get()
    Delivery.objects.update(state="sent", message={**item.delivery.message, "images": []})
    reach = withdrawals.reach_of(paper)
    assert reach.items == []
    assert len(reach.approvals) == 1


def test_a_crash_in_the_recall_loses_nothing(world: StaffWorld, monkeypatch: pytest.MonkeyPatch):
    picture = portrait()
    paper = consent(world, picture)
    world.posting(world.channel("manual", "Nhóm thôn"), page=world.approved(summary=SAFE, cover=picture))

    def crash(**kwargs: Any) -> None:
        raise OSError("out of power")

    with monkeypatch.context() as cut:
        cut.setattr(withdrawals, "recall_items", crash)
        with pytest.raises(OSError, match="power"):
            withdrawals.withdraw(consent=paper, user=world.chief, why="")
    assert Delivery.objects.get().state == "scheduled"
    assert "rút" in verdicts()["Nhóm thôn"], "the gate holds it anyway"
    assert withdrawals.finish_all() == 1
    assert Delivery.objects.get().state == "cancelled"
    assert withdrawals.finish_all() == 0


@pytest.mark.parametrize("step", ["save", "delete", "update"])
def test_a_crash_while_files_are_closed_leaves_none_open(world: StaffWorld, monkeypatch: pytest.MonkeyPatch, step: str):
    file = ContentFile(SOUND.read_bytes(), name="giong.mp3")
    voice = Recording.objects.create(title="Giọng kể", file=file, language_tag="vi", person_heard=True)
    paper, public = consent(world, voice), voice.file.name

    class Died(BaseException):
        """As if the power went."""

    place: Any = QuerySet if step == "update" else FileSystemStorage
    original = getattr(place, step)
    dies = {"save": lambda *given, **kwargs: True, "delete": lambda *given, **kwargs: given[1] == public}
    dies["update"] = lambda *given, **kwargs: "file" in kwargs

    def crash(*given: Any, **kwargs: Any) -> Any:
        if dies[step](*given, **kwargs):
            raise Died
        return original(*given, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(place, step, crash)
        with pytest.raises(Died):
            withdrawals.withdraw(consent=paper, user=world.chief, why="")
    paper.refresh_from_db()
    assert paper.recalled_at is None, "it is taken up again"
    assert withdrawals.finish_all() == 1
    voice.refresh_from_db()
    assert not default_storage.exists(public)
    assert voice.file.name.startswith("withdrawn/")
    assert voice.file.read(), "kept for the record"
    paper.refresh_from_db()
    assert paper.recalled_at is not None


def test_a_size_made_for_staff_after_a_withdrawal_has_no_address_that_readers_knew(world: StaffWorld, client: Client):
    picture = portrait()
    before = [picture.get_rendition(spec).url for spec in ("max-165x165", "width-800")]
    assert not any("tranh" in address for address in before), "nor does a file's own name tell it"
    withdrawals.withdraw(consent=consent(world, picture), user=world.chief, why="")
    picture = Picture.objects.get()
    after = [picture.get_rendition(spec).url for spec in ("max-165x165", "width-800")]
    assert [client.get(address).status_code for address in (*before, *after)] == [404, 404, 200, 200]


def test_a_withdrawn_voice_is_gone_from_its_public_address(world: StaffWorld, client: Client):
    voice = Recording.objects.create(
        title="Lời kể", language_tag="vi", person_heard=True, file=ContentFile(SOUND.read_bytes(), name="loi.mp3")
    )
    address = voice.file.url
    assert client.get(address).status_code == 200
    withdrawals.withdraw(consent=consent(world, voice), user=world.chief, why="")
    voice.refresh_from_db()
    assert client.get(address).status_code == 404
    assert client.get(voice.file.url).status_code == 404
    assert voice.file.read()


def test_the_page_stops_showing_on_the_day_after_the_last(
    world: StaffWorld, client: Client, django_capture_on_commit_callbacks: Any
):
    picture = portrait()
    paper = consent(world, picture)
    page = world.approved(summary=SAFE, cover=picture)
    assert SHOWN in client.get(page.url).content.decode()
    paper.valid_until = TODAY - DAY
    with django_capture_on_commit_callbacks(execute=True):
        paper.save()
    assert SHOWN not in client.get(page.url).content.decode()


# --- the screens --------------------------------------------------------------------------------------


def given(**fields: Any) -> dict[str, Any]:
    return {
        "who": "other",
        "paper": "12/2026-ĐY",
        "age": "grown",
        "person_agreed": "on",
        "purpose": "Đợt cao điểm 30/7",
        "everywhere": "on",
        "valid_from": f"{TODAY:%d/%m/%Y}",
        "valid_until": f"{TODAY + 60 * DAY:%d/%m/%Y}",
        "scan": SimpleUploadedFile("giay.jpg", ORIGINALS["jpeg"]()),
        **fields,
    }


def test_an_author_records_a_paper_whose_photograph_tells_no_place(world: StaffWorld, client: Client):
    picture = portrait()
    answer = world.client("author").post(reverse("loa_consent_new"), given(pictures=[picture.pk]))
    assert answer.status_code == 302, answer.context["form"].errors
    paper = Consent.objects.get()
    assert list(paper.pictures.all()) == [picture]
    assert paper.recorded_by == world.users["author"]
    assert SECRET not in paper.scan.read()
    assert "giay" not in paper.scan.name
    assert client.get(paper.scan.url).status_code == 404, "it has no public address"
    assert world.client("chief").get(paper.scan.url).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": "victim"},
        {"person": "Nạn nhân M."},
        {"person": "Giàng Thị Mẫu 2010"},
        {"purpose": "Kể chuyện cháu G.T.M., sinh năm 2010, nạn nhân ở thôn Mẫu"},
        {"paper": "nạn nhân 1"},
        {"everywhere": ""},
        {"scan": ""},
        {"scan": SimpleUploadedFile("giay.pdf", b"<html><script>alert(1)</script>")},
        {"scan": SimpleUploadedFile("giay.svg", b"<svg/>")},
        {"person_agreed": ""},
        {"valid_until": f"{TODAY - DAY:%d/%m/%Y}"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_the_form_does_not_take(world: StaffWorld, wrong: dict[str, Any], settings: Any):
    answer = world.client("author").post(reverse("loa_consent_new"), given(pictures=[portrait().pk], **wrong))
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == set(wrong)
    assert not Consent.objects.exists()
    assert not list(Path(settings.MEDIA_ROOT).glob("consents/**/*.*")), "no paper is kept either"


def test_a_paper_is_not_recorded_twice(world: StaffWorld):
    consent(world, portrait(), paper="12/2026-ĐY")
    answer = world.client("author").post(reverse("loa_consent_new"), given(pictures=[portrait().pk]))
    assert "paper" in answer.context["form"].errors


def test_a_renewal_joins_the_earlier_paper(world: StaffWorld):
    picture = portrait()
    first = consent(world, picture, person="Người Mẫu", uses=["web"])
    client, address = world.client("author"), f"{reverse('loa_consent_new')}?renews={first.pk}"
    form = client.get(address).context["form"]
    assert form.initial["pictures"] == [picture.pk]
    assert client.post(address, given(pictures=[picture.pk])).status_code == 302
    assert Consent.objects.filter(subject=first.subject).count() == 2


# role → may: see the list, record, withdraw, see the paper
RIGHTS = {
    "author": (True, True, False, False),
    "approver": (True, False, True, True),
    "channel_manager": (True, False, True, False),
    "senior_editor": (True, True, True, True),
    "administrator": (True, True, True, True),
    "translator": (False, False, False, False),
    "native_reviewer": (False, False, False, False),
    "report_signer": (False, False, False, False),
}


@pytest.mark.parametrize("role", RIGHTS)
def test_who_may_do_what(world: StaffWorld, role: str):
    paper, client = consent(world, portrait()), world.client(role)
    names = ("loa_consent", "loa_consent_new", "loa_consent_withdraw", "loa_consent_paper")
    answers = [client.get(reverse(name, args=[paper.pk] if name != "loa_consent_new" else [])) for name in names]
    assert tuple(answer.status_code == 200 for answer in answers) == RIGHTS[role]
    if not RIGHTS[role][2]:
        client.post(reverse("loa_consent_withdraw", args=[paper.pk]))
        paper.refresh_from_db()
        assert paper.withdrawn_at is None


def test_the_paper_is_a_download_that_nothing_keeps_and_the_look_is_on_record(world: StaffWorld, client: Client):
    paper = consent(world, portrait())
    answer = world.client("approver").get(reverse("loa_consent_paper", args=[paper.pk]))
    assert answer.content == b"%PDF-1.4 giay"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert ModelLogEntry.objects.get(action="loa.see_consent_paper").user == world.users["approver"]
    assert client.get(reverse("loa_consent_paper", args=[paper.pk])).status_code == 302


def test_the_register_finds_filters_and_takes_as_many_queries_for_many(world: StaffWorld):
    client, address = world.client("approver"), reverse("loa_consents")
    consent(world, portrait(title="Đồi chè"), person="Người Mẫu Một")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    cost()
    before = cost()
    for number in range(5):
        consent(world, portrait(title=f"Chợ phiên {number}"), valid_until=TODAY + 5 * DAY)
    withdrawals.withdraw(consent=consent(world, portrait()), user=world.chief, why="")
    assert cost() == before
    assert client.get(address, {"q": "Đồi chè"}).context["object_list"].count() == 1
    assert client.get(address, {"state": "soon"}).context["object_list"].count() == 5
    assert client.get(address, {"state": "withdrawn"}).context["object_list"].count() == 1


def test_the_pictures_own_page_says_who_is_in_it(world: StaffWorld):
    picture = portrait()
    client, address = world.client("chief"), reverse("wagtailimages:edit", args=[picture.pk])
    assert "có, chưa có đồng ý" in client.get(address).content.decode()
    consent(world, picture)
    page = client.get(address).content.decode()
    assert "có, đã có đồng ý" in page
    assert f"?picture={picture.pk}" in page
    assert people_in(portrait(shows_person=None))["look"] == "warn"


def test_an_upload_that_nobody_answered_for_is_used_nowhere(world: StaffWorld):
    form = {"title": "Ảnh mới", "files[]": SimpleUploadedFile("a.jpg", ORIGINALS["jpeg"]()), "collection": "1"}
    world.client("chief").post(reverse("wagtailimages:add_multiple"), form)
    picture = Picture.objects.get()
    assert picture.shows_person is None
    assert "Chưa ai trả lời" in objection(picture)


def test_the_home_warns_two_weeks_ahead_with_one_query(world: StaffWorld, django_assert_num_queries: Any):
    soon = consent(world, portrait(), valid_until=TODAY + 14 * DAY)
    ended = consent(world, portrait(), valid_until=TODAY - DAY)
    consent(world, portrait(), valid_until=TODAY + 15 * DAY)
    renewed = consent(world, portrait(), valid_until=TODAY + 3 * DAY)
    consent(world, portrait(), subject=renewed.subject, valid_from=TODAY + 3 * DAY)
    withdrawals.withdraw(consent=consent(world, portrait(), valid_until=TODAY), user=world.chief, why="")
    with django_assert_num_queries(1):
        assert list(consents.ending_soon()) == [ended, soon]
    home = world.client("approver").get(reverse("wagtailadmin_home")).content.decode()
    assert soon.paper in home
    assert soon.paper not in world.client("translator").get(reverse("wagtailadmin_home")).content.decode()
