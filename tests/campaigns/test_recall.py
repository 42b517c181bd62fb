"""Recall: everything that is out comes back, whoever has to be phoned is listed, and a failing platform is said."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import bulletins, gate
from campaigns.models import Approval, Bulletin, Language, Place, Playback, Posting, Station
from campaigns.recall import people_to_call, recall_bulletin, recall_posting
from publishers import outbox, registry
from publishers.models import Delivery, Operation
from publishers.recall_progress import progress
from publishers.sandbox.server import SandboxServer
from publishers.sender import work_a_shift
from tests.campaigns.staff_world import TEXT, StaffWorld, world
from tests.publishers.conftest import posts, sandbox

__all__ = ["posts", "sandbox", "world"]


def alert(world: StaffWorld, *channels: Any, **made: Any) -> Bulletin:
    """An approved short message; its deliveries wait in the outbox."""
    bulletin = bulletins.save(
        values={"campaign": world.campaign, "title": "Cảnh báo thử", "text": TEXT},
        channels=list(channels),
        by=world.users["author"],
        language=Language.objects.get(code="vi"),
        **{"is_alert": True, **made},
    )
    bulletins.submit(bulletin=bulletin, by=world.users["author"])
    seen = bulletins.seen_digest(bulletin)
    bulletins.approve(bulletin=bulletin, by=world.users["approver"], seen=seen)
    return Bulletin.objects.get(pk=bulletin.pk)


def sent(channel: Any, **known: Any) -> Delivery:
    row = Delivery.objects.get(channel=channel)
    outbox.move(delivery_id=row.pk, before=("scheduled",), after="sent", by="test", sent_at=timezone.now(), **known)
    return Delivery.objects.select_related("channel").get(pk=row.pk)


@pytest.mark.django_db(transaction=True)
def test_an_alert_goes_out_and_is_gone_again_on_the_wire(
    world: StaffWorld, sandbox: SandboxServer, posts: Callable[..., list[dict[str, Any]]]
) -> None:
    channels = [world.channel("telegram"), world.channel("feed"), world.channel("manual")]
    bulletin = alert(world, *channels)
    work_a_shift(10)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert len(posts()) == 3
    feed = reverse("public:rehearsal-feed", args=[channels[1].options["slug"], "xml"])
    assert bulletin.title in Client().get(feed).content.decode()
    recall_bulletin(bulletin=bulletin, user=world.users["approver"], why="Sai số")
    work_a_shift(10)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert len(posts("delete")) == 3
    assert not Approval.objects.filter(bulletin=bulletin, withdrawn_at=None).exists()
    ways = progress(Delivery.objects.select_related("channel"))
    assert {way.outcome for way in ways.values()} == {"withdrawn"}
    # What hangs in a group is not said to be gone: a person put it there.
    assert len({way.text for way in ways.values()}) == 2
    assert bulletin.title not in Client().get(feed).content.decode()


@pytest.mark.django_db(transaction=True)
def test_while_the_platform_fails_it_keeps_trying_and_says_so(world: StaffWorld, sandbox: SandboxServer) -> None:
    channel = world.channel("telegram")
    bulletin = alert(world, channel)
    work_a_shift(5)
    row = Delivery.objects.get()
    assert row.state == "sent"
    body = {"platform": "telegram", "fault": "html_502", "times": 1}
    requests.post(f"{sandbox.url}/_sandbox/faults", json=body, timeout=5).raise_for_status()
    client = world.client("approver")
    answer = client.post(reverse("loa_recall_bulletin", args=[bulletin.pk]), {"why": "Sai"}, follow=True)
    result = answer.redirect_chain[-1][0]
    assert [group["name"] for group in answer.context["outcomes"]] == ["deleting"]
    work_a_shift(1)
    shown = client.get(result)
    (group,) = shown.context["outcomes"]
    assert group["name"] == "failing"
    assert group["rows"][0][1].tries >= 1
    assert shown.context["under_way"] == 1
    assert 'http-equiv="refresh"' in shown.content.decode()
    Operation.objects.filter(kind="delete").update(next_try=timezone.now())
    work_a_shift(5)
    shown = client.get(result)
    assert [group["name"] for group in shown.context["outcomes"]] == ["withdrawn"]
    assert 'http-equiv="refresh"' not in shown.content.decode()


@pytest.mark.django_db
def test_what_has_not_left_needs_no_call_and_never_leaves(world: StaffWorld) -> None:
    hand = world.channel("manual")
    bulletin = alert(world, hand)
    done = recall_bulletin(bulletin=bulletin, user=world.users["approver"], why="")
    assert done.to_call == []
    assert Delivery.objects.get().state == "cancelled"
    verdict = gate.decide([Delivery.objects.get().reference])
    assert {one.decision for one in verdict.values()} == {"drop"}


@pytest.mark.django_db
def test_people_are_called_where_the_platform_says_so(world: StaffWorld) -> None:
    hand, telegram = world.channel("manual"), world.channel("telegram")
    hand.audience.contact_name, hand.audience.contact_phone = "Lý Thị Mẫu", "0000 000 002"
    hand.audience.save()
    bulletin = alert(world, hand, telegram)
    sent(hand, external_id="item:1")
    sent(telegram, external_id="7")
    done = recall_bulletin(bulletin=bulletin, user=world.users["approver"], why="")
    (line,) = done.to_call
    assert hand.name in line
    assert "Lý Thị Mẫu, 0000 000 002" in line
    assert str(registry.get("manual").recall_by_people) in line


@pytest.mark.django_db
def test_a_post_without_a_number_is_taken_down_by_its_channel(world: StaffWorld) -> None:
    """Somebody said “it is there” without a link: no platform can be asked, so the channel's people are."""
    telegram = world.channel("telegram")
    telegram.audience.contact_name, telegram.audience.contact_phone = "Trần Văn Mẫu", "0000 000 003"
    telegram.audience.save()
    bulletin = alert(world, telegram)
    row = sent(telegram)
    assert people_to_call(Posting.objects.get().items.all())
    done = recall_bulletin(bulletin=bulletin, user=world.users["approver"], why="")
    assert progress([row])[row.pk].outcome == "cannot"
    assert "Trần Văn Mẫu, 0000 000 003" in done.to_call[0]


