"""Who owes what until when: assigning, handing over, settling, and the one reminder a day."""

import datetime as dt
import smtplib
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageLogEntry, TaskState

from campaigns.coverage import reminders
from campaigns.coverage.assignments import Task, assign, settle
from campaigns.coverage.handover import owed_by
from campaigns.coverage.mine import owed_facts
from campaigns.coverage.reminders import remind
from campaigns.models import Approval, Assignment, Language, MaterialPage, Reminder, Step, TranslationBasis
from campaigns.translations import start_translation
from cms.models import User
from tests.campaigns.staff_world import StaffWorld, world  # noqa: F401

ADDRESS = "{}@vi-du.example"


def mong() -> Language:
    return Language.objects.get(key="mong-rpa")


def in_days(number: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=number)


def person(name: str, *groups: Group | None, address: bool = True) -> User:
    user = User.objects.create_user(name, first_name=name, email=ADDRESS.format(name) if address else "")
    user.groups.set([group for group in groups if group])
    return user


def translator(name: str = "Thào", **kwargs: Any) -> User:
    return person(name, mong().translators, **kwargs)


def give(
    world: StaffWorld,  # noqa: F811
    owner: User,
    *,
    step: str = Step.WRITE,
    days: int = 7,
    content: MaterialPage | None = None,
) -> Assignment:
    page = content or world.approved()
    made = assign(contents=[page], task=Task(mong(), step, in_days(days)), owner=owner, by=world.users["senior_editor"])
    return made[0]


def is_open(assignment: Assignment) -> bool:
    return Assignment.objects.still_open().filter(pk=assignment.pk).exists()


def test_one_letter_in_vietnamese_about_all_of_it(
    world: StaffWorld,  # noqa: F811
    django_capture_on_commit_callbacks: Any,
) -> None:
    owner = translator()
    pages = [world.approved(), world.approved(title="Bài\nhai")]
    with django_capture_on_commit_callbacks(execute=True):
        assign(
            contents=pages,
            task=Task(mong(), Step.WRITE, in_days(3), "Cần trước phiên chợ"),
            owner=owner,
            by=world.users["author"],
        )
    [letter] = mail.outbox
    assert letter.to == [owner.email]
    assert "Xin chào" in letter.body
    assert "Cần trước phiên chợ" in letter.body
    assert f"{in_days(3):%d/%m/%Y}" in letter.body
    for one in Assignment.objects.all():
        assert reverse("loa_assignment", args=[one.pk]) in letter.body


def test_only_somebody_who_can_gets_it_and_never_the_writer_for_approval(world: StaffWorld) -> None:  # noqa: F811
    page, editor = world.approved(), world.users["senior_editor"]
    stranger = person("Lạ", Group.objects.get(name="Người duyệt"))
    with pytest.raises(ValidationError):
        give(world, stranger, content=page)
    with pytest.raises(ValidationError):  # A superuser does not read Mông.
        give(world, world.chief, step=Step.REVIEW, content=page)
    draft = start_translation(content=page, language=mong(), user=translator("Viết"))
    writer = draft.owner
    writer.groups.add(mong().reviewers)
    with pytest.raises(ValidationError):
        give(world, writer, step=Step.REVIEW, content=page)
    vietnamese = Language.objects.get(code="vi")
    with pytest.raises(ValidationError):  # Approved: nothing is owed.
        assign(contents=[page], task=Task(vietnamese, Step.APPROVE, in_days(1)), owner=editor, by=editor)
    assert not Assignment.objects.exists()


def test_all_of_it_or_none(world: StaffWorld) -> None:  # noqa: F811
    pages = [world.approved(), world.submitted(title="Đang chờ")]
    vietnamese = Language.objects.get(code="vi")
    with pytest.raises(ValidationError):
        assign(
            contents=pages,
            task=Task(vietnamese, Step.APPROVE, in_days(1)),
            owner=world.users["approver"],
            by=world.chief,
        )
    assert not Assignment.objects.exists()


def test_the_workflow_settles_what_is_owed_and_a_no_brings_it_back(world: StaffWorld) -> None:  # noqa: F811
    page, owner = world.approved(), translator()
    reader = person("Sùng", mong().reviewers)
    write = give(world, owner, content=page)
    review = give(world, reader, step=Step.REVIEW, content=page)
    approve = give(world, world.users["approver"], step=Step.APPROVE, content=page)
    draft = start_translation(content=page, language=mong(), user=owner)
    draft.get_workflow().start(draft, owner)
    assert [is_open(one) for one in (write, review, approve)] == [False, True, True]

    MaterialPage.objects.get(pk=draft.pk).current_workflow_task_state.reject(user=reader, comment="Sai")
    assert is_open(write)
    MaterialPage.objects.get(pk=draft.pk).current_workflow_state.resume(owner)
    settle()
    assert not is_open(write)
    MaterialPage.objects.get(pk=draft.pk).current_workflow_task_state.approve(user=reader)
    assert [is_open(one) for one in (review, approve)] == [False, True]
    MaterialPage.objects.get(pk=draft.pk).current_workflow_task_state.approve(user=world.users["approver"])
    assert not is_open(approve)
    assert Approval.objects.filter(page=draft.pk).exists()


