"""A private document is for staff only; to anyone else there is none."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from cms.models import User
from media.models import StoredDocument
from tests.campaigns.staff_world import StaffWorld, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
CONTENT = b"Ban dong y, ten hu cau."


def address_of(*, private: bool) -> str:
    document = StoredDocument(title="Bản đồng ý", private=private)
    document.file.save("dong-y.pdf", ContentFile(CONTENT), save=False)
    document.save()
    return reverse("wagtaildocs_serve", args=[document.pk, document.filename])


def test_a_stranger_finds_no_private_document(client: Client):
    assert client.get(address_of(private=True)).status_code == 404


def test_an_account_without_the_admin_finds_none_either(client: Client):
    client.force_login(User.objects.create_user("nguoi.thu", "thu@example.org", "mat-khau-rat-dai"))
    assert client.get(address_of(private=True)).status_code == 404


def test_staff_get_it_and_nothing_on_the_way_keeps_it(world: StaffWorld):
    answer = world.client("author").get(address_of(private=True))
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith("attachment")


def test_any_other_document_is_for_everybody(client: Client):
    answer = client.get(address_of(private=False))
    assert b"".join(answer.streaming_content) == CONTENT
    assert "no-store" not in answer.get("Cache-Control", "")
