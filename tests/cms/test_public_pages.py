"""The public pages as a reader's browser gets them, without a browser."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from wagtail.models import Page

from campaigns.models import EventPage, Hotline, MaterialGroupText, MaterialPage, RightsText, TargetGroup
from campaigns.public import page_cache
from campaigns.templatetags.public_page import event_clock, event_day
from tests.campaigns.public_site import PASSAGE, PublicSite

PATHS = (
    "/",
    "/tai-lieu/",
    "/su-kien/",
    "/tai-lieu/bay-cau-hoi/",
    "/tai-lieu/ban-moi/",
    "/su-kien/mit-tinh/",
    "/hmn-x-vn/",
    "/hmn-x-vn/tai-lieu/bay-cau-hoi/",
    "/pcc-x-giay/tai-lieu/bay-cau-hoi/",
)


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Callable[[], Any]:
    """What a commit does: a test's transaction never commits, so its callbacks are run at the end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def in_vietnamese(msgid: str) -> str:
    with translation.override("vi"):
        return _(msgid)


@pytest.mark.parametrize("path", [*PATHS, "/khong-co-trang-nay/"])
def test_every_page_has_hotlines_quick_exit_and_no_cookie(client: Client, public_site: PublicSite, path: str) -> None:
    response = client.get(path)
    text = response.content.decode()
    assert 'href="tel:111"' in text
    assert 'href="tel:113"' in text
    assert "0999" not in text, "a hotline whose time has run out is not shown"
    assert re.search(r'<a class="exit"[^>]*href="https://www.google.com.vn/"[^>]*rel="noreferrer', text)
    assert '<meta name="referrer" content="no-referrer">' in text
    assert not response.cookies
    assert response["Referrer-Policy"] == "no-referrer"
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "Cookie" not in response.get("Vary", "")


def test_no_page_names_another_site_but_for_links_that_are_followed(client: Client, public_site: PublicSite) -> None:
    for path in PATHS:
        text = text_of(client, path)
        loaded = re.findall(r'(?:src|srcset|poster|action)="([^"]+)"', text)
        loaded += re.findall(r'<link rel="(?:icon|stylesheet|preload)[^>]*href="([^"]+)"', text)
        assert all(address.startswith("/") and not address.startswith("//") for address in loaded), (path, loaded)


def test_a_material_shows_text_groups_rights_and_picture(client: Client, public_site: PublicSite) -> None:
    text = text_of(client, "/tai-lieu/bay-cau-hoi/")
    assert '<html lang="vi">' in text
    assert "Bảy câu hỏi trước khi lên xe</h2>" in text
    assert "Đổi xe nhiều lần, đi đêm, tắt điện thoại" in text
    assert text.index('id="nhom-youth"') < text.index('id="nhom-parents"'), "groups stand in their order"
    assert "Thương bạn thì hỏi giúp bạn." in text
    assert PASSAGE.split("\n\n")[1] in text
    assert text.count('id="quyen"') == 1, "the passage stands where the author put it, once"
    assert re.search(r'<source [^>]*srcset="[^"]+\.webp 480w, [^"]+\.webp 960w"', text)
    assert 'loading="lazy"' in text
    assert 'alt="Núi đồi và mặt trời, tranh vẽ"' in text


def test_the_passage_is_there_even_where_the_author_forgot_it(client: Client, public_site: PublicSite) -> None:
    assert PASSAGE.split("\n\n")[1] in text_of(client, "/tai-lieu/ban-moi/")


def test_the_passage_never_falls_back_to_another_language(client: Client, public_site: PublicSite) -> None:
    """DESIGN 4.4: no silent fallback; a spoken language's page is a Vietnamese transcript and may have it."""
    assert "Người bị mua bán không có lỗi" not in text_of(client, "/hmn-x-vn/tai-lieu/bay-cau-hoi/")
    assert "Người bị mua bán không có lỗi" in text_of(client, "/pcc-x-giay/tai-lieu/bay-cau-hoi/")


def test_a_rights_text_counts_only_on_its_days(client: Client, public_site: PublicSite) -> None:
    today = timezone.localdate()
    RightsText.objects.update(valid_to=today - dt.timedelta(days=1))
    assert "Người bị mua bán không có lỗi" not in text_of(client, "/tai-lieu/bay-cau-hoi/")


