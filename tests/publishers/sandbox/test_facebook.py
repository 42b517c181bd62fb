"""The sandbox's Graph API, driven by facebook-sdk over real sockets."""

import hashlib
import hmac
import io
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import facebook
import pytest
import requests

from publishers.sandbox.credentials import facebook_token, issue
from publishers.sandbox.server import SandboxServer
from tests.publishers.sandbox.conftest import PAGE, png

Arm = Callable[..., None]
Records = Callable[..., list[dict[str, Any]]]
SECRETS = issue("facebook", PAGE)


def code(caught: pytest.ExceptionInfo[facebook.GraphAPIError]) -> tuple[Any, Any]:
    error = caught.value.result["error"]
    return error["code"], error.get("error_subcode")


def test_text_and_link_with_read_after_write(graph: facebook.GraphAPI, records: Records) -> None:
    answer = graph.put_object(
        PAGE, "feed", message="Gọi 111", link="https://example.vn/m/1", fields="id,permalink_url,created_time"
    )
    assert answer["id"].startswith(f"{PAGE}_")
    assert requests.get(answer["permalink_url"], timeout=5).status_code == 200
    listed = graph.get_connections(
        PAGE,
        "published_posts",
        fields="id,message,permalink_url,attachments{unshimmed_url}",
        since=int(time.time()) - 60,
    )
    assert listed["data"][0]["id"] == answer["id"]
    assert listed["data"][0]["attachments"]["data"] == [{"unshimmed_url": "https://example.vn/m/1"}]
    assert [(r["account"], r["text"]) for r in records("publish")] == [(PAGE, "Gọi 111")]


def test_single_photo_uploaded_and_by_address(
    graph: facebook.GraphAPI, server: SandboxServer, records: Records
) -> None:
    one = graph.put_photo(image=io.BytesIO(png()), album_path=f"{PAGE}/photos", message="Ảnh một")
    assert set(one) == {"id", "post_id"}
    assert one["post_id"].startswith(f"{PAGE}_")
    digest = records("publish")[0]["media"][0]["sha256"]
    address = f"{server.url}/_sandbox/media/{digest}"
    two = graph.put_object(PAGE, "photos", url=address, caption="Ảnh hai")
    assert two["post_id"] != one["post_id"]
    with pytest.raises(facebook.GraphAPIError):
        graph.put_photo(image=io.BytesIO(b"not a picture"), album_path=f"{PAGE}/photos")


def test_several_photos_in_one_post(graph: facebook.GraphAPI, records: Records) -> None:
    ids = [
        graph.put_photo(image=io.BytesIO(png(shade=s)), album_path=f"{PAGE}/photos", published="false")["id"]
        for s in (1, 2)
    ]
    assert records("publish") == []
    media = json.dumps([{"media_fbid": i} for i in ids])
    graph.put_object(PAGE, "feed", message="Hai ảnh", attached_media=media)
    assert [len(r["media"]) for r in records("publish")] == [2]
    with pytest.raises(facebook.GraphAPIError, match="already posted"):
        graph.put_object(PAGE, "feed", message="Lần nữa", attached_media=media)
    with pytest.raises(facebook.GraphAPIError, match="must be an array"):
        graph.put_object(PAGE, "feed", message="Sai", attached_media="nonsense")
    with pytest.raises(facebook.GraphAPIError, match="not an unpublished photo"):
        graph.put_object(PAGE, "feed", message="Sai", attached_media='[{"media_fbid":"5"}]')


