"""Uploaded pictures: upright, without a trace of their origin; hostile files refused before they cost anything."""

import io
import os
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from media.images import MOST_BYTES, MOST_PIXELS, RefusedPicture, clean_upload

SECRET = b"Thon Ban Mau 22.3356"


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def halves(mode: str = "RGB") -> Image.Image:
    """Red on the left, green on the right."""
    image = Image.new("RGB", (400, 200), (210, 20, 20))
    image.paste((20, 210, 20), (200, 0, 400, 200))
    return image.convert(mode)


def located(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = SECRET.decode()
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (22.0, 20.0, 8.16), 3: "E", 4: (103.0, 50.0, 31.2)}
    return exif


def code_of(data: bytes) -> str:
    with pytest.raises(RefusedPicture) as error:
        clean_upload(data)
    assert str(error.value)
    assert isinstance(error.value, ValueError)
    return error.value.code


ORIGINALS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: saved(halves(), "JPEG", exif=located(), comment=SECRET, xmp=SECRET),
    "png": lambda: saved(halves(), "PNG", exif=located(), pnginfo=_noted()),
    "webp": lambda: saved(halves(), "WEBP", exif=located(), xmp=SECRET),
    "avif": lambda: saved(halves(), "AVIF", exif=located(), xmp=SECRET),
    "heic": lambda: _heic(),
}


def _noted() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Location", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return info


def _heic() -> bytes:
    out = io.BytesIO()
    heif = pillow_heif.from_pillow(halves())
    heif.save(out, exif=located().tobytes(), xmp=SECRET)
    return out.getvalue()


@pytest.mark.parametrize("kind", ORIGINALS)
def test_nothing_but_pixels_is_left(kind: str) -> None:
    original = ORIGINALS[kind]()
    assert SECRET in original
    done = clean_upload(original)
    assert SECRET not in done.data
    clean = Image.open(io.BytesIO(done.data))
    assert dict(clean.getexif()) == {}
    assert not {"exif", "xmp", "comment", "photoshop", "icc_profile", "Location"} & set(clean.info)
    assert (clean.width, clean.height) == (done.width, done.height) == (400, 200)
    assert done.mime == ("image/png" if kind == "png" else "image/jpeg") == Image.MIME[clean.format or ""]
    red, green = clean.convert("RGB").getpixel((50, 100)), clean.convert("RGB").getpixel((350, 100))
    assert red[0] > 180 > 60 > red[1]
    assert green[1] > 180 > 60 > green[0]


# Where the red half lies for each orientation of EXIF.
@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [
        *((turn, (400, 200), (50, 100)) for turn in (1, 4)),
        *((turn, (400, 200), (350, 100)) for turn in (2, 3)),
        *((turn, (200, 400), (100, 50)) for turn in (5, 6)),
        *((turn, (200, 400), (100, 350)) for turn in (7, 8)),
    ],
)
def test_a_picture_stands_upright(orientation: int, size: tuple[int, int], red: tuple[int, int]) -> None:
    done = clean_upload(saved(halves(), "JPEG", exif=located(orientation)))
    clean = Image.open(io.BytesIO(done.data))
    assert clean.size == size
    pixel = clean.getpixel(red)
    assert pixel[0] > 180 > 60 > pixel[1]
    assert clean_upload(done.data).width == done.width


def test_what_is_hidden_behind_the_end_is_dropped() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("page.html", "<script>alert(1)</script>")
    both = saved(halves(), "JPEG") + archive.getvalue() + b"<script>alert(1)</script>"
    done = clean_upload(both)
    assert b"script" not in done.data
    assert not zipfile.is_zipfile(io.BytesIO(done.data))


def test_a_thumbnail_of_the_uncropped_picture_is_dropped() -> None:
    data = saved(halves(), "JPEG")
    thumbnail = saved(Image.new("RGB", (160, 120), "blue"), "JPEG")
    segment = b"\xff\xe2" + struct.pack(">H", len(thumbnail) + 6) + b"MPF\x00" + thumbnail
    assert thumbnail not in clean_upload(data[:2] + segment + data[2:]).data


