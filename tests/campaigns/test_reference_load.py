"""The reference data and the samples as rows: complete, repeatable, and never in staff's way."""

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db.models import CharField
from django.test.utils import CaptureQueriesContext
from wagtail.models import Locale, Page, PageLogEntry, Site

from campaigns.models import (
    Agency,
    Campaign,
    ContentHead,
    EventPage,
    Hotline,
    Indicator,
    Language,
    MaterialPage,
    Place,
    Plan,
    PlanTask,
    RightsText,
    TargetGroup,
)
from campaigns.reference import ensure_locale_tree, load_reference
from campaigns.samples import load_samples
from campaigns.snapshots import snapshot_of
from cms.models import HomePage

# Also on PostgreSQL: SQLite takes texts that are too long for their column.
pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def reference() -> dict[str, int]:
    return load_reference()


@pytest.fixture
def author() -> Any:
    return get_user_model().objects.create_user("tac-gia-mau")


def test_every_kind_of_row_is_there(reference: dict[str, int]) -> None:
    assert reference["places"] == Place.objects.count() == 262
    assert TargetGroup.objects.count() == 12
    assert ContentHead.objects.count() == 8
    assert {hotline.number for hotline in Hotline.objects.all()} == {"111", "113"}
    assert Indicator.objects.get(code="attendance").unit == "lượt người"
    assert Agency.objects.get(key="so-ldtbxh").successor is not None
    assert RightsText.objects.get().language.key == "vi"
    assert Language.objects.get(key="giay").spoken_only


def test_every_text_fits_its_column(reference: dict[str, int], author: Any) -> None:
    load_samples(author)
    models = [*apps.get_app_config("campaigns").get_models(), HomePage]
    for model in models:
        texts = [field for field in model._meta.local_fields if isinstance(field, CharField)]
        limits = {field.attname: field.max_length for field in texts if field.max_length}
        for row in model._default_manager.all():
            for name, limit in limits.items():
                assert len(str(getattr(row, name) or "")) <= limit, (model.__name__, name, str(row))


def test_loading_again_changes_nothing(reference: dict[str, int]) -> None:
    assert set(load_reference().values()) == {0}
    assert set(load_reference(refresh=True).values()) == {0}


def test_what_staff_changed_stays_until_a_refresh(reference: dict[str, int]) -> None:
    TargetGroup.objects.filter(key="pupils").update(name="Các em học sinh")
    plan = Plan.objects.get(number="84/KH-UBND")
    plan.tasks.filter(sort_order=0).delete()
    Hotline.objects.filter(number="113").update(note="Đã gọi thử")
    Hotline.objects.filter(number="111").delete()

    counts = load_reference()

    assert counts["hotlines"] == 1
    assert TargetGroup.objects.get(key="pupils").name == "Các em học sinh"
    assert Hotline.objects.get(number="113").note == "Đã gọi thử"
    assert PlanTask.objects.filter(plan=plan).count() == 9
    load_reference(refresh=True)
    assert TargetGroup.objects.get(key="pupils").name == "Học sinh"
    assert PlanTask.objects.filter(plan=plan).count() == 10


def test_places_report_right_in_2023_and_today(reference: dict[str, int]) -> None:
    old, now = dt.date(2023, 7, 30), dt.date(2027, 7, 30)
    assert Place.objects.valid_on(old).communes().count() == 152
    assert Place.objects.valid_on(now).communes().count() == 99
    today = Place.objects.communes().valid_on(now)
    assert {place.parent.code for place in today.select_related("parent") if place.parent} == {"15"}
    was = Place.objects.communes().valid_on(old).get(code="02839")
    assert was.parent is not None
    assert was.parent.name == "Huyện Bắc Hà"
    merged = Place.objects.get(code="02896", valid_from="2025-07-01")
    came_from = {change.predecessor.name for change in merged.changes_from.select_related("predecessor")}
    assert came_from == {"Xã Nậm Lúc", "Xã Bản Cái", "Xã Cốc Lầu"}


def test_plans_continue_each_other_with_their_parts(reference: dict[str, int]) -> None:
    seed = Plan.objects.get(number="84/KH-UBND")
    assert seed.tasks.filter(is_communications=True).count() == 3
    assert [target.value for target in seed.targets.all()] == [100, 90, 90, 95, 90]
    assert not seed.targets.filter(measured_by_communications=True).exists()
    assert set(seed.pilot_places.values_list("code", flat=True)) == {"080", "082", "083", "084", "086"}
    today = Plan.objects.get(number="33/QĐ-TTg")
    assert today.continues is not None
    assert today.continues.continues == seed
    campaign = Campaign.objects.get(key="dot-cao-diem-2027")
    assert campaign.plan == today
    assert campaign.anchor_day == dt.date(2027, 7, 30)
    assert Campaign.objects.get(key="dot-cao-diem-2023").plan == seed


