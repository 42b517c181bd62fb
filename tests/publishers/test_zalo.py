"""Zalo: articles, announcements, and what Zalo answers, against the sandbox over real sockets."""

import contextlib
import datetime as dt
import functools
import http.server
import io
import threading

import pytest
import requests
from django.core.exceptions import ValidationError
from django.utils import timezone
from PIL import Image

from publishers import health, outbox, readings, registry
from publishers.errors import Ambiguous, CredentialsExpired, Permanent, Throttled, Transient
from publishers.message import Attachment, Message
from publishers.models import Attempt, Delivery, Operation, Reading
from publishers.recall import edit_delivery, recall_delivery
from publishers.sandbox import credentials
from publishers.sender import work_a_shift
from publishers.tasks import clear_up
from publishers.zalo_api import classify
from publishers.zalo_article import ascii_address, description_of, is_public, night_until

engine = [pytest.mark.django_db(transaction=True), pytest.mark.services, pytest.mark.usefixtures("open_gate", "day")]
ZALO = registry.get("zalo")


@pytest.fixture
def day(settings, request):
    """No night, whatever the time of the test; the sandbox's own night and quotas are off too."""
    settings.ZALO_NIGHT = "00:00-00:00"
    with contextlib.suppress(pytest.FixtureLookupError):
        request.getfixturevalue("sandbox").sandbox.limits.on = False


