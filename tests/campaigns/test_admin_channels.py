"""Channels and stations: secrets that only go in, rehearsal for ever, audience in the same form."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from campaigns.models import Audience, Language, PersonalLink, Place, Playback, Station, TargetGroup
from publishers.models import Channel
from publishers.sandbox import credentials
from publishers.sandbox.server import SandboxServer
from tests.campaigns.staff_world import SECRET, StaffWorld, world

__all__ = ["world"]


def language(code: str) -> str:
    return str(Language.objects.get(code=code).pk)


def channel_form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Kênh Thanh niên", "form": "social", "option_chat_id": "@dientap_thanhnien",
        "language_1": language("vi"),
        "secret_token": "", "grace_minutes": "", "quiet_from": "", "quiet_to": "", "agency": "",
    } | changes  # fmt: skip


def add(world: StaffWorld, **changes: Any) -> Any:
    return world.client("channel_manager").post(f"{reverse('kenh:add')}?platform=telegram", channel_form(**changes))


@pytest.fixture
def token() -> str:
    return credentials.issue("telegram", "@dientap_thanhnien")["token"]


def test_the_platform_is_chosen_first(world: StaffWorld) -> None:
    page = world.client("channel_manager").get(reverse("kenh:add")).content.decode()
    assert "?platform=telegram" in page
    assert "?platform=loudspeaker" not in page


def test_a_channel_is_made_with_its_audience(world: StaffWorld, token: str) -> None:
    pupils, place = TargetGroup.objects.get(key="pupils"), Place.objects.filter(valid_to=None).latest("pk")
    answer = add(
        world,
        rehearsal="on",
        secret_token=token,
        language_1=language("hmn-x-vn"),
        language_2=language("vi"),
        groups=[pupils.pk],
        places=[place.pk],
    )
    assert answer.status_code == 302
    channel = Channel.objects.get(name="Kênh Thanh niên")
    assert channel.rehearsal
    assert channel.secrets == {"token": token}
    audience = Audience.objects.get(channel=channel)
    assert [row.language.code for row in audience.ordered_languages.all()] == ["hmn-x-vn", "vi"]
    assert (list(audience.groups.all()), list(audience.places.all())) == ([pupils], [place])


def test_a_secret_never_comes_back_and_empty_keeps_it(world: StaffWorld, token: str) -> None:
    add(world, rehearsal="on", secret_token=token)
    channel = Channel.objects.get()
    client = world.client("channel_manager")
    address = reverse("kenh:edit", args=[channel.pk])
    assert token not in client.get(address).content.decode()
    client.post(address, channel_form(name="Tên mới"))
    channel.refresh_from_db()
    assert (channel.name, channel.secrets["token"]) == ("Tên mới", token)


def test_a_refused_secret_does_not_come_back_either(world: StaffWorld) -> None:
    answer = add(world, rehearsal="on", secret_token=f"7000000001:{SECRET}")
    assert answer.status_code == 200
    assert SECRET not in answer.content.decode()
    assert not Channel.objects.exists()


def test_a_rehearsal_channel_stays_one(world: StaffWorld, token: str) -> None:
    add(world, rehearsal="on", secret_token=token)
    channel = Channel.objects.get()
    world.client("channel_manager").post(reverse("kenh:edit", args=[channel.pk]), channel_form())
    channel.refresh_from_db()
    assert channel.rehearsal


def test_quiet_hours_need_both_ends(world: StaffWorld, token: str) -> None:
    assert add(world, rehearsal="on", secret_token=token, quiet_from="21:00").status_code == 200
    assert not Channel.objects.exists()


def station_form(**changes: Any) -> dict[str, Any]:
    place = Place.objects.filter(level="commune", valid_to=None).earliest("pk")
    return {
        "name": "Trạm loa thôn Lũng Pô", "place": place.pk, "networked": "on", "operator_name": "Tẩn A Sài",
        "operator_phone": "0999 000 222", "approver_name": "", "syllables_per_minute": "", "max_minutes": "15",
        "language_1": language("vi"), "rehearsal": "on", "slots-TOTAL_FORMS": "2", "slots-INITIAL_FORMS": "0",
        "slots-MIN_NUM_FORMS": "0", "slots-MAX_NUM_FORMS": "1000", "slots-0-at": "05:15", "slots-0-minutes": "15",
        "slots-0-days": list("1234567"), "slots-1-at": "17:30", "slots-1-minutes": "10", "slots-1-days": ["7"],
    } | changes  # fmt: skip


def test_a_station_is_made_with_its_channel_and_slots(world: StaffWorld) -> None:
    assert world.client("channel_manager").post(reverse("tram-loa:add"), station_form()).status_code == 302
    station = Station.objects.get()
    assert [(f"{slot.at:%H:%M}", slot.days) for slot in station.slots.all()] == [("05:15", "1234567"), ("17:30", "7")]
    assert (station.channel.platform, station.channel.rehearsal) == ("loudspeaker", True)
    assert station.channel.options == {"slots": "05:15, 17:30", "max_minutes": "15"}
    assert list(Audience.objects.get(channel=station.channel).places.all()) == [station.place]


def test_a_station_loses_a_slot_and_keeps_its_channel(world: StaffWorld) -> None:
    client = world.client("channel_manager")
    client.post(reverse("tram-loa:add"), station_form())
    station = Station.objects.get()
    first, second = station.slots.all()
    changes = {
        "slots-INITIAL_FORMS": "2", "slots-0-id": first.pk, "slots-1-id": second.pk, "slots-0-DELETE": "on",
        "name": "Trạm loa thôn Na Lốc",
    }  # fmt: skip
    address = reverse("tram-loa:edit", args=[station.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, station_form(**changes)).status_code == 302
    assert [f"{slot.at:%H:%M}" for slot in station.slots.all()] == ["17:30"]
    assert Channel.objects.get().name == "Trạm loa thôn Na Lốc"


def test_two_stations_cannot_share_a_name(world: StaffWorld) -> None:
    client = world.client("channel_manager")
    client.post(reverse("tram-loa:add"), station_form())
    assert client.post(reverse("tram-loa:add"), station_form()).status_code == 200
    assert Station.objects.count() == 1


def test_a_stations_link_is_handed_over_and_the_old_one_dies(world: StaffWorld) -> None:
    client = world.client("channel_manager")
    client.post(reverse("tram-loa:add"), station_form())
    channel = Station.objects.get().channel
    address = reverse("loa_personal_link", args=["station", channel.pk])
    shown = client.get(address).content.decode()
    link = PersonalLink.objects.get(channel=channel)
    old = link.token
    assert old in shown
    assert "<svg" in shown
    client.post(address, {"holder": "Tẩn A Sài"})
    link.refresh_from_db()
    assert link.token != old
    assert PersonalLink.from_token(old, "station") is None
    assert link.token in client.get(address).content.decode()


def test_a_personal_link_is_shown_to_those_who_keep_channels_only(world: StaffWorld) -> None:
    channel = world.channel("manual")
    address = reverse("loa_personal_link", args=["manual", channel.pk])
    assert world.client("author").get(address).status_code == 302
    assert not PersonalLink.objects.exists()
    assert world.client("administrator").get(address).status_code == 200
    assert world.client("administrator").get(reverse("loa_personal_link", args=["x", channel.pk])).status_code == 404
    wrong = reverse("loa_personal_link", args=["station", channel.pk])
    assert world.client("administrator").get(wrong).status_code == 404


def test_a_channel_is_checked_with_its_platform_over_the_wire(
    world: StaffWorld, settings: Any, tmp_path: Path, token: str
) -> None:
    add(world, rehearsal="on", secret_token=token)
    channel = Channel.objects.get()
    client = world.client("channel_manager")
    address = reverse("loa_channel_check", args=[channel.pk])
    with SandboxServer(tmp_path / "sandbox.jsonl") as sandbox:
        settings.LOA_SANDBOX_URL = sandbox.url
        client.post(address)
    channel.refresh_from_db()
    assert channel.check_report["ok"], channel.check_report
    assert "loa-state--good" in client.get(address).content.decode()
    client.post(address)  # the sandbox is gone now
    channel.refresh_from_db()
    assert not channel.check_report["ok"]
    assert token not in client.get(address).content.decode()
    assert world.client("author").post(address).status_code == 302


def test_a_webhook_is_registered_with_a_secret_shown_once(
    world: StaffWorld, settings: Any, tmp_path: Path, token: str
) -> None:
    settings.SITE_URL = "https://loa.example"
    add(world, rehearsal="on", secret_token=token)
    channel = Channel.objects.get()
    client, address = world.client("channel_manager"), reverse("loa_channel_webhook", args=[channel.pk])
    assert address in client.get(reverse("kenh:edit", args=[channel.pk])).content.decode()
    hook = f"https://loa.example/webhook/telegram/{channel.pk}/"
    assert hook in client.get(address).content.decode()
    assert world.client("author").post(address, {"step": "secret"})["Location"] == reverse("wagtailadmin_home")
    shown = client.post(address, {"step": "secret"})
    secret = Channel.objects.get().secrets["webhook_secret"]
    assert secret in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert secret not in client.get(address).content.decode()
    assert Channel.objects.get().secrets["token"] == token
    with SandboxServer(tmp_path / "sandbox.jsonl") as sandbox:
        settings.LOA_SANDBOX_URL = sandbox.url
        assert "loa-state" in client.post(address, {"step": "register"}, follow=True).content.decode()
    bots = json.loads((tmp_path / "sandbox.jsonl.webhooks.json").read_text())
    known = next(iter(bots.values()))
    assert (known["webhook"], known["secret"]) == (hook, secret)
    # What the platform calls with it is believed, and shown as having come.
    update = {
        "update_id": 1,
        "message_reaction_count": {
            "chat": {"id": -1, "username": "dientap_thanhnien"}, "message_id": 7, "date": 1, "reactions": [],
        },
    }  # fmt: skip
    path = reverse("webhook", args=["telegram", channel.pk])
    headers = {"x-telegram-bot-api-secret-token": secret}
    assert Client().post(path, update, content_type="application/json", headers=headers).status_code == 200
    assert [(row["kind"], row["count"]) for row in client.get(address).context["lately"]] == [("reactions", 1)]
    client.post(address, {"step": "register"})  # the sandbox is gone now: said, and nothing breaks
    assert client.get(address).status_code == 200


def test_a_platform_that_never_calls_has_no_webhook_screen(world: StaffWorld) -> None:
    address = reverse("loa_channel_webhook", args=[world.channel("feed").pk])
    assert world.client("channel_manager").get(address).status_code == 404


def test_a_channel_in_use_stays_and_an_unused_one_goes(world: StaffWorld) -> None:
    client = world.client("channel_manager")
    used, unused = world.channel("feed", "Nguồn tin đã dùng"), world.channel("manual", "Nhóm chưa dùng")
    world.posting(used)
    answer = client.post(reverse("kenh:delete", args=[used.pk]), follow=True)
    assert answer.status_code == 200
    with translation.override("vi"):
        words = gettext("This was used already, so it stays on the record. Stop the channel instead of deleting it.")
    assert words in answer.content.decode()
    client.post(reverse("kenh:delete", args=[unused.pk]))
    assert list(Channel.objects.filter(pk__in=[used.pk, unused.pk])) == [used]


def test_a_station_that_played_stays(world: StaffWorld) -> None:
    client = world.client("channel_manager")
    client.post(reverse("tram-loa:add"), station_form())
    station = Station.objects.get()
    item = world.posting(station.channel).items.get()
    play = Playback.objects.create(
        item=item, station=station, played_at=timezone.now(), seconds=60, operator_name="Tẩn A Sài"
    )
    assert client.post(reverse("tram-loa:delete", args=[station.pk]), follow=True).status_code == 200
    assert Playback.objects.get() == play
    assert Station.objects.get() == station
