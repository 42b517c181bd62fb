"""Quick alerts: template, text, a second person's one tap, every Vietnamese channel; nobody approves their own."""

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import bulletin_channels, bulletins, gate
from campaigns.models import (
    AlertTemplate,
    Approval,
    AudienceLanguage,
    Bulletin,
    FindingDecision,
    Language,
    Place,
    Posting,
    PostingItem,
    RightsText,
)
from cms.models import User
from cms.roles import ROLES
from publishers.models import Delivery
from tests.campaigns.staff_world import TEXT, StaffWorld, world

__all__ = ["world"]
FILLED = "bà con vùng biên"


def filled(template: AlertTemplate) -> str:
    return bulletins.BLANK.sub(FILLED, bulletins.text_of(template))


def typed(world: StaffWorld, *channels: Any, **changes: Any) -> dict[str, Any]:
    """What the author's form sends."""
    data = {"title": "Cảnh báo: việc nhẹ lương cao", "text": TEXT, "place": "", "link": "", "image": ""}
    data |= {"campaign": world.campaign.pk, "channels": [channel.pk for channel in channels], "step": "submit"}
    return data | changes


def submitted(world: StaffWorld, *channels: Any, by: str = "author", **changes: Any) -> Bulletin:
    answer = world.client(by).post(reverse("loa_alert"), typed(world, *channels, **changes))
    assert answer.status_code == 302, answer.context["form"].errors
    return Bulletin.objects.latest("pk")


def seen_of(page: Any) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page.content.decode())
    return found[1] if found else ""


def approve(world: StaffWorld, bulletin: Bulletin, role: str = "approver", **changes: Any) -> Any:
    """The one tap, on the page as it was shown."""
    client, address = world.client(role), reverse("loa_bulletin", args=[bulletin.pk])
    shown = client.get(address)
    return client.post(address, {"step": "approve", "seen": seen_of(shown), **changes}, follow=True)


def second_approver() -> User:
    user = User.objects.create_user("approver2", first_name="Người duyệt hai")
    user.groups.set(User.objects.get(username="approver").groups.all())
    return user


def test_from_submission_to_every_channel_in_two_taps(
    world: StaffWorld, django_capture_on_commit_callbacks: Any
) -> None:
    channels = [world.channel("telegram"), world.channel("feed"), world.channel("manual")]
    world.users["approver"].email = "duyet@loa.example"
    world.users["approver"].save()
    with django_capture_on_commit_callbacks(execute=True):
        bulletin = submitted(world, *channels)
    assert bulletin.state == "waiting"
    assert not Delivery.objects.exists()
    home = world.client("approver").get(reverse("wagtailadmin_home")).content.decode()
    assert reverse("loa_bulletin", args=[bulletin.pk]) in home

    shown = world.client("approver").get(reverse("loa_bulletin", args=[bulletin.pk])).content.decode()
    assert all(channel.name in shown for channel in channels)
    assert html.escape(TEXT) in shown
    answer = approve(world, bulletin)
    posting = Posting.objects.get(bulletin=bulletin)
    assert posting.created_by == world.users["approver"]
    rows = Delivery.objects.filter(posting_item__posting=posting)
    assert {row.channel for row in rows} == set(channels)
    assert all(row.due <= timezone.now() for row in rows)
    assert {verdict.decision for verdict in gate.decide([row.reference for row in rows]).values()} == {"allow"}
    approval = Approval.objects.get(bulletin=bulletin)
    assert approval.is_intact()
    assert list(approval.authors.all()) == [world.users["author"]]
    assert all(channel.name in answer.content.decode() for channel in channels)


def test_pressing_approve_twice_posts_once(world: StaffWorld) -> None:
    bulletin = submitted(world, world.channel("telegram"))
    seen = bulletins.seen_digest(bulletin)
    first = bulletins.approve(bulletin=bulletin, by=world.users["approver"], seen=seen)
    assert bulletins.approve(bulletin=bulletin, by=world.users["approver"], seen=seen) == first
    assert (Posting.objects.count(), Delivery.objects.count()) == (1, 1)


