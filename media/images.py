"""Uploaded pictures made safe: decoded within limits, turned upright, written anew with nothing of their origin.

A phone writes place, time and owner into its pictures. Only pixels survive here; whatever else a file
holds (metadata, thumbnails, previews, data behind its end) is left behind.
"""

import contextlib
import io
import struct
import warnings
from dataclasses import dataclass

import pillow_heif
from django.utils.translation import gettext
from PIL import ExifTags, Image, ImageCms, ImageOps

MOST_BYTES = 25_000_000
MOST_PIXELS = 64_000_000  # a phone's largest picture; 200 MB once decoded
LEAST_SIDE, MOST_SIDE = 16, 16_000
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF")
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, RuntimeError, IndexError, KeyError)

pillow_heif.register_heif_opener()


class RefusedPicture(ValueError):
    """Why a file is not taken.

    `code`: empty, too-large, no-picture, animated, too-small, too-many-pixels or broken.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class Cleaned:
    """A safe picture: the bytes of a new file, its MIME type (image/jpeg or image/png) and pixels."""

    data: bytes
    mime: str
    width: int
    height: int


def clean_upload(data: bytes) -> Cleaned:
    """A picture of the same content, upright, in sRGB, with no metadata; JPEG, or PNG where the source was lossless.

    Raises RefusedPicture for what is no picture of FORMATS (by its content; a name is never believed), for
    animations, broken files, and files of more than MOST_BYTES or MOST_PIXELS, before they are decoded.
    """
    picture = open_picture(data)
    source = picture.format
    picture = _upright_srgb(picture)
    out = io.BytesIO()
    if source == "PNG" or "A" in picture.getbands():
        picture.save(out, "PNG")
        mime = "image/png"
    else:
        picture.convert("RGB").save(out, "JPEG", quality=92, optimize=True)
        mime = "image/jpeg"
    return Cleaned(out.getvalue(), mime, picture.width, picture.height)


def open_picture(data: bytes, least: tuple[int, int] | None = None) -> Image.Image:
    """The decoded picture, still as the camera held it.

    A large JPEG may be decoded smaller, but not below `least` pixels (width, height, when upright).
    Raises RefusedPicture as `clean_upload` does.
    """
    if not data:
        raise RefusedPicture("empty", gettext("The file is empty."))
    if len(data) > MOST_BYTES:
        raise RefusedPicture("too-large", gettext("The file is larger than 25 MB."))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged metadata is dropped anyway; pixels are counted below
        picture = _opened(data)
        _check(picture)
        try:
            if least:
                picture.draft("RGB", least[::-1] if _lies(picture) else least)
            picture.load()
        except (*_BROKEN, Image.DecompressionBombError) as error:
            raise RefusedPicture("broken", gettext("The picture is damaged or incomplete.")) from error
    return picture


def _opened(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many() from error
    except _BROKEN as error:
        message = gettext("This is not a picture. Take a JPEG, PNG, WebP or HEIC file.")
        raise RefusedPicture("no-picture", message) from error


def _check(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise _too_many()
    if min(width, height) < LEAST_SIDE:
        raise RefusedPicture("too-small", gettext("The picture is too small to show anything."))
    if getattr(picture, "is_animated", False) and picture.format != "HEIF":
        raise RefusedPicture("animated", gettext("Moving pictures are not taken; choose one still picture."))


def _lies(picture: Image.Image) -> bool:
    """Whether EXIF says that the picture must be turned by a right angle."""
    try:
        return picture.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)
    except _BROKEN:
        return False


def _too_many() -> RefusedPicture:
    return RefusedPicture("too-many-pixels", gettext("The picture has too many pixels; make it smaller first."))


def _upright_srgb(picture: Image.Image) -> Image.Image:
    """Pixels as they should be seen, in sRGB; nothing else is left on the result."""
    profile = picture.info.get("icc_profile")
    turn_upright(picture)
    upright = picture
    if upright.mode in ("P", "PA", "LA") or "transparency" in upright.info:
        upright = upright.convert("RGBA")
    elif upright.mode.startswith("I"):
        # Sixteen bits of grey: Pillow would cut them off at 255 instead of scaling them.
        upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif upright.mode not in ("RGB", "RGBA", "L", "CMYK"):
        upright = upright.convert("RGB")
    if profile:
        upright = _in_srgb(upright, profile)
    if upright.mode in ("CMYK", "L"):
        upright = upright.convert("RGB")
    bare = Image.new(upright.mode, upright.size)
    bare.paste(upright)
    return bare


def turn_upright(picture: Image.Image) -> None:
    """Turn the picture as its EXIF asks; EXIF that cannot be read says nothing."""
    with contextlib.suppress(*_BROKEN):
        ImageOps.exif_transpose(picture, in_place=True)


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, *_BROKEN):
        return picture
    return changed or picture
