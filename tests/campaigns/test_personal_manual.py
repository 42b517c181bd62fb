"""Posting by hand: text and picture ready, "posted" said once, deletion asked for after a recall."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext

from campaigns import manual_posts
from campaigns.models import ManualPost
from campaigns.personal.links import manual_link
from publishers.message import Attachment
from tests.campaigns.personal_world import world

__all__ = ["world"]
pytestmark = pytest.mark.django_db


def said(text):
    with translation.override("vi"):
        return gettext(text)


@pytest.fixture
def channel(world):
    return world.manual()


@pytest.fixture
def item(world, channel):
    return world.item(
        channel,
        due=timezone.now() - dt.timedelta(days=1),
        text='Ai rủ "đi làm xa" </textarea><b>hãy hỏi kỹ</b>',
        link="https://loa.example/l/abcd2345",
        images=(Attachment(name="thiep/a.png", alt="Thiệp"),),
    )


@pytest.fixture
def home(channel):
    return f"/dang/{manual_link(channel).token}/"


def form(**fields):
    now = timezone.localtime()
    return {"day": f"{now:%Y-%m-%d}", "clock": f"{now:%H:%M}", "name": "Chị Mẫu", "link": "", **fields}


def test_text_link_and_picture_are_ready(client, home, item):
    page = client.get(home).content.decode()
    assert "&lt;/textarea&gt;&lt;b&gt;hãy hỏi kỹ" in page
    assert "\n\nhttps://loa.example/l/abcd2345</textarea>" in page
    assert 'src="/uploads/thiep/a.png" alt="Thiệp"' in page
    assert "<readonly" not in page
    assert len(page.encode()) < 15_000


def test_two_taps_say_that_it_was_posted(client, home, item):
    assert f"{home}da-dang/{item.pk}/" in client.get(home).content.decode()
    answer = client.post(f"{home}da-dang/{item.pk}/", form())
    post = ManualPost.objects.get()
    assert answer.url == f"{home}?xong={post.pk}"
    assert (post.item, post.declared_by) == (item, "Chị Mẫu")
    assert said("Everything is posted. Thank you!") in client.get(answer.url).content.decode()


def test_saying_it_twice_counts_once_and_may_add_the_link(client, home, item):
    client.post(f"{home}da-dang/{item.pk}/", form())
    again = client.post(f"{home}da-dang/{item.pk}/", form(name="Người khác", link="zalo.me/g/thu"))
    post = ManualPost.objects.get()
    assert again.url == f"{home}?co-roi={post.pk}"
    assert (post.declared_by, post.link) == ("Chị Mẫu", "https://zalo.me/g/thu")
    assert said("It counts once; nothing was added.") in client.get(again.url).content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"link": "javascript:alert(1)"},
        {"link": "không có"},
        {"link": "https://a.example/" + "x" * 500},
        {"clock": "trưa"},
        {"day": "2026"},
    ],
)
def test_what_cannot_be_right_is_asked_again(client, home, item, fields):
    assert client.post(f"{home}da-dang/{item.pk}/", form(**fields)).status_code == 422
    assert not ManualPost.objects.exists()


def test_tomorrow_cannot_be_declared(item):
    with pytest.raises(ValidationError) as caught:
        manual_posts.record(item=item, declared_by="A", posted_at=timezone.now() + dt.timedelta(days=1))
    assert caught.value.code == "future"


def test_a_day_before_it_was_ready_cannot_be_declared(item):
    with pytest.raises(ValidationError) as caught:
        manual_posts.record(item=item, declared_by="A", posted_at=timezone.now() - dt.timedelta(days=5))
    assert caught.value.code == "too-early"


def test_a_withdrawn_post_must_not_be_posted(client, home, item):
    item.delivery.state = "withdrawn"
    item.delivery.save()
    page = client.get(home).content.decode()
    assert said("WITHDRAWN – DO NOT POST") in page
    assert "<textarea" not in page
    assert client.post(f"{home}da-dang/{item.pk}/", form()).status_code == 422
    assert not ManualPost.objects.exists()


def test_a_withdrawn_post_that_is_out_is_to_be_deleted(client, home, item):
    manual_posts.record(item=item, declared_by="Chị Mẫu")
    item.posting.withdrawn_at = timezone.now()
    item.posting.save()
    assert said("WITHDRAWN – PLEASE DELETE IT FROM THE GROUP") in client.get(home).content.decode()


def test_only_this_channels_posts_are_shown(client, home, world, item):
    other = world.item(world.manual(name="Nhóm khác"), due=timezone.now(), title="Bài của nhóm khác")
    assert "Bài của nhóm khác" not in client.get(home).content.decode()
    assert client.post(f"{home}da-dang/{other.pk}/", form()).status_code == 404


def test_a_station_is_not_posted_to_by_hand(world):
    item = world.item(world.station().channel, due=timezone.now())
    with pytest.raises(ValidationError) as caught:
        manual_posts.record(item=item, declared_by="A")
    assert caught.value.code == "not-manual"


def test_the_page_asks_the_database_little(client, home, world, channel, django_assert_max_num_queries):
    for n in range(15):
        world.item(channel, due=timezone.now() - dt.timedelta(days=1), title=f"Bài {n}")
    with django_assert_max_num_queries(10):
        client.get(home)
