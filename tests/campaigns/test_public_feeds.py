"""Feeds, tracked links and calendar files as readers and their programs get them."""

import datetime as dt
import threading
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.db.models import Sum
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns.models import ClickCount, TrackedLink
from campaigns.public.calendar import escaped, folded
from publishers.message import Attachment, Message
from publishers.models import Channel, Delivery
from tests.campaigns.public_site import PublicSite

ATOM = "{http://www.w3.org/2005/Atom}"
PHONE = (
    "Mozilla/5.0 (Linux; Android 13; Pixel 6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
)
SENT_AT = dt.datetime(2026, 7, 30, 1, 0, tzinfo=dt.UTC)


def make_feed(slug: str = "tin", *, rehearsal: bool = False) -> Channel:
    name = f"Tin Loa {slug}{' thử' if rehearsal else ''}"
    return Channel.objects.create(
        platform="feed", name=name, options={"slug": slug}, form="website", rehearsal=rehearsal
    )


def make_delivery(channel: Channel, reference: str, state: str = "sent", **fields: Any) -> Delivery:
    message = Message(
        **(
            {"title": f"Bài {reference}", "text": "Chậm lại một nhịp.\n\nGọi 111 & hỏi <trước>.", "link": "/l/bcdf2345"}
            | fields
        )
    )
    return Delivery.objects.create(
        channel=channel,
        reference=reference,
        message=message.as_json(),
        state=state,
        due=SENT_AT,
        sent_at=SENT_AT,
        rehearsal=channel.rehearsal,
    )


def items_of(client: Client, path: str) -> list[ET.Element]:
    response = client.get(path)
    assert response.status_code == 200
    return ET.fromstring(response.content).findall("channel/item")


# --- feeds ----------------------------------------------------------------------------------------------


@pytest.mark.services
@pytest.mark.django_db
def test_a_feed_has_what_was_sent_and_nothing_else(client: Client, settings: Any) -> None:
    settings.SITE_URL = "https://loa.example"
    channel, other = make_feed(), make_feed("khac")
    make_delivery(channel, "bai-1")
    make_delivery(other, "bai-2")
    for state in ("scheduled", "sending", "failed", "unknown", "held", "cancelled", "withdrawn"):
        make_delivery(channel, f"bai-{state}", state)
    response = client.get("/nguon-tin/tin.xml")
    assert response["Content-Type"] == "application/rss+xml; charset=utf-8"
    (item,) = items_of(client, "/nguon-tin/tin.xml")
    guid = item.find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == ("urn:loa:bai-1", "false")
    assert item.findtext("title") == "Bài bai-1"
    assert item.findtext("link") == "https://loa.example/l/bcdf2345"
    assert item.findtext("description") == "<p>Chậm lại một nhịp.</p><p>Gọi 111 &amp; hỏi &lt;trước&gt;.</p>"
    assert item.findtext("pubDate") == "Thu, 30 Jul 2026 01:00:00 +0000"
    assert not response.cookies


@pytest.mark.django_db
def test_what_is_withdrawn_leaves_the_feed_and_keeps_its_name_if_it_returns(client: Client) -> None:
    delivery = make_delivery(make_feed(), "bai-1")
    assert len(items_of(client, "/nguon-tin/tin.xml")) == 1
    Delivery.objects.filter(pk=delivery.pk).update(state="withdrawn")
    assert items_of(client, "/nguon-tin/tin.xml") == []


@pytest.mark.django_db
def test_atom_is_valid_in_what_a_reader_needs(client: Client, settings: Any) -> None:
    settings.SITE_URL = "https://loa.example"
    make_delivery(make_feed(), "bai-1")
    response = client.get("/nguon-tin/tin.atom")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = ET.fromstring(response.content)
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}id") == "https://loa.example/nguon-tin/tin.atom"
    assert root.findtext(f"{ATOM}updated") == "2026-07-30T01:00:00+00:00"
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}id") == "urn:loa:bai-1"
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"] == "https://loa.example/nguon-tin/tin.atom"


