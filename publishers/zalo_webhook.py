"""What Zalo tells by itself: that somebody follows or has left. Who it was is never kept.

The signature is a plain SHA-256 over app number, body, the body's own timestamp and the OA secret key
(developers.zalo.me/docs/official-account/webhook), not an HMAC.
"""

import datetime as dt
import hashlib
import hmac
import json

from publishers.platform import Call, Event

KINDS = ("follow", "unfollow")


def is_signed(app_id: str, secret: str, call: Call) -> bool:
    """Whether ``X-ZEvent-Signature`` fits the body. Without a stored secret nothing does."""
    given = call.headers.get("x-zevent-signature", "").removeprefix("mac=").strip().lower()
    if not secret or not given:
        return False
    try:
        stamp = str(json.loads(call.body)["timestamp"])
    except (ValueError, KeyError, TypeError):
        return False
    signed = app_id.encode() + call.body + stamp.encode() + secret.encode()
    return hmac.compare_digest(hashlib.sha256(signed).hexdigest().encode(), given.encode())


def events(call: Call) -> list[Event]:
    """A follower gained or lost, as a thing to count; whatever else Zalo tells is not ours to know."""
    told = json.loads(call.body)
    kind = str(told["event_name"])
    if kind not in KINDS:
        return []
    # Only for telling a repetition (with another num_retry) from a new event; stored as a keyed digest.
    follower = told.get("follower") or {}
    key = f"{kind}:{told['timestamp']}:{follower.get('id', '')}"
    return [Event(kind, key, dt.datetime.fromtimestamp(int(told["timestamp"]) / 1000, dt.UTC))]
