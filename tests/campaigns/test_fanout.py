"""Which version a channel gets, and what leaves: the approved text, in a constant number of queries."""

import datetime as dt

import pytest
from django.utils import timezone

from campaigns import fanout
from campaigns.gate import decide
from campaigns.messages import message_for
from campaigns.models import Approval, AudienceLanguage, Language, PostingItem, TargetGroup
from campaigns.recall import recall_content, recall_posting
from campaigns.versions import plan_items
from publishers.models import Channel, Delivery
from tests.campaigns.staff_world import StaffWorld, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db


def speaks(channel: Channel, *codes: str) -> Channel:
    channel.audience.ordered_languages.all().delete()
    for order, code in enumerate(codes):
        language = Language.objects.get(code=code)
        AudienceLanguage.objects.create(audience=channel.audience, language=language, order=order)
    return channel


def approve_in(world: StaffWorld, page, code: str, **fields) -> Approval:
    """An approval in another language, as its workflow would leave it."""
    source = Approval.objects.filter(page=page).latest("pk")
    return Approval.objects.create(
        bulletin=None,
        page=page,
        language=Language.objects.get(code=code),
        snapshot={**source.snapshot, "title": code},
        approved_by=world.users["approver"],
        source_approval=source,
        **fields,
    )


def test_the_first_language_with_an_approval_wins(world):
    page = world.approved()
    channel = speaks(world.channel(), "hmn-x-vn", "vi")
    [item] = plan_items(page, [channel])
    assert (item.language.code, item.is_fallback) == ("vi", True)
    assert "Mông" in item.why
    approve_in(world, page, "hmn-x-vn")
    [item] = plan_items(page, [channel])
    assert (item.language.code, item.is_fallback) == ("hmn-x-vn", False)


def test_no_fallback_across_scripts_or_to_a_language_not_listed(world):
    page = world.approved()
    approve_in(world, page, "hmn-x-rpa")
    [item] = plan_items(page, [speaks(world.channel(), "hmn-x-vn")])
    assert item.approval is None
    assert "Mông" in item.why
    [item] = plan_items(page, [speaks(world.channel("feed"))])
    assert item.approval is None


def test_a_translation_of_an_older_source_is_not_used(world):
    page = world.approved()
    stale = approve_in(world, page, "hmn-x-vn")
    page.title = "Tiêu đề mới"
    page.save_revision(user=world.users["author"], log_action=True)
    page.get_workflow().start(page, world.users["author"])
    page.current_workflow_task_state.approve(user=world.users["approver"])
    assert Approval.objects.filter(page=page, language__code="vi").latest("pk").pk > stale.pk
    [item] = plan_items(page, [speaks(world.channel(), "hmn-x-vn")])
    assert item.approval is None


@pytest.mark.parametrize("how", ["withdrawn", "expired"])
def test_an_approval_that_ended_is_not_used(world, how):
    page = world.approved()
    past = timezone.now() - dt.timedelta(seconds=1)
    field = "withdrawn_at" if how == "withdrawn" else "expires_at"
    Approval.objects.update(**{field: past})
    [item] = plan_items(page, [world.channel()])
    assert item.approval is None


def test_a_group_of_the_audience_gets_its_own_text(world):
    page = world.approved()
    channel = world.channel()
    channel.audience.groups.set(TargetGroup.objects.filter(key__in=("pupils", "parents")))
    [item] = plan_items(page, [channel])
    assert item.group.key == "pupils"
    message = message_for(approval=item.approval, channel=channel, group=item.group, link="https://x.example/")
    assert message.text.startswith("Bạn học sinh ơi.")


def test_a_sample_goes_to_rehearsal_channels_only(world):
    page = world.approved(is_sample=True)
    live = world.channel("feed", "Thật", rehearsal=False)
    rehearsal = world.channel("feed", "Diễn tập")
    first, second = plan_items(page, [live, rehearsal])
    assert (first.approval, bool(second.approval)) == (None, True)
    assert message_for(approval=second.approval, channel=rehearsal, group=None, link="").title.startswith("[BẢN MẪU]")


def test_the_gate_holds_what_nobody_vouches_for(world):
    posting = world.posting(world.channel())
    item = PostingItem.objects.get(posting=posting)
    verdicts = decide([f"item:{item.pk}", "item:999999", "other:1", "item:x"])
    assert [verdicts[key].decision for key in ("item:999999", "other:1", "item:x")] == ["hold"] * 3
    recall_posting(posting=posting, by="trực ban", why="thử")
    assert decide([f"item:{item.pk}"])[f"item:{item.pk}"].decision == "drop"


def test_recalling_a_content_takes_everything_back(world):
    page = world.approved()
    world.posting(world.channel(), page=page)
    done = recall_content(page=page, user=world.users["approver"], why="sai số liệu")
    page.refresh_from_db()
    assert not page.live
    assert Approval.objects.get().withdrawn_why == "sai số liệu"
    assert [one.outcome for one in done.deliveries] == ["stopped"]
    assert Delivery.objects.get().state == "cancelled"


def test_posting_twice_with_one_key_posts_once(world):
    page, channel = world.approved(), world.channel()
    given = {"key": "một lần", "campaign": world.campaign, "page": page, "channels": [channel]}
    first = fanout.post(**given, due=timezone.now(), by=world.users["channel_manager"])
    second = fanout.post(**given, due=timezone.now(), by=world.users["channel_manager"])
    assert first == second
    assert Delivery.objects.count() == 1


def test_many_channels_cost_no_more_queries_than_few(world):
    page = world.approved()
    few = [world.channel("manual", f"Bảng tin {n}") for n in range(3)]
    many = [world.channel("manual", f"Nhóm {n}") for n in range(60)]
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries(key, channels):
        with CaptureQueriesContext(connection) as caught:
            given = {"campaign": world.campaign, "page": page, "due": timezone.now(), "by": world.chief}
            fanout.post(key=key, channels=channels, **given)
        return len(caught)

    queries("làm nóng", few)
    assert queries("ba mươi", many) <= queries("ba", few) + 3
