"""The sandbox's Zalo OA API and OAuth over real sockets (no library for it exists)."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from publishers.sandbox.credentials import issue, zalo_token
from publishers.sandbox.server import SandboxServer
from tests.publishers.sandbox.conftest import png

OA = "999555444333"
Arm = Callable[..., None]
Records = Callable[..., list[dict[str, Any]]]


class Zalo:
    """A bare client of one OA."""

    def __init__(self, server: SandboxServer, oa_id: str = OA) -> None:
        self.url = server.url
        self.secrets = issue("zalo", oa_id)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        headers = {"access_token": self.secrets["access_token"]}
        answer = requests.post(f"{self.url}/zalo/{path}", json=body, headers=headers, timeout=5)
        return {"http": answer.status_code, **answer.json()}

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        headers = {"access_token": self.secrets["access_token"]}
        return dict(requests.get(f"{self.url}/zalo/{path}", params=query, headers=headers, timeout=5).json())

    def refresh(self, token: str) -> dict[str, Any]:
        form = {"app_id": "77", "grant_type": "refresh_token", "refresh_token": token}
        headers = {"secret_key": self.secrets["app_secret"]}
        answer = requests.post(f"{self.url}/zalo-oauth/v4/oa/access_token", data=form, headers=headers, timeout=5)
        assert answer.status_code == 200
        return dict(answer.json())

    def cover(self, content: bytes) -> str:
        """Put a picture where the sandbox can fetch it, as a public site would."""
        headers = {"access_token": self.secrets["access_token"]}
        files = {"file": ("bia.png", content)}
        answer = requests.post(f"{self.url}/zalo/v2.0/oa/upload/image", files=files, headers=headers, timeout=5).json()
        return f"{self.url}/_sandbox/media/{answer['data']['attachment_id'].removeprefix('SBX-')}"

    def article(self, **changes: Any) -> dict[str, Any]:
        cover = {"cover_type": "photo", "photo_url": self.cover(png()), "status": "show"}
        return {
            "type": "normal",
            "title": "Cảnh giác việc nhẹ lương cao",
            "author": "Công an xã",
            "description": "Hỏi kỹ trước khi đi",
            "cover": cover,
            "body": [{"type": "text", "content": "<p>Gọi <b>111</b> &amp; hỏi.</p><p>Miễn phí</p>"}],
            "status": "show",
            "comment": "hide",
            **changes,
        }

    def published(self, **changes: Any) -> str:
        token = self.post("v2.0/article/create", **self.article(**changes))["data"]["token"]
        assert self.post("v2.0/article/verify", token=token)["error"] == -214
        return str(self.post("v2.0/article/verify", token=token)["data"]["id"])

    def broadcast(self, *ids: str) -> dict[str, Any]:
        elements = [{"media_type": "article", "attachment_id": i} for i in ids]
        payload = {"template_type": "media", "elements": elements}
        message = {"attachment": {"type": "template", "payload": payload}}
        return self.post("v2.0/oa/message", recipient={"target": {}}, message=message)


@pytest.fixture
def zalo(server: SandboxServer) -> Zalo:
    return Zalo(server)


def limits(zalo: Zalo, on: bool) -> None:
    requests.post(f"{zalo.url}/_sandbox/limits", json={"on": on}, timeout=5)


def test_create_verify_and_read(zalo: Zalo, records: Records) -> None:
    article = zalo.published()
    detail = zalo.get("v2.0/article/getdetail", id=article)["data"]
    assert detail["total_view"] > 0
    listed = zalo.get("v2.0/article/getslice", offset=0, limit=10, type="normal")["data"]
    assert [m["id"] for m in listed["medias"]] == [article]
    assert requests.get(listed["medias"][0]["link_view"], timeout=5).status_code == 200
    record = records("publish")[0]
    assert record["id"] == article
    assert record["text"].endswith("Gọi 111 & hỏi.\nMiễn phí")


def test_update_hide_and_remove(zalo: Zalo, records: Records) -> None:
    article = zalo.published()
    changed = zalo.article(id=article, title="Tiêu đề mới", status="hide")
    token = zalo.post("v2.0/article/update", **changed)["data"]["token"]
    zalo.post("v2.0/article/verify", token=token)
    assert zalo.post("v2.0/article/verify", token=token)["data"]["id"] == article
    assert zalo.get("v2.0/article/getdetail", id=article)["data"]["status"] == "hide"
    assert zalo.post("v2.0/article/remove", id=article)["error"] == 0
    assert zalo.post("v2.0/article/remove", id=article)["error"] == -201
    assert [r["action"] for r in records() if r["action"] != "metric"] == ["publish", "edit", "delete"]


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"title": "x" * 150}, -201, "title allow 1 to 150 characters"),
        ({"description": "x" * 300}, -201, "description allow 1 to 300 characters"),
        ({"author": "x" * 51}, -201, "author allow 1 to 50 characters"),
        ({"cover": None}, -201, "cover value is invalid"),
        ({"cover": {"cover_type": "photo", "photo_url": "http://x/y.jpg"}}, -200, "create media fail"),
        ({"body": []}, -201, "body is invalid"),
        ({"type": "poem"}, -201, "type accept only 2 value normal and video."),
    ],
)
def test_refusals_at_create(zalo: Zalo, records: Records, changes: dict[str, Any], error: int, words: str) -> None:
    answer = zalo.post("v2.0/article/create", **zalo.article(**changes))
    assert (answer["http"], answer["error"], answer["message"]) == (200, error, words)
    assert records() == []


def test_limits_that_are_just_right(zalo: Zalo) -> None:
    assert zalo.published(title="x" * 149, description="y" * 299)


def test_bad_cover_is_told_at_verify(zalo: Zalo, records: Records) -> None:
    for address in (f"{zalo.url}/_sandbox/media/{'0' * 64}", f"{zalo.url}/"):
        cover = {"cover_type": "photo", "photo_url": address, "status": "show"}
        token = zalo.post("v2.0/article/create", **zalo.article(cover=cover))["data"]["token"]
        assert zalo.post("v2.0/article/verify", token=token)["error"] == -214
        assert zalo.post("v2.0/article/verify", token=token)["error"] == -200
    assert records("publish") == []


def test_slice_limits(zalo: Zalo) -> None:
    ask = {"offset": 0, "limit": 11, "type": "normal"}
    assert zalo.get("v2.0/article/getslice", **ask)["message"] == "maximum limit is 10"
    assert zalo.get("v2.0/article/getslice", offset=0, limit=5)["error"] == -201


def test_broadcast_rules(zalo: Zalo, records: Records) -> None:
    limits(zalo, False)
    article = zalo.published()
    assert zalo.broadcast(article)["data"]["message_id"]
    assert zalo.broadcast(*[article] * 6)["error"] == -210
    assert zalo.broadcast("nonsense")["error"] == -201
    assert zalo.post("v2.0/oa/message", recipient={"user_id": "1"}, message={"text": "x"})["error"] == -240
    assert [r["id"] for r in records("broadcast")] == [article]
    limits(zalo, True)
    hour = datetime.now(timezone(timedelta(hours=7))).hour
    assert zalo.broadcast(article)["error"] == (-234 if hour >= 22 or hour < 6 else -211)


def test_tokens(zalo: Zalo) -> None:
    for token, error in (
        ("", -216),
        ("real-looking-token", -216),
        (zalo.secrets["refresh_token"], -216),
        (zalo_token("access", OA, "0" * 12, 0, issued=int(time.time()) - 90_001), -220),
    ):
        zalo.secrets["access_token"] = token
        assert zalo.get("v2.0/oa/getoa")["error"] == error


def test_package_and_removed_addresses(server: SandboxServer) -> None:
    poor = Zalo(server, "9991110000")
    assert poor.post("v2.0/article/create", type="normal")["error"] == -224
    assert poor.get("v2.0/oa/getoa")["data"]["package_name"] == "Cơ bản"
    gone = poor.post("v2.0/article/upload_image")
    assert (gone["http"], gone["error"]) == (404, -209)


def test_refresh_is_single_use_even_after_a_restart(zalo: Zalo, server: SandboxServer) -> None:
    first = zalo.refresh(zalo.secrets["refresh_token"])
    assert first["expires_in"] == "90000"
    assert zalo.refresh(zalo.secrets["refresh_token"])["error"] == -14014
    server.stop()
    server.start()
    assert zalo.refresh(zalo.secrets["refresh_token"])["error"] == -14014
    second = zalo.refresh(first["refresh_token"])
    zalo.secrets["access_token"] = second["access_token"]
    assert zalo.get("v2.0/oa/getoa")["data"]["oa_id"] == OA
    zalo.secrets["app_secret"] = "wrong"
    assert zalo.refresh(second["refresh_token"])["error"] == -14002


def test_faults(zalo: Zalo, arm: Arm, records: Records) -> None:
    arm("zalo", "throttle")
    assert zalo.post("v2.0/article/create", **zalo.article())["error"] == -32
    arm("zalo", "expired_token")
    assert zalo.post("v2.0/article/create", **zalo.article())["error"] == -220
    assert records("publish") == []
    arm("zalo", "commit_then_reset")
    with pytest.raises(requests.ConnectionError):
        zalo.post("v2.0/article/create", **zalo.article())
    titles = [
        m["title"] for m in zalo.get("v2.0/article/getslice", offset=0, limit=10, type="normal")["data"]["medias"]
    ]
    assert titles == ["Cảnh giác việc nhẹ lương cao"]
    arm("zalo", "commit_then_500", method="broadcast")
    limits(zalo, False)
    assert zalo.broadcast(records("publish")[0]["id"])["http"] == 500
    assert len(records("broadcast")) == 1
