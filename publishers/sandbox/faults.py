"""Faults on demand: what a platform does on its bad days, for tests and for training.

A fault waits for the next matching requests. Without ``method`` it takes writes only, so that arming
"commit then hang" does not hit a health check by chance.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from aiohttp import web

NAMES = {
    "commit_then_hang": "Đã đăng nhưng không trả lời (treo)",
    "commit_then_reset": "Đã đăng rồi ngắt kết nối, không trả lời",
    "reset_before": "Ngắt kết nối trước khi đăng",
    "reset_after": "Đã đăng, trả lời dở dang rồi ngắt kết nối",
    "commit_then_500": "Đã đăng nhưng báo lỗi 500",
    "html_502": "Cổng mạng báo lỗi 502, chưa đăng",
    "http_429": "Báo gửi quá nhanh (429)",
    "throttle": "Giới hạn tần suất của nền tảng",
    "expired_token": "Mã truy cập hết hạn",
    "partial_album": "Album chỉ đăng được một phần",
    "blocked": "Tài khoản bị tạm khóa quyền đăng",
    "refuse_delete": "Không cho xóa bài (như Telegram sau 48 giờ)",
    "slow": "Trả lời chậm",
}
_HANG_LIMIT = 600.0
# By their names on the three platforms; our own are always ours to delete.
_DELETES = {"deletemessage", "deletemessages", "delete", "remove"}


@dataclass(slots=True)
class Fault:
    """One armed fault. ``seconds`` is the delay of *slow* and the wait asked by a throttle."""

    platform: str
    fault: str
    times: int
    method: str = ""
    account: str = ""
    seconds: float = 5.0

    def takes(self, platform: str, method: str, account: str, write: bool) -> bool:
        """True when this fault is meant for the request."""
        if self.platform not in (platform, "*"):
            return False
        if self.account and self.account.lower() != account.lower():
            return False
        if self.fault == "refuse_delete":
            return method.lower() in _DELETES
        return self.method.lower() == method.lower() if self.method else write


class ErrorAnswers(Protocol):
    """How a platform words the errors that faults need."""

    def throttled(self, seconds: float) -> web.Response:
        """Too many requests."""

    def expired(self) -> web.Response:
        """The token no longer works."""

    def server_error(self) -> web.Response:
        """HTTP 500 in the platform's own words."""

    def blocked(self) -> web.Response:
        """The account may not post for now."""

    def undeletable(self) -> web.Response:
        """The post can no longer be deleted."""


@dataclass(slots=True)
class Call:
    """One request as faults and the request log see it."""

    platform: str
    method: str
    account: str
    write: bool
    partial: bool = False
    fault: str = ""


class FaultBoard:
    """The armed faults of a running sandbox."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []
        self.stopping = asyncio.Event()

    def arm(self, data: dict[str, Any]) -> Fault:
        """Arm a fault from a JSON body. Raises ValueError with the reason when it makes no sense."""
        name = str(data.get("fault", ""))
        if name not in NAMES:
            raise ValueError(f"unknown fault {name!r}; one of {', '.join(NAMES)}")
        fault = Fault(
            platform=str(data.get("platform") or "*"),
            fault=name,
            times=int(data.get("times", 1)),
            method=str(data.get("method") or ""),
            account=str(data.get("account") or ""),
            seconds=float(data.get("seconds", 5.0)),
        )
        if fault.times < 1 or fault.seconds < 0:
            raise ValueError("times must be at least 1 and seconds at least 0")
        self.armed.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all armed faults."""
        self.armed.clear()

    def take(self, call: Call) -> Fault | None:
        """Use up one turn of the first fault that fits this call."""
        for fault in self.armed:
            if fault.takes(call.platform, call.method, call.account, call.write):
                fault.times -= 1
                if fault.times <= 0:
                    self.armed.remove(fault)
                return fault
        return None

    def as_json(self) -> list[dict[str, Any]]:
        """The armed faults, as the state page shows them."""
        return [asdict(fault) for fault in self.armed]

    async def run(
        self,
        request: web.Request,
        call: Call,
        answers: ErrorAnswers,
        action: Callable[[], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Answer a request by ``action``, or by the fault armed for it."""
        fault = self.take(call)
        if fault is None:
            return await action()
        call.fault = fault.fault
        refusal = await self._before(request, fault, call, answers)
        if refusal is not None:
            return refusal
        response = await action()
        return await self._after(request, fault, response, answers)

    async def _before(
        self, request: web.Request, fault: Fault, call: Call, answers: ErrorAnswers
    ) -> web.Response | None:
        if fault.fault == "reset_before":
            return reset(request)
        if fault.fault == "html_502":
            return gateway_page()
        if fault.fault in ("http_429", "throttle"):
            return answers.throttled(fault.seconds)
        if fault.fault == "expired_token":
            return answers.expired()
        if fault.fault == "blocked":
            return answers.blocked()
        if fault.fault == "refuse_delete":
            return answers.undeletable()
        if fault.fault == "slow":
            await self._wait(fault.seconds)
        call.partial = fault.fault == "partial_album"
        return None

    async def _after(
        self, request: web.Request, fault: Fault, response: web.StreamResponse, answers: ErrorAnswers
    ) -> web.StreamResponse:
        if fault.fault == "commit_then_hang":
            await self._wait(_HANG_LIMIT)
            return reset(request)
        if fault.fault == "commit_then_reset":
            return reset(request)
        if fault.fault == "reset_after":
            return await _half_answer(request)
        if fault.fault == "commit_then_500":
            return answers.server_error()
        return response

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return


def reset(request: web.Request) -> web.Response:
    """Close the connection with a TCP reset; the answer returned reaches nobody."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


async def _half_answer(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "400"})
    await response.prepare(request)
    await response.write(b'{"')
    await asyncio.sleep(0.05)
    reset(request)
    return response


def gateway_page() -> web.Response:
    """The HTML a load balancer answers with when the platform behind it is away."""
    body = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
    return web.Response(status=502, text=body, content_type="text/html")
