"""System checks: rehearsals stay inside."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

LIVE_SETTINGS = ("TELEGRAM_API_URL", "FACEBOOK_GRAPH_URL", "FACEBOOK_VIDEO_URL", "ZALO_API_URL", "ZALO_OAUTH_URL")


@register()
def sandbox_is_ours(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """``LOA_SANDBOX_URL`` is no live platform, and should be a machine of ours (DESIGN 4.6)."""
    host = urlsplit(settings.LOA_SANDBOX_URL).hostname or ""
    live = {urlsplit(str(getattr(settings, name))).hostname for name in LIVE_SETTINGS}
    known = ("telegram.org", "facebook.com", "zalo.me", "zaloapp.com")
    ours = host == "localhost" or _is_inside(host)
    if host.endswith(known) or (host in live and not ours):
        text = f"LOA_SANDBOX_URL points at a live platform ({host}): rehearsals would leave."
        return [Error(text, hint="Set it to the address of `manage.py sandbox`.", id="publishers.E001")]
    if not ours:
        text = f"LOA_SANDBOX_URL ({host}) is neither this machine nor a private address."
        return [Warning(text, hint="Run `manage.py sandbox` on a machine of your own.", id="publishers.W001")]
    return []


def _is_inside(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private
