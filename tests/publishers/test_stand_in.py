"""Live channels against a stand-in of the platforms that is not ours: it works, and no rule is broken."""

import pytest
from django.utils import timezone

from publishers import health, polling, readings
from publishers.message import Message
from publishers.models import Channel, Delivery, Operation, Pace, Reading, WebhookEvent
from publishers.recall import edit_delivery, recall_delivery
from publishers.registry import get
from publishers.tasks import clear_up, work_on_webhook
from tests.publishers.files import document, picture, sound, video
from tests.publishers.live import live, platforms, states

__all__ = ["live", "platforms"]
LONG = "Phòng, chống mua bán người là việc của mọi người, mọi nhà. " * 90


class TestTelegram:
    def test_every_kind_of_post(self, live, platforms):
        channel = live.channel("telegram")
        rows = [
            live.deliver(channel),
            live.deliver(channel, images=(picture("a"),)),
            live.deliver(channel, images=(picture("b"), picture("c")), videos=(video(),)),
            live.deliver(channel, audio=sound()),
            live.deliver(channel, audio=sound("x.ogg", "audio/ogg"), link=""),
            live.deliver(channel, documents=(document("một.pdf"), document("hai.pdf"))),
            live.deliver(channel, html="<p>Có <strong>đậm</strong> &amp; <em>nghiêng</em></p><ul><li>một</li></ul>"),
        ]
        live.work()
        assert (states(), platforms.broken) == (["sent"] * len(rows), [])
        kinds = [post["kind"] for _number, post in sorted(platforms.telegram.posts.items())]
        assert kinds == ["text", "photo", "photo", "photo", "video", "audio", "voice", "document", "document", "text"]
        album = Delivery.objects.get(pk=rows[2].pk)
        assert album.external_id == "3,4,5"
        assert album.permalink == f"{platforms.urls['TELEGRAM_PUBLIC_URL']}/kenh_that/3"
        assert "Có <b>đậm</b> &amp; <i>nghiêng</i>\n\n• một" in platforms.telegram.posts[10]["raw"]

    def test_the_preview_is_what_goes_over_the_wire(self, live, platforms):
        channel = live.channel("telegram")
        rows = [
            live.deliver(channel, text=LONG),
            live.deliver(channel, text=LONG + "Có ảnh.", images=(picture("a"), picture("b")), audio=sound()),
            live.deliver(channel, html=f"<p><b>{LONG}</b></p><p>Ngôi nhà bình yên</p>"),
        ]
        live.work()
        for row in rows:
            row.refresh_from_db()
            sent = [platforms.telegram.posts[int(one)]["raw"] for one in row.external_id.split(",")]
            assert [raw for raw in sent if raw] == get("telegram").compose(Message.from_json(row.message))
        assert platforms.broken == []

    @pytest.mark.parametrize(
        ("wanted", "options"),
        [
            ("", {"url": "https://loa.example/l/thu1"}),
            ("none", {"is_disabled": True}),
            ("small", {"url": "https://loa.example/l/thu1", "prefer_small_media": True}),
            ("above", {"url": "https://loa.example/l/thu1", "prefer_large_media": True, "show_above_text": True}),
        ],
    )
    def test_the_links_preview_is_the_channels_choice(self, wanted, options, live, platforms):
        live.deliver(live.channel("telegram", **({"link_preview": wanted} if wanted else {})))
        live.work()
        assert platforms.telegram.posts[1]["preview"] == options
        assert platforms.broken == []

    @pytest.mark.parametrize(("before", "after"), [(1, 1), (90, 1), (1, 90), (90, 90)])
    def test_an_edit_changes_all_of_it(self, before, after, live, platforms):
        """Pieces are changed, added at the end, or taken away; the post's numbers stay known."""
        row = live.deliver(live.channel("telegram"), text="Cũ rồi, không dùng nữa. " * 4 * before)
        live.work()
        row.refresh_from_db()
        edited = Message.from_json({**row.message, "text": "Bản mới đã được duyệt lại. " * 4 * after})
        edit_delivery(delivery_id=row.pk, message=edited.as_json(), by="test")
        live.work()
        row.refresh_from_db()
        shown = [platforms.telegram.posts[int(one)]["raw"] for one in row.external_id.split(",")]
        assert shown == get("telegram").compose(edited)
        assert sorted(platforms.telegram.posts) == [int(one) for one in row.external_id.split(",")]
        assert Message.from_json(row.message) == edited
        recall_delivery(delivery_id=row.pk, by="test")
        live.work()
        assert (platforms.telegram.posts, states(), platforms.broken) == ({}, ["withdrawn"], [])

    def test_the_words_beneath_an_album_are_changed(self, live, platforms):
        row = live.deliver(live.channel("telegram"), images=(picture("a"), picture("b")), audio=sound())
        live.work()
        row.refresh_from_db()
        edit_delivery(delivery_id=row.pk, message={**row.message, "text": "Sửa rồi"}, by="test")
        live.work()
        assert "Sửa rồi" in platforms.telegram.posts[1]["raw"]
        assert (len(platforms.telegram.posts), platforms.broken) == (3, [])

    def test_a_group_that_moved_is_followed(self, live, platforms):
        channel = live.channel("telegram", chat_id="-555666777")
        platforms.telegram.moved_from = "-555666777"
        live.deliver(channel)
        live.work()
        assert (states(), len(platforms.telegram.posts)) == (["sent"], 1)
        assert Channel.objects.get().options["chat_id"] == str(platforms.telegram.chat)

    def test_a_partial_album_is_unknown_and_says_so(self, live, platforms):
        def half(asked, answer):
            if asked.path.endswith("sendMediaGroup"):
                words = 'Bad Request: failed to send message #2 with the error message "PHOTO_INVALID_DIMENSIONS"'
                answer.status, answer.body = 400, {"ok": False, "error_code": 400, "description": words}
            return answer

        platforms.mishap = half
        live.deliver(live.channel("telegram"), images=(picture("a"), picture("b")))
        live.work()
        row = Delivery.objects.get()
        assert (row.state, row.error_code) == ("unknown", "partial-album")
        assert get("telegram").explain(row.error_code).cure

    def test_reactions_are_fetched_where_telegram_cannot_call_us(self, live, platforms):
        first = live.deliver(live.channel("telegram"))
        live.work()
        for update_id, total in ((900, 2), (901, 5), (902, 9)):
            platforms.telegram.react(update_id, 1, total)
        assert polling.collect() == 3
        assert platforms.telegram.updates == [], "what was stored is confirmed"
        assert polling.collect() == 0
        work_on_webhook(list(WebhookEvent.objects.values_list("pk", flat=True)))
        told = Reading.objects.filter(delivery=first, metric="reactions").order_by("pk")
        assert [reading.value for reading in told] == [2, 5, 9]
        assert platforms.broken == []

    def test_a_crash_before_the_confirmation_counts_nothing_twice(self, live, platforms):
        live.deliver(live.channel("telegram"))
        live.work()
        platforms.telegram.react(900, 1, 2)
        kept = list(platforms.telegram.updates)
        assert polling.collect() == 1
        platforms.telegram.updates = kept
        assert polling.collect() == 0

    def test_with_a_webhook_nothing_is_fetched(self, live, platforms):
        channel = live.channel("telegram")
        channel.secrets = {**channel.secrets, "webhook_secret": "bi-mat-cua-thu"}
        channel.save()
        live.deliver(channel)
        live.work()
        assert polling.mailboxes() == {}

    def test_another_webhook_of_the_bot_is_said(self, live, platforms):
        platforms.telegram.webhook = "https://khac.example/x"
        found = health.check(live.channel("telegram"))
        assert (found.ok, found.notes) == (True, (get("telegram").explain("webhook-active").words,))

    def test_views_are_approximate(self, live, platforms):
        live.deliver(live.channel("telegram"))
        live.work()
        readings.collect(everything=True)
        found = {row.metric: (row.value, row.approximate) for row in Reading.objects.all()}
        assert found == {"views": (1200, True), "followers": (1234, False)}

    def test_switched_off_nothing_leaves_and_the_check_says_why(self, live, platforms, settings):
        settings.TELEGRAM_LIVE = False
        channel = live.channel("telegram")
        live.deliver(channel)
        live.work()
        assert health.check(channel).problems == (get("telegram").explain("live-off").words,)
        assert (states(), Delivery.objects.get().error_code, platforms.asked) == (["failed"], "live-off", [])