def test_everything_of_somebody_who_left_goes_to_somebody_else(
    world: StaffWorld,  # noqa: F811
    django_capture_on_commit_callbacks: Any,
) -> None:
    gone, heir = translator("Đi"), translator("Ở")
    assigned = give(world, gone)
    submitted = start_translation(content=world.approved(), language=mong(), user=gone)
    submitted.get_workflow().start(submitted, gone)
    begun = start_translation(content=world.approved(), language=mong(), user=gone)
    review = give(world, world.users["approver"], step=Step.APPROVE)
    review.owner = gone
    review.save()
    gone.is_active = False
    gone.save()

    client = world.client("senior_editor")
    address = f"{reverse('loa_hand_over')}?tu={gone.pk}"
    shown = client.get(address).content.decode()
    owed = owed_by(gone)
    assert (len(owed.assignments), len(owed.flows), len(owed.drafts)) == (2, 1, 1)
    ticked = [f"a{one.pk}" for one in owed.assignments]
    ticked += [f"w{one.pk}" for one in owed.flows] + [f"d{one.pk}" for one in owed.drafts]
    assert all(f'value="{one}"' in shown for one in ticked)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address, {"owed": ticked, "to": heir.pk, "due": f"{in_days(5):%d/%m/%Y}"})

    assigned.refresh_from_db()
    assert assigned.owner == heir
    assert MaterialPage.objects.get(pk=submitted.pk).current_workflow_state.requested_by == heir
    draft = Assignment.objects.get(content__translation_key=begun.translation_key)
    assert (draft.owner, draft.due) == (heir, in_days(5))
    assert MaterialPage.objects.get(pk=begun.pk).owner == gone, "four eyes still count the writer"
    review.refresh_from_db()
    assert review.owner == gone, "a translator does not approve"
    assert str(review) in answer.content.decode()
    assert [letter.to for letter in mail.outbox] == [[heir.email]]
    assert PageLogEntry.objects.filter(action="loa.hand_over").count() == 2
    assert len(owed_by(gone)) == 1


def test_only_a_lead_hands_over_what_others_owe(world: StaffWorld) -> None:  # noqa: F811
    one, other = translator("Một"), translator("Hai")
    kept = give(world, one)
    client = world.client("translator")
    answer = client.post(
        f"{reverse('loa_hand_over')}?tu={one.pk}",
        {"owed": [f"a{kept.pk}"], "to": other.pk, "due": f"{in_days(5):%d/%m/%Y}"},
    )
    assert answer.status_code == 302
    kept.refresh_from_db()
    assert kept.owner == one
    client.force_login(one)
    client.post(reverse("loa_hand_over"), {"owed": [f"a{kept.pk}"], "to": other.pk, "due": f"{in_days(5):%d/%m/%Y}"})
    kept.refresh_from_db()
    assert kept.owner == other, "one's own may be handed on by anybody"


def test_one_reminder_a_day_however_many_beats(world: StaffWorld) -> None:  # noqa: F811
    owner = translator()
    give(world, owner, days=-1)
    give(world, owner, days=1)
    give(world, owner, days=9)
    world.users["senior_editor"].email = ADDRESS.format("bien-tap")
    world.users["senior_editor"].save()
    assert (remind().sent, remind().sent) == (2, 0)
    mine, lead = sorted(mail.outbox, key=lambda letter: letter.to != [owner.email])
    late, soon, later = Assignment.objects.order_by("due")
    assert reverse("loa_assignment", args=[late.pk]) in mine.body
    assert reverse("loa_assignment", args=[soon.pk]) in mine.body
    assert reverse("loa_assignment", args=[later.pk]) not in mine.body
    assert "QUÁ HẠN" in mine.body
    assert owner.first_name in lead.body, "whoever asked for it hears that it is late"
    assert remind(in_days(1)).sent == 2


def test_a_text_that_waits_long_is_named_to_those_who_may_decide(world: StaffWorld) -> None:  # noqa: F811
    page, approver = world.submitted(), world.users["approver"]
    approver.email = ADDRESS.format("duyet")
    approver.save()
    assert remind().sent == 0, "it came today"
    TaskState.objects.update(started_at=timezone.now() - dt.timedelta(days=3))
    assert remind().sent == 1
    assert reverse("wagtailadmin_pages:edit", args=[page.pk]) in mail.outbox[0].body