def test_the_approvers_are_told_by_mail(world: StaffWorld) -> None:
    for name in ("approver", "author", "channel_manager"):
        User.objects.filter(username=name).update(email=f"{name}@loa.example")
    bulletin = submitted(world, world.channel("telegram"))
    from campaigns.tasks import mail_approvers

    assert mail_approvers(bulletin.pk) == 1
    assert [message.to for message in mail.outbox] == [["approver@loa.example"]]
    assert reverse("loa_bulletin", args=[bulletin.pk]) in mail.outbox[0].body
    assert bulletin.text in mail.outbox[0].body


@pytest.mark.parametrize("role", [*(role for role in ROLES if role != "approver"), "chief"])
def test_nobody_but_an_approver_approves(world: StaffWorld, role: str) -> None:
    bulletin = submitted(world, world.channel("telegram"), by="author")
    seen = bulletins.seen_digest(bulletin)
    world.client(role).post(reverse("loa_bulletin", args=[bulletin.pk]), {"step": "approve", "seen": seen})
    assert not Posting.objects.exists()
    assert not Approval.objects.exists()


def test_an_approver_cannot_approve_what_they_wrote_mended_or_submitted(world: StaffWorld) -> None:
    channel = world.channel("telegram")
    own = submitted(world, channel, by="approver")
    approve(world, own)
    assert not Posting.objects.exists()
    # A superuser in the approvers' group is no exception.
    world.users["approver"].is_superuser = True
    world.users["approver"].save()
    approve(world, own)
    assert not Posting.objects.exists()
    # Whoever mends somebody else's text has written in it, even if it is handed in again by its author.
    other = submitted(world, channel)
    edit = reverse("loa_alert_edit", args=[other.pk])
    world.client("approver").post(edit, typed(world, channel, step="save", title="Cảnh báo mới"))
    world.client("author").post(edit, typed(world, channel))
    other.refresh_from_db()
    assert other.state == "waiting"
    approve(world, other)
    assert not Posting.objects.exists()
    with pytest.raises(PermissionDenied):
        bulletins.approve(bulletin=other, by=world.users["approver"], seen=bulletins.seen_digest(other))
    seen = bulletins.seen_digest(other)
    assert bulletins.approve(bulletin=other, by=second_approver(), seen=seen).bulletin == other


def test_a_change_after_submission_takes_it_back(world: StaffWorld) -> None:
    channel = world.channel("telegram")
    bulletin = submitted(world, channel)
    client, address = world.client("approver"), reverse("loa_bulletin", args=[bulletin.pk])
    seen = seen_of(client.get(address))
    edit = reverse("loa_alert_edit", args=[bulletin.pk])
    world.client("author").post(edit, typed(world, channel, title="Khác rồi", step="save"))
    client.post(address, {"step": "approve", "seen": seen})
    assert not Posting.objects.exists()
    # Handed in anew: what the approver's open page showed is not what is there now.
    world.client("author").post(edit, typed(world, channel, title="Khác rồi"))
    client.post(address, {"step": "approve", "seen": seen})
    assert not Posting.objects.exists()
    client.post(address, {"step": "approve", "seen": seen_of(client.get(address))})
    assert Approval.objects.get().snapshot["title"] == "Khác rồi"


def test_another_channel_counts_as_a_change(world: StaffWorld) -> None:
    one, two = world.channel("telegram"), world.channel("feed")
    bulletin = submitted(world, one)
    seen = bulletins.seen_digest(bulletin)
    bulletin.channels.add(two)
    with pytest.raises(PermissionDenied):
        bulletins.approve(bulletin=Bulletin.objects.get(), by=world.users["approver"], seen=seen)


def test_what_is_approved_is_not_changed_any_more(world: StaffWorld) -> None:
    channel = world.channel("telegram")
    bulletin = submitted(world, channel)
    approve(world, bulletin)
    edit = reverse("loa_alert_edit", args=[bulletin.pk])
    assert world.client("author").get(edit).status_code == 302
    world.client("author").post(edit, typed(world, channel, title="Sửa lén"))
    bulletin.refresh_from_db()
    assert (bulletin.title, bulletin.state) == ("Cảnh báo: việc nhẹ lương cao", "approved")


