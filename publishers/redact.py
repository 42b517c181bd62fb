"""Tokens never reach a log, a traceback or an error text."""

import logging
import re

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


def redact(text: str) -> str:
    """Return ``text`` with everything that looks like a credential masked."""
    for pattern in PATTERNS:
        text = pattern.sub(lambda found: (found.group(1) if found.re.groups else "") + MASK, text)
    return text


class RedactFilter(logging.Filter):
    """Masks credentials in the formatted message and in tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True