def test_each_language_has_its_locale_and_its_people(reference: dict[str, int]) -> None:
    codes = set(Language.objects.values_list("code", flat=True))
    assert set(Locale.objects.values_list("language_code", flat=True)) == codes
    tay = Language.objects.get(key="tay")
    assert tay.translators is not None
    assert tay.reviewers is not None
    assert (tay.translators.name, tay.reviewers.name) == ("Người dịch · Tày", "Người bản ngữ · Tày")
    assert Language.objects.get(key="vi").translators is None


def test_the_site_begins_at_the_vietnamese_home(reference: dict[str, int], settings: Any) -> None:
    home = HomePage.objects.get()
    site = Site.objects.get()
    assert site.root_page_id == home.pk
    assert f"http://{site.hostname}:{site.port}" == settings.SITE_URL
    assert {page.slug for page in home.get_children().live()} == {"tai-lieu", "su-kien"}
    assert list(Page.objects.filter(depth=2)) == [home.page_ptr]
    settings.SITE_URL = "https://loa.example.vn"
    load_reference()
    site.refresh_from_db()
    assert (site.hostname, site.port) == ("loa.example.vn", 443)


def test_another_language_gets_its_tree_when_first_needed(reference: dict[str, int]) -> None:
    language = Language.objects.get(key="mong-rpa")
    home = ensure_locale_tree(language)
    assert home.live
    assert home.get_url_parts()[2] == "/hmn-x-rpa/"
    assert home.title == "Loa · Hmoob"
    assert {page.slug for page in home.get_children().live()} == {"tai-lieu", "su-kien"}
    assert ensure_locale_tree(language).pk == home.pk
    assert HomePage.objects.count() == 2


def test_samples_are_drafts_that_their_author_wrote(reference: dict[str, int], author: Any) -> None:
    pages = load_samples(author)
    assert not Page.objects.filter(pk__in=[page.pk for page in pages], live=True).exists()
    assert MaterialPage.objects.filter(locale__language_code="vi").count() == 6
    assert EventPage.objects.count() == 2
    assert all(page.specific.is_sample and page.owner == author for page in pages)
    for page in pages:
        assert page.latest_revision.user == author
        assert PageLogEntry.objects.filter(page=page.pk, user=author, action="wagtail.edit").exists()
        stored = page.specific_class.objects.get(pk=page.pk)
        drafted = stored.get_latest_revision_as_object()
        assert snapshot_of(stored)["body"] == snapshot_of(drafted)["body"]
        assert snapshot_of(stored)["group_texts"] == snapshot_of(drafted)["group_texts"]


def test_samples_hold_their_texts(reference: dict[str, int], author: Any) -> None:
    load_samples(author)
    material = MaterialPage.objects.get(slug="thon-bien-gioi-ca-thon-cung-biet", locale__language_code="vi")
    assert material.group_texts.count() == 2
    assert material.target_groups.filter(key="border-villages").exists()
    assert {"rights", "hotlines"} <= {block.block_type for block in material.body}
    event = EventPage.objects.get(kind="rally")
    assert event.programme.count() == 6
    assert event.place.name == "Phường Lào Cai"
    assert event.starts_at == dt.datetime(2027, 7, 30, 0, 30, tzinfo=dt.UTC)


def test_a_translated_sample_carries_no_vietnamese(reference: dict[str, int], author: Any) -> None:
    load_samples(author)
    source = MaterialPage.objects.get(slug="thon-bien-gioi-ca-thon-cung-biet", locale__language_code="vi")
    translated = source.get_translation(Locale.objects.get(language_code="hmn-x-rpa"))
    kept = snapshot_of(translated.get_latest_revision_as_object())
    assert kept["group_texts"] == {}
    assert "Gọi 111" not in str(kept)
    assert kept["social_text"] != source.social_text
    assert translated.title != source.title


def test_loading_samples_again_leaves_what_staff_wrote(reference: dict[str, int], author: Any) -> None:
    first = load_samples(author)
    page = MaterialPage.objects.get(pk=first[0].pk)
    page.title = "Tên do cán bộ sửa"
    page.save()
    again = load_samples(author)
    assert [one.pk for one in again] == [one.pk for one in first]
    page.refresh_from_db()
    assert page.title == "Tên do cán bộ sửa"


def test_loading_again_asks_little_of_the_database(reference: dict[str, int]) -> None:
    from django.db import connection

    with CaptureQueriesContext(connection) as queries:
        load_reference()
    assert len(queries) < 60


def test_the_command_says_what_it_made(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_reference")
    assert "places: 262" in capsys.readouterr().out
    call_command("load_reference", format="json")
    assert '"places": 0' in capsys.readouterr().out
