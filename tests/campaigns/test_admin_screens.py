"""Who sees which screen, and who may press which button."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Place
from campaigns.site_tree import source_section
from cms.models import User
from publishers.models import Delivery, Stop
from tests.campaigns.staff_world import StaffWorld, world

__all__ = ["world"]

EVERYBODY = {
    "author", "translator", "native_reviewer", "approver", "channel_manager", "report_signer", "senior_editor",
    "administrator",
}  # fmt: skip
PLAN_KEEPERS = {"senior_editor", "administrator"}
DECIDERS = {"approver", "channel_manager", "senior_editor", "administrator"}
KEEPERS = {"channel_manager", "administrator"}
WITH_PAGES = EVERYBODY - {"report_signer", "translator"}

LISTS = ("ke-hoach", "chien-dich", "kenh", "tram-loa", "ngon-ngu", "nhom-doi-tuong", "noi-dung", "chi-so", "don-vi")
LISTS += ("dia-ban", "duong-day-nong", "quyen-va-ho-tro")
SCREENS: dict[str, set[str]] = {f"{name}:index": EVERYBODY for name in LISTS}
SCREENS |= dict.fromkeys(("loa_outbox", "loa_postings", "loa_stops", "loa_manual"), EVERYBODY)
SCREENS |= dict.fromkeys(("tai-lieu:index", "su-kien:index"), WITH_PAGES)
SCREENS |= {f"{name}:add": PLAN_KEEPERS for name in LISTS if name not in ("kenh", "tram-loa")}
SCREENS |= dict.fromkeys(("kenh:add", "tram-loa:add"), KEEPERS)
# An approver adds a number, with its source, from a finding.
SCREENS["duong-day-nong:add"] = PLAN_KEEPERS | {"approver"}


def refused(client: Client, address: str) -> bool:
    """Wagtail sends whoever may not see a screen back to the home."""
    response = client.get(address)
    return response.status_code == 302 and response["Location"] == reverse("wagtailadmin_home")


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_each_role_sees_its_screens_and_no_others(world: StaffWorld, role: str) -> None:
    client = world.client(role)
    for name, allowed in SCREENS.items():
        response = client.get(reverse(name))
        assert (response.status_code == 200) == (role in allowed), (name, response.status_code)
        assert response.status_code in (200, 302)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_the_menu_offers_no_list_that_would_be_refused(world: StaffWorld, role: str) -> None:
    shown = world.client(role).get(reverse("wagtailadmin_home")).content.decode()
    for name in ("tai-lieu:index", "su-kien:index"):
        assert (f'"{reverse(name)}"' in shown) == (role in WITH_PAGES)


def test_nobody_sees_anything_without_signing_in(world: StaffWorld) -> None:
    for name in SCREENS:
        response = Client().get(reverse(name))
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("wagtailadmin_login"))


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_only_deciders_reach_the_posting_screen(world: StaffWorld, role: str) -> None:
    address = reverse("loa_post", args=[world.approved().pk])
    assert refused(world.client(role), address) == (role not in DECIDERS)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_only_some_may_stop_everything(world: StaffWorld, role: str) -> None:
    world.client(role).post(reverse("loa_stop", args=["all"]), {"why": "thử"})
    assert Stop.objects.filter(key="all").exists() == (role in {"approver", "channel_manager", "administrator"})


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_only_some_may_act_on_a_delivery(world: StaffWorld, role: str) -> None:
    posting = world.posting(world.channel("feed"))
    delivery = posting.items.get().delivery
    assert delivery is not None
    world.client(role).post(reverse("loa_delivery_action", args=[delivery.pk, "cancel"]), {"why": "thử"})
    acted = Delivery.objects.get(pk=delivery.pk).state == "cancelled"
    assert acted == (role in {"approver", "channel_manager", "administrator"})


def test_the_place_list_finds_one_commune_among_hundreds(world: StaffWorld) -> None:
    assert Place.objects.count() > 250
    page = world.client("author").get(reverse("dia-ban:index"), {"q": "Bắc Hà"})
    assert "Bắc Hà" in page.content.decode()
    assert "Si Ma Cai" not in page.content.decode().split("listing-results")[1]


def test_lists_cost_the_same_for_many_rows(world: StaffWorld, django_assert_max_num_queries: object) -> None:
    client = world.client("administrator")
    for name in ("dia-ban:index", "ke-hoach:index", "don-vi:index"):
        with django_assert_max_num_queries(16):  # type: ignore[operator]
            client.get(reverse(name))


def test_the_menu_shows_what_a_role_can_use(world: StaffWorld) -> None:
    author = world.client("author").get(reverse("wagtailadmin_home")).content.decode()
    for name in ("loa_outbox", "loa_postings", "ke-hoach:index", "tai-lieu:index"):
        assert reverse(name) in author
    assert "wagtailadmin_reports" not in author
    assert "/quan-tri/users/" not in author
    assert "/quan-tri/users/" in world.client("administrator").get(reverse("wagtailadmin_home")).content.decode()


def test_adding_a_material_or_event_goes_straight_to_its_form(world: StaffWorld) -> None:
    client = world.client("author")
    for name, model, section in (("tai-lieu", "materialpage", "tai-lieu"), ("su-kien", "eventpage", "su-kien")):
        answer = client.get(reverse(f"{name}:choose_parent"))
        parent = source_section(section)
        assert answer["Location"] == reverse("wagtailadmin_pages:add", args=["campaigns", model, parent.pk])
        assert client.get(answer["Location"]).status_code == 200


def test_without_a_mail_server_the_reset_page_says_whom_to_ask(world: StaffWorld, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    address = reverse("wagtailadmin_password_reset")
    assert 'name="email"' not in Client().get(address).content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert 'name="email"' in Client().get(address).content.decode()


def test_an_account_needs_no_mail_address(world: StaffWorld) -> None:
    data = {"username": "hoa", "first_name": "Hoa", "last_name": "Lò Thị", "email": ""}
    data |= {"password1": "chim-ri-sau-ri", "password2": "chim-ri-sau-ri"}
    assert world.client("administrator").post(reverse("wagtailusers_users:add"), data).status_code == 302
    assert User.objects.get(username="hoa").email == ""


def test_places_of_today_come_first(world: StaffWorld) -> None:
    rows = world.client("author").get(reverse("dia-ban:index")).context["object_list"]
    today = timezone.localdate()
    assert all(row.valid_to is None or row.valid_to >= today for row in rows)
    assert Place.objects.filter(valid_to__lt=today).exists()
