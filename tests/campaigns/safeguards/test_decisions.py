"""Findings and people: reasons for warnings, blocks lifted by two, and what nobody lifts."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns import decisions, gate
from campaigns.models import Approval, FindingDecision, MaterialPage, PostingItem
from campaigns.snapshots import snapshot_of
from cms.models import User
from tests.campaigns.staff_world import TEXT, StaffWorld, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
STIGMA = f"Nhiều người bị gọi là gái bán hoa. {TEXT}"
CAUTION = f"Đừng ai thiếu cảnh giác. {TEXT}"
VICTIM = f"Nạn nhân Vàng Thị Mẫu đã về nhà. {TEXT}"
REASON = "Trích nguyên văn lời kẻ xấu để bà con nhận ra."


def draft_of(page: MaterialPage) -> MaterialPage:
    return MaterialPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def found(page: MaterialPage, code: str) -> decisions.Judged:
    (one,) = [one for one in decisions.judged(draft_of(page)) if one.placed.finding.code == code]
    return one


def lift(page: MaterialPage, by: User, code: str = "wording-stigma", reason: str = REASON) -> None:
    decisions.lift(page=draft_of(page), code=code, spot=found(page, code).placed.spot, by=by, reason=reason)


def approve(page: MaterialPage, by: User) -> Approval:
    page = MaterialPage.objects.get(pk=page.pk)
    page.current_workflow_task_state.approve(user=by)
    return Approval.objects.filter(page=page).latest("pk")


# --- Blocks -----------------------------------------------------------------------------------------


def test_a_block_is_lifted_by_two_who_did_not_write_and_for_that_text_only(world: StaffWorld) -> None:
    page = world.material(message_text=STIGMA)
    approver, editor = world.users["approver"], world.users["senior_editor"]
    lift(page, approver)
    assert found(page, "wording-stigma").stands, "one person is not enough"
    with pytest.raises(ValidationError):
        lift(page, approver)
    lift(page, editor)
    assert not found(page, "wording-stigma").stands
    page.get_workflow().start(page, page.owner)
    approval = approve(page, approver)
    assert approval.decisions.count() == 2
    message = gate_says(world, page)
    assert message == "", "the gate goes by the same two words"


def gate_says(world: StaffWorld, page: MaterialPage) -> str:
    posting = world.posting(world.channel("manual"), page=MaterialPage.objects.get(pk=page.pk))
    item = PostingItem.objects.get(posting=posting)
    return gate.decide([f"item:{item.pk}"])[f"item:{item.pk}"].reason


def test_one_letter_more_and_the_words_no_longer_count(world: StaffWorld) -> None:
    page = world.material(message_text=STIGMA)
    for role in ("approver", "senior_editor"):
        lift(page, world.users[role])
    page.message_text = f"{STIGMA} Thêm."
    page.save_revision(user=page.owner)
    assert found(page, "wording-stigma").stands
    page.get_workflow().start(page, page.owner)
    with pytest.raises(PermissionDenied):
        approve(page, world.users["approver"])


def test_who_lifted_and_then_wrote_is_not_counted(world: StaffWorld) -> None:
    page = world.material(message_text=STIGMA)
    for role in ("approver", "senior_editor"):
        lift(page, world.users[role])
    draft_of(page).save_revision(user=world.users["senior_editor"], changed=False)
    assert found(page, "wording-stigma").stands


@pytest.mark.parametrize("role", ["author", "translator", "native_reviewer", "channel_manager", "report_signer"])
def test_other_roles_lift_nothing(world: StaffWorld, role: str) -> None:
    page = world.material(message_text=STIGMA, owner="senior_editor")
    with pytest.raises(PermissionDenied):
        lift(page, world.users[role])


@pytest.mark.parametrize("role", ["senior_editor", "chief"])
def test_a_writer_lifts_nothing_in_their_own_text(world: StaffWorld, role: str) -> None:
    user = world.chief if role == "chief" else world.users[role]
    page = world.material(message_text=STIGMA)
    draft_of(page).save_revision(user=user, changed=False)
    with pytest.raises(PermissionDenied):
        lift(page, user)


def test_what_tells_who_a_victim_is_is_never_lifted(world: StaffWorld) -> None:
    page = world.material(message_text=VICTIM)
    with pytest.raises(ValidationError):
        lift(page, world.users["approver"], "identity-name")
    one = found(page, "identity-name")
    for user in (world.users["approver"], world.users["senior_editor"], world.chief):
        FindingDecision.objects.create(
            page_id=page.pk, kind="lift", code="identity-name", spot=one.placed.spot, message="", reason=REASON,
            digest=decisions.digest_of_texts(snapshot_of(draft_of(page))), by=user,
        )  # fmt: skip
    assert found(page, "identity-name").stands, "not even with rows put into the database"


def test_a_missing_hotline_is_lifted_in_every_text_of_its_field(world: StaffWorld) -> None:
    """The summary makes a post, with the page's text an article: what was lifted in both leaves, the gate included."""
    bare = "Người bị mua bán có quyền được bảo vệ và hỗ trợ, được trợ giúp pháp lý miễn phí."
    page = world.material(summary=bare, body=[("paragraph", "<p>Hỏi kỹ trước khi đi.</p>")])
    page.group_texts.all().delete()
    page.group_texts = []
    page.save_revision(user=page.owner)
    for role in ("approver", "senior_editor"):
        for one in decisions.judged(draft_of(page)):
            code, spot = one.placed.finding.code, one.placed.spot
            decisions.lift(page=draft_of(page), code=code, spot=spot, by=world.users[role], reason=REASON)
    assert not any(one.stands for one in decisions.judged(draft_of(page)))
    page.get_workflow().start(page, page.owner)
    approve(page, world.users["approver"])
    assert gate_says(world, page) == ""


