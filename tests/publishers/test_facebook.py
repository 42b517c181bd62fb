"""Facebook: pictures, video, tokens, usage, insights, and what each answer means, against the sandbox."""

import datetime as dt
import json

import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from publishers import health, readings, registry
from publishers.errors import Ambiguous, Permanent, Throttled, Transient
from publishers.facebook_insights import METRICS, insights
from publishers.facebook_token import judge
from publishers.graph import Graph
from publishers.message import Attachment, Message
from publishers.models import Attempt, Delivery, Operation, Reading
from publishers.sandbox import credentials
from publishers.sandbox.facebook_insights import POST_METRICS
from publishers.sender import work_a_shift
from publishers.tasks import clear_up
from tests.publishers.files import picture, video

FACEBOOK = registry.get("facebook")
engine = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("open_gate")]
PAGE = "999100200300"


@pytest.fixture
def fault(sandbox):
    def switch(fault, method="", times=1, **more):
        body = {"platform": "facebook", "fault": fault, "times": times, "method": method, **more}
        requests.post(f"{sandbox.url}/_sandbox/faults", json=body, timeout=5).raise_for_status()

    return switch


def graph(sandbox, token="", paces=("facebook:1", "facebook:app:2")):
    return Graph(
        base=f"{sandbox.url}/graph",
        version="v27.0",
        token=token or credentials.facebook_token(PAGE),
        app_secret=credentials.app_secret("fb", PAGE),
        session=requests.Session(),
        paces=paces,
    )


def look_now():
    Operation.objects.update(next_try=timezone.now())
    return clear_up()


class TestPosts:
    pytestmark = engine

    def test_several_pictures_are_one_post(self, make_channel, deliver, posts):
        row = deliver(make_channel("facebook"), images=(picture("a"), picture("b"), picture("c")), link="https://x.vn/l/1")
        work_a_shift(6)
        row.refresh_from_db()
        (post,) = posts()
        assert (row.state, len(post["media"]), post["id"]) == ("sent", 3, row.external_id)
        assert post["text"].endswith("https://x.vn/l/1")
        assert [attempt.step for attempt in Attempt.objects.all()] == ["upload-1", "upload-2", "upload-3", "post"]
        assert len(posts("upload")) == 3

    def test_a_lost_upload_is_harmless_and_tried_again(self, make_channel, deliver, posts, fault):
        row = deliver(make_channel("facebook"), images=(picture("a"), picture("b")))
        fault("commit_then_reset", method="photos")
        for _shift in range(3):
            work_a_shift(5)
        row.refresh_from_db()
        assert (row.state, len(posts())) == ("sent", 1)
        assert len(posts()[0]["media"]) == 2

    def test_a_lost_post_of_several_pictures_is_looked_for(self, make_channel, deliver, posts, fault):
        row = deliver(make_channel("facebook"), images=(picture("a"), picture("b")), link="https://x.vn/l/2")
        fault("commit_then_500", method="feed")
        work_a_shift(5)
        assert Delivery.objects.get().state == "unknown"
        assert look_now() == 1
        row.refresh_from_db()
        assert (row.state, len(posts()), row.external_id) == ("sent", 1, posts()[0]["id"])

    def test_a_video_goes_to_the_videos_address_and_is_waited_for(self, make_channel, deliver, posts):
        row = deliver(make_channel("facebook"), videos=(video(),), link="https://x.vn/l/3")
        work_a_shift(5)
        row.refresh_from_db()
        (post,) = posts()
        assert (row.state, [one["kind"] for one in post["media"]]) == ("sent", ["video"])
        assert row.external_id == post["id"]
        assert row.permalink == post["permalink"]
        assert post["text"].endswith("https://x.vn/l/3")
        assert [attempt.step for attempt in Attempt.objects.all()] == ["video", "ready"]
        assert readings.collect(everything=True) >= 3

    def test_a_lost_video_is_looked_for_and_never_sent_twice(self, make_channel, deliver, posts, fault):
        row = deliver(make_channel("facebook"), videos=(video(),), link="https://x.vn/l/4")
        fault("commit_then_reset", method="videos")
        work_a_shift(5)
        assert Delivery.objects.get().state == "unknown"
        assert look_now() == 1
        work_a_shift(4)
        row.refresh_from_db()
        assert (row.state, len(posts()), row.external_id) == ("sent", 1, posts()[0]["id"])

    def test_an_empty_video_is_refused_with_its_cause(self, make_channel, deliver, posts):
        row = deliver(make_channel("facebook"), videos=(Attachment(default_storage.save("v.mp4", ContentFile(b"x"))),))
        work_a_shift(4)
        row.refresh_from_db()
        assert (row.state, row.error_code, posts()) == ("failed", "bad-video", [])


