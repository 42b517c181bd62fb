"""Rehearsal of loudspeaker, feed and manual channels."""

from collections.abc import Callable
from typing import Any

import requests

from publishers.sandbox.server import SandboxServer

Records = Callable[..., list[dict[str, Any]]]


def send(server: SandboxServer, **changes: Any) -> requests.Response:
    notice = {
        "reference": "d-1",
        "title": "Bản tin sáng",
        "text": "Bà con chú ý.",
        "images": [],
        "audio": None,
        "language": "vi",
        "kind": "publish",
        **changes,
    }
    return requests.post(f"{server.url}/notice/loudspeaker/xa-bao-thang", json=notice, timeout=5)


def test_same_reference_is_one_notice_also_after_a_restart(server: SandboxServer, records: Records) -> None:
    first = send(server).json()
    assert first["permalink"] == f"{server.url}/#p{first['id']}"
    assert send(server).json()["id"] == first["id"]
    server.stop()
    server.start()
    assert send(server).json()["id"] == first["id"]
    assert send(server, reference="d-2").json()["id"] != first["id"]
    assert [r["reference"] for r in records("publish")] == ["d-1", "d-2"]
    page = requests.get(server.url, timeout=5).text
    assert f'id="p{first["id"]}"' in page


def test_edit_and_delete_by_reference(server: SandboxServer, records: Records) -> None:
    made = send(server).json()["id"]
    assert send(server, kind="edit", text="Đã sửa.").json()["id"] == made
    assert send(server, kind="delete").json()["id"] == made
    assert send(server, kind="delete").json()["id"] == made
    assert send(server, kind="edit").status_code == 400
    assert [(r["action"], r["text"]) for r in records()] == [
        ("publish", "Bản tin sáng\n\nBà con chú ý."),
        ("edit", "Bản tin sáng\n\nĐã sửa."),
        ("delete", "Bản tin sáng\n\nĐã sửa."),
    ]


def test_refusals(server: SandboxServer, records: Records) -> None:
    for wrong in ({"reference": ""}, {"kind": "sing"}, {"title": "", "text": ""}, {"images": "x"}, {"text": 5}):
        assert send(server, **wrong).status_code == 400
    assert send(server, kind="edit", reference="unknown").status_code == 400
    assert records() == []
