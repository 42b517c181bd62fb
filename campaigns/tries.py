"""How often one caller tried in vain, counted for some minutes, so that guessing is slowed down.

The keys are keyed hashes that change with each window: no address and no name is kept, and the counts
are gone with the window.
"""

import hashlib
import hmac
import ipaddress

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone


def count_try(kind: str, who: str, seconds: int) -> int:
    """Count one try of ``who`` and return how many there were in this window of ``seconds``."""
    key = _key(kind, who, seconds)
    cache.add(key, 0, timeout=seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # dropped from a full cache in between
        return 1


def forget_tries(kind: str, who: str, seconds: int) -> None:
    """``who`` proved to be no guesser: begin again at nothing."""
    cache.delete(_key(kind, who, seconds))


def take_back_try(kind: str, who: str, seconds: int) -> None:
    """One try of ``who`` was none, after all."""
    try:
        cache.decr(_key(kind, who, seconds))
    except ValueError:  # the window is over
        return


def caller_network(request: HttpRequest) -> str:
    """The network of whoever asks; behind a web server on our side, the one that server names last."""
    address = request.META.get("REMOTE_ADDR", "")
    named = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return (named and _is_ours(address) and network_of(named)) or network_of(address)


def network_of(address: str) -> str:
    """The /24 (IPv6: /48) that ``address`` is in; empty for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))


def _is_ours(address: str) -> bool:
    """Whether ``address`` can only be a web server of our own: this machine, or a private network."""
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return not address  # a Unix socket


def _key(kind: str, who: str, seconds: int) -> str:
    window = int(timezone.now().timestamp()) // seconds
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{window}:{who}".encode(), hashlib.sha256).hexdigest()
    return f"loa.{kind}.{digest[:32]}"
