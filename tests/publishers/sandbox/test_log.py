"""What was answered is on disk: kill -9 in the middle of a burst, torn lines, restarts, two servers."""

import asyncio
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import aiohttp
import facebook
import pytest
import requests

from publishers.sandbox.credentials import issue
from publishers.sandbox.log import LogDamagedError, SandboxLog
from publishers.sandbox.server import SandboxServer
from tests.publishers.sandbox.conftest import CHAT, PAGE

ROOT = pathlib.Path(__file__).parents[3]
TOKEN = issue("telegram", CHAT)["token"]


def launch(log_path: pathlib.Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "publishers.sandbox", "--log", str(log_path), "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


async def burst(url: str, answered: list[str], process: subprocess.Popen[str], kill_after: int) -> None:
    async with aiohttp.ClientSession() as session:

        async def send(number: int) -> None:
            chat = f"@dientap_dot_{number % 20}"
            data = {"chat_id": chat, "text": f"Bài số {number}"}
            async with session.post(f"{url}/telegram/bot{TOKEN}/sendMessage", data=data) as answer:
                body = await answer.json()
            if body["ok"]:
                answered.append(body["result"]["text"])
            if len(answered) == kill_after:
                os.kill(process.pid, signal.SIGKILL)

        await asyncio.gather(*(send(n) for n in range(600)), return_exceptions=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_answered_post_survives_kill_9(log_path: pathlib.Path, seed: int) -> None:
    process, url = launch(log_path)
    try:
        requests.post(f"{url}/_sandbox/limits", json={"on": False}, timeout=5)
        answered: list[str] = []
        asyncio.run(burst(url, answered, process, random.Random(seed).randint(40, 400)))
    finally:
        process.kill()
        process.wait()
    with SandboxServer(log_path) as server:
        lines = [json.loads(line) for line in log_path.read_text(encoding="utf-8").splitlines()]
        logged = Counter(line["text"] for line in lines)
        assert len(answered) >= 40
        assert [text for text in answered if logged[text] != 1] == []
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        data: dict[str, Any] = {"chat_id": CHAT, "text": "Sau khi chạy lại"}
        assert requests.post(f"{server.url}/telegram/bot{TOKEN}/sendMessage", data=data, timeout=5).json()["ok"]


def test_answer_waits_for_the_disk(log_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is synced before the answer: seen at the system call, not in the code."""
    synced: list[int] = []
    real = os.fsync

    def slow_fsync(descriptor: int) -> None:
        time.sleep(0.4)
        real(descriptor)
        synced.append(log_path.stat().st_size)

    with SandboxServer(log_path) as server:
        monkeypatch.setattr(os, "fsync", slow_fsync)
        data = {"chat_id": CHAT, "text": "Chờ đĩa"}
        started = time.monotonic()
        answer = requests.post(f"{server.url}/telegram/bot{TOKEN}/sendMessage", data=data, timeout=5).json()
        assert answer["ok"]
        assert time.monotonic() - started >= 0.4
        assert synced
        assert synced[-1] == log_path.stat().st_size > 0


def test_disk_that_refuses_is_no_success(log_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with SandboxServer(log_path) as server:
        monkeypatch.setattr(os, "fsync", broken)
        data = {"chat_id": CHAT, "text": "Đĩa đầy"}
        for _ in range(2):
            answer = requests.post(f"{server.url}/telegram/bot{TOKEN}/sendMessage", data=data, timeout=5)
            assert answer.status_code == 500


def test_burst_shares_syncs(log_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = os.fsync

    def counted(descriptor: int) -> None:
        calls.append(1)
        time.sleep(0.01)
        real(descriptor)

    async def work(url: str) -> None:
        async with aiohttp.ClientSession() as session:

            async def send(number: int) -> None:
                data = {"chat_id": f"@dientap_{number % 50}", "text": f"{number}"}
                async with session.post(f"{url}/telegram/bot{TOKEN}/sendMessage", data=data) as answer:
                    assert (await answer.json())["ok"]

            await asyncio.gather(*(send(n) for n in range(300)))

    with SandboxServer(log_path) as server:
        requests.post(f"{server.url}/_sandbox/limits", json={"on": False}, timeout=5)
        monkeypatch.setattr(os, "fsync", counted)
        asyncio.run(work(server.url))
    assert len(log_path.read_text(encoding="utf-8").splitlines()) == 300
    assert len(calls) < 150


def test_torn_last_line_is_dropped_and_a_whole_one_kept(log_path: pathlib.Path) -> None:
    with SandboxServer(log_path) as server:
        data = {"chat_id": CHAT, "text": "Nguyên vẹn"}
        requests.post(f"{server.url}/telegram/bot{TOKEN}/sendMessage", data=data, timeout=5)
    whole = log_path.read_bytes()
    for tail, expected in ((whole[:70], 1), (whole.replace(b'"seq":1', b'"seq":2')[:-1], 2), ("ệ".encode()[:2], 1)):
        log_path.write_bytes(whole + tail)
        log = SandboxLog(log_path)
        log.close()
        assert len(log_path.read_text(encoding="utf-8").splitlines()) == expected


def test_damage_in_the_middle_is_not_passed_over(log_path: pathlib.Path) -> None:
    log_path.write_text('{"seq": 1, "action"\n{}\n', encoding="utf-8")
    with pytest.raises(LogDamagedError, match="line 1"):
        SandboxLog(log_path)


def test_state_continues_after_a_restart(
    log_path: pathlib.Path, graph: facebook.GraphAPI, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = graph.put_object(PAGE, "feed", message="Bài Facebook")["id"]
    data = {"chat_id": CHAT, "text": "Bài Telegram"}
    requests.post(f"{server.url}/telegram/bot{TOKEN}/sendMessage", data=data, timeout=5)
    port = server.port
    server.stop()
    server.start()
    assert server.port == port
    with pytest.raises(facebook.GraphAPIError, match="Duplicate"):
        graph.put_object(PAGE, "feed", message="Bài Facebook")
    metrics = graph.get_connections(post, "insights", metric="post_media_view")["data"]
    assert metrics[0]["values"][0]["value"] > 0
    api = f"{server.url}/telegram/bot{TOKEN}"
    edit = {"chat_id": CHAT, "message_id": "1", "text": "Đã sửa"}
    assert requests.post(f"{api}/editMessageText", data=edit, timeout=5).json()["ok"]
    following = requests.post(f"{api}/sendMessage", data=data, timeout=5).json()
    assert following["result"]["message_id"] == 2
    assert graph.delete_object(post) == {"success": True}
    page = requests.get(server.url, timeout=5).text
    assert "Đã sửa lúc" in page
    assert "Đã thu hồi lúc" in page


def test_taken_port_and_log_in_use(log_path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="address already in use"):
        SandboxServer(log_path, port=taken.getsockname()[1]).start()
    process, url = launch(log_path)
    try:
        assert url.startswith("http://127.0.0.1:")
        with pytest.raises(OSError, match="another sandbox server is using this log"):
            SandboxServer(log_path).start()
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0
    with SandboxServer(log_path) as server:
        assert requests.get(server.url, timeout=5).status_code == 200
