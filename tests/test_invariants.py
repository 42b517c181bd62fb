"""What must always be true: one test for each of the eight invariants of the design.

Each has a one-line mutation of the code that turns it red (docs/decisions.md); ``tests/mutants.py``
makes each of them in a copy of the tree and sees the test fail.
"""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from campaigns.models import Approval, EventPage, Language, Place
from campaigns.report.build import build
from campaigns.snapshots import snapshot_of
from publishers import registry, shifts
from publishers.models import Attempt, Channel, Delivery, Operation, Shift
from publishers.sandbox import credentials
from publishers.sender import work_a_shift
from publishers.work import target_of
from tests.campaigns.reach_world import ReachWorld, value_of
from tests.campaigns.staff_world import TEXT, StaffWorld, world
from tests.publishers.conftest import posts, sandbox

__all__ = ["posts", "sandbox", "world"]
SAFE = f"{TEXT} Họ được giữ kín thông tin và được trợ giúp pháp lý miễn phí."


@pytest.fixture
def telegram(world: StaffWorld, sandbox) -> Channel:
    return world.channel("telegram")


@pytest.mark.django_db(transaction=True)
def test_1_exactly_once(world, telegram, posts):
    """A sender died with an attempt open: the outcome is unknown, and nothing is posted on a guess."""
    world.posting(telegram, page=world.approved(summary=SAFE), due=timezone.now())
    operation = Operation.objects.get()
    shift = Shift.objects.create(owner="chết", until=timezone.now() - dt.timedelta(seconds=1))
    Operation.objects.update(state="running", owner=shift.owner, tries=1)
    Delivery.objects.update(state="sending")
    Attempt.objects.create(operation=operation, n=1, step="send-1", started=timezone.now())
    shifts.reap()
    work_a_shift(3)
    assert Delivery.objects.get().state == "unknown"
    assert posts() == []


@pytest.mark.django_db(transaction=True)
def test_2_on_time(world, telegram, posts):
    """Three days late, across 30 July: held and shown, not blurted out."""
    world.posting(telegram, page=world.approved(summary=SAFE), due=timezone.now() - dt.timedelta(days=3))
    work_a_shift(3)
    assert (Delivery.objects.get().state, Delivery.objects.get().error_code) == ("held", "overdue")
    assert posts() == []


@pytest.mark.django_db(transaction=True)
def test_3_only_what_was_approved(world, telegram, posts):
    """The author cannot approve, and an edit after the approval does not leave."""
    page = world.submitted(summary=SAFE)
    with pytest.raises(PermissionDenied):
        page.current_workflow_task_state.approve(user=world.users["author"])
    page.refresh_from_db()
    page.current_workflow_task_state.approve(user=world.users["approver"])
    page.refresh_from_db()
    page.title = "Tiêu đề chưa ai duyệt"
    page.save_revision(user=world.users["author"], log_action=True)
    page.save()
    world.posting(telegram, page=page, due=timezone.now())
    work_a_shift(3)
    assert len(posts()) == 1
    assert "chưa ai duyệt" not in posts()[0]["text"]
    approval = Approval.objects.get()
    approval.snapshot = {**approval.snapshot, "title": "đổi lén"}
    with pytest.raises(ValueError, match="cannot be changed"):
        approval.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "text",
    ["Cháu G.T.M., sinh năm 2010, nạn nhân ở thôn Mẫu, đã được giải cứu. " + SAFE, "Không có số nào để gọi cả."],
    ids=["names-a-victim", "no-hotline"],
)
def test_4_nobody_is_harmed(text, world, telegram, posts):
    """A text that points at a victim, or leaves a reader without help, is not approved and does not leave."""
    page = world.submitted(summary=text, social_text=text)
    with pytest.raises(PermissionDenied):
        page.current_workflow_task_state.approve(user=world.users["approver"])
    page.refresh_from_db()
    assert not page.live
    # Had it slipped through (a rule is younger than the approval), the gate holds it.
    language = Language.objects.get(code="vi")
    Approval.objects.create(
        page=page, language=language, snapshot=snapshot_of(page), approved_by=world.users["approver"]
    )
    world.posting(telegram, page=page, due=timezone.now())
    work_a_shift(3)
    assert (Delivery.objects.get().state, Delivery.objects.get().error_code) == ("held", "gate")
    assert posts() == []


