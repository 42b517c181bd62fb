"""An approval holds for the picture and the recording, too: nobody swaps them alone afterwards."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from campaigns.gate import decide
from campaigns.messages import pictures_of
from campaigns.models import Approval, PostingItem
from media.models import Picture, Recording
from media.recordings import clean_recording
from publishers.models import Channel, Delivery
from publishers.sender import work_a_shift
from tests.campaigns.staff_world import TEXT, StaffWorld, world
from tests.publishers.conftest import posts, sandbox

__all__ = ["posts", "sandbox", "world"]
pytestmark = pytest.mark.django_db(transaction=True)
SAFE = f"{TEXT} Họ được giữ kín thông tin và được trợ giúp pháp lý miễn phí."
RECORDINGS = Path(__file__).parent.parent / "media" / "recordings"
SOUND, OTHER = (clean_recording((RECORDINGS / name).read_bytes()) for name in ("place.mp3", "place.aac"))
REFUSED = "Ảnh này đang dùng trong nội dung đã duyệt"


def png(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def picture(world: StaffWorld) -> Picture:
    return Picture.objects.create(
        title="Tranh vẽ", alt_text="Núi đồi, tranh vẽ", file=ContentFile(png("green"), name="tranh.png")
    )


@pytest.fixture
def recording(world: StaffWorld) -> Recording:
    return Recording.objects.create(
        title="Bảy câu hỏi", language_tag="vi", seconds=9, file=ContentFile(SOUND, name="loi.mp3")
    )


@pytest.fixture
def telegram(world: StaffWorld, sandbox: Any) -> Channel:
    return world.channel("telegram")


def form_of(picture: Picture, **changes: Any) -> dict[str, Any]:
    """What the admin's form for the picture sends."""
    form = {"title": picture.title, "alt_text": picture.alt_text, "credit": picture.credit, "collection": "1"}
    return form | changes


def test_the_approval_says_which_file_and_words_it_is_for(world: StaffWorld, picture: Picture, recording: Recording):
    world.approved(summary=SAFE, cover=picture, recording=recording)
    snapshot = Approval.objects.get().snapshot
    picture.refresh_from_db()
    assert snapshot["cover"] == {
        "id": picture.pk,
        "hash": picture.file_hash,
        "alt": "Núi đồi, tranh vẽ",
        "credit": "",
        "shows_person": False,
    }
    assert len(picture.file_hash) == 40
    assert snapshot["recording"]["hash"] == hashlib.sha256(SOUND).hexdigest()


CHANGES = [
    {"file": lambda: SimpleUploadedFile("khac.png", png("red"))},
    {"alt_text": "Địa chỉ nạn nhân"},
    {"credit": "Gọi số này"},
    {"shows_person": "True"},
]


@pytest.mark.parametrize("change", CHANGES, ids=["file", "alt", "credit", "person"])
def test_an_approved_picture_cannot_be_changed_in_the_form(world: StaffWorld, picture: Picture, change: dict[str, Any]):
    world.approved(summary=SAFE, cover=picture)
    before = Path(picture.file.path).read_bytes()
    given = {name: value() if callable(value) else value for name, value in change.items()}
    answer = world.client("chief").post(reverse("wagtailimages:edit", args=[picture.pk]), form_of(picture, **given))
    assert answer.status_code == 200
    assert REFUSED in answer.content.decode()
    kept = Picture.objects.get()
    assert (kept.file.name, kept.alt_text, kept.credit, kept.shows_person) == (
        picture.file.name,
        "Núi đồi, tranh vẽ",
        "",
        False,
    )
    assert Path(kept.file.path).read_bytes() == before


def test_a_picture_within_the_text_is_kept_as_well(world: StaffWorld, picture: Picture):
    other = Picture.objects.create(title="Khác", file=ContentFile(png("blue"), name="khac.png"))
    world.approved(summary=SAFE, body=[("paragraph", f"<p>{SAFE}</p>"), ("picture", picture)])
    picture.refresh_from_db()
    snapshot = Approval.objects.get().snapshot
    assert {pk: said["hash"] for pk, said in snapshot["pictures"].items()} == {str(picture.pk): picture.file_hash}
    picture.file = ContentFile(png("red"), name="khac.png")
    with pytest.raises(ValidationError):
        picture.save()
    with pytest.raises(PermissionDenied):
        Picture.objects.get(pk=picture.pk).delete()
    other.delete()


