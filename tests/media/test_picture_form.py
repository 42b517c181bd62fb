"""However a picture is uploaded, what is stored and shown tells nothing of where and with what it was taken."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse
from PIL import Image

from media.models import Picture
from tests.campaigns.staff_world import StaffWorld, world
from tests.media.test_images import ORIGINALS, SECRET, saved

__all__ = ["world"]
pytestmark = pytest.mark.django_db
RENDITIONS = ("max-1600x1600|format-jpeg|jpegquality-85", "width-160|format-webp", "original")


def upload(world: StaffWorld, way: str, name: str, data: bytes) -> HttpResponse:
    """Through the form for one picture, for many at once, or the chooser, as a picture editor."""
    client, file = world.client("chief"), SimpleUploadedFile(name, data)
    if way == "many":
        form: dict[str, Any] = {"title": "Bản làng", "files[]": file, "collection": "1"}
        return client.post(reverse("wagtailimages:add_multiple"), form)
    if way == "chooser":
        form = {"image-chooser-upload-title": "Bản làng", "image-chooser-upload-file": file}
        return client.post(reverse("wagtailimages_chooser:create"), form | {"image-chooser-upload-collection": "1"})
    return client.post(reverse("wagtailimages:add"), {"title": "Bản làng", "file": file, "collection": "1"})


@pytest.mark.parametrize("way", ["one", "many", "chooser"])
def test_place_and_device_are_gone_from_the_original_and_every_rendition(world: StaffWorld, way: str, settings: Any):
    data = ORIGINALS["jpeg"]()
    assert SECRET in data, "the phone did write it"
    assert upload(world, way, "IMG_2233.jpg", data).status_code in (200, 302)
    picture = Picture.objects.get()
    assert (picture.width, picture.height) == (400, 200)
    files = [picture.get_rendition(spec).file for spec in RENDITIONS] + [picture.file]
    for file in files:
        stored = Path(file.path).read_bytes()
        assert SECRET not in stored
        assert dict(Image.open(io.BytesIO(stored)).getexif()) == {}
    kept = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert len(kept) >= len(files)
    assert not any(SECRET in path.read_bytes() for path in kept), "nothing of the upload lies about"
    assert picture.file_size == Path(picture.file.path).stat().st_size


@pytest.mark.parametrize("kind", ["png", "webp", "heic", "avif"])
def test_the_file_is_named_for_what_is_stored(world: StaffWorld, kind: str):
    upload(world, "one", f"anh.{kind}", ORIGINALS[kind]())
    picture = Picture.objects.get()
    stored = Path(picture.file.path)
    assert SECRET not in stored.read_bytes()
    assert stored.suffix == (".png" if Image.open(stored).format == "PNG" else ".jpg")


def test_replacing_the_file_cleans_the_new_one_too(world: StaffWorld):
    upload(world, "one", "anh.png", saved(Image.new("RGB", (40, 40)), "PNG"))
    picture = Picture.objects.get()
    form = {"title": "Bản làng", "file": SimpleUploadedFile("moi.jpg", ORIGINALS["jpeg"]()), "collection": "1"}
    assert world.client("chief").post(reverse("wagtailimages:edit", args=[picture.pk]), form).status_code == 302
    picture.refresh_from_db()
    assert (picture.width, SECRET in Path(picture.file.path).read_bytes()) == (400, False)


@pytest.mark.parametrize("way", ["one", "many"])
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("dong.gif", lambda: saved(Image.new("P", (40, 40)), "GIF")),
        ("to.png", lambda: saved(Image.new("1", (16_100, 100)), "PNG")),
        ("khong-lo.png", lambda: saved(Image.new("1", (8_100, 8_000)), "PNG")),
        ("be.png", lambda: saved(Image.new("RGB", (4, 4)), "PNG")),
    ],
)
def test_what_is_not_taken_is_refused_in_words(world: StaffWorld, way: str, name: str, make: Any):
    answer = upload(world, way, name, make())
    if way == "many":
        body = answer.json()
        assert (body["success"], bool(body["error_message"].strip())) == (False, True)
    else:
        assert answer.context["form"].errors["file"][0]
    assert not Picture.objects.exists()