@pytest.mark.django_db
def test_5_figures_are_honest():
    """Missing is not nought, and a rehearsal's figures never mix with real ones."""
    reach = ReachWorld()
    commune = reach.place("Xã Bắc Hà")
    reach.play(reach.item(reach.station(commune).channel, "2026-07-30"), "2026-07-30")
    reach.play(reach.item(reach.station(commune, rehearsal=True).channel, "2026-07-30"), "2026-07-30")
    from campaigns.ledger import fold

    fold()
    report = build(reach.campaign.plan, dt.date(2026, 7, 1), dt.date(2026, 9, 30))
    assert value_of(report, "loud_plays", "declared") == 1
    assert value_of(report, "attendance", "counted") is None
    rehearsal = build(reach.campaign.plan, dt.date(2026, 7, 1), dt.date(2026, 9, 30), include_rehearsal=True)
    assert value_of(rehearsal, "loud_plays", "declared") == 1


@pytest.mark.django_db
def test_6_rehearsal_cannot_leak(world, settings):
    """Whatever the environment says, a rehearsal channel's address is the sandbox, and it stays rehearsal."""
    settings.TELEGRAM_API_URL = "https://api.telegram.org"
    channel = world.channel("telegram")
    platform = registry.get("telegram")
    for address in platform.addresses.values():
        assert target_of(channel).address(address).startswith(settings.LOA_SANDBOX_URL)
    channel.rehearsal = False
    with pytest.raises(ValidationError):
        channel.save()
    channel.refresh_from_db()
    channel.secrets = {"token": "123456:day-la-token-that-khong-phai-cua-sandbox"}
    with pytest.raises(ValidationError):
        channel.save()
    live = Channel(platform="telegram", name="Thật", options={"chat_id": "@that"}, rehearsal=False, form="social")
    live.secrets = credentials.issue("telegram", "@dientap_thu")
    with pytest.raises(ValidationError):
        live.save()


@pytest.mark.django_db
def test_7_readers_are_not_watched(client, world, sandbox):
    """No cookie on a page, and a click leaves nothing but a count."""
    page = world.approved()
    world.posting(world.channel("feed"), page=page)
    response = client.get(page.url)
    assert response.status_code == 200
    assert not response.cookies
    from campaigns.models import ClickCount, TrackedLink

    link = TrackedLink.objects.get()
    phone = {"HTTP_USER_AGENT": "Mozilla/5.0 (Linux; Android 13)", "REMOTE_ADDR": "203.0.113.7"}
    answer = client.get(f"/l/{link.code}", **phone)
    assert answer.status_code == 302
    assert not answer.cookies
    kept = ClickCount.objects.get()
    assert {field.name for field in ClickCount._meta.fields} == {"id", "link", "day", "count"}
    assert (kept.count, kept.day) == (1, timezone.localdate())


@pytest.mark.django_db
def test_8_time_and_place_are_real(world):
    """Stored in UTC, shown in Vietnam; a code alone names no place; 2023 and today both stand."""
    assert Place.objects.communes().valid_on(dt.date(2023, 7, 30)).count() == 152
    assert Place.objects.communes().valid_on(dt.date(2026, 7, 30)).count() == 99
    old = Place.objects.communes().valid_on(dt.date(2023, 7, 30)).get(code="02839")
    new = Place.objects.communes().valid_on(dt.date(2026, 7, 30)).get(code="02839")
    assert (old.name, new.name) == ("Thị trấn Bắc Hà", "Xã Bắc Hà")
    event = EventPage(starts_at=dt.datetime(2027, 7, 29, 23, 30, tzinfo=dt.UTC))
    assert timezone.localtime(event.starts_at).date() == dt.date(2027, 7, 30)
    assert snapshot_of(world.material())["language"] == "vi"
