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
THROTTLES = {4, 17, 32, 341, 613, 80001}
DEAD_TOKENS = {102, 190}
USAGE_HEADERS = ("X-App-Usage", "X-Business-Use-Case-Usage", "X-Page-Usage")
DEFAULT_PAUSE = 300.0


class Graph(facebook.GraphAPI):
    """The Graph API of one page. ``usage`` is the highest percentage the last answer's headers named."""

    def __init__(self, *, base: str, version: str, token: str, app_secret: str, session: requests.Session) -> None:
        super().__init__(access_token=token, timeout=TIMEOUT, session=session)
        self.version = version
        self.base = base
        self.app_secret = app_secret
        self.usage = 0.0
        self.pause = 0.0

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
        self.usage = self.pause = 0.0
        for name in USAGE_HEADERS:
            try:
                found = json.loads(response.headers.get(name, "{}"))
            except ValueError:
                continue
            by_business = name == "X-Business-Use-Case-Usage"
            groups = [one for many in found.values() for one in many] if by_business else [found]
            for group in groups:
                shares = [value for key, value in group.items() if key in ("call_count", "total_time", "total_cputime")]
                self.usage = max([self.usage, *shares])
                self.pause = max(self.pause, 60.0 * group.get("estimated_time_to_regain_access", 0))

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
        code = int(error.get("code") or 0)
        detail = redact(f"({code}/{error.get('error_subcode', '')}) {error.get('message', '')}")
        if code in THROTTLES:
            return Throttled("throttled", self.pause or DEFAULT_PAUSE, detail)
        if code in (1, 2) or status >= 500:
            return Ambiguous("server-error", detail)
        if code in DEAD_TOKENS:
            return Permanent("page-token-needed" if error.get("error_subcode") == 2069032 else "bad-token", detail)
        if code == 506:
            return Ambiguous("duplicate", detail)
        if code == 368:
            return Throttled("blocked", 6 * 3600.0, detail)
        if code == 1609005:
            return Transient("link-unreadable", detail)
        if code == 10 or 200 <= code < 300:
            return Permanent("no-permission", detail)
        if code == 100 and error.get("error_subcode") == 33:
            return Permanent("gone", detail)
        return Permanent("refused", detail)