@pytest.mark.django_db
def test_pictures_and_the_recording_go_along(client: Client, settings: Any) -> None:
    settings.SITE_URL = "https://loa.example"
    name = default_storage.save("images/the.jpg", ContentFile(b"x" * 1234))
    picture = Attachment(name=name, url=f"/uploads/{name}", mime="image/jpeg")
    audio = Attachment(name="gone.mp3", url="/uploads/recordings/gone.mp3")
    make_delivery(make_feed(), "bai-1", images=(picture,), audio=audio)
    (item,) = items_of(client, "/nguon-tin/tin.xml")
    (enclosure,) = item.findall("enclosure")
    assert enclosure.get("url") == f"https://loa.example/uploads/{name}"
    assert enclosure.get("length") == "1234"
    root = ET.fromstring(client.get("/nguon-tin/tin.atom").content)
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    kinds = [link.get("type") for link in entry.findall(f"{ATOM}link") if link.get("rel") == "enclosure"]
    assert kinds == ["image/jpeg", "audio/mpeg"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["xml", "atom"])
def test_a_rehearsal_is_served_apart_and_says_so(client: Client, kind: str) -> None:
    live, rehearsal = make_feed("tin"), make_feed("tap", rehearsal=True)
    make_delivery(live, "that")
    make_delivery(rehearsal, "thu")
    assert client.get(f"/nguon-tin/tap.{kind}").status_code == 404
    assert client.get(f"/dien-tap/nguon-tin/tin.{kind}").status_code == 404
    response = client.get(f"/dien-tap/nguon-tin/tap.{kind}")
    assert response.status_code == 200
    assert "noindex" in response["X-Robots-Tag"]
    with translation.override("vi"):
        mark = f"[{_('REHEARSAL')}]"
    text = response.content.decode()
    assert f"{mark} Tin Loa tap thử" in text
    assert f"{mark} Bài thu" in text
    assert "Bài that" not in text
    assert mark not in client.get(f"/nguon-tin/tin.{kind}").content.decode()


@pytest.mark.django_db
def test_pages_point_to_live_feeds_only(client: Client, public_site: PublicSite) -> None:
    make_feed("tin")
    make_feed("tap", rehearsal=True)
    text = client.get("/").content.decode()
    assert '<link rel="alternate" type="application/rss+xml" title="Tin Loa tin" href="/nguon-tin/tin.xml">' in text
    assert '<link rel="alternate" type="application/atom+xml" title="Tin Loa tin" href="/nguon-tin/tin.atom">' in text
    assert "tap.xml" not in text


@pytest.mark.django_db
def test_an_unknown_feed_is_not_there(client: Client) -> None:
    assert client.get("/nguon-tin/khong-co.xml").status_code == 404


# --- tracked links --------------------------------------------------------------------------------------


def follow(client: Client, link: TrackedLink, agent: str = PHONE, **headers: str) -> Any:
    return client.get(f"/l/{link.code}", headers={"User-Agent": agent, **headers})


def clicked(link: TrackedLink) -> int:
    return link.clicks.aggregate(n=Sum("count"))["n"] or 0


@pytest.fixture
def link(db: None) -> TrackedLink:
    return TrackedLink.objects.create(target="https://loa.example/tai-lieu/bay-cau-hoi/#nhom-youth")


def test_a_reader_is_sent_on_and_counted_and_nothing_is_kept(client: Client, link: TrackedLink) -> None:
    for times in (1, 2, 3):
        response = follow(client, link)
        assert response.status_code == 302
        assert response["Location"] == link.target
        assert clicked(link) == times
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    (row,) = ClickCount.objects.values()
    assert set(row) == {"id", "link_id", "day", "count"}


def test_a_link_asks_for_at_most_two_statements(
    client: Client, link: TrackedLink, django_assert_num_queries: Any
) -> None:
    follow(client, link)
    with django_assert_num_queries(2):
        follow(client, link)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "meta-externalagent/1.1",
        "TelegramBot (like TwitterBot)",
        "ZaloBot/1.0",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; coccocbot-web/1.0; +http://help.coccoc.com/searchengine)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0 Safari/537.36",
        "WhatsApp/2.23.20.0 A",
        "SkypeUriPreview Preview/0.5",
        "curl/8.5.0",
        "python-requests/2.32",
    ],
)
def test_programs_are_sent_on_but_not_counted(client: Client, link: TrackedLink, agent: str) -> None:
    assert follow(client, link, agent).status_code == 302
    assert clicked(link) == 0


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Mobile Zalo iOS/500 ZaloTheme/light",
        "Mozilla/5.0 (Linux; Android 12; CPH2127) AppleWebKit/537.36 Chrome/120.0 Mobile [FBAN/EMA;FBAV/400.0]",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    ],
)
def test_people_in_the_apps_own_browsers_are_counted(client: Client, link: TrackedLink, agent: str) -> None:
    follow(client, link, agent)
    assert clicked(link) == 1


