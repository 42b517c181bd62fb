"""Small real files in the test's own storage."""

import io

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from publishers.message import Attachment

# The first box of an MP4 file; no platform's stand-in looks further.
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 64
MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x0a" + b"\xff\xfb\x90\x00" * 40


def picture(name: str = "anh", size: tuple[int, int] = (64, 48), kind: str = "JPEG") -> Attachment:
    """A picture whose content differs by its name."""
    content = io.BytesIO()
    Image.new("RGB", size, (sum(name.encode()) % 256, len(name) % 256, 90)).save(content, kind)
    ending = {"JPEG": "jpg"}.get(kind, kind.lower())
    return stored(f"{name}.{ending}", content.getvalue(), f"image/{kind.lower()}")


def video() -> Attachment:
    return stored("phim.mp4", MP4, "video/mp4")


def sound(name: str = "doc.mp3", mime: str = "audio/mpeg") -> Attachment:
    return stored(name, MP3, mime, seconds=12.4)


def document(name: str = "to-roi.pdf") -> Attachment:
    return stored(name, b"%PDF-1.7\n" + name.encode(), "application/pdf")


def stored(name: str, content: bytes, mime: str, seconds: float = 0.0) -> Attachment:
    saved = default_storage.save(f"thu/{name}", ContentFile(content))
    return Attachment(name=saved, url=f"https://loa.example/{name}", mime=mime, seconds=seconds)
