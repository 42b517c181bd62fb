"""Public pages: what they may load, what they tell others, and how long they are kept (DESIGN 4.7, 7)."""

import dataclasses
import gzip
import hashlib
from collections.abc import Callable
from functools import cache
from typing import Self

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from campaigns.public import page_cache
from cms.templatetags.page_style import digest

PAGE_VIEW = "wagtail_serve"
MAX_PAGE_DIGITS = 3
GZIP_LEVEL = 6


@cache
def content_policy() -> str:
    """Everything from here; the one style and the one script by their digests; framed by nobody else."""
    return "; ".join(
        (
            "default-src 'self'",
            f"style-src {digest('public.css')}",
            f"script-src {digest('quick-exit.js')}",
            "img-src 'self'",
            "media-src 'self'",
            "connect-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


@dataclasses.dataclass(frozen=True)
class KeptPage:
    """A drawn page, plain and packed, with the headers that the rest of the stack gave it."""

    headers: dict[str, str]
    plain: bytes
    packed: bytes
    etag: str
    status: int

    @classmethod
    def of(cls, response: HttpResponse) -> Self:
        body = bytes(response.content)
        headers = {name: value for name, value in response.items() if name not in ("Content-Length", "Vary")}
        etag = hashlib.sha256(body).hexdigest()[:20]
        return cls(headers, body, gzip.compress(body, GZIP_LEVEL, mtime=0), etag, response.status_code)

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        """The page for this request: packed if the browser can unpack it, nothing if it has it."""
        packed = "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
        response = HttpResponse(self.packed if packed else self.plain, status=self.status, headers=self.headers)
        response["Vary"] = "Accept-Encoding"
        if packed:
            response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(len(response.content))
        if self.status != 200:
            return response
        response["ETag"] = etag = f'"{self.etag}{"-gz" if packed else ""}"'
        return get_conditional_response(request, etag=etag, response=response) or response


class PublicPages:
    """Serves public pages from the cache, and hardens every one of them.

    Who is signed in, and a preview, always sees the page drawn anew, and it is not kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = self.key(request)
        kept: KeptPage | None = page_cache.kept(key) if key else None
        if kept is not None:
            return kept.answer(request)
        drawn_at = page_cache.version() if key else ""
        response = self.get_response(request)
        if not self.is_public(request, response):
            return response
        self.harden(response)
        if not key or not isinstance(response, HttpResponse) or not self.is_for_everybody(response):
            return response
        if response.status_code == 200:
            response["Cache-Control"] = f"public, max-age={page_cache.SECONDS}"
        page = KeptPage.of(response)
        if response.status_code == 200 and request.method == "GET":
            page_cache.keep(key, page, drawn_at)
        return page.answer(request)

    @staticmethod
    def is_for_everybody(response: HttpResponse) -> bool:
        """Whether another reader may get the same answer: no cookie, no redirect, nothing called private."""
        said = response.get("Cache-Control", "")
        return not (response.cookies or response.has_header("Location") or "private" in said or "no-store" in said)

    @staticmethod
    def key(request: HttpRequest) -> str | None:
        """What a page is kept under; None for a request that must not be answered from the cache.

        Only the page number of a list counts: what Facebook or a newsletter adds changes nothing.
        """
        if request.method not in ("GET", "HEAD") or settings.SESSION_COOKIE_NAME in request.COOKIES:
            return None
        if getattr(request, "is_dummy", False):
            return None
        number = request.GET.get("trang", "")
        if not (number.isascii() and number.isdigit() and len(number) <= MAX_PAGE_DIGITS):
            number = ""
        address = f"{request.scheme}://{request.get_host()}{request.path}?{number}"
        return f"page-{hashlib.sha256(address.encode()).hexdigest()}"

    @staticmethod
    def is_public(request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether this is a page of the tree, or an error page outside the staff's area."""
        if not response.get("Content-Type", "").startswith("text/html") or getattr(request, "is_preview", False):
            return False
        match = request.resolver_match
        if match is None:
            return not request.path.startswith("/quan-tri/")
        return match.url_name == PAGE_VIEW or "public" in match.namespaces

    @staticmethod
    def harden(response: HttpResponseBase) -> None:
        response["Content-Security-Policy"] = content_policy()
        response["Referrer-Policy"] = "no-referrer"
        response["Permissions-Policy"] = (
            "browsing-topics=(), interest-cohort=(), geolocation=(), camera=(), microphone=()"
        )