@pytest.mark.parametrize(
    "disguised",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.4\n%%EOF",
        b"MZ\x90\x00" + b"\0" * 200,
        b"\x7fELF" + b"\0" * 200,
        b"PK\x03\x04" + b"\0" * 200,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
        b"\xff\xd8\xff" + b"no picture at all",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        saved(halves("P"), "GIF"),
        saved(halves(), "BMP"),
        saved(halves(), "TIFF"),
        os.urandom(5000),
    ],
)
def test_what_is_no_picture_of_ours_is_refused(disguised: bytes) -> None:
    assert code_of(disguised) in ("no-picture", "broken")


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that claims a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(50_000, 50_000), (9_000, 8_000), (20_000, 100), (100, 20_000)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    tracemalloc.start()
    assert code_of(png_of(*size)) == "too-many-pixels"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_a_real_bomb_of_few_bytes_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG", optimize=True)
    assert len(out.getvalue()) < 100_000
    assert code_of(out.getvalue()) == "too-many-pixels"


def test_text_that_swells_inside_a_picture_does_no_harm() -> None:
    swollen = zlib.compress(b"a" * 200_000_000, 9)
    body = b"Comment\0\0" + swollen
    text = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    assert code_of(png_of(100, 100, text)) in ("no-picture", "broken")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_picture_cut_short_is_refused(kind: str, share: float) -> None:
    whole = saved(Image.effect_noise((600, 400), 80).convert("RGB"), kind)
    assert code_of(whole[: int(len(whole) * share)]) in ("broken", "no-picture")


def test_empty_huge_tiny_and_moving_are_refused() -> None:
    assert code_of(b"") == "empty"
    assert code_of(b"\xff\xd8\xff" + b"\0" * MOST_BYTES) == "too-large"
    assert code_of(saved(Image.new("RGB", (4, 4)), "PNG")) == "too-small"
    frames = [Image.new("RGB", (100, 100), colour) for colour in ("red", "green", "blue")]
    for kind in ("WEBP", "PNG"):
        assert code_of(saved(frames[0], kind, save_all=True, append_images=frames[1:])) == "animated"


def test_damaged_exif_costs_nothing_but_itself() -> None:
    data = saved(halves(), "JPEG")
    rubbish = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + os.urandom(300)
    segment = b"\xff\xe1" + struct.pack(">H", len(rubbish) + 2) + rubbish
    done = clean_upload(data[:2] + segment + data[2:])
    assert (done.width, done.height) == (400, 200)
    assert dict(Image.open(io.BytesIO(done.data)).getexif()) == {}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_mode_becomes_one_that_all_show(mode: str) -> None:
    image = Image.new("I;16", (60, 40), 40_000) if mode == "I;16" else halves(mode)
    done = clean_upload(saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert Image.open(io.BytesIO(done.data)).mode in ("RGB", "RGBA")


def test_sixteen_bits_of_grey_keep_their_tone() -> None:
    done = clean_upload(saved(Image.new("I;16", (60, 40), 0x8000), "PNG"))
    assert abs(Image.open(io.BytesIO(done.data)).convert("L").getpixel((5, 5)) - 128) <= 2


def test_colours_of_a_wide_profile_are_kept_as_seen() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    plain = saved(halves(), "JPEG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    assert clean_upload(plain).width == 400
    wrong = saved(halves(), "JPEG", icc_profile=profile.tobytes())
    assert clean_upload(wrong).width == 400


def test_the_largest_picture_of_a_phone_is_taken() -> None:
    image = Image.new("RGB", (8_000, 6_000), "olive")
    assert MOST_PIXELS > 8_000 * 6_000
    done = clean_upload(saved(image, "JPEG"))
    assert (done.width, done.height) == (8_000, 6_000)