# --- Warnings ---------------------------------------------------------------------------------------


def test_a_warning_needs_the_approvers_own_reason(world: StaffWorld) -> None:
    page = world.submitted(message_text=CAUTION)
    with pytest.raises(PermissionDenied):
        approve(page, world.users["approver"])
    spot = found(page, "wording-caution").placed.spot
    for reason in ("", "ừ"):
        with pytest.raises(ValidationError):
            decisions.keep(page=draft_of(page), code="wording-caution", spot=spot, by=world.chief, reason=reason)
    decisions.keep(page=draft_of(page), code="wording-caution", spot=spot, by=world.chief, reason=REASON)
    with pytest.raises(PermissionDenied):
        approve(page, world.users["approver"])
    approval = approve(page, world.chief)
    (word,) = approval.decisions.all()
    assert (word.code, word.by, word.reason) == ("wording-caution", world.chief, REASON)
    assert word.digest == decisions.digest_of_texts(approval.snapshot)


def test_the_approver_is_led_to_the_screen_and_approves_there(world: StaffWorld) -> None:
    page = world.submitted(message_text=CAUTION)
    client, screen = world.client("approver"), reverse("loa_decisions", args=[page.pk])
    answer = client.post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        {"action-workflow-action": "1", "workflow-action-name": "approve"},
    )
    assert answer.url == screen
    one = found(page, "wording-caution")
    name = f"reason-wording-caution.{one.placed.spot}"
    assert name in client.get(screen).content.decode()
    kept = client.post(screen, {"approve": "1", name: "ngắn"})
    assert kept.status_code == 200
    assert "ngắn" in kept.content.decode(), "what was typed stays"
    assert not Approval.objects.exists()
    assert client.post(screen, {"approve": "1", name: REASON}).status_code == 302
    approval = Approval.objects.get()
    assert approval.decisions.get().reason == REASON
    assert REASON in client.get(screen).content.decode(), "the screen tells the history"
    history = world.client("senior_editor").get(reverse("wagtailadmin_pages:history", args=[page.pk]))
    assert REASON in history.content.decode()


def test_lifting_on_the_screen(world: StaffWorld) -> None:
    page = world.material(message_text=STIGMA)
    screen = reverse("loa_decisions", args=[page.pk])
    name = f"wording-stigma.{found(page, 'wording-stigma').placed.spot}"
    for role in ("approver", "senior_editor"):
        client = world.client(role)
        assert client.post(screen, {"lift": name, f"reason-{name}": ""}).status_code == 200
        assert client.post(screen, {"lift": name, f"reason-{name}": REASON}).status_code == 302
    assert not found(page, "wording-stigma").stands
    assert world.client("author").post(screen, {"lift": name, f"reason-{name}": REASON}).status_code in (302, 403)
    assert FindingDecision.objects.count() == 2
    assert world.client("report_signer").get(screen).status_code in (302, 403)


def test_a_word_is_never_changed(world: StaffWorld) -> None:
    page = world.material(message_text=STIGMA)
    lift(page, world.users["approver"])
    word = FindingDecision.objects.get()
    word.reason = "Khác"
    with pytest.raises(ValueError, match="never changed"):
        word.save()


# --- A real case ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "changes", "code", "level"),
    [
        ("", "", "real-case-unanswered", "block"),
        ("yes", "", "real-case-unexplained", "block"),
        ("yes", "Đổi nơi ở, gộp hai chuyện.", "real-case", "warn"),
    ],
)
def test_the_answer_about_a_real_case(world: StaffWorld, answer: str, changes: str, code: str, level: str) -> None:
    page = world.submitted(real_case=answer, real_case_changes=changes)
    one = found(page, code)
    assert one.placed.finding.level == level
    with pytest.raises(PermissionDenied):
        approve(page, world.users["approver"])
    if level == "warn":
        spot, approver = one.placed.spot, world.users["approver"]
        decisions.keep(page=draft_of(page), code=code, spot=spot, by=approver, reason=REASON)
        approval = approve(page, approver)
        assert approval.snapshot["real_case"] == {"answer": "yes", "changes": changes}
        assert approval.decisions.get().code == "real-case"
    else:
        with pytest.raises(ValidationError):
            lift(page, world.users["approver"], code)


def test_no_real_case_asks_for_nothing(world: StaffWorld) -> None:
    approval = approve(world.submitted(), world.users["approver"])
    assert approval.snapshot["real_case"] == {"answer": "no", "changes": ""}
    assert not FindingDecision.objects.exists()


def test_the_gate_asks_the_database_no_more_for_more(world: StaffWorld) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries(channels: int) -> int:
        posting = world.posting(*[world.channel("feed", f"Kênh {channels}-{number}") for number in range(channels)])
        items = [f"item:{item.pk}" for item in PostingItem.objects.filter(posting=posting)]
        with CaptureQueriesContext(connection) as asked:
            gate.decide(items)
        return len(asked)

    assert queries(1) == queries(6)


def test_lifts_of_many_texts_are_read_in_as_many_queries_as_of_one(world: StaffWorld) -> None:
    approvals = []
    for number in range(3):
        page = world.material(title=f"Bài {number}", message_text=STIGMA)
        for role in ("approver", "senior_editor"):
            lift(page, world.users[role])
        page.get_workflow().start(page, page.owner)
        approvals.append(approve(page, world.users["approver"]))
    counts = []
    for several in (approvals[:1], approvals):
        with CaptureQueriesContext(connection) as queries:
            assert set(decisions.lifted_in(several)) == {one.pk for one in several}
        counts.append(len(queries))
    assert counts[0] == counts[1]