def test_it_is_sent_back_with_a_reason_and_handed_in_again(world: StaffWorld) -> None:
    bulletin = submitted(world, world.channel("telegram"))
    client, address = world.client("approver"), reverse("loa_bulletin", args=[bulletin.pk])
    client.post(address, {"step": "return", "why_not": " "})
    bulletin.refresh_from_db()
    assert bulletin.state == "waiting"
    client.post(address, {"step": "return", "why_not": "Thiếu tên xã"})
    bulletin.refresh_from_db()
    assert (bulletin.state, bulletin.decided_why) == ("returned", "Thiếu tên xã")
    assert "Thiếu tên xã" in world.client("author").get(reverse("wagtailadmin_home")).content.decode()
    assert "Thiếu tên xã" in world.client("author").get(address).content.decode()
    world.client("author").post(address, {"step": "submit"})
    bulletin.refresh_from_db()
    assert bulletin.state == "waiting"


def test_a_draft_is_thrown_away_by_its_writer_only(world: StaffWorld) -> None:
    channel = world.channel("telegram")
    bulletin = submitted(world, channel)
    address = reverse("loa_bulletin", args=[bulletin.pk])
    world.client("author").post(address, {"step": "discard"})
    assert Bulletin.objects.get().state == "waiting"
    world.client("author").post(reverse("loa_alert_edit", args=[bulletin.pk]), typed(world, channel, step="save"))
    world.client("senior_editor").post(address, {"step": "discard"})
    assert Bulletin.objects.exists()
    world.client("author").post(address, {"step": "discard"})
    assert not Bulletin.objects.exists()


def test_the_finding_stands_at_its_field_and_nothing_is_handed_in(world: StaffWorld) -> None:
    channel = world.channel("telegram")
    client = world.client("author")
    answer = client.post(reverse("loa_alert"), typed(world, channel, text="Gọi 0987 654 321 để đi làm xa."))
    assert {"text"} == set(answer.context["form"].errors)
    answer = client.post(reverse("loa_alert"), typed(world, channel, title="Cảnh báo ở [nơi nào]"))
    assert "[nơi nào]" in str(answer.context["form"].errors["title"])
    assert not Bulletin.objects.exists()
    # As a draft it may be kept.
    client.post(reverse("loa_alert"), typed(world, channel, title="Cảnh báo ở [nơi nào]", step="save"))
    assert Bulletin.objects.get().state == "draft"
    with pytest.raises(ValidationError):
        bulletins.submit(bulletin=Bulletin.objects.get(), by=world.users["author"])


def test_what_a_platform_would_refuse_is_said_before(world: StaffWorld) -> None:
    station = world.channel("telegram")
    long = f"{TEXT}\n\n" + "\n\n".join(f"Điều {number}. Hỏi kỹ nơi làm." for number in range(120))
    other = world.channel("facebook")
    answer = world.client("author").post(reverse("loa_alert"), typed(world, station, other, text=long[:3900]))
    # Nothing of these two refuses a long text; a text that fits nowhere is refused by the form itself.
    assert answer.status_code == 302
    answer = world.client("author").post(reverse("loa_alert"), typed(world, station, text=long + long))
    assert "text" in answer.context["form"].errors


def test_the_checks_answer_while_typing(world: StaffWorld) -> None:
    address = reverse("loa_bulletin_check")
    asked = {"title": "Cảnh báo", "text": "Gọi 0987 654 321", "language": "vi"}
    assert "loa-state--bad" in world.client("author").post(address, asked).content.decode()
    right = world.client("author").post(address, {"title": "Cảnh báo", "text": TEXT, "language": "vi"})
    assert "loa-state--good" in right.content.decode()
    assert world.client("report_signer").post(address, asked)["Location"] == reverse("wagtailadmin_home")


def test_every_template_is_safe_once_its_blanks_are_filled(world: StaffWorld) -> None:
    templates = list(AlertTemplate.objects.all())
    assert len(templates) >= 6
    sentence = RightsText.objects.get(language__code="vi").sentence
    for template in templates:
        text = filled(template)
        found = [placed.sentence for placed in bulletins.findings_of(template.title, text)]
        assert found == [], template.name
        assert sentence in text
        assert bulletins.blanks_in(template.title, bulletins.text_of(template))