@pytest.mark.django_db
def test_a_station_that_played_it_is_named_as_such(world: StaffWorld) -> None:
    station = world.channel("loudspeaker")
    place = Place.objects.communes().filter(valid_to=None)[0]
    operator = {"operator_name": "Vàng Mẫu", "operator_phone": "0000 000 001"}
    known = Station.objects.create(channel=station, place=place, **operator)
    bulletin = alert(world, station)
    row = sent(station, external_id="item:1")
    before = people_to_call(Posting.objects.get().items.all())
    now = timezone.now()
    Playback.objects.create(item=row.posting_item, station=known, planned_for=now, played_at=now, seconds=60)
    done = recall_bulletin(bulletin=bulletin, user=world.users["approver"], why="")
    assert done.to_call[0].startswith(before[0])
    assert len(done.to_call[0]) > len(before[0])
    assert "Vàng Mẫu, 0000 000 001" in done.to_call[0]


@pytest.mark.django_db
def test_one_delivery_is_recalled_from_its_screen_and_a_correction_is_offered(world: StaffWorld) -> None:
    telegram, other = world.channel("telegram"), world.channel("feed")
    alert(world, telegram, other)
    row = sent(telegram, external_id="7")
    client = world.client("approver")
    answer = client.post(reverse("loa_delivery_action", args=[row.pk, "recall"]), {"why": "Sai"}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("loa_recalled_delivery", args=[row.pk])
    assert [found.channel.name for found, _way in answer.context["outcomes"][0]["rows"]] == [telegram.name]
    posting = Posting.objects.get()
    assert f"{reverse('loa_alert')}?dinh-chinh={posting.pk}" in answer.content.decode()
    assert posting.withdrawn_at is None
    assert Delivery.objects.get(channel=other).state == "scheduled"


@pytest.mark.django_db
def test_versions_in_other_languages_are_recalled_with_it(world: StaffWorld) -> None:
    feed, other = world.channel("feed", "Một"), world.channel("feed", "Hai")
    bulletin = alert(world, feed)
    version = alert(world, other, translation_of=bulletin)
    recall_bulletin(bulletin=version, user=world.users["approver"], why="")
    assert set(Delivery.objects.values_list("state", flat=True)) == {"cancelled"}
    assert not Posting.objects.filter(withdrawn_at=None).exists()


@pytest.mark.django_db
def test_recalling_twice_does_nothing_more(world: StaffWorld) -> None:
    telegram = world.channel("telegram")
    alert(world, telegram)
    sent(telegram, external_id="7")
    for _press in range(2):
        recall_posting(posting=Posting.objects.get(), by="approver", why="")
    assert Operation.objects.filter(kind="delete").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["author", "translator", "report_signer"])
def test_only_those_who_work_the_outbox_recall_an_alert(world: StaffWorld, role: str) -> None:
    bulletin = alert(world, world.channel("telegram"))
    address = reverse("loa_recall_bulletin", args=[bulletin.pk])
    world.client(role).post(address, {"why": ""})
    assert Approval.objects.filter(withdrawn_at=None).exists()
    assert address not in world.client(role).get(reverse("loa_bulletin", args=[bulletin.pk])).content.decode()


@pytest.mark.django_db
def test_the_command_recalls_a_short_message(world: StaffWorld) -> None:
    bulletin = alert(world, world.channel("feed"))
    out = io.StringIO()
    call_command("recall", f"bulletin:{bulletin.pk}", "--by", "approver", "--format", "json", stdout=out)
    assert json.loads(out.getvalue())["deliveries"][0]["outcome"] == "stopped"
    assert Approval.objects.get().withdrawn_by == world.users["approver"]
