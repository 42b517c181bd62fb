"""What kind of token a page has, and what it will not be able to do (``debug_token``, facts A5)."""

import datetime as dt
from typing import Any

NEEDED = {"pages_manage_posts", "pages_read_engagement"}
ENDS_SOON = dt.timedelta(days=3)
# 0 is "never". The second is the day until which the app may read the page's data.
ENDS = ("expires_at", "data_access_expires_at")


def judge(data: dict[str, Any], page_id: str, now: dt.datetime) -> tuple[str, list[str], list[str]]:
    """The token's kind, the codes of what is wrong, and the codes of what staff should know.

    :param data: the ``data`` of ``debug_token``'s answer.
    """
    kind = str(data.get("type", ""))
    if not data.get("is_valid", True):
        return kind, ["bad-token"], []
    if kind and kind != "PAGE":
        return kind, ["page-token-needed"], []
    wrong, notes = [], []
    if str(data.get("profile_id") or page_id) != page_id:
        wrong.append("other-page")
    scopes = set(data.get("scopes") or NEEDED)
    if not scopes >= NEEDED:
        wrong.append("no-permission")
    if any(0 < int(data.get(name) or 0) < (now + ENDS_SOON).timestamp() for name in ENDS):
        wrong.append("token-ends")
    if data.get("user_id"):
        notes.append("token-of-a-person")
    if data.get("scopes") and "read_insights" not in scopes:
        notes.append("no-insights")
    return kind, wrong, notes