def test_what_nobody_sees_may_change_and_so_may_a_picture_that_is_in_no_approval(world: StaffWorld, picture: Picture):
    world.approved(summary=SAFE, cover=picture)
    other = Picture.objects.create(title="Khác", file=ContentFile(png("blue"), name="khac.png"))
    client = world.client("chief")
    for one, change in ((picture, {"tags": "tranh"}), (other, {"alt_text": "Ảnh khác", "shows_person": "True"})):
        answer = client.post(reverse("wagtailimages:edit", args=[one.pk]), form_of(one, **change))
        assert answer.status_code == 302
    assert Picture.objects.get(pk=other.pk).shows_person


def test_a_withdrawn_approval_keeps_nothing(world: StaffWorld, picture: Picture):
    world.approved(summary=SAFE, cover=picture)
    Approval.objects.update(withdrawn_at=timezone.now())
    picture.alt_text = "Lời khác"
    picture.save()


def test_an_approved_picture_cannot_be_deleted_though_the_content_left_it(world: StaffWorld, picture: Picture):
    page = world.approved(summary=SAFE, cover=picture)
    page.cover = None
    page.save()
    client = world.client("chief")
    one = client.post(reverse("wagtailimages:delete", args=[picture.pk]), follow=True)
    assert REFUSED in one.content.decode()
    bulk = reverse("wagtail_bulk_action", args=["media", "picture", "delete"])
    many = client.post(f"{bulk}?id={picture.pk}", follow=True)
    assert REFUSED in many.content.decode()
    with pytest.raises(PermissionDenied):
        Picture.objects.all().delete()
    assert Path(Picture.objects.get().file.path).exists()


def test_an_approved_recording_is_kept_too(world: StaffWorld, recording: Recording):
    page = world.approved(summary=SAFE, recording=recording)
    recording.file = ContentFile(OTHER, name="khac.mp3")
    with pytest.raises(ValidationError):
        recording.save()
    type(page).objects.filter(pk=page.pk).update(recording=None)
    with pytest.raises(PermissionDenied):
        Recording.objects.get().delete()
    assert Recording.objects.get().file.read() == SOUND


def test_a_recordings_digest_follows_its_file(recording: Recording):
    first = Recording.objects.get().file_digest()
    recording.file = ContentFile(OTHER, name="khac.mp3")
    recording.save()
    second = Recording.objects.get()
    assert second.file_digest() != first
    assert second.file.read() == OTHER


def swap_picture() -> None:
    Picture.objects.update(file_hash="0" * 40)


def mark_person() -> None:
    Picture.objects.update(shows_person=True)


def swap_recording() -> None:
    Recording.objects.update(sha256="0" * 64)


@pytest.mark.parametrize(
    ("meddle", "why"),
    [
        (swap_picture, "Ảnh đã bị thay sau khi duyệt."),
        (mark_person, "Ảnh đã bị thay sau khi duyệt."),
        (swap_recording, "Bản ghi âm đã bị thay sau khi duyệt."),
    ],
)
def test_the_gate_holds_what_was_swapped_behind_the_approval(
    world: StaffWorld, telegram: Channel, posts: Any, picture: Picture, recording: Recording, meddle: Any, why: str
):
    world.posting(telegram, page=world.approved(summary=SAFE, cover=picture, recording=recording), due=timezone.now())
    meddle()
    work_a_shift(3)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error_code) == ("held", "gate")
    reference = f"item:{PostingItem.objects.get().pk}"
    assert decide([reference])[reference].reason == why
    assert posts() == []


def test_what_was_not_touched_leaves(world: StaffWorld, telegram: Channel, posts: Any, picture: Picture):
    world.posting(telegram, page=world.approved(summary=SAFE, cover=picture), due=timezone.now())
    work_a_shift(3)
    assert len(posts()) == 1


def test_an_older_snapshot_still_finds_its_picture(picture: Picture):
    (attachment,) = pictures_of({"cover": picture.pk})
    assert attachment.alt == "Núi đồi, tranh vẽ"