def test_a_template_fills_the_form_and_ticks_all_vietnamese_channels(world: StaffWorld) -> None:
    vietnamese, other = world.channel("telegram"), world.channel("feed")
    other.audience.ordered_languages.update(language=Language.objects.get(key="mong-rpa"))
    shown = world.client("author").get(reverse("loa_alert") + "?mau=lua-viec-lam")
    form = shown.context["form"]
    assert form.initial["text"].startswith("Đang có người lạ")
    assert [row["channel"] for row in form.channel_rows if row["ticked"]] == [vietnamese]
    # The browser may send anything; a channel without Vietnamese is not taken.
    bulletin = submitted(world, vietnamese, other)
    assert list(bulletin.channels.all()) == [vietnamese]


def at(channel: Any, *places: Place) -> None:
    channel.audience.places.set(places)


def test_the_channels_of_a_place(world: StaffWorld) -> None:
    everywhere, here, inside, elsewhere, around = (world.channel("feed", name) for name in "abcde")
    today = Place.objects.communes().filter(valid_to=None)
    commune, other = today[0], today[1]
    village = Place.objects.create(code="thu-1", level="village", name="Thôn Thử", parent=commune)
    assert commune.parent is not None
    at(here, commune)
    at(inside, village)
    at(elsewhere, other)
    at(around, commune.parent)
    language = Language.objects.get(code="vi")
    assert bulletin_channels.channels_for(language, commune) == [everywhere, here, inside, around]
    assert bulletin_channels.channels_for(language, village) == [everywhere, here, inside, around]
    assert len(bulletin_channels.channels_for(language)) == 5
    counts = {place: len(reached) for place, reached in bulletin_channels.channels_at_places(language)}
    assert counts[commune] == 4
    assert counts[other] == 3


def test_the_languages_owed_are_listed_until_they_are_approved(world: StaffWorld) -> None:
    hmong = Language.objects.get(key="mong-rpa")
    channel = world.channel("telegram")
    AudienceLanguage.objects.filter(audience__channel=channel).update(order=1)
    AudienceLanguage.objects.create(audience=channel.audience, language=hmong, order=0)
    bulletin = submitted(world, channel)
    approve(world, bulletin)
    item = PostingItem.objects.get()
    assert item.is_fallback
    assert [debt.language for debt in bulletin_channels.owed(bulletin)] == [hmong]
    shown = world.client("translator").get(reverse("loa_bulletin", args=[bulletin.pk])).content.decode()
    write = f"{reverse('loa_alert')}?ban-cua={bulletin.pk}&amp;ngon-ngu={hmong.key}"
    assert write in shown

    text = "Ceeb toom: hu 111, 113."
    data = typed(world, channel, title="Ceeb toom", text=text)
    answer = world.client("translator").post(html.unescape(write), data)
    version = Bulletin.objects.latest("pk")
    assert answer["Location"] == reverse("loa_bulletin", args=[version.pk])
    assert (version.language, version.translation_of, version.state) == (hmong, bulletin, "waiting")
    assert bulletin_channels.owed(bulletin)[0].version == version
    # Without a native reader's word the approver cannot let it out.
    approve(world, version)
    assert not Posting.objects.filter(bulletin=version).exists()
    reader = world.users["native_reviewer"]
    assert hmong.reviewers is not None
    reader.groups.add(hmong.reviewers)
    client, address = world.client("native_reviewer"), reverse("loa_bulletin", args=[version.pk])
    client.post(address, {"step": "read", "seen": seen_of(client.get(address))})
    approve(world, version)
    posting = Posting.objects.get(bulletin=version)
    assert posting.items.get().language == hmong
    assert bulletin_channels.owed(bulletin) == []


def test_a_translator_cannot_confirm_their_own_reading(world: StaffWorld) -> None:
    hmong = Language.objects.get(key="mong-rpa")
    writer = world.users["translator"]
    assert hmong.reviewers is not None
    writer.groups.add(hmong.reviewers)
    bulletin = bulletins.save(
        values={"campaign": world.campaign, "title": "Ceeb toom", "text": "Hu 111."},
        channels=[],
        by=writer,
        language=hmong,
    )
    with pytest.raises(PermissionDenied):
        bulletins.confirm_reading(bulletin=bulletin, by=writer, seen=bulletins.seen_digest(bulletin))


