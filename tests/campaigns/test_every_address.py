"""Every address of the staff's screens, walked by every role: nobody finds an error page, and a look writes nothing.

New screens come under this by being registered: the addresses are read from the resolver.
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from campaigns.models import Bulletin, Consent, Language, PostingItem
from tests.campaigns.staff_world import TEXT, StaffWorld, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
PREFIX = "quan-tri/"
OURS = re.compile(r"^(campaigns|publishers|cms)\.")
WRITES = re.compile(r"^(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
# What Django and Wagtail keep of a visit, and personal links that are made the first time somebody asks for them.
# Opening a report brings the derived roll-ups up to date.
DERIVED = "/quan-tri/bao-cao/"
KEPT = re.compile(r'"(django_session|wagtailusers_userprofile|campaigns_personallink|wagtailcore_modellogentry)"')


def addresses(patterns: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route, one.callback


def ours() -> list[str]:
    found = []
    for route, view in addresses(get_resolver().url_patterns):
        known = getattr(view, "view_class", None) or getattr(view, "__wrapped__", view)
        if route.startswith(PREFIX) and OURS.match(getattr(known, "__module__", "")):
            found.append(route.replace("^", "").replace("$", ""))
    return sorted(set(found))


def filled(route: str, numbers: dict[str, int]) -> list[str]:
    """The address with the number of each thing there is, and with one that nothing has."""
    texts = {"key": "campaign:1", "action": "retry", "purpose": "review", "language": "mong-rpa", "name": "victim"}
    texts |= {"rule_id": "identity-name"}
    ways = []
    for number in {*numbers.values(), 987_654_321}:

        def put(match: re.Match[str], number: int = number) -> str:
            _kind, _colon, name = match[1].rpartition(":")
            return texts.get(name, str(number))

        ways.append("/" + re.sub(r"<([^>]+)>", put, route))
    return sorted(set(ways))


def things(world: StaffWorld) -> dict[str, int]:
    channel = world.channel("telegram")
    page = world.approved()
    world.posting(channel, page=page)
    bulletin = Bulletin.objects.create(
        campaign=world.campaign,
        title="Tin",
        text=TEXT,
        author=world.users["author"],
        language=Language.objects.get(code="vi"),
    )
    paper = Consent.objects.create(
        paper="1/2026", age="grown", person_agreed=True, purpose="Đợt", everywhere=True, recorded_by=world.chief,
        valid_from=timezone.localdate(), valid_until=timezone.localdate() + dt.timedelta(days=9),
        scan=ContentFile(b"%PDF-1.4", name="giay.pdf"),
    )  # fmt: skip
    item = PostingItem.objects.get()
    return {
        "channel": channel.pk, "page": page.pk, "posting": item.posting_id, "delivery": item.delivery_id or 0,
        "bulletin": bulletin.pk, "consent": paper.pk, "campaign": world.campaign.pk,
    }  # fmt: skip


def test_there_are_addresses_to_walk() -> None:
    assert len(ours()) > 60


def test_without_an_account_every_address_leads_to_the_login(world: StaffWorld, client: Client) -> None:
    numbers = things(world)
    for route in ours():
        for address in filled(route, numbers)[:1]:
            for method in (client.get, client.post):
                answer = method(address)
                assert answer.status_code in (302, 403), address
                assert (
                    answer.status_code == 403 or "dang-nhap" in answer["Location"] or "login" in answer["Location"]
                ), address


@pytest.mark.parametrize("role", ["author", "chief"])
def test_no_address_breaks_and_no_look_writes(world: StaffWorld, role: str) -> None:
    numbers = things(world)
    client = world.client(role)
    client.raise_request_exception = False
    client.get("/quan-tri/")
    broken, written = [], []
    for route in ours():
        for address in filled(route, numbers):
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address)
            if answer.status_code >= 500:
                broken.append(f"{route}: {address} {answer.status_code}")
            sql = [one["sql"] for one in queries if WRITES.match(one["sql"]) and not KEPT.search(one["sql"])]
            written += [f"{address}: {one[:120]}" for one in sql if not address.startswith(DERIVED)]
    assert not broken
    assert not written