def test_the_language_switch_offers_only_live_translations(
    client: Client, public_site: PublicSite, committed: Any
) -> None:
    text = text_of(client, "/tai-lieu/bay-cau-hoi/")
    assert re.search(
        r'<a lang="hmn-x-vn" hreflang="hmn-x-vn"[^>]*href="/hmn-x-vn/tai-lieu/bay-cau-hoi/">Hmôngz</a>', text
    )
    assert 'href="/pcc-x-giay/tai-lieu/bay-cau-hoi/">Giáy</a>' in text
    assert "English" not in text
    assert '<link rel="alternate" hreflang="vi"' in text
    with committed():
        public_site.material_mong.unpublish()
    assert "Hmôngz" not in text_of(client, "/tai-lieu/bay-cau-hoi/")


def test_lang_attributes_tell_text_from_what_stands_around_it(client: Client, public_site: PublicSite) -> None:
    text = text_of(client, "/hmn-x-vn/tai-lieu/bay-cau-hoi/")
    assert '<html lang="hmn-x-vn">' in text
    assert '<header class="top" lang="vi">' in text
    assert '<html lang="vi">' in text_of(client, "/pcc-x-giay/tai-lieu/bay-cau-hoi/")


def test_a_spoken_language_has_its_recording_and_transcript(client: Client, public_site: PublicSite) -> None:
    text = text_of(client, "/pcc-x-giay/tai-lieu/bay-cau-hoi/")
    assert re.search(r'<audio controls preload="none" src="/uploads/recordings/[^"]+\.mp3" lang="pcc-x-giay">', text)
    assert "2:05" in text
    assert "Người mời làm thật thì không ngại mình hỏi." in text


@pytest.mark.parametrize("path", ["/tai-lieu/ban-moi/", "/su-kien/hoi-chuyen/", "/hmn-x-vn/tai-lieu/bay-cau-hoi/"])
def test_a_sample_says_so_in_title_and_page_and_stays_out_of_search(
    client: Client, public_site: PublicSite, path: str
) -> None:
    text = text_of(client, path)
    mark = in_vietnamese("SAMPLE – not official content")
    assert mark in re.search(r"<title>(.*?)</title>", text, re.DOTALL).group(1)  # type: ignore[union-attr]
    assert re.search(rf'class="sample".*?<strong>{mark}</strong>', text, re.DOTALL)
    assert '<meta name="robots" content="noindex">' in text
    assert "application/ld+json" not in text


def test_samples_are_marked_in_lists(client: Client, public_site: PublicSite) -> None:
    for path, count in (("/", 1), ("/tai-lieu/", 1), ("/su-kien/", 1)):
        assert text_of(client, path).count('class="sample-tag"') == count, path
    assert "noindex" not in text_of(client, "/tai-lieu/bay-cau-hoi/")


def test_an_event_tells_day_hour_place_and_programme(client: Client, public_site: PublicSite) -> None:
    text = text_of(client, "/su-kien/mit-tinh/")
    with translation.override("vi"):
        assert event_day(public_site.event) in text
        assert event_clock(public_site.event) in text
    assert 'datetime="2027-07-30T07:30:00+07:00"' in text
    for words in ("Nhà văn hóa phường (hư cấu)", "Phường Lào Cai", "UBND phường Lào Cai", "08:20"):
        assert words in text
    assert f'href="/lich/{public_site.event.pk}.ics"' in text
    assert 'href="https://www.openstreetmap.org/search?query=Ph%C6%B0%E1%BB%9Dng+L%C3%A0o+Cai' in text


def test_an_event_is_told_to_search_engines(client: Client, public_site: PublicSite) -> None:
    public_site.event.title = "Mít tinh </script><b>30/7</b>"
    public_site.event.save()
    text = text_of(client, "/su-kien/mit-tinh/")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert found
    data = json.loads(found.group(1))
    assert data["@type"] == "Event"
    assert data["name"] == "Mít tinh </script><b>30/7</b>"
    assert data["startDate"] == "2027-07-30T07:30:00+07:00"
    assert data["location"]["name"] == "Nhà văn hóa phường (hư cấu)"
    assert data["organizer"]["name"] == "UBND phường Lào Cai"