class TestChecks:
    pytestmark = engine

    def test_a_page_token_of_a_person_works_and_says_so(self, sandbox, make_channel):
        found = health.check(make_channel("facebook", app_id="999777"))
        assert (found.ok, found.kind, found.problems) == (True, "PAGE", ())
        assert found.notes == (FACEBOOK.explain("token-of-a-person").words,)

    @pytest.mark.parametrize("options", [{}, {"app_id": "999777"}])
    def test_the_token_of_a_person_is_refused_with_the_cure(self, options, sandbox, make_channel):
        channel = make_channel("facebook", **options)
        channel.secrets = {**channel.secrets, "token": credentials.facebook_token(PAGE, kind="U")}
        channel.save()
        found = health.check(channel)
        assert (found.ok, found.problems) == (False, (FACEBOOK.explain("page-token-needed").words,))

    def test_the_token_of_a_person_does_not_post(self, make_channel, deliver, posts):
        channel = make_channel("facebook")
        channel.secrets = {**channel.secrets, "token": credentials.facebook_token(PAGE, kind="U")}
        channel.save()
        deliver(channel)
        work_a_shift(4)
        row = Delivery.objects.get()
        assert (row.state, row.error_code, posts()) == ("failed", "page-token-needed", [])

    def test_an_expired_token_is_noticed(self, sandbox, make_channel):
        channel = make_channel("facebook", app_id="999777")
        channel.secrets = {**channel.secrets, "token": credentials.facebook_token(PAGE, kind="X")}
        channel.save()
        assert health.check(channel).problems == (FACEBOOK.explain("bad-token").words,)

    def test_another_pages_token_is_noticed(self, sandbox, make_channel):
        channel = make_channel("facebook")
        channel.secrets = credentials.issue("facebook", "999555666777")
        channel.save()
        assert not health.check(channel).ok


NOW = dt.datetime(2027, 7, 27, 6, 30, tzinfo=dt.UTC)
GOOD = {"type": "PAGE", "is_valid": True, "expires_at": 0, "data_access_expires_at": 0, "profile_id": PAGE}
SCOPES = ["pages_manage_posts", "pages_read_engagement", "read_insights"]


@pytest.mark.parametrize(
    ("changed", "wrong", "notes"),
    [
        ({}, [], []),
        ({"is_valid": False, "error": {"code": 190}}, ["bad-token"], []),
        ({"type": "USER"}, ["page-token-needed"], []),
        ({"profile_id": "999"}, ["other-page"], []),
        ({"scopes": ["pages_read_engagement"]}, ["no-permission"], ["no-insights"]),
        ({"scopes": SCOPES}, [], []),
        ({"scopes": SCOPES[:2]}, [], ["no-insights"]),
        ({"expires_at": int(NOW.timestamp()) + 86_400}, ["token-ends"], []),
        ({"data_access_expires_at": int(NOW.timestamp()) + 86_400}, ["token-ends"], []),
        ({"expires_at": int(NOW.timestamp()) + 10 * 86_400}, [], []),
        ({"user_id": "7"}, [], ["token-of-a-person"]),
    ],
)
def test_what_debug_token_says(changed, wrong, notes):
    assert judge({**GOOD, **changed}, PAGE, NOW)[1:] == (wrong, notes)


class TestInsights:
    pytestmark = engine

    def post_of(self, make_channel, deliver):
        row = deliver(make_channel("facebook"))
        work_a_shift(4)
        row.refresh_from_db()
        return row.external_id

    def test_all_metrics_come_in_one_call(self, make_channel, deliver, sandbox):
        post = self.post_of(make_channel, deliver)
        before = len(sandbox.sandbox.requests)
        assert {metric.name for metric in insights(graph(sandbox), post, set())} == set(METRICS.values())
        assert len(sandbox.sandbox.requests) == before + 1

    def test_a_refused_metric_does_not_take_the_others_along(self, make_channel, deliver, sandbox, monkeypatch):
        post = self.post_of(make_channel, deliver)
        alive = tuple(name for name in POST_METRICS if name != "post_media_view")
        monkeypatch.setattr("publishers.sandbox.facebook_insights.metric_names.__defaults__", (alive,))
        refused = set()
        found = insights(graph(sandbox), post, refused)
        assert {metric.name for metric in found} == set(METRICS.values()) - {"views"}
        assert refused == {"post_media_view"}
        before = len(sandbox.sandbox.requests)
        assert insights(graph(sandbox), post, refused) == found
        assert len(sandbox.sandbox.requests) == before + 1, "what was refused is not asked for again"

    def test_a_throttle_in_the_middle_keeps_what_was_told(self, make_channel, deliver, sandbox, monkeypatch, fault):
        post = self.post_of(make_channel, deliver)
        alive = tuple(name for name in POST_METRICS if name != "post_clicks")
        monkeypatch.setattr("publishers.sandbox.facebook_insights.metric_names.__defaults__", (alive,))
        asking = graph(sandbox)
        real = asking.request
        count = iter(range(9))

        def request(path, args=None, **more):
            if next(count) == 2:
                fault("throttle", method="insights")
            return real(path, args, **more)

        asking.request = request
        assert len(insights(asking, post, set())) == 1

    def test_they_become_readings(self, make_channel, deliver, sandbox):
        self.post_of(make_channel, deliver)
        assert readings.collect(everything=True) == len(METRICS) + 1
        assert {row.metric for row in Reading.objects.all()} == {*METRICS.values(), "followers"}


