"""python-telegram-bot over the sender's own HTTP session, and its errors in Loa's four classes."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import BaseRequest, RequestData

from publishers.errors import Ambiguous, Permanent, SendError, Throttled, Transient

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class NotSent(NetworkError):
    """The request certainly never left (no connection)."""


class AnswerLost(NetworkError):
    """The request may have been executed: time-out, reset or a gateway's page."""


class SharedRequest(BaseRequest):
    """python-telegram-bot's transport on the sender's aiohttp session.

    Measured, its own httpx pool slows down as concurrency grows (docs/decisions.md).
    """

    def __init__(self, session: aiohttp.ClientSession, proxy: str = "") -> None:
        self._session = session
        self._proxy = proxy or None

    @property
    def read_timeout(self) -> float | None:
        return self._session.timeout.sock_read

    async def initialize(self) -> None:
        """The session is the sender's."""

    async def shutdown(self) -> None:
        """The session is the sender's."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        data: Any = None
        headers = None
        if request_data is not None and request_data.contains_files:
            data = aiohttp.FormData()
            for name, value in request_data.json_parameters.items():
                data.add_field(name, value)
            for name, (filename, content, mime) in request_data.multipart_data.items():
                data.add_field(name, content, filename=filename, content_type=mime)
        elif request_data is not None:
            # Encoded here: aiohttp would build a multipart writer for each form first and throw it away.
            data, headers = urlencode(request_data.json_parameters).encode(), FORM
        try:
            async with self._session.request(method, url, data=data, headers=headers, proxy=self._proxy) as response:
                return response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AnswerLost(type(error).__name__) from error


def classify(error: TelegramError) -> SendError:
    """Put python-telegram-bot's error into one of the four classes (facts B5; BadRequest is a NetworkError)."""
    text = str(error)
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return Throttled("throttled", wait.total_seconds() if isinstance(wait, timedelta) else float(wait), text)
    if isinstance(error, NotSent):
        return Transient("unreachable", text)
    if isinstance(error, AnswerLost):
        return Ambiguous("timeout", text)
    if isinstance(error, InvalidToken):
        return Permanent("bad-token", text)
    if isinstance(error, ChatMigrated):
        return Permanent("chat-moved", str(error.new_chat_id))
    if isinstance(error, Forbidden):
        return Permanent("not-member", text)
    if isinstance(error, BadRequest):
        code = bad_request_code(text)
        # Some files of an album may be out already.
        return Ambiguous(code, text) if code == "partial-album" else Permanent(code, text)
    if "too large" in text.lower():
        return Permanent("too-big", text)
    return Ambiguous("server-error", text)


# The first part that is found counts: what Telegram quotes inside an album's error names pictures too.
BAD_REQUESTS = (
    ("failed to send message #", "partial-album"),
    ("group send failed", "partial-album"),
    ("chat not found", "chat-not-found"),
    ("chat_id is empty", "chat-not-found"),
    ("rights", "no-rights"),
    ("no write access", "no-rights"),
    ("not modified", "not-modified"),
    ("to delete not found", "already-gone"),
    ("to edit not found", "gone"),
    ("can't be deleted", "cannot-delete"),
    ("can't be edited", "cannot-edit"),
    ("in the message to edit", "cannot-edit"),
    ("too long", "too-long"),
    ("can't parse", "bad-format"),
    ("must be non-empty", "empty"),
    ("text is empty", "empty"),
    ("too big", "too-big"),
    ("photo", "bad-picture"),
    ("image", "bad-picture"),
    ("media", "bad-file"),
    ("file", "bad-file"),
)


def bad_request_code(text: str) -> str:
    """The code of a 400 by its description; "refused" for one that is not in the table."""
    lowered = text.lower()
    return next((code for part, code in BAD_REQUESTS if part in lowered), "refused")