def test_a_list_is_parted_into_pages(client: Client, public_site: PublicSite) -> None:
    for number in range(25):
        page = MaterialPage(title=f"Bài {number:02d}", slug=f"bai-{number}", locale=public_site.materials.locale)
        public_site.materials.add_child(instance=page)
    first, second = text_of(client, "/tai-lieu/"), text_of(client, "/tai-lieu/?trang=2")
    assert first.count('<article class="card">') == 20
    assert second.count('<article class="card">') == 7
    assert 'rel="next" href="?trang=2"' in first
    assert 'rel="prev" href="?trang=1"' in second
    assert text_of(client, "/tai-lieu/?trang=chu") == first


def test_an_empty_site_is_friendly(client: Client, public_site: PublicSite) -> None:
    MaterialPage.objects.all().delete()
    for path in ("/", "/tai-lieu/"):
        text = text_of(client, path)
        assert 'class="empty"' in text
        assert 'href="tel:111"' in text


def test_a_draft_is_not_to_be_had(client: Client, public_site: PublicSite, committed: Any) -> None:
    with committed():
        public_site.material.unpublish()
    assert client.get("/tai-lieu/bay-cau-hoi/").status_code == 404


def test_the_page_of_a_breakdown_needs_no_request_and_no_database(public_site: PublicSite) -> None:
    from django.test import RequestFactory
    from django.views.defaults import server_error

    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    text = response.content.decode()
    assert 'href="tel:111"' in text
    assert "data-exit" in text


# --- the cache -----------------------------------------------------------------------------------------


@pytest.mark.services
def test_a_kept_page_needs_no_query(client: Client, public_site: PublicSite, django_assert_num_queries: Any) -> None:
    first = client.get("/tai-lieu/bay-cau-hoi/")
    assert first["Cache-Control"] == "public, max-age=60"
    with django_assert_num_queries(0):
        again = client.get("/tai-lieu/bay-cau-hoi/?fbclid=abc")
    assert again.content == first.content
    for name in ("Content-Security-Policy", "Referrer-Policy", "Content-Type", "X-Frame-Options"):
        assert again[name] == first[name]


@pytest.mark.parametrize("path", [path for path in PATHS if path.count("/") > 2])
def test_an_unkept_page_takes_few_queries(
    client: Client, public_site: PublicSite, path: str, django_assert_max_num_queries: Any
) -> None:
    client.get(path)  # makes the picture's renditions, which happens once for ever
    client.get("/khong-co-trang-nay/")
    keep_facts_only()
    with django_assert_max_num_queries(8):
        assert client.get(path).status_code == 200


def keep_facts_only() -> None:
    """Forget the pages but not what all pages share."""
    known = page_cache.kept("facts")
    page_cache.keep("facts", known, page_cache._renew())


@pytest.mark.services
def test_publishing_and_taking_back_shows_at_once(client: Client, public_site: PublicSite, committed: Any) -> None:
    assert "Bạn mới trên mạng" in text_of(client, "/tai-lieu/")
    with committed():
        public_site.sample.unpublish()
    assert "Bạn mới trên mạng" not in text_of(client, "/tai-lieu/")
    page = public_site.material
    page.title = "Tám câu hỏi"
    with committed():
        page.save_revision().publish()
    assert "Tám câu hỏi" in text_of(client, "/tai-lieu/bay-cau-hoi/")


@pytest.mark.services
def test_a_hotline_that_is_corrected_shows_at_once(client: Client, public_site: PublicSite, committed: Any) -> None:
    text_of(client, "/")
    with committed():
        Hotline.objects.get(number="113").delete()
    assert "tel:113" not in text_of(client, "/")


