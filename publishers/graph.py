"""facebook-sdk behind one adapter: today's Graph version, time-outs, proofs, usage, error classes.

facebook-sdk 3.1.0 knows versions up to 3.1 only, sends one global address, has no time-out, drops the
response's headers and puts tokens into URLs on DELETE. One instance per channel sets all of that.
"""

import hashlib
import hmac
import json
from typing import Any

import facebook
import requests

from publishers.errors import Ambiguous, Permanent, SendError, Throttled, Transient
from publishers.redact import redact

TIMEOUT = (10, 60)
# The app's limits and the page's; what is asked for is not executed.
APP_THROTTLES = {4, 17, 341, 613}
THROTTLES = {*APP_THROTTLES, 32, 80001}
DEAD_TOKENS = {102, 190}
APP_USAGE, PAGE_USAGE = ("X-App-Usage",), ("X-Business-Use-Case-Usage", "X-Page-Usage")
DEFAULT_PAUSE = 300.0
# From this percentage on Loa goes slower by itself: 15 seconds a post at 80, twice as much each five more.
SLOW_FROM, SLOWEST = 80.0, 300.0


class Graph(facebook.GraphAPI):
    """The Graph API of one page.

    ``paces`` are the keys of the page's pace and of the app's (none without an app number). ``usage`` is the
    highest percentage of each that the answers' headers named, ``pause`` the seconds to regain access.
    """

    def __init__(
        self,
        *,
        base: str,
        version: str,
        token: str,
        app_secret: str,
        session: requests.Session,
        paces: tuple[str, str] = ("", ""),
    ) -> None:
        super().__init__(access_token=token, timeout=TIMEOUT, session=session)
        self.version = version
        self.base = base
        self.app_secret = app_secret
        self.page_pace, self.app_pace = paces
        self.usage: dict[str, float] = {}
        self.pause = 0.0

    @property
    def pauses(self) -> dict[str, float]:
        """For how many seconds nothing more should go, by pace: what the usage headers ask for."""
        found = {}
        for key, percent in self.usage.items():
            if key and percent >= SLOW_FROM:
                regain = self.pause if key == self.page_pace else 0.0
                found[key] = max(regain, min(SLOWEST, 15.0 * 2 ** ((percent - SLOW_FROM) / 5)))
        return found

    def request(
        self,
        path: str,
        args: dict[str, Any] | None = None,
        post_args: dict[str, Any] | None = None,
        files: Any = None,
        method: str | None = None,
    ) -> Any:
        """Send one request and return its JSON.

        :raises SendError: in one of the four classes; the token never is in its text.
        """
        args, post_args = dict(args or {}), dict(post_args) if post_args is not None else None
        for given in (args, post_args or {}):
            given.pop("access_token", None)
        method = method or ("POST" if post_args is not None else "GET")
        body = dict(post_args or {})
        (args if method == "GET" else body)["appsecret_proof"] = self.proof
        if method == "POST":
            body["access_token"] = self.access_token
        if not path.startswith(f"{self.version}/"):
            path = f"{self.version}/{path}"
        response = self._send(method, path, args, body, files)
        self._note_usage(response)
        return self._answer(response, writing=method != "GET")

    @property
    def proof(self) -> str:
        """HMAC-SHA256 of the token under the app's secret."""
        return hmac.new(self.app_secret.encode(), self.access_token.encode(), hashlib.sha256).hexdigest()

    def _send(self, method: str, path: str, args: Any, body: Any, files: Any) -> requests.Response:
        """A connection that was never made is safe to repeat; anything later may have been executed."""
        try:
            return self.session.request(
                method,
                f"{self.base}/{path}",
                params=args,
                data=body if method != "GET" else None,
                files=files,
                timeout=self.timeout,
                # In a header, so that the token is in no URL; a POST carries it in its form.
                headers={"Authorization": f"Bearer {self.access_token}"} if method != "POST" else None,
            )
        except requests.ConnectTimeout as error:
            raise Transient("unreachable", "ConnectTimeout") from error
        except requests.ConnectionError as error:
            refused = "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
            if refused:
                raise Transient("unreachable", "ConnectionError") from error
            raise Ambiguous("timeout", redact(type(error).__name__)) from error
        except requests.RequestException as error:
            raise Ambiguous("timeout", redact(type(error).__name__)) from error

    def _note_usage(self, response: requests.Response) -> None:
        """Keep the highest usage in per cent and the minutes to regain access that Facebook names."""
        for key, names in ((self.app_pace, APP_USAGE), (self.page_pace, PAGE_USAGE)):
            groups = [group for name in names for group in _groups(response.headers.get(name, "{}"))]
            for group in groups:
                shares = [group.get(name, 0) for name in ("call_count", "total_time", "total_cputime")]
                self.usage[key] = max([self.usage.get(key, 0.0), *(x for x in shares if isinstance(x, int | float))])
                regain = group.get("estimated_time_to_regain_access", 0)
                self.pause = max(self.pause, 60.0 * regain if isinstance(regain, int | float) else 0.0)

    def _answer(self, response: requests.Response, *, writing: bool) -> Any:
        try:
            answer = response.json()
        except ValueError:
            # A gateway's page instead of an answer: the post may be there.
            raise Ambiguous("server-error", f"HTTP {response.status_code}") from None
        if isinstance(answer, dict) and "error" in answer:
            raise self.classify(answer["error"], response.status_code)
        if response.status_code >= 500:
            raise Ambiguous("server-error", f"HTTP {response.status_code}")
        return answer

    def classify(self, error: dict[str, Any], status: int) -> SendError:
        """Facts A4: what each code means for what happens next."""
        code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
        detail = redact(f"({code}/{subcode or ''}) {error.get('error_user_msg') or error.get('message', '')}")
        if code in THROTTLES:
            key = self.app_pace if code in APP_THROTTLES else self.page_pace
            return Throttled("throttled", self.pause or DEFAULT_PAUSE, detail, key=key or None)
        if code in (1, 2) or status >= 500:
            return Ambiguous("server-error", detail)
        if code in DEAD_TOKENS:
            return Permanent("page-token-needed" if subcode == PAGE_TOKEN_NEEDED else "bad-token", detail)
        if code == 506:
            return Ambiguous("duplicate", detail)
        if code == 368:
            return Throttled("blocked", 6 * 3600.0, detail)
        if code == 1609005:
            return Transient("link-unreadable", detail)
        if code == 10 or 200 <= code < 300:
            return Permanent("no-permission", detail)
        if code == 100 and subcode == 33:
            return Permanent("gone", detail)
        return Permanent(_refusal(code, str(error.get("message", ""))), detail)


PAGE_TOKEN_NEEDED = 2069032
REFUSALS = {3: "no-capability", 101: "bad-app", 324: "bad-picture", 352: "bad-video", 389: "bad-video"}


def _refusal(code: int, message: str) -> str:
    """The code of a refusal; for the many kinds of (#100) by its words."""
    if code != 100:
        return REFUSALS.get(code, "refused")
    words = message.lower()
    known = (
        ("proof", "bad-app"),
        ("valid insights metric", "no-metric"),
        ("too long", "too-long"),
        ("photo", "bad-picture"),
        ("image", "bad-picture"),
        ("video", "bad-video"),
    )
    return next((found for part, found in known if part in words), "bad-parameter")


def _number(value: Any) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0


def _groups(header: str) -> list[dict[str, Any]]:
    """The usage figures of one header: a flat object, or lists by account."""
    try:
        found = json.loads(header)
    except ValueError:
        return []
    if not isinstance(found, dict):
        return []
    lists = [many for many in found.values() if isinstance(many, list)]
    return [one for many in lists for one in many if isinstance(one, dict)] if lists else [found]
