"""A running sandbox on a free port, and helpers to read its log as a stranger would."""

import json
import pathlib
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import facebook
import pytest
import requests

from publishers.sandbox.credentials import issue
from publishers.sandbox.server import SandboxServer

PAGE = "999000111222"
CHAT = "@dientap_xa_bao_thang"


@pytest.fixture
def log_path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "sandbox.jsonl"


@pytest.fixture
def server(log_path: pathlib.Path) -> Iterator[SandboxServer]:
    with SandboxServer(log_path) as running:
        yield running


@pytest.fixture
def records(log_path: pathlib.Path) -> Callable[..., list[dict[str, Any]]]:
    def read(action: str = "") -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in log_path.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if not action or line["action"] == action]

    return read


@pytest.fixture
def graph(server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> facebook.GraphAPI:
    monkeypatch.setattr(facebook, "FACEBOOK_GRAPH_URL", f"{server.url}/graph/")
    api = facebook.GraphAPI(issue("facebook", PAGE)["token"], timeout=5)
    api.version = "v27.0"
    return api


@pytest.fixture
def arm(server: SandboxServer) -> Callable[..., None]:
    def send(platform: str, fault: str, **more: Any) -> None:
        body = {"platform": platform, "fault": fault, "times": 1, **more}
        answer = requests.post(f"{server.url}/_sandbox/faults", json=body, timeout=5)
        assert answer.status_code == 200, answer.text

    return send


def png(width: int = 8, height: int = 6, shade: int = 120) -> bytes:
    """A real grey picture of this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + bytes([shade]) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