def test_who_is_signed_in_and_a_preview_see_the_page_drawn_anew(
    client: Client, public_site: PublicSite, admin_client: Client
) -> None:
    text_of(client, "/tai-lieu/bay-cau-hoi/")
    MaterialPage.objects.filter(pk=public_site.material.pk).update(title="Đã đổi")
    assert "Đã đổi" not in text_of(client, "/tai-lieu/bay-cau-hoi/")
    assert "Đã đổi" in text_of(admin_client, "/tai-lieu/bay-cau-hoi/")
    draft = MaterialPage.objects.get(pk=public_site.material.pk)
    draft.title = "Bản nháp chưa ai duyệt"
    preview = draft.make_preview_request()
    assert "Bản nháp chưa ai duyệt" in preview.content.decode()
    assert "public" not in preview.get("Cache-Control", "")
    assert "Bản nháp" not in text_of(client, "/tai-lieu/bay-cau-hoi/")


def test_a_draft_is_previewed_with_its_unsaved_group_texts(client: Client, public_site: PublicSite) -> None:
    draft = MaterialPage.objects.get(pk=public_site.sample.pk)
    group = TargetGroup.objects.get(key="parents")
    draft.group_texts.add(MaterialGroupText(group=group, lead="Lời dặn chưa lưu.", locale=draft.locale))
    assert "Lời dặn chưa lưu." in draft.make_preview_request().content.decode()
    assert "Lời dặn chưa lưu." not in text_of(client, "/tai-lieu/ban-moi/")


def test_a_page_that_was_never_saved_can_be_previewed(public_site: PublicSite) -> None:
    event = public_site.event
    fresh = EventPage(title="Phiên chợ mới", locale=event.locale, starts_at=event.starts_at, place=event.place)
    fresh.venue = "Chợ (hư cấu)"
    text = fresh.make_preview_request().content.decode()
    assert "Phiên chợ mới" in text
    assert ".ics" not in text


def test_a_page_goes_over_the_line_packed_and_only_once(client: Client, public_site: PublicSite) -> None:
    response = client.get("/tai-lieu/bay-cau-hoi/", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 12_000
    again = client.get("/tai-lieu/bay-cau-hoi/", headers={"Accept-Encoding": "gzip", "If-None-Match": response["ETag"]})
    assert again.status_code == 304
    assert not again.content


def test_a_cache_out_of_order_is_an_empty_cache(client: Client, public_site: PublicSite, settings: Any) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "pages": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": "/proc/loa-cannot-write-here",
        },
    }
    assert "Bảy câu hỏi" in text_of(client, "/tai-lieu/bay-cau-hoi/")


def test_search_engines_are_asked_to_leave_rehearsals_and_links_alone(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /l/\n" in text
    assert "Disallow: /dien-tap/\n" in text


def test_long_numbers_leave_room_in_the_bar(client: Client, public_site: PublicSite) -> None:
    values = {"name": "Đường dây thử", "owner": "Hư cấu", "source": "test", "checked_on": timezone.localdate()}
    Hotline.objects.create(number="0999 000 222", scope="Thử", order=1, **values)
    text = text_of(client, "/")
    bar = text[text.index('class="lines"') : text.index('class="exit"')]
    assert bar.count("tel:") == 2
    assert 'href="tel:0999000222"' in text, "it stands on the page all the same"


@pytest.mark.parametrize("path", ["/zh-hans/", "/en/", "/en/tai-lieu/"])
def test_a_language_without_pages_leads_to_the_vietnamese_home(
    client: Client, public_site: PublicSite, path: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not answer.cookies
    assert client.get("/hmn-x-vn/").status_code == 200


def test_a_language_whose_home_is_taken_down_leads_there_too(
    client: Client, public_site: PublicSite, committed: Callable[[], Any]
) -> None:
    with committed():
        Page.objects.get(depth=2, locale__language_code="hmn-x-vn").specific.unpublish()
    assert client.get("/hmn-x-vn/").status_code == 302


def test_readers_see_the_law_and_not_where_staff_read_it(
    client: Client, public_site: PublicSite, committed: Callable[[], Any]
) -> None:
    text = RightsText.objects.get(language__code="vi")
    text.source = "Luật số 53/2024/QH15 (Điều 3, Điều 37); Nghị định số 162/2025/NĐ-CP; pbgdpl.gov.vn 5283"
    with committed():
        text.save()
    page = text_of(client, "/tai-lieu/bay-cau-hoi/")
    assert "Luật số 53/2024/QH15 (Điều 3, Điều 37); Nghị định số 162/2025/NĐ-CP</small>" in page
    assert "pbgdpl" not in page
