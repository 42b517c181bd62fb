"""The server: one address for each platform, what was asked, and which rules were broken."""

import dataclasses
import email.parser
import email.policy
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.publishers.standin.facebook import Facebook
from tests.publishers.standin.telegram import Telegram
from tests.publishers.standin.zalo import Zalo


@dataclasses.dataclass
class Asked:
    """One request. ``form`` has the body's fields, ``files`` its parts with a file name."""

    host: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    form: dict[str, Any] = dataclasses.field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = dataclasses.field(default_factory=dict)
    at: float = dataclasses.field(default_factory=time.time)

    @property
    def url(self) -> str:
        return f"/{self.host}{self.path}?{self.query}"


@dataclasses.dataclass
class Answer:
    """What goes back. ``lost`` closes the connection instead, after everything was done."""

    body: Any
    status: int = 200
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    lost: bool = False


class _Server(ThreadingHTTPServer):
    # With the standard's five a burst of connections is reset on a busy machine.
    request_queue_size = 128


class StandIn:
    """``with StandIn() as platforms``: addresses in ``urls``, posts and broken rules in the platforms' objects."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.asked: list[Asked] = []
        self.lock = threading.RLock()
        self.telegram, self.facebook, self.zalo = Telegram(self), Facebook(self), Zalo(self)
        # Called before the answer goes out: a test's bad day of a platform.
        self.mishap: Callable[[Asked, Answer], Answer] | None = None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                asked = _read(self)
                with stand_in.lock:
                    stand_in.asked.append(asked)
                    answer = stand_in.answer(asked)
                    if stand_in.mishap:
                        answer = stand_in.mishap(asked, answer)
                _write(self, answer)

            do_GET = do_POST = do_DELETE = do_PUT = do_CONNECT = handle_any

            def log_message(self, *args: Any) -> None:
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def __enter__(self) -> "StandIn":
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *args: Any) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def urls(self) -> dict[str, str]:
        """Loa's settings with the addresses of this stand-in."""
        return {
            "TELEGRAM_API_URL": f"{self.base}/api.telegram",
            "TELEGRAM_PUBLIC_URL": f"{self.base}/t.me",
            "FACEBOOK_GRAPH_URL": f"{self.base}/graph",
            "FACEBOOK_VIDEO_URL": f"{self.base}/graph-video",
            "ZALO_API_URL": f"{self.base}/openapi.zalo",
            "ZALO_OAUTH_URL": f"{self.base}/oauth.zalo",
        }

    def break_rule(self, text: str) -> None:
        self.broken.append(text)

    def rule(self, kept: Any, text: str) -> None:
        if not kept:
            self.break_rule(text)

    def answer(self, asked: Asked) -> Answer:
        hosts = {
            "api.telegram": self.telegram.answer,
            "t.me": self.telegram.page,
            "graph": self.facebook.answer,
            "graph-video": self.facebook.answer,
            "openapi.zalo": self.zalo.answer,
            "oauth.zalo": self.zalo.oauth,
        }
        if asked.host not in hosts:
            self.break_rule(f"an address that no platform has: {asked.url}")
            return Answer("not found", 404)
        return hosts[asked.host](asked)


def _read(handler: BaseHTTPRequestHandler) -> Asked:
    parts = urlsplit(handler.path)
    _empty, host, *rest = parts.path.split("/")
    body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    if handler.headers.get("Transfer-Encoding", "").lower() == "chunked":
        body = _chunks(handler)
    headers = {name.lower(): value for name, value in handler.headers.items()}
    query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    asked = Asked(host, handler.command, "/" + unquote("/".join(rest)), query, headers, body)
    _read_body(asked)
    return asked


def _chunks(handler: BaseHTTPRequestHandler) -> bytes:
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


def _read_body(asked: Asked) -> None:
    kind = asked.headers.get("content-type", "")
    if kind.startswith("application/json"):
        asked.form = json.loads(asked.body)
    elif kind.startswith("application/x-www-form-urlencoded"):
        given = parse_qs(asked.body.decode(), keep_blank_values=True)
        asked.form = {name: values[-1] for name, values in given.items()}
    elif kind.startswith("multipart/form-data"):
        whole = b"Content-Type: " + kind.encode() + b"\r\n\r\n" + asked.body
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(whole)
        for part in message.iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            content = part.get_payload(decode=True)
            if part.get_filename() is not None:
                asked.files[name] = (str(part.get_filename()), content)
            else:
                asked.form[name] = content.decode()


def _write(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    if answer.lost:
        handler.close_connection = True
        handler.connection.close()
        return
    text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    handler.send_response(answer.status)
    kind = "text/html; charset=utf-8" if isinstance(answer.body, str) else "application/json"
    for name, value in {"Content-Type": kind, "Content-Length": str(len(text.encode())), **answer.headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(text.encode())