class TestFacebook:
    def test_every_kind_of_post_edit_and_recall(self, live, platforms):
        channel = live.channel("facebook")
        rows = [
            live.deliver(channel),
            live.deliver(channel, images=(picture("a"),)),
            live.deliver(channel, images=(picture("b"), picture("c"))),
        ]
        live.work()
        assert (states(), platforms.broken) == (["sent"] * 3, [])
        sent = [platforms.facebook.posts[Delivery.objects.get(pk=row.pk).external_id] for row in rows]
        assert [post["message"] for post in sent] == [
            get("facebook").compose(Message.from_json(row.message))[0] for row in rows
        ]
        assert sent[0]["link"] == "https://loa.example/l/thu1"
        assert [len(post.get("photos", ())) for post in sent] == [0, 1, 2]
        edit_delivery(delivery_id=rows[0].pk, message={**rows[0].message, "text": "Sửa rồi"}, by="test")
        recall_delivery(delivery_id=rows[1].pk, by="test")
        live.work()
        assert "Sửa rồi" in sent[0]["message"]
        assert (states(), len(platforms.facebook.posts), platforms.broken) == (["sent", "withdrawn", "sent"], 2, [])

    def test_a_video_is_waited_for(self, live, platforms):
        row = live.deliver(live.channel("facebook"), videos=(video(),))
        live.work(2)
        assert states() == ["scheduled"]
        assert Delivery.objects.get().error_code == "video-processing"
        for post in platforms.facebook.posts.values():
            post["status"] = "ready"
        Operation.objects.update(next_try=timezone.now())
        live.work()
        row.refresh_from_db()
        assert (row.state, row.external_id) == ("sent", next(iter(platforms.facebook.posts)))
        assert platforms.broken == []

    def test_usage_near_the_limit_slows_the_page_down_before_it_is_refused(self, live, platforms):
        channel = live.channel("facebook")
        live.deliver(channel)
        live.work()
        page, app = f"facebook:{platforms.facebook.page}", f"facebook:app:{platforms.facebook.app}"
        assert Pace.objects.get(key=page).until == 0
        platforms.facebook.usage = 92
        row = live.deliver(channel)
        live.work()
        row.refresh_from_db()
        until = Pace.objects.get(key=page).until - row.sent_at.timestamp()
        assert 60 < until < 90
        assert Pace.objects.get(key=app).until == 0
        waits = live.deliver(channel)
        live.work(1)
        waits.refresh_from_db()
        assert (waits.state, len(platforms.facebook.posts)) == ("scheduled", 2)
        before = len(platforms.asked)
        assert readings.collect(everything=True) == 0
        assert len(platforms.asked) == before, "what room is left is for posts"

    def test_a_persons_token_is_refused_before_anything_is_posted(self, live, platforms):
        channel = live.channel("facebook")
        channel.secrets = {**channel.secrets, "token": platforms.facebook.user_token}
        channel.save()
        found = health.check(channel)
        assert (found.ok, found.problems) == (False, (get("facebook").explain("page-token-needed").words,))

    def test_a_recall_is_not_believed_to_a_token_that_lost_its_page(self, live, platforms):
        """Facebook says "does not exist" for a post that is away and for one that the token may not see."""
        row = live.deliver(live.channel("facebook"))
        live.work()
        platforms.facebook.posts.clear()

        def lost(asked, answer):
            if "published_posts" in asked.path:
                answer.status, answer.body = 403, {"error": {"code": 200, "message": "(#200) no permission"}}
            return answer

        platforms.mishap = lost
        recall_delivery(delivery_id=row.pk, by="test")
        live.work()
        assert states() == ["sent"]
        platforms.mishap = None
        recall_delivery(delivery_id=row.pk, by="test")
        live.work()
        assert states() == ["withdrawn"]

    def test_figures_are_read(self, live, platforms):
        live.deliver(live.channel("facebook"))
        live.work()
        readings.collect(everything=True)
        found = {row.metric: row.value for row in Reading.objects.all()}
        assert found == {"views": 340, "reactions": 5, "clicks_on_platform": 340, "followers": 340}
        assert platforms.broken == []