class TestAnswers:
    def answer(self, body, status=400, headers=None):
        response = requests.Response()
        response.status_code = status
        response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
        response.headers.update({"Content-Type": "application/json", **(headers or {})})
        return response

    def asking(self):
        return Graph(
            base="http://127.0.0.1:9",
            version="v27.0",
            token="t",
            app_secret="s",
            session=requests.Session(),
            paces=("facebook:1", "facebook:app:2"),
        )

    @pytest.mark.parametrize(
        ("code", "subcode", "kind", "name"),
        [
            (1, 0, Ambiguous, "server-error"),
            (2, 0, Ambiguous, "server-error"),
            (3, 0, Permanent, "no-capability"),
            (4, 0, Throttled, "throttled"),
            (10, 0, Permanent, "no-permission"),
            (17, 0, Throttled, "throttled"),
            (32, 0, Throttled, "throttled"),
            (33, 0, Permanent, "refused"),
            (100, 0, Permanent, "bad-parameter"),
            (100, 33, Permanent, "gone"),
            (101, 0, Permanent, "bad-app"),
            (102, 0, Permanent, "bad-token"),
            (190, 460, Permanent, "bad-token"),
            (190, 463, Permanent, "bad-token"),
            (190, 2069032, Permanent, "page-token-needed"),
            (200, 0, Permanent, "no-permission"),
            (299, 0, Permanent, "no-permission"),
            (324, 0, Permanent, "bad-picture"),
            (341, 0, Throttled, "throttled"),
            (352, 0, Permanent, "bad-video"),
            (368, 0, Throttled, "blocked"),
            (389, 0, Permanent, "bad-video"),
            (506, 0, Ambiguous, "duplicate"),
            (613, 1996, Throttled, "throttled"),
            (80001, 0, Throttled, "throttled"),
            (1609005, 0, Transient, "link-unreadable"),
            ("x", "y", Permanent, "refused"),
        ],
    )
    def test_classes(self, code, subcode, kind, name):
        error = self.asking().classify({"code": code, "error_subcode": subcode, "message": "(#1) words"}, 400)
        assert (type(error), error.code) == (kind, name)

    def test_an_error_comes_with_http_200_too(self):
        with pytest.raises(Permanent):
            self.asking()._answer(self.answer({"error": {"code": 190}}, 200), writing=True)

    @pytest.mark.parametrize("status", [200, 502])
    def test_a_gateways_page_is_no_answer(self, status):
        with pytest.raises(Ambiguous):
            self.asking()._answer(self.answer(b"<html>502</html>", status), writing=True)

    @pytest.mark.parametrize(
        ("percent", "regain", "seconds"), [(79, 0, None), (80, 0, 15), (90, 0, 60), (100, 0, 240), (100, 12, 720)]
    )
    def test_the_pages_usage_pauses_the_page(self, percent, regain, seconds):
        share = {"type": "pages", "call_count": percent, "total_time": 3, "estimated_time_to_regain_access": regain}
        asking = self.asking()
        asking._note_usage(self.answer({}, 200, {"X-Business-Use-Case-Usage": json.dumps({PAGE: [share]})}))
        assert asking.pauses == ({"facebook:1": seconds} if seconds else {})

    def test_the_apps_usage_pauses_the_app(self):
        asking = self.asking()
        asking._note_usage(self.answer({}, 200, {"X-App-Usage": '{"call_count":28,"total_time":95,"total_cputime":1}'}))
        assert asking.pauses == {"facebook:app:2": 120}

    @pytest.mark.parametrize("header", ["", "x", "[]", "null", '{"a":[1]}', '{"call_count":"viel"}'])
    def test_a_broken_usage_header_is_passed_over(self, header):
        asking = self.asking()
        asking._note_usage(self.answer({}, 200, {"X-App-Usage": header, "X-Page-Usage": header}))
        assert asking.pauses == {}

    def test_an_app_wide_throttle_pauses_the_app(self):
        assert self.asking().classify({"code": 4}, 400).key == "facebook:app:2"
        assert self.asking().classify({"code": 32}, 400).key == "facebook:1"


def codes(message, blocks=True):
    return {found.code for found in FACEBOOK.problems(message) if found.blocks == blocks}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"text": "t" * 63_207}, {"too-long"}),
        ({"text": " "}, {"empty"}),
        ({"images": tuple(Attachment(f"{n}.jpg") for n in range(11))}, {"too-many-pictures"}),
        ({"images": (Attachment("a.webp", mime="image/webp"),)}, {"picture-kind"}),
        ({"videos": (Attachment("a.mp4"), Attachment("b.mp4"))}, {"too-many-videos"}),
        ({"videos": (Attachment("a.mp4"),)}, set()),
    ],
)
def test_what_facebook_would_refuse_is_found_at_save(fields, found):
    assert codes(Message(**{"text": "Chữ", **fields})) == found


def test_what_facebook_leaves_out_is_said():
    message = Message(text="a", videos=(Attachment("v.mp4"),), images=(Attachment("a.jpg"),), audio=Attachment("a.mp3"))
    assert codes(message, blocks=False) == {"pictures-left-out", "files-left-out"}
