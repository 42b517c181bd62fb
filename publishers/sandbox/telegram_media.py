"""Files sent to the sandbox's Telegram: uploads, addresses and file ids, with the platform's limits."""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from publishers.sandbox.image_size import image_size
from publishers.sandbox.state import FetchError
from publishers.sandbox.telegram_request import TelegramCall, bad

MEGABYTE = 1024 * 1024
_UPLOAD_LIMIT = {"photo": 10 * MEGABYTE}
_URL_LIMIT = {"photo": 5 * MEGABYTE}
_PREFIX = "SBX-"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file the sandbox keeps, as a media entry of the log and as the Bot API's object."""

    kind: str
    name: str
    sha256: str
    size: int
    width: int = 0
    height: int = 0

    def for_log(self) -> dict[str, Any]:
        """The entry for a record's ``media``."""
        return {"kind": self.kind, "name": self.name, "sha256": self.sha256, "bytes": self.size}

    def as_json(self) -> Any:
        """A PhotoSize list for a photo, else the object of the file's kind."""
        thing: dict[str, Any] = {
            "file_id": f"{_PREFIX}{self.kind}-{self.sha256}",
            "file_unique_id": self.sha256[:15],
            "file_size": self.size,
        }
        if self.kind == "photo":
            return [{**thing, "width": self.width, "height": self.height}]
        if self.kind in ("audio", "voice"):
            thing["duration"] = 0
        if self.kind == "video":
            thing |= {"duration": 0, "width": self.width or 1280, "height": self.height or 720}
        if self.kind != "voice":
            thing["file_name"] = self.name
        return thing


def uploaded(value: Any) -> tuple[bytes, str] | None:
    """(content, file name) of an uploaded part, else None."""
    if isinstance(value, web.FileField):
        return value.file.read(), value.filename
    return None


async def stored_file(call: TelegramCall, kind: str, value: Any) -> StoredFile:
    """Take a file however it was given and keep it. Raises TelegramError as the platform would."""
    if isinstance(value, str) and value.startswith("attach://"):
        value = call.params.get(value.removeprefix("attach://"))
        if value is None:
            raise bad(f"there is no {kind} in the request")
    part = uploaded(value)
    if part is not None:
        content, name = part
        return await _keep(call, kind, content, name, _UPLOAD_LIMIT.get(kind, 50 * MEGABYTE))
    if not isinstance(value, str) or not value:
        raise bad(f"there is no {kind} in the request")
    if value.startswith(("http://", "https://")):
        content = await _fetched(call, kind, value)
        return await _keep(call, kind, content, urlsplit(value).path.rpartition("/")[2] or kind, len(content))
    return _known(call, kind, value)


async def _fetched(call: TelegramCall, kind: str, url: str) -> bytes:
    try:
        content, content_type = await call.sandbox.fetch(url)
    except FetchError as error:
        raise bad("failed to get HTTP URL content") from error
    if content_type.startswith("text/") or (kind == "photo" and image_size(content) is None):
        raise bad("wrong type of the web page content")
    if len(content) > _URL_LIMIT.get(kind, 20 * MEGABYTE):
        raise bad("failed to get HTTP URL content")
    return content


async def _keep(call: TelegramCall, kind: str, content: bytes, name: str, limit: int) -> StoredFile:
    if not content:
        raise bad("file must be non-empty")
    if len(content) > limit:
        raise bad(f"file is too big for a {kind}")
    size = image_size(content) or (0, 0)
    if kind == "photo":
        if size == (0, 0):
            raise bad("IMAGE_PROCESS_FAILED")
        if sum(size) > 10_000 or max(size) > 20 * min(size):
            raise bad("PHOTO_INVALID_DIMENSIONS")
    sha256, length = await call.sandbox.log.store_media(content)
    return StoredFile(kind, name, sha256, length, *size)


def _known(call: TelegramCall, kind: str, file_id: str) -> StoredFile:
    parts = file_id.removeprefix(_PREFIX).split("-")
    if not file_id.startswith(_PREFIX) or len(parts) != 2:
        raise bad("wrong file identifier/HTTP URL specified")
    path = call.sandbox.log.media_dir / parts[1]
    if parts[0] != kind or not parts[1].isalnum() or not path.exists():
        raise bad("wrong file identifier/HTTP URL specified")
    content = path.read_bytes()
    return StoredFile(kind, kind, hashlib.sha256(content).hexdigest(), len(content), *(image_size(content) or (0, 0)))