def test_video_on_its_own_host(server: SandboxServer, graph: facebook.GraphAPI) -> None:
    answer = requests.post(
        f"{server.url}/graph-video/v27.0/{PAGE}/videos",
        data={"access_token": SECRETS["token"], "title": "Phim", "description": "Xem"},
        files={"source": ("a.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 32)},
        timeout=5,
    ).json()
    post = f"{PAGE}_{answer['id']}"
    assert graph.get_object(answer["id"], fields="status")["status"]["video_status"] == "ready"
    assert graph.get_connections(post, "insights", metric="post_video_views")["data"]
    with pytest.raises(facebook.GraphAPIError, match="nonexisting field"):
        graph.get_connections(answer["id"], "insights", metric="post_video_views")


def test_edit_and_delete(graph: facebook.GraphAPI, records: Records) -> None:
    post = graph.put_object(PAGE, "feed", message="Bản một")["id"]
    assert graph.request(f"v27.0/{post}", post_args={"message": "Bản hai"}, method="POST") == {"success": True}
    assert graph.get_object(post, fields="message")["message"] == "Bản hai"
    assert graph.delete_object(post) == {"success": True}
    with pytest.raises(facebook.GraphAPIError) as again:
        graph.delete_object(post)
    assert code(again) == (100, 33)
    assert [r["action"] for r in records()] == ["publish", "edit", "delete"]


def test_identical_consecutive_post_is_506(graph: facebook.GraphAPI, records: Records) -> None:
    first = graph.put_object(PAGE, "feed", message="Giống hệt")["id"]
    with pytest.raises(facebook.GraphAPIError) as caught:
        graph.put_object(PAGE, "feed", message="Giống hệt")
    assert code(caught)[0] == 506
    graph.put_object(PAGE, "feed", message="Xen giữa")
    graph.put_object(PAGE, "feed", message="Giống hệt")
    assert len(records("publish")) == 3
    assert graph.get_object(first)["id"] == first


def test_of_two_identical_posts_at_once_one_is_refused(graph: facebook.GraphAPI, records: Records) -> None:
    def send(_: int) -> int:
        try:
            graph.put_object(PAGE, "feed", message="Cùng lúc")
        except facebook.GraphAPIError as error:
            return int(error.code)
        return 0

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == [0] + [506] * 7
    assert len(records("publish")) == 1


def test_tokens_that_do_not_work(graph: facebook.GraphAPI, server: SandboxServer, records: Records) -> None:
    for token, expected in (
        ("EAAGreal0token", (190, None)),
        (facebook_token(PAGE, kind="X"), (190, 463)),
        (facebook_token(PAGE, kind="U"), (190, 2069032)),
        (facebook_token("999777"), (200, None)),
    ):
        graph.access_token = token
        with pytest.raises(facebook.GraphAPIError) as caught:
            graph.put_object(PAGE, "feed", message="x")
        assert code(caught) == expected
    graph.access_token = SECRETS["token"]
    with pytest.raises(facebook.GraphAPIError) as unknown:
        graph.put_object("123456", "feed", message="x")
    assert code(unknown) == (100, 33)
    assert records() == []


def test_debug_token_tells_page_from_person(server: SandboxServer) -> None:
    def ask(token: str) -> dict[str, Any]:
        query = {"input_token": token, "access_token": f"4242|{SECRETS['app_secret']}"}
        return requests.get(f"{server.url}/graph/v27.0/debug_token", params=query, timeout=5).json()["data"]

    page = ask(SECRETS["token"])
    assert (page["type"], page["is_valid"], page["profile_id"], page["expires_at"]) == ("PAGE", True, PAGE, 0)
    assert "pages_manage_posts" in page["scopes"]
    assert ask(facebook_token(PAGE, kind="U"))["type"] == "USER"
    assert ask(facebook_token(PAGE, kind="X"))["error"]["subcode"] == 463
    assert ask("EAAB")["is_valid"] is False
    refused = requests.get(
        f"{server.url}/graph/v27.0/debug_token",
        params={"input_token": SECRETS["token"], "access_token": "4242|wrong"},
        timeout=5,
    )
    assert refused.json()["error"]["code"] == 190


def test_appsecret_proof_is_checked_when_sent(graph: facebook.GraphAPI) -> None:
    proof = hmac.new(SECRETS["app_secret"].encode(), SECRETS["token"].encode(), hashlib.sha256).hexdigest()
    assert graph.put_object(PAGE, "feed", message="x", appsecret_proof=proof)
    with pytest.raises(facebook.GraphAPIError, match="appsecret_proof"):
        graph.put_object(PAGE, "feed", message="y", appsecret_proof="0" * 64)


def test_one_bad_metric_fails_the_call(graph: facebook.GraphAPI, records: Records) -> None:
    post = graph.put_object(PAGE, "feed", message="x")["id"]
    names = "post_media_view,post_total_media_view_unique,post_reactions_by_type_total,post_clicks"
    data = graph.get_connections(post, "insights", metric=names)["data"]
    assert [d["name"] for d in data] == names.split(",")
    views = data[0]["values"][0]["value"]
    assert views > 0
    assert {"metric": "post_media_view", "value": views}.items() <= records("metric")[0].items()
    for dead in ("post_impressions", "post_impressions_unique", "nonsense"):
        with pytest.raises(facebook.GraphAPIError, match="must be a valid insights metric"):
            graph.get_connections(post, "insights", metric=f"post_media_view,{dead}")
    with pytest.raises(facebook.GraphAPIError) as without:
        graph.get_connections(post, "insights")
    assert code(without) == (3001, 1504028)
    assert graph.get_connections(PAGE, "insights", metric="page_follows")["data"][0]["values"][0]["value"] > 0


def test_counters_on_the_node(graph: facebook.GraphAPI) -> None:
    post = graph.put_object(PAGE, "feed", message="x")["id"]
    counters = "shares,reactions.summary(total_count).limit(0),comments.summary(total_count).limit(0)"
    fields = f"{counters},insights.metric(post_clicks)"
    node = graph.get_object(post, fields=fields)
    assert node["reactions"]["summary"]["total_count"] >= 0
    assert "shares" not in node
    assert node["insights"]["data"][0]["name"] == "post_clicks"
    with pytest.raises(facebook.GraphAPIError, match="valid insights metric"):
        graph.get_object(post, fields="insights.metric(post_clicks,post_impressions)")
    with pytest.raises(facebook.GraphAPIError, match="nonexisting field"):
        graph.get_object(post, fields="id,caption")


def test_scheduling_window(graph: facebook.GraphAPI) -> None:
    soon, fine, far = (int(time.time()) + s for s in (300, 3600, 31 * 86_400))
    for wrong in (soon, far, "nonsense"):
        with pytest.raises(facebook.GraphAPIError, match="scheduled publish time is invalid"):
            graph.put_object(PAGE, "feed", message="x", published="false", scheduled_publish_time=wrong)
    post = graph.put_object(PAGE, "feed", message="x", published="false", scheduled_publish_time=fine)["id"]
    assert graph.get_connections(PAGE, "published_posts")["data"] == []
    assert [p["id"] for p in graph.get_connections(PAGE, "scheduled_posts")["data"]] == [post]
    graph.delete_object(post)
    assert graph.get_connections(PAGE, "scheduled_posts")["data"] == []


def test_paging_ends_where_next_is_absent(graph: facebook.GraphAPI) -> None:
    for number in range(5):
        graph.put_object(PAGE, "feed", message=f"Bài {number}")
    first = graph.get_connections(PAGE, "published_posts", limit=2)
    assert [p["message"] for p in first["data"]] == ["Bài 4", "Bài 3"]
    second = requests.get(first["paging"]["next"], timeout=5).json()
    third = requests.get(second["paging"]["next"], timeout=5).json()
    assert [p["message"] for p in third["data"]] == ["Bài 0"]
    assert "next" not in third["paging"]


def test_removed_parameters_and_versions(server: SandboxServer) -> None:
    def get(version: str, **query: str) -> requests.Response:
        query["access_token"] = SECRETS["token"]
        return requests.get(f"{server.url}/graph/{version}/{PAGE}", params=query, timeout=5)

    for removed in ("pretty", "debug", "date_format", "ids"):
        assert get("v27.0", **{removed: "1"}).json()["error"]["code"] == 100
    assert get("v27.0").headers["facebook-api-version"] == "v27.0"
    assert get("v3.1").headers["facebook-api-version"] == "v21.0"
    assert get("v28.0").json()["error"]["code"] == 2500


def test_length_and_empty_posts(graph: facebook.GraphAPI) -> None:
    with pytest.raises(facebook.GraphAPIError, match="too long"):
        graph.put_object(PAGE, "feed", message="x" * 63_207)
    with pytest.raises(facebook.GraphAPIError) as empty:
        graph.put_object(PAGE, "feed", message="")
    assert code(empty) == (100, 1349125)
    assert graph.put_object(PAGE, "feed", message="x" * 63_206)


def test_throttle_raises_the_usage_header_and_lasts(graph: facebook.GraphAPI, arm: Arm, records: Records) -> None:
    seen: list[dict[str, Any]] = []
    graph.session.hooks["response"].append(
        lambda r, *a, **k: seen.append(json.loads(r.headers["X-Business-Use-Case-Usage"])[PAGE][0])
    )
    graph.put_object(PAGE, "feed", message="Trước")
    arm("facebook", "throttle", seconds=1)
    for _ in range(2):
        with pytest.raises(facebook.GraphAPIError) as caught:
            graph.put_object(PAGE, "feed", message="Trong lúc")
        assert code(caught)[0] == 80001
    assert seen[0]["call_count"] < 100
    assert (seen[-1]["call_count"], seen[-1]["estimated_time_to_regain_access"]) == (100, 1)
    time.sleep(1)
    graph.put_object(PAGE, "feed", message="Sau")
    assert [r["text"] for r in records("publish")] == ["Trước", "Sau"]


@pytest.mark.parametrize(
    ("fault", "error", "posted"),
    [
        ("commit_then_hang", requests.exceptions.Timeout, 1),
        ("commit_then_reset", requests.exceptions.ConnectionError, 1),
        ("reset_after", requests.exceptions.RequestException, 1),
        ("commit_then_500", facebook.GraphAPIError, 1),
        ("reset_before", requests.exceptions.ConnectionError, 0),
        ("html_502", facebook.GraphAPIError, 0),
        ("expired_token", facebook.GraphAPIError, 0),
        ("blocked", facebook.GraphAPIError, 0),
    ],
)
def test_faults(
    graph: facebook.GraphAPI, arm: Arm, records: Records, fault: str, error: type[Exception], posted: int
) -> None:
    graph.timeout = 1
    arm("facebook", fault)
    with pytest.raises(error) as caught:
        graph.put_object(PAGE, "feed", message="Một lần")
    if isinstance(caught.value, facebook.GraphAPIError):
        expected = {"commit_then_500": 2, "html_502": None, "expired_token": 190, "blocked": 368}
        assert caught.value.code == expected[fault]
    assert len(records("publish")) == posted
    listed = graph.get_connections(PAGE, "published_posts")["data"]
    assert len(listed) == posted
