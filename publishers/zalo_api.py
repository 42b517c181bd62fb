"""Zalo's Official Account API over the sender's aiohttp session. No library for it exists.

Zalo answers errors with HTTP 200 and ``{"error": -216, "message": "…"}``; the token goes in a header of its
own, never in an address. Facts: developers.zalo.me/docs/official-account, error table in its appendix.
"""

import dataclasses
import hashlib
import hmac
from typing import Any

import aiohttp

from publishers.errors import Ambiguous, CredentialsExpired, Permanent, SendError, Throttled, Transient
from publishers.redact import redact

# The pause after -32: the quota is counted by the minute.
RATE_PAUSE = 60.0
EXPIRED = {-216, -220, -124}
PROCESSING = -214
NIGHT = -234
OAUTH_REFUSED = {-14014, -14020, -14019, -14005}


@dataclasses.dataclass(frozen=True)
class ZaloApi:
    """The API of one Official Account at ``base`` (no slash at the end)."""

    base: str
    token: str = dataclasses.field(repr=False)
    app_secret: str = dataclasses.field(repr=False)
    http: aiohttp.ClientSession = dataclasses.field(repr=False)

    async def get(self, path: str, **params: Any) -> Any:
        """The ``data`` of a GET.

        :raises SendError: in one of the four classes; the token never is in its text.
        """
        return await self._call("GET", path, params={name: str(value) for name, value in params.items()})

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """The ``data`` of a POST. Errors as for :meth:`get`."""
        return await self._call("POST", path, json=body)

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        headers = {"access_token": self.token, "appsecret_proof": self.proof}
        answer = await asked(self.http, method, f"{self.base}/{path}", headers=headers, **more)
        code = int(answer.get("error") or 0)
        if code:
            raise classify(code, str(answer.get("message", "")))
        return answer.get("data")

    @property
    def proof(self) -> str:
        """HMAC-SHA256 of the token under the app's secret; apps may be set to ask for it (-242)."""
        return hmac.new(self.app_secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()


async def exchange(
    http: aiohttp.ClientSession, base: str, *, app_id: str, app_secret: str, refresh_token: str
) -> dict[str, str]:
    """Exchange a refresh token (OAuth v4) for a new pair. It works once: the old one is dead at once.

    :return: ``access_token`` and ``refresh_token``.
    :raises Permanent: ``consent-needed`` when Zalo refuses the token, ``bad-app`` when it refuses the app.
    :raises Ambiguous: when the answer was lost; the old token may be used up.
    :raises Transient: when nothing was asked.
    """
    form = {"app_id": app_id, "grant_type": "refresh_token", "refresh_token": refresh_token}
    answer = await asked(http, "POST", f"{base}/v4/oa/access_token", data=form, headers={"secret_key": app_secret})
    code = int(answer.get("error") or 0)
    detail = redact(f"({code}) {answer.get('error_name', '')} {answer.get('error_reason', '')}".strip())
    if code in OAUTH_REFUSED:
        raise Permanent("consent-needed", detail)
    if code == -32:
        raise Throttled("throttled", RATE_PAUSE, detail)
    if code:
        raise Permanent("bad-app", detail)
    pair = {name: str(answer.get(name) or "") for name in ("access_token", "refresh_token")}
    if not all(pair.values()):
        raise Ambiguous("server-error", "no token in the answer")
    return pair


async def asked(http: aiohttp.ClientSession, method: str, url: str, **more: Any) -> dict[str, Any]:
    """The JSON object that answers one request.

    :raises Transient: when no connection was made.
    :raises Ambiguous: when the answer was lost, is a gateway's page, or says that the server failed.
    """
    try:
        async with http.request(method, url, allow_redirects=False, **more) as response:
            answer = await response.json(content_type=None)
            status = response.status
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Transient("unreachable", type(error).__name__) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Ambiguous("timeout", type(error).__name__) from error
    except ValueError as error:
        raise Ambiguous("server-error", f"HTTP {response.status}, no JSON") from error
    if status >= 500 or not isinstance(answer, dict):
        raise Ambiguous("server-error", f"HTTP {status}")
    return answer


def classify(code: int, message: str) -> SendError:
    """What an error number means for what happens next (facts C7). The number is the code of the explanation."""
    detail = redact(f"({code}) {message}")
    if code in EXPIRED:
        return CredentialsExpired(str(code), detail)
    if code == -32:
        return Throttled("throttled", RATE_PAUSE, detail)
    if code == PROCESSING:
        return Transient(str(code), detail)
    if code == -1:
        return Ambiguous("server-error", detail)
    return Permanent(str(code), detail)