def test_a_readers_word_does_not_fall_on_what_was_handed_in_meanwhile(world: StaffWorld) -> None:
    hmong = Language.objects.get(key="mong-rpa")
    reader, writer = world.users["native_reviewer"], world.users["author"]
    assert hmong.reviewers is not None
    reader.groups.add(hmong.reviewers)
    values = {"campaign": world.campaign, "title": "Ceeb toom", "text": "Hu 111."}
    bulletin = bulletins.save(values=values, channels=[], by=writer, language=hmong)
    waits = {"state": "waiting", "submitted_by": writer}
    Bulletin.objects.filter(pk=bulletin.pk).update(**waits, submitted_at=timezone.now())
    read = Bulletin.objects.get(pk=bulletin.pk)
    Bulletin.objects.filter(pk=bulletin.pk).update(**waits, submitted_at=timezone.now(), text="Hu 113.")
    with pytest.raises(PermissionDenied):
        bulletins.confirm_reading(bulletin=read, by=reader, seen=bulletins.seen_digest(read))
    assert Bulletin.objects.get().read_by is None


def test_a_correction_comes_half_written_to_the_same_channels(world: StaffWorld) -> None:
    channel, other = world.channel("telegram"), world.channel("feed")
    bulletin = submitted(world, channel)
    approve(world, bulletin)
    posting = Posting.objects.get()
    address = f"{reverse('loa_alert')}?dinh-chinh={posting.pk}"
    form = world.client("author").get(address).context["form"]
    assert bulletin.title in form.initial["title"]
    assert [row["channel"] for row in form.channel_rows if row["ticked"]] == [channel]
    text = bulletins.BLANK.sub("gọi 111 miễn phí", form.initial["text"])
    world.client("author").post(address, typed(world, channel, title=form.initial["title"], text=text))
    correction = Bulletin.objects.latest("pk")
    assert correction.state == "waiting"
    approve(world, correction)
    assert Posting.objects.get(bulletin=correction).correction_of == posting
    assert other not in correction.channels.all()


def test_a_reason_is_needed_where_a_safeguard_warns(world: StaffWorld) -> None:
    bulletin = submitted(world, world.channel("telegram"), text=f"{TEXT} Kẻ lừa đang ở huyện Bát Xát.")
    if not bulletins.warnings_of(bulletin):
        pytest.fail("the text was chosen because a safeguard warns of it")
    approve(world, bulletin)
    assert not Posting.objects.exists()
    approve(world, bulletin, why="Trích lời kẻ lừa, có giải thích")
    assert Posting.objects.count() == 1
    bulletin.refresh_from_db()
    assert bulletin.decided_why == "Trích lời kẻ lừa, có giải thích"
    kept = FindingDecision.objects.get(bulletin=bulletin)
    assert (kept.reason, kept.by, kept.approval) == (bulletin.decided_why, bulletin.decided_by, Approval.objects.get())


def test_hostile_text_is_shown_as_text(world: StaffWorld) -> None:
    bulletin = submitted(world, world.channel("telegram"), title="<script>x</script>", text=f"<img src=x> {TEXT}")
    for address in (reverse("loa_bulletins"), reverse("loa_bulletin", args=[bulletin.pk])):
        shown = world.client("approver").get(address).content.decode()
        assert "<script>x</script>" not in shown
        assert "<img src=x>" not in shown


def test_the_list_costs_the_same_for_three_times_the_rows(world: StaffWorld) -> None:
    def cost() -> int:
        client = world.client("approver")
        client.get(reverse("loa_bulletins"))
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("loa_bulletins")).status_code == 200
        return len(caught)

    channel = world.channel("telegram")

    def more(count: int) -> None:
        for number in range(count):
            made = bulletins.save(
                values={"campaign": world.campaign, "title": f"Tin {number}", "text": TEXT},
                channels=[channel],
                by=world.users["author"],
                language=Language.objects.get(code="vi"),
                is_alert=True,
            )
            bulletins.submit(bulletin=made, by=world.users["author"])

    more(3)
    few = cost()
    more(6)
    assert cost() == few


def test_the_campaign_offered_is_the_one_that_runs(world: StaffWorld) -> None:
    day = world.campaign.period_from
    assert bulletins.campaign_on(day) == world.campaign
    assert bulletins.campaign_on(dt.date(2100, 1, 1)) is not None