class TestZalo:
    def test_articles_announcements_edit_and_recall(self, live, platforms):
        channel = live.channel("zalo", broadcast="yes")
        first, second = live.deliver(channel, text="Đoạn một.\n\nĐoạn <hai> & ba."), live.deliver(channel)
        live.work()
        assert (states(), platforms.broken) == (["sent", "sent"], [])
        assert len(platforms.zalo.broadcasts) == 2
        first.refresh_from_db()
        article = platforms.zalo.articles[first.external_id]
        title, description, *paragraphs = get("zalo").compose(Message.from_json(first.message))
        assert (article["title"], article["description"], article["tracking_link"]) == (
            title,
            description,
            first.message["link"],
        )
        assert len(article["body"]) == len(paragraphs) == 3
        edit_delivery(delivery_id=first.pk, message={**first.message, "text": "Sửa rồi"}, by="test")
        recall_delivery(delivery_id=second.pk, by="test")
        live.work()
        assert "Sửa rồi" in str(platforms.zalo.articles[first.external_id]["body"])
        assert (len(platforms.zalo.articles), states(), platforms.broken) == (1, ["sent", "withdrawn"], [])

    def test_an_expired_token_is_exchanged_once(self, live, platforms):
        channel = live.channel("zalo")
        platforms.zalo.expired = True
        for _article in range(3):
            live.deliver(channel)
        live.work()
        assert (states(), platforms.zalo.serial, platforms.broken) == (["sent"] * 3, 1, [])
        assert Channel.objects.get().secrets["refresh_token"] == platforms.zalo.refresh

    def test_the_figures_and_the_check(self, live, platforms):
        channel = live.channel("zalo", broadcast="yes")
        live.deliver(channel)
        live.work()
        assert health.check(channel).ok
        readings.collect(everything=True)
        assert {row.metric: row.value for row in Reading.objects.all()} == {"views": 55, "followers": 987}
        assert platforms.broken == []