@pytest.mark.parametrize(
    ("name", "value"), [("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"), ("X-Moz", "prefetch")]
)
def test_what_is_fetched_ahead_is_not_a_click(client: Client, link: TrackedLink, name: str, value: str) -> None:
    follow(client, link, PHONE, **{name: value})
    assert clicked(link) == 0


def test_a_look_at_the_head_is_not_a_click_and_a_post_is_refused(client: Client, link: TrackedLink) -> None:
    assert client.head(f"/l/{link.code}", headers={"User-Agent": PHONE}).status_code == 302
    assert client.post(f"/l/{link.code}", headers={"User-Agent": PHONE}).status_code == 405
    assert clicked(link) == 0


def test_clicks_are_counted_on_the_staffs_day(client: Client, link: TrackedLink, monkeypatch: Any) -> None:
    late = dt.datetime(2026, 7, 29, 18, 0, tzinfo=dt.UTC)  # 01:00 on the 30th in Lào Cai
    monkeypatch.setattr(timezone, "now", lambda: late)
    follow(client, link)
    assert link.clicks.get().day == dt.date(2026, 7, 30)


def test_an_unknown_code_is_a_friendly_page_and_never_leads_elsewhere(client: Client, link: TrackedLink) -> None:
    response = client.get("/l/khongco?next=https://evil.example/")
    assert response.status_code == 404
    assert "data-exit" in response.content.decode()
    response = client.get(f"/l/{link.code}?next=https://evil.example/&target=https://evil.example/")
    assert response["Location"] == link.target


def test_a_code_read_over_the_phone_may_be_typed_in_capitals(client: Client, link: TrackedLink) -> None:
    assert client.get(f"/l/{link.code.upper()}").status_code == 302
    assert client.get(f"/l/{link.code}/").status_code == 302


def test_a_count_that_fails_does_not_keep_the_reader(client: Client, link: TrackedLink) -> None:
    def locked(execute: Any, sql: str, *rest: Any) -> Any:
        if ClickCount._meta.db_table in sql:
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    with connection.execute_wrapper(locked):
        assert follow(client, link)["Location"] == link.target


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_many_readers_at_once_lose_no_click() -> None:
    link = TrackedLink.objects.create(target="/")

    def read() -> None:
        try:
            for _number in range(10):
                follow(Client(), link)
        finally:
            connection.close()

    readers = [threading.Thread(target=read) for _number in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert clicked(link) == 40
    assert link.clicks.count() == 1


# --- calendar -------------------------------------------------------------------------------------------


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_an_event_goes_into_a_calendar(client: Client, public_site: PublicSite) -> None:
    response = client.get(f"/lich/{public_site.event.pk}.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="mit-tinh.ics"'
    raw = response.content
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    lines = unfolded(raw.decode())
    assert lines[0] == "BEGIN:VCALENDAR"
    assert "DTSTART:20270730T003000Z" in lines
    assert "DTEND:20270730T030000Z" in lines
    assert "SUMMARY:Mít tinh hưởng ứng Ngày toàn dân phòng\\, chống mua bán người 30/7" in lines
    assert "LOCATION:Nhà văn hóa phường (hư cấu)\\, Phường Lào Cai" in lines
    assert f"UID:{public_site.event.translation_key}@loa" in lines


def test_a_sample_event_is_marked_in_the_calendar_too(client: Client, public_site: PublicSite) -> None:
    lines = unfolded(client.get(f"/lich/{public_site.sample_event.pk}.ics").content.decode())
    with translation.override("vi"):
        mark = _("SAMPLE – not official content")
    assert any(line.startswith(f"SUMMARY:[{mark}]") for line in lines)


def test_an_event_taken_back_has_no_calendar_file(client: Client, public_site: PublicSite) -> None:
    public_site.event.unpublish()
    assert client.get(f"/lich/{public_site.event.pk}.ics").status_code == 404


def test_calendar_lines_are_cut_between_characters() -> None:
    line = "SUMMARY:" + "Ỗ" * 60
    pieces = folded(line).split("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert "".join([pieces[0], *(piece[1:] for piece in pieces[1:])]) == line
    assert escaped("a,b;c\\d\ne") == "a\\,b\\;c\\\\d\\ne"


def test_a_number_that_no_event_can_have_is_a_friendly_404(client: Client, public_site: PublicSite) -> None:
    assert client.get(f"/lich/{'9' * 26}.ics").status_code == 404
    assert client.get(f"/lich/{'9' * 18}.ics").status_code == 404