def test_two_beats_at_once(world: StaffWorld, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The second beat comes while the first one's letter is on its way."""
    owner = translator()
    give(world, owner, days=0)
    sent = reminders.letters.send
    again: list[Any] = []

    def send(*args: Any, **kwargs: Any) -> bool:
        if not again:
            again.append(None)
            again.append(remind())
        return sent(*args, **kwargs)

    monkeypatch.setattr(reminders.letters, "send", send)
    remind()
    assert again[1].sent == 0
    assert again[1].already == 1
    assert len(mail.outbox) == 1


def test_a_letter_that_failed_is_named_and_not_sent_twice(
    world: StaffWorld,  # noqa: F811
    settings: Any,
) -> None:
    owner = translator()
    give(world, owner, days=0)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # Nobody listens there.
    assert (remind().failed, remind().failed) == (1, 0)
    assert Reminder.objects.get().sent_at is None
    facts = owed_facts(world.users["senior_editor"], world.campaign)
    assert facts["lead"]["failed"] == [str(owner)]
    shown = world.client("senior_editor").get(reverse("wagtailadmin_home")).content.decode()
    assert str(owner) in shown


def test_whoever_has_no_address_is_named_to_the_lead(world: StaffWorld) -> None:  # noqa: F811
    silent = translator("Không Thư", address=False)
    lead = world.users["senior_editor"]
    lead.email = ADDRESS.format("bien-tap")
    lead.save()
    give(world, silent, days=1)
    remind()
    [letter] = mail.outbox
    assert letter.to == [lead.email]
    assert str(silent) in letter.body
    assert str(silent) in world.client("senior_editor").get(reverse("wagtailadmin_home")).content.decode()
    assert str(silent) not in world.client("report_signer").get(reverse("wagtailadmin_home")).content.decode()


def test_the_owner_finds_it_on_the_home_page(world: StaffWorld) -> None:  # noqa: F811
    owner = translator()
    one = give(world, owner, days=-2)
    client = world.client("author")
    client.force_login(owner)
    home = client.get(reverse("wagtailadmin_home")).content.decode()
    assert reverse("loa_assignment", args=[one.pk]) in home
    assert "quá hạn" in home
    assert client.get(reverse("loa_assignment", args=[one.pk]))["Location"] == reverse(
        "loa_coverage_cell", args=[world.campaign.pk, one.content_id, mong().key]
    )


def test_a_cell_lets_a_lead_assign_and_a_translator_take(world: StaffWorld) -> None:  # noqa: F811
    page, owner = world.approved(), translator()
    address = reverse("loa_coverage_cell", args=[world.campaign.pk, page.pk, mong().key])
    lead = world.client("senior_editor")
    answer = lead.post(
        address,
        {"action": "assign", "step": "write", "write-owner": owner.pk, "write-due": f"{in_days(-1):%d/%m/%Y}"},
    )
    assert answer.status_code == 422, "the day has passed"
    lead.post(
        address, {"action": "assign", "step": "write", "write-owner": owner.pk, "write-due": f"{in_days(4):%d/%m/%Y}"}
    )
    one = Assignment.objects.get()
    assert (one.owner, one.due, one.assigned_by) == (owner, in_days(4), world.users["senior_editor"])
    lead.post(address, {"action": "drop", "step": "write"})
    assert not is_open(one)

    client = world.client("report_signer")
    client.post(address, {"action": "take", "step": "write"})
    client.post(
        address, {"action": "assign", "step": "write", "write-owner": owner.pk, "write-due": f"{in_days(4):%d/%m/%Y}"}
    )
    assert not Assignment.objects.still_open().exists()
    client.force_login(owner)
    client.post(address, {"action": "take", "step": "write"})
    assert Assignment.objects.still_open().get().owner == owner
    answer = client.post(address, {"action": "begin"})
    draft = MaterialPage.objects.get(translation_key=page.translation_key, locale__language_code=mong().code)
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[draft.pk])


def test_a_whole_language_is_assigned_at_once(world: StaffWorld) -> None:  # noqa: F811
    pages, owner = [world.approved(), world.approved()], translator()
    address = reverse("loa_coverage_assign", args=[world.campaign.pk, mong().key])
    client = world.client("senior_editor")
    shown = client.get(address).content.decode()
    assert shown.count("checked") == 2
    form = {"owner": owner.pk, "due": f"{in_days(4):%Y-%m-%d}"}
    assert client.post(address, form).status_code == 422
    client.post(address, {**form, "contents": [page.pk for page in pages]})
    assert Assignment.objects.filter(owner=owner, language=mong(), step="write").count() == 2
    assert world.client("translator").post(address, {**form, "contents": [pages[0].pk]}).status_code == 302


