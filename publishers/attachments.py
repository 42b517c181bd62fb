"""What can be known of a stored file before it is sent: its size, its kind, a picture's width and height."""

import mimetypes

from django.core.files.storage import default_storage
from PIL import Image, UnidentifiedImageError

from publishers.message import Attachment

MEGABYTE = 1024 * 1024


def size_of(attachment: Attachment) -> int:
    """Its size in bytes; 0 when it does not lie in our storage."""
    try:
        return default_storage.size(attachment.name) if attachment.name else 0
    except (OSError, ValueError):
        return 0


def pixels_of(picture: Attachment) -> tuple[int, int] | None:
    """Width and height, or None when the picture is not here or cannot be read. Only its header is read."""
    try:
        with default_storage.open(picture.name) as file, Image.open(file) as image:
            return image.size
    except (OSError, ValueError, UnidentifiedImageError):
        return None


def kind_of(attachment: Attachment) -> str:
    """Its MIME type, as given or by its name; "application/octet-stream" when neither says it."""
    return attachment.mime or mimetypes.guess_type(attachment.name)[0] or "application/octet-stream"


def file_name(attachment: Attachment) -> str:
    """The last part of its name in the storage."""
    return attachment.name.rpartition("/")[2] or "file"
