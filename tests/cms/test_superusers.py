"""Whoever keeps the accounts cannot become a superuser, nor take one over."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from cms.models import User
from cms.roles import ROLES
from tests.campaigns.staff_world import StaffWorld, world

__all__ = ["world"]

PASSWORD = "song-Nậm-Thi-2041"


def account(name: str = "nguoi-moi", **changes: Any) -> dict[str, Any]:
    group = Group.objects.get(name=ROLES["author"].name)
    return {
        "username": name, "first_name": "Mẫu", "last_name": "Giàng", "email": "", "is_active": "on",
        "password1": PASSWORD, "password2": PASSWORD, "groups": [group.pk], "is_superuser": "on",
    } | changes  # fmt: skip


def edit(user: User) -> str:
    return reverse("wagtailusers_users:edit", args=[user.pk])


def test_an_administrator_makes_an_account_but_no_superuser(world: StaffWorld) -> None:
    client = world.client("administrator")
    address = reverse("wagtailusers_users:add")
    page = client.get(address).content.decode()
    assert 'name="is_superuser"' not in page
    assert 'name="groups"' in page
    assert ">None<" not in "".join(page.split())
    assert client.post(address, account()).status_code == 302
    made = User.objects.get(username="nguoi-moi")
    assert made.check_password(PASSWORD)
    assert not made.is_superuser


def test_an_administrator_makes_nobody_a_superuser(world: StaffWorld) -> None:
    client = world.client("administrator")
    author = world.users["author"]
    assert 'name="is_superuser"' not in client.get(edit(author)).content.decode()
    assert client.post(edit(author), account("doi-ten")).status_code == 302
    author.refresh_from_db()
    assert (author.username, author.is_superuser) == ("doi-ten", False)
    himself = world.users["administrator"]
    client.post(edit(himself), account("administrator", groups=[himself.groups.get().pk]))
    himself.refresh_from_db()
    assert not himself.is_superuser


def test_a_superuser_is_neither_changed_nor_deleted_by_others(world: StaffWorld) -> None:
    client = world.client("administrator")
    for address in (edit(world.chief), reverse("wagtailusers_users:delete", args=[world.chief.pk])):
        page = client.get(address)
        assert (page.status_code, getattr(page, "url", "")) in ((302, reverse("wagtailadmin_home")), (403, ""))
        client.post(address, account("chief"))
    chief = User.objects.get(username="chief")
    assert chief.is_superuser
    assert not chief.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("action", "said"), [("set_active_state", {"mark_as_active": "False"}), ("delete", {}), ("assign_role", {})]
)
def test_bulk_actions_spare_superusers(world: StaffWorld, action: str, said: dict[str, str]) -> None:
    author = world.users["author"]
    fields = said or {"role": str(Group.objects.earliest("pk").pk)}
    address = reverse("wagtail_bulk_action", args=["cms", "user", action])
    world.client("administrator").post(f"{address}?id={world.chief.pk}", fields)
    chief = User.objects.get(username="chief")
    assert chief.is_active
    assert not chief.groups.exists()
    world.client("administrator").post(f"{address}?id={author.pk}", fields)
    changed = User.objects.filter(pk=author.pk, is_active=True).first()
    assert changed is None or changed.groups.filter(pk=fields.get("role")).exists()


def test_a_superuser_may_make_another(world: StaffWorld) -> None:
    client = world.client("chief")
    assert 'name="is_superuser"' in client.get(reverse("wagtailusers_users:add")).content.decode()
    client.post(reverse("wagtailusers_users:add"), account())
    assert User.objects.get(username="nguoi-moi").is_superuser