@pytest.fixture
def pictures(tmp_path):
    """A web server with cover.jpg, as SITE_URL serves it to Zalo."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (800, 450), "#b4231f").save(folder / "cover.jpg")
    (folder / "page.jpg").write_bytes(b"<html>no picture</html>")
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


@pytest.fixture
def fault(sandbox):
    def switch(fault, method="", times=1, **more):
        body = {"platform": "zalo", "fault": fault, "times": times, "method": method, **more}
        requests.post(f"{sandbox.url}/_sandbox/faults", json=body, timeout=5).raise_for_status()

    return switch


@pytest.fixture
def article(deliver, pictures):
    def make(channel, picture="cover.jpg", **more):
        image = Attachment(name="", url=f"{pictures}/{picture}", mime="image/jpeg", alt="Tờ rơi")
        more.setdefault("link", "https://loa.example/l/bcdfgh")
        return deliver(channel, images=(image,), **more)

    return make


def shifts_until(*states, seconds=60):
    until = timezone.now() + dt.timedelta(seconds=seconds)
    while Delivery.objects.get().state not in states and timezone.now() < until:
        work_a_shift(3)
    return Delivery.objects.get()


def look_now():
    Operation.objects.update(next_try=timezone.now())
    return clear_up()


class TestOnTheWire:
    pytestmark = engine

    def test_an_article_is_made_verified_and_shown(self, make_channel, article, posts):
        channel = make_channel("zalo", author="Ban Chỉ đạo 138")
        article(channel, text="Đoạn một.\n\nĐoạn hai & <ba>.", summary="Tóm tắt.")
        row = shifts_until("sent")
        (post,) = posts()
        assert (row.state, row.external_id, row.permalink) == ("sent", post["id"], post["permalink"])
        assert post["text"].split("\n\n") == [
            *("Tin 0", "Tóm tắt.", "Đoạn một.", "Đoạn hai & <ba>.", "https://loa.example/l/bcdfgh")
        ]
        detail = post["detail"]
        assert (detail["author"], detail["status"], detail["link"]) == (
            "Ban Chỉ đạo 138",
            "show",
            "https://loa.example/l/bcdfgh",
        )
        assert [attempt.step for attempt in Attempt.objects.all()] == ["create", "verify"]
        assert posts("broadcast") == []

    def test_the_preview_is_what_readers_see(self, make_channel, article, posts):
        row = article(make_channel("zalo"), text="Một.\n\nHai.", summary="Ngắn.")
        shifts_until("sent")
        assert posts()[0]["text"].split("\n\n") == ZALO.compose(Message.from_json(row.message))

    def test_followers_are_told_once_when_the_channel_says_so(self, make_channel, article, posts):
        article(make_channel("zalo", broadcast="có"))
        row = shifts_until("sent")
        (told,) = posts("broadcast")
        assert told["detail"]["articles"] == [row.external_id]
        assert [attempt.step for attempt in Attempt.objects.all()] == ["create", "verify", "broadcast"]
        assert row.permalink == posts()[0]["permalink"]

    def test_a_cover_that_cannot_be_fetched_means_no_article_and_a_new_try_makes_one(
        self, make_channel, article, posts, pictures, tmp_path
    ):
        row = article(make_channel("zalo"), picture="later.jpg")
        failed = shifts_until("failed")
        assert (failed.error_code, posts()) == ("-200", [])
        assert "create" not in Operation.objects.get().progress
        Image.new("RGB", (640, 360)).save(tmp_path / "pictures" / "later.jpg")
        assert outbox.resend(delivery_id=row.pk, by="nhân viên")
        assert shifts_until("sent").state == "sent"
        assert len(posts()) == 1

    def test_zalo_working_long_on_a_cover_is_only_waited_for(self, make_channel, article, posts, settings, fault):
        fault("html_502", method="verify", times=2)
        article(make_channel("zalo"))
        assert shifts_until("sent").state == "sent"
        assert len(posts()) == 1

    def test_an_edit_replaces_the_article(self, make_channel, article, posts):
        row = article(make_channel("zalo"))
        shifts_until("sent")
        edit_delivery(delivery_id=row.pk, message={**row.message, "text": "Bản đã sửa, gọi 111."}, by="nhân viên")
        work_a_shift(6)
        (edit,) = posts("edit")
        assert "Bản đã sửa" in edit["text"]
        assert Operation.objects.get(kind="edit").state == "done"
        assert Delivery.objects.get().message["text"] == "Bản đã sửa, gọi 111."

    def test_a_recall_removes_the_article_and_already_gone_is_success(self, make_channel, article, posts, fault):
        row = article(make_channel("zalo"))
        shifts_until("sent")
        fault("commit_then_reset", method="remove")
        recall_delivery(delivery_id=row.pk, by="trực ban")
        assert shifts_until("withdrawn").state == "withdrawn"
        assert len(posts("delete")) == 1
        assert Attempt.objects.filter(step="remove").count() == 2

    def test_an_article_that_is_not_removed_is_hidden_behind_a_notice(self, make_channel, article, posts, fault):
        row = article(make_channel("zalo"), text="Lời sai.", html="<p>Lời <b>sai</b>.</p>")
        shifts_until("sent")
        assert "<p>Lời <b>sai</b>.</p>" in posts()[0]["raw"]
        fault("refuse_delete")
        recall_delivery(delivery_id=row.pk, by="trực ban")
        assert shifts_until("withdrawn").state == "withdrawn"
        (edit,) = posts("edit")
        assert edit["detail"]["status"] == "hide"
        assert "sai" not in edit["text"]
        assert posts("delete") == []

    @pytest.mark.parametrize("kind", ["commit_then_reset", "commit_then_500", "reset_after"])
    def test_a_lost_create_is_looked_for_and_found(self, kind, make_channel, article, posts, fault):
        article(make_channel("zalo"))
        fault(kind, method="create")
        assert shifts_until("unknown").state == "unknown"
        assert look_now() == 1
        row = Delivery.objects.get()
        assert (row.state, row.external_id, row.permalink) == ("sent", posts()[0]["id"], posts()[0]["permalink"])
        assert len(posts()) == 1

    def test_a_found_article_is_still_announced(self, make_channel, article, posts, fault):
        article(make_channel("zalo", broadcast="yes"))
        fault("commit_then_reset", method="create")
        shifts_until("unknown")
        look_now()
        assert shifts_until("sent").state == "sent"
        assert (len(posts()), len(posts("broadcast"))) == (1, 1)

    def test_a_lost_create_that_made_nothing_stays_unknown(self, make_channel, article, posts, fault):
        article(make_channel("zalo"))
        fault("html_502", method="create")
        shifts_until("unknown")
        assert look_now() == 0
        assert (Delivery.objects.get().state, posts()) == ("unknown", [])

    def test_another_article_of_the_same_title_is_not_taken_for_it(self, make_channel, article, posts, fault):
        channel = make_channel("zalo")
        first = article(channel, link="https://loa.example/l/first")
        shifts_until("sent")
        second = article(channel, link="https://loa.example/l/second")
        Delivery.objects.filter(pk=second.pk).update(message={**second.message, "title": first.message["title"]})
        fault("html_502", method="create")
        work_a_shift(4)
        look_now()
        second.refresh_from_db()
        assert (second.state, len(posts())) == ("unknown", 1)

    @pytest.mark.parametrize("kind", ["commit_then_reset", "commit_then_500"])
    def test_a_lost_announcement_is_unknown_and_never_repeated(self, kind, make_channel, article, posts, fault):
        article(make_channel("zalo", broadcast="yes"))
        fault(kind, method="broadcast")
        row = shifts_until("unknown")
        assert (row.state, row.external_id) == ("unknown", posts()[0]["id"]), "what is known is kept"
        assert look_now() == 0
        Operation.objects.update(next_try=timezone.now())
        work_a_shift(2)
        assert len(posts("broadcast")) == 1
        assert Delivery.objects.get().state == "unknown"
        assert "broadcast-unknown" in Delivery.objects.get().reason

    def test_sending_again_after_a_lost_announcement_makes_no_second_article(self, make_channel, article, posts, fault):
        row = article(make_channel("zalo", broadcast="yes"))
        fault("reset_before", method="broadcast")
        shifts_until("unknown")
        assert outbox.resend(delivery_id=row.pk, by="nhân viên")
        assert shifts_until("sent").state == "sent"
        assert (len(posts()), len(posts("broadcast"))) == (1, 1)

    def test_an_article_whose_announcement_was_refused_can_be_called_back(self, make_channel, article, posts, fault):
        row = article(make_channel("zalo", broadcast="yes"))
        fault("blocked", method="broadcast")
        failed = shifts_until("failed")
        assert (failed.error_code, failed.external_id) == ("-248", posts()[0]["id"])
        assert recall_delivery(delivery_id=row.pk, by="trực ban").outcome == "deleting"
        assert shifts_until("withdrawn").state == "withdrawn"
        assert len(posts("delete")) == 1
        assert recall_delivery(delivery_id=row.pk, by="trực ban").outcome == "withdrawn"

    def test_at_night_the_article_goes_out_and_the_announcement_waits(self, make_channel, article, posts, settings):
        start = timezone.localtime() - dt.timedelta(hours=1)
        end = timezone.localtime() + dt.timedelta(hours=1)
        settings.ZALO_NIGHT = f"{start:%H:%M}-{end:%H:%M}"
        article(make_channel("zalo", broadcast="yes"))
        work_a_shift(6)
        row, operation = Delivery.objects.get(), Operation.objects.get()
        assert (row.state, row.error_code) == ("scheduled", "-234")
        assert (len(posts()), posts("broadcast")) == (1, [])
        assert f"{timezone.localtime(operation.next_try):%H:%M}" == f"{end:%H:%M}"
        # A second article of the same account does not wait with it.
        other = article(row.channel)
        work_a_shift(6)
        assert len(posts()) == 2
        # Called back while the announcement waits: the article goes, nobody is told.
        recall_delivery(delivery_id=row.pk, by="trực ban")
        work_a_shift(4)
        row.refresh_from_db()
        assert (row.state, len(posts("delete")), posts("broadcast")) == ("withdrawn", 1, [])
        assert other.pk != row.pk

    def test_zalos_own_clock_is_believed(self, make_channel, article, posts, sandbox):
        """Our own night is switched off here; by day the sandbox announces, by night it refuses with -234."""
        sandbox.sandbox.limits.on = True
        night = timezone.localtime().hour >= 22 or timezone.localtime().hour < 6
        channel = make_channel("zalo", broadcast="yes")
        channel.grace_minutes = 26 * 60
        channel.save()
        article(channel)
        work_a_shift(6)
        row = Delivery.objects.get()
        assert (row.state, row.error_code) == (("scheduled", "-234") if night else ("sent", ""))
        assert len(posts("broadcast")) == (0 if night else 1)

    def test_an_announcement_planned_for_the_night_waits_for_the_morning(self, make_channel, article, posts, settings):
        start, end = (timezone.localtime() + dt.timedelta(hours=hours) for hours in (-1, 4))
        settings.ZALO_NIGHT = f"{start:%H:%M}-{end:%H:%M}"
        row = article(make_channel("zalo", broadcast="yes"))
        work_a_shift(6)
        row.refresh_from_db()
        assert (row.state, row.error_code, row.reason) == ("scheduled", "-234", f"{end:%H:%M %d/%m}")
        assert (len(posts()), posts("broadcast")) == (1, [])
        # Morning: more than the grace after the planned time, and yet not overdue.
        planned, morning = timezone.now() - dt.timedelta(hours=5), timezone.localtime() - dt.timedelta(minutes=2)
        settings.ZALO_NIGHT = f"{timezone.localtime(planned - dt.timedelta(hours=1)):%H:%M}-{morning:%H:%M}"
        Delivery.objects.update(due=planned)
        Operation.objects.update(next_try=timezone.now())
        assert shifts_until("sent", "held").state == "sent"
        assert (len(posts()), len(posts("broadcast"))) == (1, 1)

    def test_days_after_its_night_an_announcement_is_held(self, make_channel, article, posts, settings):
        """A three-day outage: the morning it was put off to has passed as well."""
        start, end = (timezone.localtime() + dt.timedelta(hours=hours) for hours in (-1, 4))
        settings.ZALO_NIGHT = f"{start:%H:%M}-{end:%H:%M}"
        article(make_channel("zalo", broadcast="yes"))
        work_a_shift(6)
        settings.ZALO_NIGHT = "22:00-06:00"
        Delivery.objects.update(due=timezone.now() - dt.timedelta(days=3))
        Operation.objects.update(next_try=timezone.now() - dt.timedelta(days=2))
        assert shifts_until("held", "sent").state == "held"
        assert posts("broadcast") == []

    def test_beyond_its_grace_an_announcement_is_held_for_a_person(self, make_channel, article, posts, settings):
        """It was planned for the evening and came into the night by a delay of ours."""
        start, end = (timezone.localtime() + dt.timedelta(hours=hours) for hours in (-1, 4))
        settings.ZALO_NIGHT = f"{start:%H:%M}-{end:%H:%M}"
        row = article(make_channel("zalo", broadcast="yes"), due=timezone.now() - dt.timedelta(minutes=90))
        assert shifts_until("held").state == "held"
        settings.ZALO_NIGHT = "00:00-00:00"
        assert outbox.release(delivery_id=row.pk, by="nhân viên")
        assert shifts_until("sent").state == "sent"
        assert (len(posts()), len(posts("broadcast"))) == (1, 1)

    def test_a_missing_package_says_so(self, make_channel, article, posts):
        channel = make_channel("zalo", oa_id="9994005000000")
        article(channel)
        row = shifts_until("failed")
        assert (row.error_code, posts()) == ("-224", [])
        assert ZALO.explain(row.error_code).cure

    @pytest.mark.parametrize(
        ("kind", "state", "code"), [("throttle", "scheduled", "throttled"), ("blocked", "failed", "-248")]
    )
    def test_refusals_fall_into_their_class(self, kind, state, code, make_channel, article, posts, fault):
        article(make_channel("zalo"))
        fault(kind, method="create")
        work_a_shift(3)
        row = Delivery.objects.get()
        assert (row.state, row.error_code, posts()) == (state, code, [])

    def test_views_and_followers_are_read(self, make_channel, article):
        article(make_channel("zalo"))
        shifts_until("sent")
        assert readings.collect(everything=True) == 2
        assert {row.metric: row.value > 0 for row in Reading.objects.all()} == {"views": True, "followers": True}


class TestChecks:
    pytestmark = engine

    def test_a_healthy_account(self, sandbox, make_channel):
        found = health.check(make_channel("zalo", broadcast="yes"))
        assert (found.ok, found.kind, found.problems) == (True, "Nâng cao", ())

    def test_a_missing_package_is_said_before(self, sandbox, make_channel):
        found = health.check(make_channel("zalo", oa_id="9994005000000"))
        assert not found.ok
        assert any("zalo.cloud" in problem for problem in found.problems)

    def test_tokens_of_another_account_are_noticed(self, sandbox, make_channel):
        channel = make_channel("zalo")
        channel.secrets = credentials.issue("zalo", "999123123123")
        channel.save()
        assert str(ZALO.explain("other-account").cause) in health.check(channel).problems[0]

    def test_a_wrong_app_secret_is_noticed(self, sandbox, make_channel):
        channel = make_channel("zalo")
        channel.secrets = {**channel.secrets, "app_secret": credentials.issue("zalo", "999123123123")["app_secret"]}
        channel.save()
        assert str(ZALO.explain("-242").cause) in health.check(channel).problems[0]

    @pytest.mark.parametrize("options", [{"broadcast": "có lẽ"}, {"author": "A" * 51}, {"app_id": ""}])
    def test_options_that_cannot_be_right(self, options, make_channel):
        with pytest.raises(ValidationError):
            make_channel("zalo", **options)


def message(**fields):
    image = Attachment(name="", url="https://loa.example/c.jpg", mime="image/jpeg")
    return Message(**{"title": "Tiêu đề", "text": "Nội dung", "images": (image,), **fields})


def codes(found, blocks=True):
    return {problem.code for problem in found if problem.blocks == blocks}


class TestBeforeSending:
    def test_a_good_message_has_no_problem(self):
        assert ZALO.problems(message(summary="Ngắn")) == []

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"title": ""}, "no-title"),
            ({"title": "t" * 141}, "long-title"),
            ({"summary": "s" * 251}, "long-summary"),
            ({"text": " \n"}, "empty"),
            ({"images": ()}, "no-cover"),
            ({"images": (Attachment(name="c.jpg", url="file:///c.jpg"),)}, "cover-not-public"),
            ({"images": (Attachment(name="c.webp", url="https://loa.example/c.webp"),)}, "cover-kind"),
        ],
    )
    def test_what_zalo_would_refuse_is_found_at_save(self, fields, code):
        assert code in codes(ZALO.problems(message(**fields)))

    def test_a_title_is_counted_as_readers_see_it(self):
        import unicodedata

        title = unicodedata.normalize("NFD", "ệ" * 140)
        assert ZALO.problems(message(title=title)) == []

    def test_a_cover_above_one_megabyte(self):
        from django.core.files.base import ContentFile
        from django.core.files.storage import default_storage

        noise = io.BytesIO()
        Image.effect_noise((1600, 1600), 120).convert("RGB").save(noise, "JPEG", quality=100)
        assert len(noise.getvalue()) > 1024 * 1024
        name = default_storage.save("cover.jpg", ContentFile(noise.getvalue()))
        picture = Attachment(name=name, url="https://loa.example/cover.jpg", mime="image/jpeg")
        assert codes(ZALO.problems(message(images=(picture,)))) == {"cover-too-big"}

    def test_a_local_cover_is_a_hint_for_rehearsals(self):
        picture = Attachment(name="", url="http://127.0.0.1:8000/c.jpg", mime="image/jpeg")
        found = ZALO.problems(message(images=(picture,)))
        assert (codes(found), codes(found, blocks=False)) == (set(), {"cover-not-public"})

    def test_a_description_is_never_cut_within_a_word(self):
        text = "Phòng, chống mua bán người là việc của mọi người. " * 20
        short = description_of(Message(text=text))
        assert len(short) <= 250
        assert text.startswith(short.removesuffix("…"))
        assert text[len(short) - 1] in " .,"

    @pytest.mark.parametrize(
        ("url", "public"),
        [
            ("https://loa.laocai.gov.vn/c.jpg", True),
            ("http://203.113.1.1/c.jpg", True),
            ("http://127.0.0.1/c.jpg", False),
            ("http://10.0.0.7/c.jpg", False),
            ("http://may-chu/c.jpg", False),
            ("http://[::1]/c.jpg", False),
            ("https://loa.local/c.jpg", False),
            ("ftp://loa.laocai.gov.vn/c.jpg", False),
        ],
    )
    def test_what_zalo_can_reach(self, url, public):
        assert is_public(url) is public

    def test_addresses_are_ascii(self):
        assert ascii_address("https://loa.example/tờ rơi.jpg?a=1&b=%20") == (
            "https://loa.example/t%E1%BB%9D%20r%C6%A1i.jpg?a=1&b=%20"
        )

    @pytest.mark.parametrize(
        ("clock", "ends"),
        [
            ("21:59", None),
            ("22:00", "07 06:00"),
            ("23:30", "07 06:00"),
            ("00:10", "06 06:00"),
            ("05:59", "06 06:00"),
            ("06:00", None),
        ],
    )
    def test_the_night(self, clock, ends):
        moment = timezone.make_aware(dt.datetime.fromisoformat(f"2027-07-06 {clock}"))
        found = night_until(moment)
        assert (f"{found:%d %H:%M}" if found else None) == ends

    def test_staff_are_told_of_night_caps_and_review_beforehand(self):
        evening = timezone.make_aware(dt.datetime(2027, 7, 30, 23))
        hints = ZALO.hints({"broadcast": "yes"}, evening)
        (night,) = [hint.text for hint in hints if hint.code == "night"]
        assert "06:00" in night
        assert "31/7" in night
        assert {hint.code for hint in hints} == {"review", "caps", "no-recall", "night"}
        assert not any(hint.blocks for hint in hints)
        assert [hint.code for hint in ZALO.hints({}, evening)] == ["wall-only"]


class TestErrors:
    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            (-216, CredentialsExpired),
            (-220, CredentialsExpired),
            (-32, Throttled),
            (-214, Transient),
            (-1, Ambiguous),
            (-201, Permanent),
            (-211, Permanent),
            (-224, Permanent),
            (-248, Permanent),
            (-9999, Permanent),
        ],
    )
    def test_classes(self, code, kind):
        assert type(classify(code, "x")) is kind

    @pytest.mark.parametrize(
        "code",
        [
            *(-32, -100, -124, -200, -201, -204, -205, *range(-214, -208), *range(-221, -215), -223, -224, -227),
            *(-230, -232, -233, -234, -235, -237, -238, -240, -241, -242, -244, -248, -320, -321, -403),
        ],
    )
    def test_every_number_has_a_cause_and_a_cure(self, code):
        found = ZALO.explain(str(code))
        assert found is not ZALO.explain("refused")
        assert str(found.cause)
        assert str(found.cure)