def test_as_many_queries_for_many_assignments(world: StaffWorld) -> None:  # noqa: F811
    owner, page, client = translator(), world.approved(), world.client("senior_editor")
    counted = []
    for languages in (Language.objects.all()[:2], Language.objects.all()[2:17]):
        Assignment.objects.bulk_create(
            Assignment(content=page, language=language, owner=owner, assigned_by=world.chief, due=in_days(-1))
            for language in languages
        )
        for address in (reverse("loa_assignments"), reverse("loa_hand_over") + f"?tu={owner.pk}"):
            client.get(address)
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            counted.append(len(seen))
    assert counted[:2] == counted[2:]


def test_what_changed_since_is_marked_until_the_translation_follows(world: StaffWorld) -> None:  # noqa: F811
    page, owner = world.approved(), translator()
    draft = start_translation(content=page, language=mong(), user=owner)
    client = world.client("author")
    client.force_login(owner)
    edit = reverse("wagtailadmin_pages:edit", args=[draft.pk])
    before = client.get(edit).content.decode()
    assert page.summary in before
    assert "<ins>" not in before

    page.summary = page.summary.replace("bảy câu", "tám câu <b>")
    page.save_revision(user=world.users["author"], log_action=True)
    assert "<ins>" not in client.get(edit).content.decode(), "what is not approved is not told"
    page = MaterialPage.objects.get(pk=page.pk)
    page.get_workflow().start(page, world.users["author"])
    page.current_workflow_task_state.approve(user=world.users["approver"])

    after = client.get(edit).content.decode()
    assert "bảy câu. </del>" in after
    assert "tám câu &lt;b&gt;. </ins>" in after
    cell = reverse("loa_coverage_cell", args=[world.campaign.pk, page.pk, mong().key])
    assert "tám câu &lt;b&gt;. </ins>" in client.get(cell).content.decode()
    assert world.client("report_signer").post(cell, {"action": "follow"}).status_code == 302
    assert TranslationBasis.objects.get(page=draft).followed_by is None
    client.post(cell, {"action": "follow"})
    assert TranslationBasis.objects.get(page=draft).followed_by == owner
    assert "<ins>" not in client.get(edit).content.decode()


def test_the_workflow_writes_to_readers_approvers_and_back(
    world: StaffWorld,  # noqa: F811
    django_capture_on_commit_callbacks: Any,
) -> None:
    owner, reader = translator(), person("Sùng", mong().reviewers)
    other = person("Không đọc", Language.objects.get(key="tay").reviewers)
    approver = world.users["approver"]
    approver.email = ADDRESS.format("duyet")
    approver.save()
    draft = start_translation(content=world.approved(), language=mong(), user=owner)
    with django_capture_on_commit_callbacks(execute=True):
        draft.get_workflow().start(draft, owner)
    assert [letter.to for letter in mail.outbox] == [[reader.email]]
    assert other.email not in str([letter.to for letter in mail.outbox])
    step = MaterialPage.objects.get(pk=draft.pk).current_workflow_task_state
    with django_capture_on_commit_callbacks(execute=True):
        step.reject(user=reader, comment="Câu hai\nchưa rõ")
    assert mail.outbox[-1].to == [owner.email]
    assert "chưa rõ" in mail.outbox[-1].body
    with django_capture_on_commit_callbacks(execute=True):
        MaterialPage.objects.get(pk=draft.pk).current_workflow_state.resume(owner)
        MaterialPage.objects.get(pk=draft.pk).current_workflow_task_state.approve(user=reader)
    assert mail.outbox[-1].to == [approver.email]
    with django_capture_on_commit_callbacks(execute=True):
        MaterialPage.objects.get(pk=draft.pk).current_workflow_task_state.approve(user=approver)
    assert mail.outbox[-1].to == [owner.email]
    assert draft.get_url() in mail.outbox[-1].body
    for letter in mail.outbox:
        assert "Xin chào" in letter.body
        assert reverse("wagtailadmin_pages:edit", args=[draft.pk]) in letter.body or "đã được duyệt" in letter.body


def test_a_dead_mail_server_undoes_no_decision(
    world: StaffWorld,  # noqa: F811
    settings: Any,
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person("Sùng", mong().reviewers)
    owner = translator()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "khong-co-may-nay.invalid"
    with django_capture_on_commit_callbacks(execute=True):
        one = give(world, owner)
        draft = start_translation(content=one.content.specific, language=mong(), user=owner)
        draft.get_workflow().start(draft, owner)
    assert MaterialPage.objects.get(pk=draft.pk).current_workflow_state is not None
    assert smtplib.SMTPException in reminders.letters.NOT_SENT
