"""Previews in the editor: the unsaved text, in every platform's form, and byte for byte what is sent."""

import datetime as dt
import html
import json
import re
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import fanout
from campaigns.models import (
    AudienceLanguage,
    EventPage,
    Language,
    MaterialGroupText,
    Place,
    Slot,
    Station,
    TargetGroup,
)
from campaigns.previews import modes
from campaigns.previews.draft import draft_approval
from campaigns.previews.pages import as_platform
from campaigns.previews.shown import STAND_IN
from campaigns.site_tree import EVENTS_SLUG, source_section
from publishers import registry
from publishers.models import Delivery
from publishers.sandbox.server import SandboxServer
from publishers.sender import work_a_shift
from tests.campaigns.staff_world import OPTIONS, TEXT, StaffWorld, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db


def look(page: Any, mode: str, **query: str) -> Any:
    """What a preview mode of ``page`` answers."""
    from django.http import HttpRequest, QueryDict

    asked = HttpRequest()
    asked.META.update(SERVER_NAME="localhost", SERVER_PORT="80")
    asked.GET = QueryDict(mutable=True)
    asked.GET.update(query)
    return page.make_preview_request(asked, mode)


def text_of(answer: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", answer.content.decode()))


def test_every_platform_has_its_mode_and_shows_the_text(world: StaffWorld) -> None:
    page = world.material()
    names = [name for name, _label in page.preview_modes]
    assert names[0] == ""
    assert {name for name in names if ":" not in name} == {"", "channel", *registry.platforms()}
    for name in registry.platforms():
        answer = look(page, name)
        assert answer.status_code == 200, name
        assert "bảy câu" in text_of(answer), name


def test_a_groups_text_is_one_mode_away(world: StaffWorld) -> None:
    page = world.material()
    assert ("telegram:pupils", "Kênh Telegram · Học sinh") in page.preview_modes
    assert "Bạn học sinh ơi." in text_of(look(page, "telegram:pupils"))
    general = text_of(look(page, "telegram:parents"))
    assert "Bạn học sinh ơi." not in general
    assert "chưa có bản riêng" in general
    assert look(page, "telegram:nobody").status_code == 404
    assert look(page, "no-such-platform").status_code == 404


def test_the_unsaved_form_is_what_shows(world: StaffWorld) -> None:
    page, client = world.material(), world.client("author")
    client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    address = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
    typed = {
        "title": page.title,
        "slug": page.slug,
        "summary": page.summary,
        "social_text": "Chữ đang gõ, chưa lưu.",
        **{f"{name}-{key}": "0" for name in ("group_texts", "comments") for key in ("TOTAL_FORMS", "INITIAL_FORMS")},
        "body-count": "0",
    }
    assert client.post(address, typed).json()["is_valid"]
    shown = client.get(f"{address}?mode=facebook&in_preview_panel=true")
    assert "Chữ đang gõ, chưa lưu." in shown.content.decode()
    page.refresh_from_db()
    assert page.latest_revision.as_object().social_text == ""


def test_looking_stores_nothing_and_costs_few_queries(world: StaffWorld) -> None:
    page = world.material()
    look(page, "telegram")
    with CaptureQueriesContext(connection) as caught:
        look(page, "telegram")
    assert not [one for one in caught if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(caught) < 40
    assert not default_storage.exists("cards") or not default_storage.listdir("cards")[1]


def test_the_card_is_drawn_when_the_browser_asks(world: StaffWorld) -> None:
    page = world.material()
    address = re.search(r'src="\?mode=(card:[\w-]+)', look(page, "facebook").content.decode())
    assert address
    answer = look(page, address.group(1))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer.content[:2] == b"\xff\xd8"


def test_facebook_folds_a_long_text(world: StaffWorld) -> None:
    page = world.material(social_text=f"{TEXT} " * 5)
    shown = as_platform(draft_approval(page), "facebook", None)
    first, rest = shown.folded
    assert (first + rest, len(first) <= 477, rest[:1]) == (shown.raw[0], True, " ")
    assert "Xem thêm" in text_of(look(page, "facebook"))
    assert "Xem thêm" not in text_of(look(world.material(social_text=TEXT), "facebook"))


def test_telegram_shows_where_it_cuts_and_counts_in_its_units(world: StaffWorld) -> None:
    page = world.material(social_text=f"{TEXT} 🙂\n\n" * 9)
    shown = as_platform(draft_approval(page), "telegram", None)
    assert len(shown.pieces) > 1
    assert shown.measures[0].limit == 1024
    assert shown.measures[1].limit == 4096
    seen = re.sub(r"</?b>", "", html.unescape(str(shown.raw[0])))
    assert shown.measures[0].used == len(seen.encode("utf-16-le")) // 2 > len(seen)
    words = text_of(look(page, "telegram"))
    assert "chỗ cắt: tin thứ 2" in words
    assert "1.024" in words


def test_what_a_platform_refuses_stands_in_the_preview(world: StaffWorld) -> None:
    page = world.material(title="Bảy câu hỏi trước khi đi làm xa " * 6)
    assert "140" in text_of(look(page, "zalo"))
    assert "Nền tảng sẽ từ chối" in text_of(look(page, "zalo"))


def test_a_finding_of_the_safeguards_stands_in_the_preview(world: StaffWorld) -> None:
    page = world.material(social_text="Gọi ngay số 0912345678 để được giúp.")
    assert "Sẽ bị giữ lại" in text_of(look(page, "facebook"))


def test_the_sheet_is_the_printed_one_with_its_length(world: StaffWorld) -> None:
    page = world.material(loudspeaker_text="Bà con chú ý. Trước khi đi làm xa, hỏi đủ bảy câu. Gọi 111.")
    words = text_of(look(page, "loudspeaker"))
    assert "15 phút" in words
    pdf = look(page, "sheet:")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    short = station(world, "Trạm ngắn", max_minutes=1)
    long_page = world.material(loudspeaker_text="Bà con chú ý, hỏi đủ bảy câu trước khi đi làm xa. " * 12 + "Gọi 111.")
    assert "Trạm ngắn" in text_of(look(long_page, "loudspeaker"))
    alone = text_of(look(long_page, f"channel:{short.pk}"))
    assert "dài hơn" in alone
    assert look(page, f"sheet:{short.pk}").content[:5] == b"%PDF-"


def station(world: StaffWorld, name: str, **fields: Any) -> Any:
    OPTIONS.setdefault("loudspeaker", {})
    channel = world.channel("loudspeaker", name)
    made = Station.objects.create(channel=channel, place=Place.objects.filter(valid_to=None).first(), **fields)
    Slot.objects.create(station=made, at=dt.time(5, 15))
    return channel


def test_any_channel_is_found_and_shows_what_it_gets(world: StaffWorld) -> None:
    page = world.material(is_sample=True)
    channel, live = world.channel("telegram", "Kênh bản Mẫu"), world.channel("feed", "Trang thật", rehearsal=False)
    found = text_of(look(page, "channel", q="bản mẫu"))
    assert "Kênh bản Mẫu" in found
    assert "Trang thật" not in found
    assert "[BẢN MẪU]" in text_of(look(page, f"channel:{channel.pk}"))
    assert "Bài mẫu chỉ tới kênh diễn tập" in text_of(look(page, f"channel:{live.pk}"))
    assert look(page, "channel:999999").status_code == 404


def test_a_channel_of_another_language_shows_that_one(world: StaffWorld) -> None:
    page, channel = world.approved(), world.channel("telegram")
    AudienceLanguage.objects.filter(audience__channel=channel).update(language=Language.objects.get(code="hmn-x-vn"))
    words = text_of(look(page, f"channel:{channel.pk}"))
    assert "Kênh này không nhận gì" in words


def test_three_hundred_channels_are_listed_as_quickly_as_three(world: StaffWorld) -> None:
    page = world.material()
    world.channel("manual", "Nhóm 0")
    look(page, "channel")
    with CaptureQueriesContext(connection) as few:
        look(page, "channel")
    for number in range(1, 20):
        world.channel("manual", f"Nhóm {number}")
    with CaptureQueriesContext(connection) as many:
        look(page, "channel")
    assert len(many) == len(few)


def test_an_unfinished_event_and_a_half_made_group_text_are_shown(world: StaffWorld) -> None:
    section = source_section(EVENTS_SLUG)
    event = EventPage(title="Phiên chợ", slug="phien-cho", locale=section.locale, owner=world.users["author"])
    assert "Phiên chợ" in text_of(look(event, "facebook"))
    page = world.material()
    page.group_texts = [MaterialGroupText(social_text="Chưa chọn nhóm", locale=page.locale)]
    assert look(page, "telegram").status_code == 200
    assert all(name for name, _label in modes.modes_of([]) if name != "")


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "{{ 7|add:7 }}", "&lt;b&gt; \u202eđảo\u0007", ""])
def test_hostile_texts_are_shown_as_text(world: StaffWorld, hostile: str) -> None:
    page = world.material(social_text=hostile, message_text=hostile, loudspeaker_text=hostile)
    for name in registry.platforms():
        answer = look(page, name)
        assert answer.status_code == 200
        assert b"<script>alert" not in answer.content


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("group", ["", "pupils"])
def test_the_preview_is_what_the_sandbox_got(world: StaffWorld, tmp_path: Any, settings: Any, group: str) -> None:
    """Bytes on the wire against bytes of the preview, for every platform with a sandbox channel."""
    page = world.approved(social_text=f"{TEXT} Hỏi <ai>, ở đâu & khi nào? 🙂 " * 8)
    with SandboxServer(tmp_path / "sandbox.jsonl") as server:
        settings.LOA_SANDBOX_URL = server.url
        channels = [world.channel(name) for name in ("telegram", "facebook", "manual", "feed")]
        for channel in channels:
            channel.audience.groups.set(TargetGroup.objects.filter(key=group))
        seen = {c.platform: as_platform(draft_approval(page), c.platform, _group(group)) for c in channels}
        now = timezone.now()
        fanout.post(key="k", campaign=world.campaign, page=page, channels=channels, due=now, by=world.chief)
        work_a_shift(8)
        lines = [json.loads(line) for line in server.log_path.read_text(encoding="utf-8").splitlines()]
    deliveries = {row.channel.platform: row for row in Delivery.objects.select_related("channel")}
    assert {row.state for row in deliveries.values()} == {"sent"}
    for name, shown in seen.items():
        code = deliveries[name].message["link"].rsplit("/", 1)[1]
        expected = [str(piece).replace(STAND_IN, code) for piece in shown.raw]
        sent = [line for line in lines if line["platform"] == name and line["action"] == "publish"]
        # Telegram's raw text is the HTML that left; of our own platforms' posts the sandbox sets the title first.
        texts = [line["raw"] if name == "telegram" else line["text"] for line in sent]
        if name in ("manual", "feed"):
            texts = [text.removeprefix(f"{page.title}\n\n") for text in texts]
        assert texts == (expected if name == "telegram" else ["\n\n".join(expected)]), name


def _group(key: str) -> TargetGroup | None:
    return TargetGroup.objects.filter(key=key).first()
