"""Passwords cannot be guessed at the staff's door, and nobody learns which accounts there are."""

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from campaigns.tries import caller_network
from cms import login
from cms.models import User

pytestmark = pytest.mark.django_db

RIGHT = "suối-Nậm-Thi-2041"


@pytest.fixture
def staff() -> User:
    return User.objects.create_superuser("can-bo", password=RIGHT)


@pytest.fixture(autouse=True)
def _one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that does not end in the middle of a test."""
    now = timezone.now()
    monkeypatch.setattr("campaigns.tries.timezone.now", lambda: now)


def sign_in(password: str, name: str = "can-bo", address: str = "198.51.100.7") -> Any:
    return Client().post(reverse("wagtailadmin_login"), {"username": name, "password": password}, REMOTE_ADDR=address)


def waits(response: Any) -> bool:
    with translation.override("vi"):
        words = gettext(
            "There were too many wrong passwords. Please wait 15 minutes and sign in then. "
            "If you forgot your password, ask an administrator for a new one."
        )
    return response.status_code == 200 and words in response.content.decode()


def test_a_right_password_opens(staff: User) -> None:
    for _ in range(3):
        assert sign_in("sai").status_code == 200
        assert sign_in(RIGHT).status_code == 302


def test_the_tenth_wrong_password_closes_the_account_for_a_while(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(login.ACCOUNT_ALLOWED):
        assert not waits(sign_in("sai", name="CAN-BO" if number % 2 else "can-bo", address=f"198.51.{number}.7"))
    refused = sign_in(RIGHT, address="203.0.113.9")
    assert waits(refused)
    assert "sessionid" not in refused.cookies
    later = timezone.now() + dt.timedelta(seconds=login.WINDOW_SECONDS)
    monkeypatch.setattr("campaigns.tries.timezone.now", lambda: later)
    assert sign_in(RIGHT).status_code == 302


def test_a_name_that_nobody_has_is_answered_alike(staff: User) -> None:
    assert [waits(sign_in("sai", name="khong-co", address=f"192.0.{n}.1")) for n in range(11)] == [
        waits(sign_in("sai", name="can-bo", address=f"192.0.{n}.1")) for n in range(11)
    ]
    assert waits(sign_in("sai", name="khong-co"))


def test_a_network_that_tries_many_names_waits(staff: User) -> None:
    for number in range(login.NETWORK_ALLOWED):
        assert not waits(sign_in("sai", name=f"ten-{number}", address=f"198.51.100.{number}"))
    assert waits(sign_in(RIGHT, address="198.51.100.200"))
    assert sign_in(RIGHT, address="203.0.113.9").status_code == 302


def test_neither_name_nor_address_is_kept(staff: User) -> None:
    sign_in("sai")
    kept = f"{list(cache._cache.items())} {list(cache._expire_info.items())}"  # type: ignore[attr-defined]
    assert "login-account" in kept
    assert "can-bo" not in kept
    assert "198.51.100" not in kept


@pytest.mark.parametrize("address", ["/_util/login/", "/en/_util/login/"])
def test_there_is_no_second_door(staff: User, address: str) -> None:
    answer = Client().post(address, {"username": "can-bo", "password": RIGHT})
    assert "sessionid" not in answer.cookies


def test_behind_a_web_server_of_our_own_its_callers_count(rf: Any) -> None:
    def network(address: str, forwarded: str) -> str:
        return caller_network(rf.get("/", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=forwarded))

    assert network("127.0.0.1", "10.9.9.9, 8.8.4.4") == "8.8.4.0/24"
    assert network("8.8.4.4", "1.1.1.1") == "8.8.4.0/24"
    assert network("127.0.0.1", "nonsense") == "127.0.0.0/24"
