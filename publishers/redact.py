"""Credentials never reach a log, a traceback, an error text or an error report.

Two nets: what looks like a credential is masked by its form or its name, and every secret that this process
has opened is masked by its very value, whatever it looks like and wherever it stands.
"""

import logging
import re
from collections import OrderedDict
from collections.abc import Iterable
from html import escape
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

# A Telegram token, a Facebook token, any parameter or header that carries a secret by its name,
# and the personal links, whose address is their key.
PATTERNS = [
    re.compile(r"(/(?:tram|dang|ket-qua)/)[^/\s]+"),
    re.compile(r"(?<!\d)\d{6,}:[A-Za-z0-9_-]{20,}"),
    re.compile(r"EAA[A-Za-z0-9]{16,}"),
    re.compile(
        r"(?i)((?:access_token|refresh_token|input_token|app_?secret(?:_proof)?|secret_key|client_secret"
        r"|fb_exchange_token|token|authorization)[\"']?\s*[=:]\s*[\"']?(?:bearer\s+)?)[^\s&\"',}]{6,}"
    ),
]
MASK = "•••"
# Shorter ones would mask ordinary words.
SHORTEST = 8
# The process's opened secrets, newest last; a province has far fewer.
KEPT = 2000
_known: OrderedDict[str, None] = OrderedDict()
_by_value: re.Pattern[str] | None = None


def remember(secrets: Iterable[str]) -> None:
    """Mask these values from now on, as they are and as they stand in an address or a page."""
    global _by_value
    fresh = [value for value in secrets if len(value) >= SHORTEST and value not in _known]
    if not fresh:
        return
    _known.update(dict.fromkeys(fresh))
    while len(_known) > KEPT:
        _known.popitem(last=False)
    _by_value = None


def redact(text: str) -> str:
    """Return ``text`` with every credential masked."""
    global _by_value
    if _known:
        if _by_value is None:
            forms = {form for value in tuple(_known) for form in (value, quote(value, safe=""), escape(value))}
            _by_value = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))
        text = _by_value.sub(MASK, text)
    for pattern in PATTERNS:
        text = pattern.sub(lambda found: (found.group(1) if found.re.groups else "") + MASK, text)
    return text


class RedactFilter(logging.Filter):
    """Masks credentials in the formatted message, in tracebacks and in stack dumps."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


class ReportFilter(SafeExceptionReporterFilter):
    """Error reports by mail or on a debug page: no secret of a form, a setting, a header or a variable."""

    NAMES = re.compile(r"(?i)secret|token|sealed|password|key|signature|authorization|cookie|proof")

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        given = super().get_post_parameters(request)
        return {name: self._cleansed(name, value) for name, value in given.items()}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        found = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, self._cleansed(name, value)) for name, value in found]

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        return {name: self._cleansed(name, value) for name, value in super().get_safe_request_meta(request).items()}

    def _cleansed(self, name: Any, value: Any) -> Any:
        if isinstance(name, str) and self.NAMES.search(name):
            return self.cleansed_substitute
        if isinstance(value, dict):
            return {key: self._cleansed(key, one) for key, one in value.items()}
        shown = value if isinstance(value, str) else repr(value)
        masked = redact(shown)
        return value if masked == shown else masked


class Reporter(ExceptionReporter):
    """An error report whose whole text is masked, the error's own words included."""

    def get_traceback_html(self) -> SafeString:
        # Django has escaped it; masking takes away and puts in three dots.
        return SafeString(redact(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(redact(super().get_traceback_text()))