@pytest.mark.parametrize("platform", ["telegram", "facebook", "zalo"])
def test_the_check_finds_live_channels_well(platform, live, platforms):
    found = health.check(live.channel(platform))
    assert (found.ok, found.problems, platforms.broken) == (True, (), [])


@pytest.mark.parametrize("platform", ["facebook", "zalo"])
@pytest.mark.parametrize("how", ["lost", "html", "500"])
def test_what_was_done_and_not_answered_is_found_on_the_platform(platform, how, live, platforms):
    row = live.deliver(live.channel(platform))

    def unlucky(asked, answer):
        if asked.path.endswith(("/feed", "/article/create")) and asked.method == "POST":
            platforms.mishap = None
            answer.lost = how == "lost"
            if how != "lost":
                answer.status = 502 if how == "html" else 500
                answer.body = "<html>Bad Gateway</html>" if how == "html" else {"error": {"code": 2, "message": "x"}}
        return answer

    platforms.mishap = unlucky
    live.work()
    assert states() == ["unknown"]
    if platform == "zalo":  # Zalo's list shows an article only when it is made
        for work in platforms.zalo.pending.values():
            platforms.zalo.articles[work["article"]["id"]] = work["article"]
    Operation.objects.update(next_try=timezone.now())
    assert clear_up() == 1
    row.refresh_from_db()
    shown = platforms.facebook.posts if platform == "facebook" else platforms.zalo.articles
    assert (row.state, list(shown), platforms.broken) == ("sent", [row.external_id], [])


def test_the_same_text_without_a_link_is_not_taken_for_another_post(live, platforms):
    """Facebook refuses the same text twice in a row (506); the first one is not the second one."""
    channel = live.channel("facebook")
    same = {"text": "Cùng một chữ, gọi 111.", "title": "Tin", "link": ""}
    live.deliver(channel, **same)
    live.work()
    live.deliver(channel, **same)
    live.work()
    assert (states(), Delivery.objects.latest("pk").error_code) == (["sent", "unknown"], "duplicate")
    Operation.objects.update(next_try=timezone.now())
    assert clear_up() == 0
    assert states() == ["sent", "unknown"]
