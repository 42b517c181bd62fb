"""The door: a signed token opens one page for one purpose. No account, no cookie, no script."""

import functools
import logging
import re
import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.models import PersonalLink
from campaigns.tries import caller_network, count_try

logger = logging.getLogger(__name__)
View = Callable[..., HttpResponseBase]

# Wrong tokens that one network may try in one window before it is told to wait.
WRONG_ALLOWED = 30
WINDOW_SECONDS = 300


def personal_page(purpose: str) -> Callable[[View], View]:
    """Make ``view(request, link, …)`` of an address that carries a token; everything else is turned away.

    A bad token gets 404, a revoked one 410, guessing 429. A right token is never refused because of what
    its neighbours behind the same carrier address tried: its signature cannot be guessed anyway.
    """

    def decorate(view: View) -> View:
        # The token in the address is the secret and no cookie is set, so there is no session that another
        # site could ride on; a CSRF cookie would only lock out phones that refuse cookies.
        @csrf_exempt
        @require_http_methods(["GET", "HEAD", "POST"])
        @functools.wraps(view)
        def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
            with translation.override("vi"):
                link = PersonalLink.from_token(token, purpose)
                request.script_nonce = secrets.token_urlsafe(12)  # type: ignore[attr-defined]
                try:
                    response = view(request, link, **kwargs) if link else turned_away(request, token, purpose)
                except Http404:
                    response = render(request, "campaigns/personal/closed.html", {"reason": "missing"}, status=404)
                except RequestDataTooBig:
                    response = render(request, "campaigns/personal/closed.html", {"reason": "too-big"}, status=413)
                except (SuspiciousOperation, MultiPartParserError, UnicodeDecodeError):
                    response = render(request, "campaigns/personal/closed.html", {"reason": "unreadable"}, status=400)
                except Exception:
                    response = failed(request, view.__name__)
            return guarded(request, response)

        return opened

    return decorate


def failed(request: HttpRequest, name: str) -> HttpResponseBase:
    """Our own fault: say so calmly, and log it without the address (Django's log line would have the token)."""
    logger.exception("The personal page “%s” failed", name)
    got_request_exception.send(sender=None, request=request)
    return render(request, "campaigns/personal/closed.html", {"reason": "failed"}, status=500)


def turned_away(request: HttpRequest, token: str, purpose: str) -> HttpResponseBase:
    """A calm page that says whom to ask."""
    if was_ours(token, purpose):
        return render(request, "campaigns/personal/closed.html", {"reason": "revoked"}, status=410)
    if too_many_wrong(request):
        return render(request, "campaigns/personal/closed.html", {"reason": "wait"}, status=429)
    return render(request, "campaigns/personal/closed.html", {"reason": "unknown"}, status=404)


def was_ours(token: str, purpose: str) -> bool:
    """Whether we once signed ``token``: then it was revoked or handed over."""
    try:
        signing.Signer(salt=f"loa.link.{purpose}", sep=".").unsign(token)
    except signing.BadSignature:
        return False
    return True


def too_many_wrong(request: HttpRequest) -> bool:
    """Count one wrong token of the caller's network; True when there were too many in this window."""
    return count_try("wrong-token", caller_network(request), WINDOW_SECONDS) > WRONG_ALLOWED


def guarded(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Keep the address with the token out of referrers, search engines, caches and frames."""
    if response.get("Content-Type", "").startswith("text/html"):
        # Django pads what it compresses, so that a reflected text beside a secret tells nothing by its length.
        response = GZipMiddleware(lambda _request: response).process_response(request, response)
    files = " ".join(["'self'", *re.findall(r"^https?://[^/]+", settings.MEDIA_URL)])
    nonce = request.script_nonce  # type: ignore[attr-defined]
    # Django would log "Not Found: <path>" for a refusal, and the path holds a token.
    response._has_been_logged = True  # type: ignore[attr-defined]
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "no-store"
    response["X-Frame-Options"] = "DENY"
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src {files} data:; media-src {files}; "
        f"script-src 'nonce-{nonce}'; worker-src 'self'; connect-src {files}; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return response
