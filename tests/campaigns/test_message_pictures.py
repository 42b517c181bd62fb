"""What a post carries of a content: all its pictures, each as it was approved, and its rich text with nothing lost."""

import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from campaigns import consents, gate, withdrawals
from campaigns.body_texts import body_html, body_text, words_of
from campaigns.content_check import findings_in
from campaigns.messages import message_for
from campaigns.models import Approval, Language, PostingItem
from campaigns.previews.draft import draft_approval
from campaigns.previews.pages import as_platform, pictures_of
from campaigns.previews.shown import Stage
from campaigns.snapshots import snapshot_of
from campaigns.versions import PlannedItem
from media.models import Picture
from publishers.models import Delivery
from publishers.sender import work_a_shift
from publishers.telegram_text import html_of, visible_text
from tests.campaigns.staff_world import TEXT, StaffWorld, world
from tests.campaigns.test_consents import consent
from tests.publishers.conftest import posts, sandbox

__all__ = ["posts", "sandbox", "world"]
SAFE = f"{TEXT} Họ được giữ kín thông tin và được trợ giúp pháp lý miễn phí."
RICH = (
    f"<p>Hỏi <b>đủ bảy câu</b>, <i>đừng vội</i>.<br/>{SAFE}</p><h3>Việc cần làm</h3><ol><li>Gọi người nhà</li>"
    "<li>Giữ giấy tờ &amp; điện thoại</li></ol><ul><li>Không vay</li></ul>"
    '<p>Xem <a href="https://laocai.example/quyen">trang này</a>, '
    "gọi <a class=x href='tel:111'>tổng đài</a>.</p>"
)


def drawn(name: str, size: tuple[int, int] = (640, 360), **said: Any) -> Picture:
    out = io.BytesIO()
    Image.new("RGB", size, (sum(name.encode()) % 256, 90, 60)).save(out, "PNG")
    return Picture.objects.create(
        title=name, alt_text=f"Tranh {name}", file=ContentFile(out.getvalue(), name=f"{name}.png"), **said
    )


def within(picture: Picture, **said: Any) -> tuple[str, Any]:
    return "picture", {"image": picture.pk, "alt_text": "", "decorative": False} | said


def with_three(world: StaffWorld, **fields: Any) -> tuple[Any, list[Picture]]:
    """An approved material whose cover is shown in its text once more, after two others."""
    cover, second, third = drawn("bia"), drawn("hai"), drawn("ba")
    page = world.material(summary=SAFE, cover=cover, **fields)
    page.body = [("paragraph", f"<p>{SAFE}</p>"), *(("picture", one) for one in (third, second, cover))]
    page.save_revision(user=page.owner)
    page.get_workflow().start(page, page.owner)
    page = type(page).objects.get(pk=page.pk)
    page.current_workflow_task_state.approve(user=world.users["approver"])
    return type(page).objects.get(pk=page.pk), [cover, third, second]


@pytest.mark.django_db(transaction=True)
def test_all_pictures_go_out_cover_first_each_once(world: StaffWorld, posts: Any, sandbox: Any) -> None:
    page, _pictures = with_three(world)
    channels = [world.channel("telegram"), world.channel("facebook")]
    world.posting(*channels, page=page, due=timezone.now())
    sent = [image["alt"] for image in Delivery.objects.earliest("pk").message["images"]]
    assert sent == ["Tranh bia", "Tranh ba", "Tranh hai"]
    work_a_shift(5)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert {entry["platform"]: len(entry["media"]) for entry in posts()} == {"telegram": 3, "facebook": 3}
    shown = as_platform(draft_approval(page), "facebook", None)
    assert [image["alt"] for image in pictures_of(shown)] == sent


@pytest.mark.django_db
def test_the_author_may_keep_them_on_the_page(world: StaffWorld) -> None:
    page, _pictures = with_three(world, pictures_in_posts=False)
    world.posting(world.channel("telegram"), page=page)
    assert [image["alt"] for image in Delivery.objects.get().message["images"]] == ["Tranh bia"]
    assert len(Approval.objects.get().snapshot["pictures"]) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "why"),
    [({"file_hash": "0" * 40}, "Ảnh đã bị thay sau khi duyệt."), ({"shows_person": True}, "Ảnh đã bị thay")],
)
def test_the_gate_judges_every_picture(world: StaffWorld, changed: dict[str, Any], why: str) -> None:
    page, pictures = with_three(world)
    world.posting(world.channel("telegram"), page=page)
    reference = f"item:{PostingItem.objects.get().pk}"
    with CaptureQueriesContext(connection) as three:
        assert gate.decide([reference])[reference] == gate.ALLOW
    Picture.objects.filter(pk=pictures[2].pk).update(**changed)
    verdict = gate.decide([reference])[reference]
    assert verdict.decision == "hold"
    assert verdict.reason.startswith(why)
    one = world.posting(world.channel("telegram", "Hai"), page=world.approved(summary=SAFE, cover=drawn("mot")))
    alone = f"item:{one.items.get().pk}"
    with CaptureQueriesContext(connection) as single:
        assert gate.decide([alone])[alone] == gate.ALLOW
    assert len(three) == len(single)


@pytest.mark.django_db
def test_whoever_is_in_a_further_picture_has_to_agree_to_the_channel(world: StaffWorld) -> None:
    shown = drawn("nguoi", shows_person=True)
    page = world.material(summary=SAFE, cover=drawn("bia"))
    page.body = [("picture", shown)]
    page.save_revision(user=page.owner)
    with pytest.raises(PermissionDenied):
        consents.refuse_unagreed(page)
    consent(world, shown, uses=["web", "facebook"])
    page.get_workflow().start(page, page.owner)
    page = type(page).objects.get(pk=page.pk)
    page.current_workflow_task_state.approve(user=world.users["approver"])
    world.posting(world.channel("telegram"), world.channel("facebook"), page=page)
    items = PostingItem.objects.select_related("channel", "approval__language").order_by("channel__platform")
    verdicts = gate.decide([f"item:{item.pk}" for item in items])
    held = {item.channel.platform: verdicts[f"item:{item.pk}"] for item in items}
    assert held["facebook"] == gate.ALLOW
    assert held["telegram"].decision == "hold"
    assert "nguoi" in held["telegram"].reason
    planned = [PlannedItem(item.channel, item.approval, item.approval.language) for item in items]
    stage = Stage(planned)
    shown = {one.channel.platform: bool(stage.show(one).held) for one in planned}
    assert shown == {"facebook": False, "telegram": True}


def test_a_withdrawal_finds_the_posts_that_carry_a_further_picture(world: StaffWorld) -> None:
    page, (_cover, third, _second) = with_three(world)
    world.posting(world.channel("manual"), page=page)
    Delivery.objects.update(state="sent")
    Picture.objects.filter(pk=third.pk).update(shows_person=True)
    paper = consent(world, third)
    assert withdrawals.reach_of(paper).items == [PostingItem.objects.get()]
    kept = Delivery.objects.get().message
    Delivery.objects.update(message={**kept, "images": kept["images"][:1]})
    assert withdrawals.reach_of(paper).items == [], "that post carries the cover only"


@pytest.mark.django_db(transaction=True)
def test_a_page_without_a_text_for_posts_reaches_telegram_with_its_marks(
    world: StaffWorld, posts: Any, sandbox: Any
) -> None:
    page = world.approved(summary="", body=[("paragraph", RICH)])
    world.posting(world.channel("telegram"), page=page, due=timezone.now())
    work_a_shift(3)
    (entry,) = posts()
    assert "<b>đủ bảy câu</b>" in entry["raw"]
    assert "<i>đừng vội</i>" in entry["raw"]
    assert '<a href="https://laocai.example/quyen">trang này</a>' in entry["raw"]
    assert "1. Gọi người nhà\n2. Giữ giấy tờ & điện thoại" in entry["text"]
    assert "• Không vay" in entry["text"]


BLOCKS = [
    {"type": "heading", "value": "Dấu hiệu <lừa> & bẫy"},
    {"type": "paragraph", "value": RICH},
    {"type": "steps", "value": [{"title": "Bình tĩnh", "text": "Ra chỗ đông.\nGọi to"}, {"title": "Gọi 111."}]},
    {"type": "signs", "value": {"title": "Dấu hiệu", "items": ["Việc nhẹ", {"value": "Lương cao"}]}},
    {"type": "rights", "value": None},
    {"type": "hotlines", "value": {"note": "Ngày đêm"}},
]


@pytest.mark.django_db
def test_the_judged_text_has_every_word_that_telegram_shows() -> None:
    snapshot = {"body": BLOCKS, "rights": "Quyền một.\n\nQuyền hai.", "hotlines": ["111 – Tổng đài"]}
    whole = body_text(snapshot)
    assert whole.replace(" (https://laocai.example/quyen)", "").replace(" (111)", "") == words_of(body_html(snapshot))
    assert "(111)" in whole, "a number behind words is judged, too"
    channel = type("Named", (), {"platform": "telegram"})()
    approval = Approval(language=Language(code="vi"), snapshot={"title": "Tin", **snapshot})
    message = message_for(approval=approval, channel=channel, group=None, link="")
    assert visible_text(html_of(message)) == f"Tin\n\n{words_of(body_html(snapshot))}"


@pytest.mark.django_db
def test_what_a_platform_refuses_of_a_picture_is_found_at_its_field(world: StaffWorld) -> None:
    page = world.material(summary=SAFE, cover=drawn("hep", (1200, 40)))
    page.body = [("picture", drawn("day", (30, 900)))]
    world.channel("telegram")
    found = [one for one in findings_in(snapshot_of(page), "vi") if one.finding.code == "platform-refuses"]
    assert [(one.field, one.words) for one in found] == [("cover", "Tranh hep")]
    page.cover = drawn("tot")
    found = [one for one in findings_in(snapshot_of(page), "vi") if one.finding.code == "platform-refuses"]
    assert [(one.field, one.words) for one in found] == [("body", "Tranh day")]


@pytest.mark.django_db(transaction=True)
def test_the_leaflet_goes_along_where_files_are_taken(world: StaffWorld, posts: Any, sandbox: Any) -> None:
    page = world.approved(summary=SAFE, leaflet_in_posts=True)
    world.posting(world.channel("telegram"), world.channel("facebook"), page=page, due=timezone.now())
    documents = {row.channel.platform: row.message["documents"] for row in Delivery.objects.select_related("channel")}
    assert documents["facebook"] == []
    [leaflet] = documents["telegram"]
    assert leaflet["name"].endswith(f"/{page.slug}.pdf")
    answer = Client().get(urlsplit(leaflet["url"]).path)
    assert answer["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    work_a_shift(5)
    kinds = [file["kind"] for entry in posts() if entry["platform"] == "telegram" for file in entry["media"]]
    assert kinds.count("document") == 1


@pytest.mark.django_db
def test_a_leaflet_that_cannot_be_drawn_is_found_at_its_field(world: StaffWorld) -> None:
    page = world.material(title="Phòng chống mua bán người " * 9, leaflet_in_posts=True)
    world.channel("telegram")
    found = [one for one in findings_in(snapshot_of(page), "vi") if one.finding.code == "platform-refuses"]
    assert [one.field for one in found] == ["leaflet_in_posts"]
    page.leaflet_in_posts = False
    assert not [one for one in findings_in(snapshot_of(page), "vi") if one.finding.code == "platform-refuses"]
