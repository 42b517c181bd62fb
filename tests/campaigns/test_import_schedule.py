"""A schedule as CSV or XLSX: all rows or none, every bad cell by row and column, nobody approves their own."""

import csv
import datetime as dt
import io
import json
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from campaigns import bulletins, gate
from campaigns.imports.known import Known
from campaigns.imports.moments import moment_of
from campaigns.imports.schedule import COLUMNS
from campaigns.models import (
    Approval,
    Audience,
    AudienceLanguage,
    Bulletin,
    FindingDecision,
    Language,
    Posting,
    PostingItem,
    RightsText,
    TrackedLink,
)
from campaigns.safeguards.rights import texts_on
from media.models import Picture
from publishers.models import Channel, Delivery, Operation, Transition
from publishers.sender import work_a_shift
from tests.campaigns import staff_world
from tests.campaigns.staff_world import StaffWorld
from tests.publishers.conftest import posts, sandbox

__all__ = ["posts", "sandbox"]
pytestmark = pytest.mark.django_db
HERE = ZoneInfo("Asia/Ho_Chi_Minh")
# Fit to be sent: a registered number, and what a victim has a right to.
TEXT = (
    "Trước khi đi làm xa, hỏi đủ bảy câu. Cần giúp, gọi 111; nguy hiểm, gọi 113. Người bị mua bán có quyền được "
    "bảo vệ, được giữ bí mật thông tin, được hỗ trợ và được trợ giúp pháp lý miễn phí."
)
NEXT_YEAR = timezone.localdate().year + 1


@pytest.fixture
def world(db) -> StaffWorld:
    return staff_world.build()


@pytest.fixture
def channel(world):
    return world.channel("telegram", "Kênh xã Tả Van")


@pytest.fixture
def good(channel, world):
    """One right row."""
    return {
        "send_at": f"{NEXT_YEAR}-07-30 07:30",
        "channel": channel.name,
        "language": "vi",
        "groups": "pupils",
        "title": "Cảnh giác việc nhẹ lương cao",
        "text": TEXT,
        "link": "https://loa.example/tin",
        "image": "",
        "campaign": world.campaign.key,
    }


def write_csv(path, rows, columns=COLUMNS, delimiter=",", encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=delimiter, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path, rows, columns=COLUMNS):
    book = Workbook()
    book.active.append(list(columns))
    for row in rows:
        book.active.append([row.get(name) for name in columns])
    book.save(path)
    return path


def run(path, *more, author="author", approver="approver"):
    """The command's report; faults as a list when it refuses."""
    out = io.StringIO()
    arguments = ["import_schedule", str(path), "--author", author, "--format", "json", *more]
    if approver:
        arguments += ["--approve-as", approver]
    try:
        call_command(*arguments, stdout=out)
    except CommandError as error:
        if error.returncode != 1:
            raise
        return json.loads(out.getvalue())["faults"]
    return json.loads(out.getvalue())


def cells(faults):
    return {(fault["row"], fault["column"]) for fault in faults}


def nothing_written():
    kept = (Bulletin, Approval, Posting, PostingItem, Delivery, TrackedLink)
    return not any(model.objects.exists() for model in kept)


def test_a_row_becomes_an_approved_message_in_the_outbox(good, channel, world, tmp_path):
    report = run(write_csv(tmp_path / "lich.csv", [good]))
    assert {name: report[name] for name in ("rows", "bulletins", "approvals", "deliveries")} == dict.fromkeys(
        ("rows", "bulletins", "approvals", "deliveries"), 1
    )
    delivery, bulletin, approval = Delivery.objects.get(), Bulletin.objects.get(), Approval.objects.get()
    assert delivery.due == dt.datetime(NEXT_YEAR, 7, 30, 7, 30, tzinfo=HERE)
    assert (delivery.channel, delivery.state, delivery.rehearsal) == (channel, "scheduled", True)
    assert (bulletin.author.username, approval.approved_by.username) == ("author", "approver")
    assert list(approval.authors.all()) == [bulletin.author]
    assert [group.key for group in bulletin.groups.all()] == ["pupils"]
    assert approval.is_intact()
    item = PostingItem.objects.get()
    assert (item.delivery, item.approval, item.is_fallback) == (delivery, approval, False)
    link = TrackedLink.objects.get()
    assert (link.item, link.target) == (item, "https://loa.example/tin")
    assert delivery.message["link"] == link.url
    assert set(delivery.stop_keys) == {world.campaign.stop_key, f"posting:{item.posting_id}"}
    assert Operation.objects.get().next_try == delivery.due
    assert Transition.objects.get().by == str(approval.approved_by)


def test_the_gate_lets_an_imported_message_out(good, tmp_path):
    run(write_csv(tmp_path / "lich.csv", [good]))
    reference = Delivery.objects.get().reference
    assert gate.decide([reference])[reference].decision == "allow"


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_it_arrives(good, tmp_path, sandbox, posts):
    good["send_at"] = timezone.localtime().isoformat(timespec="seconds")
    run(write_csv(tmp_path / "lich.csv", [good]))
    work_a_shift(5)
    assert Delivery.objects.get().state == "sent"
    (post,) = posts()
    assert good["title"] in post["text"]
    assert TEXT in post["text"]


def test_without_an_approver_the_rows_are_drafts(good, tmp_path):
    report = run(write_csv(tmp_path / "lich.csv", [good, {**good, "title": "Tin hai"}]), approver=None)
    assert (report["bulletins"], report["approvals"], report["deliveries"]) == (2, 0, 0)
    assert (Bulletin.objects.count(), Approval.objects.count(), Delivery.objects.count()) == (2, 0, 0)
    assert set(Bulletin.objects.values_list("state", flat=True)) == {"waiting"}


def batch_page(world, role="approver"):
    address = reverse("loa_bulletin_batch") + "?" + urlencode({"tep": Bulletin.objects.first().batch})
    return address, world.client(role)


def test_drafts_are_read_and_approved_together_by_another(good, world, tmp_path):
    run(write_csv(tmp_path / "lich.csv", [good, {**good, "title": "Tin hai"}]), approver=None)
    address, client = batch_page(world)
    waiting = client.get(reverse("loa_bulletins")).context["batches"]
    assert waiting == [{"name": Bulletin.objects.first().batch, "count": 2}]
    shown = client.get(address)
    assert "Tin hai" in shown.content.decode()
    chosen = [f"{row.pk}:{row.seen}" for row in shown.context["rows"]]
    client.post(address, {"step": "approve", "chosen": chosen})
    assert (Approval.objects.count(), Delivery.objects.count()) == (2, 2)
    delivery = Delivery.objects.first()
    assert delivery.due == dt.datetime(NEXT_YEAR, 7, 30, 7, 30, tzinfo=HERE)
    assert {verdict.decision for verdict in gate.decide([delivery.reference]).values()} == {"allow"}
    assert set(Bulletin.objects.values_list("state", flat=True)) == {"approved"}
    # A second tap, and the same file again, bring nothing more.
    client.post(address, {"step": "approve", "chosen": chosen})
    assert run(tmp_path / "lich.csv")
    assert Delivery.objects.count() == 2


def test_an_approved_draft_is_what_an_approved_import_would_be(good, world, tmp_path):
    run(write_csv(tmp_path / "lich.csv", [good]), approver=None)
    address, client = batch_page(world)
    shown = client.get(address).context["rows"][0]
    client.post(address, {"step": "approve", "chosen": [f"{shown.pk}:{shown.seen}"]})
    approved = Approval.objects.get()
    assert approved.snapshot == bulletins.snapshot_of(Bulletin.objects.get())
    assert [user.username for user in approved.authors.all()] == ["author"]
    assert Posting.objects.get().key == Bulletin.objects.get().key


@pytest.mark.parametrize("role", ["author", "channel_manager", "senior_editor", "administrator", "chief"])
def test_drafts_are_approved_by_approvers_only(role, good, world, tmp_path):
    run(write_csv(tmp_path / "lich.csv", [good]), approver=None)
    address, client = batch_page(world, role)
    row = Bulletin.objects.get()
    client.post(address, {"step": "approve", "chosen": [f"{row.pk}:{bulletins.seen_digest(row)}"]})
    assert not Approval.objects.exists()


def test_a_warning_needs_a_reason_in_a_file_too(good, world, tmp_path):
    warned = {**good, "title": "Tin hai", "text": f"{TEXT} Kẻ lừa đang ở huyện Bát Xát."}
    run(write_csv(tmp_path / "lich.csv", [good, warned]), approver=None)
    address, client = batch_page(world)
    chosen = [f"{row.pk}:{row.seen}" for row in client.get(address).context["rows"]]
    asked = client.post(address, {"step": "approve", "chosen": chosen})
    assert 'name="why"' in asked.content.decode()
    assert [fault.row for fault in asked.context["faults"]] == [Bulletin.objects.get(title="Tin hai").pk]
    assert not Approval.objects.exists()
    client.post(address, {"step": "approve", "chosen": chosen, "why": "Tên cũ, bà con còn gọi"})
    assert Approval.objects.count() == 2
    kept = FindingDecision.objects.get()
    assert (kept.bulletin.title, kept.reason, kept.by) == ("Tin hai", "Tên cũ, bà con còn gọi", world.users["approver"])


def test_a_rights_text_whose_time_is_over_is_seen_in_a_file_too(good, world, tmp_path):
    old = "Nạn nhân được hỗ trợ theo luật cũ hư cấu."
    RightsText.objects.create(
        language=Language.objects.get(code="vi"),
        sentence=old,
        passage=old,
        source="Luật cũ hư cấu",
        valid_from=dt.date(2020, 1, 1),
        valid_to=timezone.localdate() - dt.timedelta(days=1),
    )
    today = timezone.localdate()
    assert Known().rights(today, "vi") == texts_on(today, "vi")
    assert Known().rights(today, "vi").lapsed == texts_on(today, "vi").lapsed == (old, old)
    faults = run(write_csv(tmp_path / "lich.csv", [{**good, "text": f"{old} Gọi 111."}]))
    assert cells(faults) == {(2, "text")}


def test_whoever_hands_a_row_in_again_does_not_approve_it_in_its_file(good, world, tmp_path):
    run(write_csv(tmp_path / "lich.csv", [good]), approver=None)
    row, approver = Bulletin.objects.get(), world.users["approver"]
    bulletins.save(values={}, channels=list(row.channels.all()), by=world.users["senior_editor"], bulletin=row)
    bulletins.submit(bulletin=row, by=approver)
    address, client = batch_page(world)
    client.post(address, {"step": "approve", "chosen": [f"{row.pk}:{bulletins.seen_digest(row)}"]})
    assert not Approval.objects.exists()


def test_a_draft_changed_while_it_was_read_is_not_approved(good, world, tmp_path):
    run(write_csv(tmp_path / "lich.csv", [good, {**good, "title": "Tin hai"}]), approver=None)
    address, client = batch_page(world)
    chosen = [f"{row.pk}:{row.seen}" for row in client.get(address).context["rows"]]
    Bulletin.objects.filter(title="Tin hai").update(text=f"{TEXT} Thêm.")
    client.post(address, {"step": "approve", "chosen": chosen})
    assert not Approval.objects.exists()
    assert set(Bulletin.objects.values_list("state", flat=True)) == {"waiting"}


def test_a_draft_whose_time_has_passed_stops_all_that_were_ticked(good, world, tmp_path):
    run(write_csv(tmp_path / "lich.csv", [good, {**good, "title": "Tin hai"}]), approver=None)
    Bulletin.objects.filter(title="Tin hai").update(due=timezone.now() - dt.timedelta(days=1))
    address, client = batch_page(world)
    chosen = [f"{row.pk}:{row.seen}" for row in client.get(address).context["rows"]]
    answer = client.post(address, {"step": "approve", "chosen": chosen})
    assert [fault.column for fault in answer.context["faults"]] == ["send_at"]
    assert not Approval.objects.exists()
    assert set(Bulletin.objects.values_list("state", flat=True)) == {"waiting"}


def test_drafts_are_sent_back_with_a_reason(good, world, tmp_path):
    run(write_csv(tmp_path / "lich.csv", [good]), approver=None)
    address, client = batch_page(world)
    chosen = [f"{row.pk}:{row.seen}" for row in client.get(address).context["rows"]]
    client.post(address, {"step": "return", "chosen": chosen, "why_not": ""})
    assert Bulletin.objects.get().state == "waiting"
    client.post(address, {"step": "return", "chosen": chosen, "why_not": "Sai ngày"})
    assert (Bulletin.objects.get().state, Bulletin.objects.get().decided_why) == ("returned", "Sai ngày")
    # The same rows may come in again; they stand in the place of those that came back.
    assert run(tmp_path / "lich.csv", approver=None)["bulletins"] == 1
    assert Bulletin.objects.get().state == "waiting"


@pytest.mark.parametrize("name", ["channel_manager", "administrator", "chief"])
def test_whoever_is_no_approver_cannot_be_named_as_one(name, good, tmp_path):
    path = write_csv(tmp_path / "lich.csv", [good])
    with pytest.raises(CommandError) as refused:
        call_command("import_schedule", str(path), "--author", "author", "--approve-as", name)
    assert refused.value.returncode == 1
    assert nothing_written()


def test_a_trial_writes_nothing(good, tmp_path):
    report = run(write_csv(tmp_path / "lich.csv", [good]), "--dry-run")
    assert (report["rows"], report["dry_run"]) == (1, True)
    assert nothing_written()


def test_whoever_wrote_it_cannot_approve_it(good, tmp_path):
    path = write_csv(tmp_path / "lich.csv", [good])
    with pytest.raises(CommandError) as refused:
        call_command("import_schedule", str(path), "--author", "author", "--approve-as", "author")
    assert refused.value.returncode == 1
    assert nothing_written()


@pytest.mark.parametrize("arguments", [("--author", "khong-co"), ("--author", "author", "--approve-as", "khong-co")])
def test_an_unknown_account_is_wrong_usage(arguments, good, tmp_path):
    path = write_csv(tmp_path / "lich.csv", [good])
    with pytest.raises(CommandError) as refused:
        call_command("import_schedule", str(path), *arguments)
    assert refused.value.returncode == 2


def test_a_missing_file_is_wrong_usage(world, tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("import_schedule", str(tmp_path / "khong-co.csv"), "--author", "author")
    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"send_at": ""}, "send_at"),
        ({"send_at": f"30/02/{NEXT_YEAR} 07:30"}, "send_at"),
        ({"send_at": f"07/30/{NEXT_YEAR} 07:30"}, "send_at"),
        ({"send_at": f"30/07/{NEXT_YEAR}"}, "send_at"),
        ({"send_at": f"30/07/{NEXT_YEAR} 25:00"}, "send_at"),
        ({"send_at": "30/07/27 07:30"}, "send_at"),
        ({"send_at": "2020-07-30 07:30"}, "send_at"),
        ({"send_at": "2727-07-30 07:30"}, "send_at"),
        ({"send_at": "ngày mai"}, "send_at"),
        ({"channel": "Kênh không có"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"language": "klingon"}, "language"),
        ({"language": "hmn-x"}, "language"),
        ({"groups": "pupils, nguoi-la"}, "groups"),
        ({"title": ""}, "title"),
        ({"title": "T" * 201}, "title"),
        ({"text": ""}, "text"),
        ({"text": "Chỉ có chữ, không có số điện thoại."}, "text"),
        ({"text": f"{TEXT} Gọi 0912 345 678."}, "text"),
        ({"text": "=HYPERLINK(1)"}, "text"),
        ({"text": "Chữ\x07 lạ"}, "text"),
        ({"link": "loa.example/tin"}, "link"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"image": "9999"}, "image"),
        ({"image": "Ảnh không có"}, "image"),
        ({"campaign": "chien-dich-la"}, "campaign"),
    ],
)
@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_a_bad_cell_is_named_and_nothing_is_kept(write, changed, column, good, tmp_path):
    if write is write_xlsx and "\x07" in changed.get("text", ""):
        changed = {"text": "Chữ\ufffd lạ"}
    path = tmp_path / f"lich.{write.__name__.removeprefix('write_')}"
    other = {**good, "title": "Tin khác"}
    faults = run(write(path, [other, {**good, **changed}, {**good, "title": "Tin ba"}]))
    assert cells(faults) == {(3, column)}
    assert all(fault["message"] for fault in faults)
    assert nothing_written()


def test_all_bad_cells_are_named_at_once(good, tmp_path):
    rows = [{**good, "channel": "?", "title": ""}, good, {**good, "send_at": "?", "link": "?"}]
    assert cells(run(write_csv(tmp_path / "lich.csv", rows))) == {
        *((2, "channel"), (2, "title"), (4, "send_at"), (4, "link")),
    }


def test_the_text_report_names_row_and_column(good, tmp_path):
    path, err = write_csv(tmp_path / "lich.csv", [{**good, "channel": "?"}]), io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_schedule", str(path), "--author", "author", stderr=err)
    assert "2" in err.getvalue()
    assert "channel" in err.getvalue()


def test_a_repeated_row_is_refused(good, tmp_path):
    faults = run(write_csv(tmp_path / "lich.csv", [good, {**good, "title": "Tin hai"}, good]))
    assert cells(faults) == {(4, "text")}
    assert "2" in faults[0]["message"]


def test_the_same_text_at_another_time_is_no_repetition(good, tmp_path):
    assert run(write_csv(tmp_path / "lich.csv", [good, {**good, "send_at": f"{NEXT_YEAR}-07-31 07:30"}]))["rows"] == 2


def test_a_file_imported_twice_sends_nothing_twice(good, tmp_path):
    run(write_csv(tmp_path / "lich.csv", [good]))
    again = write_csv(tmp_path / "lai.csv", [{**good, "title": "Tin mới"}, good])
    assert cells(run(again)) == {(3, "text")}
    assert Delivery.objects.count() == 1


def test_one_date_with_the_month_first_makes_others_doubtful(good, tmp_path):
    rows = [
        {**good, "send_at": f"05/07/{NEXT_YEAR} 07:30"},
        {**good, "send_at": f"07/30/{NEXT_YEAR} 07:30"},
        {**good, "send_at": f"07/07/{NEXT_YEAR} 07:30"},
    ]
    assert cells(run(write_csv(tmp_path / "lich.csv", rows))) == {(2, "send_at"), (3, "send_at")}
    assert run(write_csv(tmp_path / "lich.csv", rows[:1]))["first"].startswith(f"{NEXT_YEAR}-07-05")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027-07-30 07:30", "2027-07-30T07:30:00+07:00"),
        ("2027-07-30T07:30:15", "2027-07-30T07:30:15+07:00"),
        ("2027-07-30T00:30:00Z", "2027-07-30T07:30:00+07:00"),
        ("2027-07-30 09:30+09:00", "2027-07-30T07:30:00+07:00"),
        ("30/07/2027 07:30", "2027-07-30T07:30:00+07:00"),
        ("5/7/2027 7h5", "2027-07-05T07:05:00+07:00"),
        ("30-7-2027  17 giờ 15", "2027-07-30T17:15:00+07:00"),
        ("07:30 30/07/2027", "2027-07-30T07:30:00+07:00"),
        ("30.07.2027, 07:30:09", "2027-07-30T07:30:09+07:00"),
        (dt.datetime(2027, 7, 30, 7, 29, 59, 999_990), "2027-07-30T07:30:00+07:00"),
    ],
)
def test_how_times_may_be_written(written, meant):
    assert moment_of(written).astimezone(HERE) == dt.datetime.fromisoformat(meant)


def test_a_spreadsheet_with_real_dates_and_numbers(good, channel, tmp_path):
    row = {**good, "send_at": dt.datetime(NEXT_YEAR, 7, 30, 7, 30), "channel": channel.pk, "title": 111}
    assert run(write_xlsx(tmp_path / "lich.xlsx", [row]))["rows"] == 1
    assert Delivery.objects.get().due == dt.datetime(NEXT_YEAR, 7, 30, 7, 30, tzinfo=HERE)
    assert Bulletin.objects.get().title == "111"


@pytest.mark.parametrize(
    ("value", "column"),
    [
        ("=NOW()", "send_at"),
        ("=A1&B1", "text"),
        ("#REF!", "title"),
        (dt.date(NEXT_YEAR, 7, 30), "send_at"),
        (46000.5, "send_at"),
        (True, "campaign"),
    ],
)
def test_spreadsheet_cells_that_hold_no_value_of_their_own(value, column, good, tmp_path):
    path = write_xlsx(tmp_path / "lich.xlsx", [good])
    from openpyxl import load_workbook

    book = load_workbook(path)
    cell = book.active.cell(2, COLUMNS.index(column) + 1, value)
    if value == "#REF!":
        cell.data_type = "e"
    book.save(path)
    assert cells(run(path)) == {(2, column)}


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-16"), (",", "utf-8-sig")])
def test_csv_as_spreadsheets_write_it(delimiter, encoding, good, tmp_path):
    path = write_csv(tmp_path / "lich.csv", [good], delimiter=delimiter, encoding=encoding)
    assert run(path)["rows"] == 1
    assert Bulletin.objects.get().text == TEXT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"send_at,channel,title,text\n",
        b"send_at,channel,title\n1,2,3\n",
        b"send_at,channel,title,text,nguoi\n1,2,3,4,5\n",
        b"send_at,channel,title,text,text\n1,2,3,4,5\n",
        "send_at,channel,title,text\n1,2,3,Tiếng Việt\n".encode("utf-16-le"),
        "send_at,channel,title,text\n1,2,3,Tiếng Việt\n".encode("cp1258", "replace"),
        'send_at,channel,title,text\n1,2,3,"không đóng\n'.encode(),
        b"PK\x03\x04 not really",
    ],
)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_is_no_schedule_is_refused_calmly(content, ending, world, tmp_path):
    path = tmp_path / f"lich.{ending}"
    path.write_bytes(content)
    assert run(path)
    assert nothing_written()


def test_more_cells_than_the_header_has(good, tmp_path):
    path = write_csv(tmp_path / "lich.csv", [good])
    path.write_text(path.read_text(encoding="utf-8").rstrip() + ",thừa\n", encoding="utf-8")
    assert cells(run(path)) == {(2, "")}


def test_empty_rows_are_counted_and_left_out(good, tmp_path):
    empty = dict.fromkeys(COLUMNS, "")
    assert cells(run(write_csv(tmp_path / "lich.csv", [empty, good, empty, {**good, "title": ""}]))) == {(5, "title")}


def test_a_name_that_two_channels_share(good, channel, world, tmp_path):
    other = world.channel("facebook", channel.name)
    assert cells(run(write_csv(tmp_path / "lich.csv", [good]))) == {(2, "channel")}
    chosen = {**good, "channel": f"facebook:{channel.name}"}
    run(write_csv(tmp_path / "lich.csv", [chosen]))
    assert Delivery.objects.get().channel == other


def test_a_language_that_the_channel_does_not_have(good, world, tmp_path):
    other = Language.objects.exclude(code="vi").first()
    assert (2, "language") in cells(run(write_csv(tmp_path / "lich.csv", [{**good, "language": other.key}])))


def test_a_minority_text_needs_a_native_reader(good, channel, world, tmp_path):
    language = Language.objects.exclude(code="vi").filter(spoken_only=False).first()
    audience = Audience.objects.get(channel=channel)
    AudienceLanguage.objects.create(audience=audience, language=language, order=1)
    path = write_csv(tmp_path / "lich.csv", [{**good, "language": language.key, "text": "111"}])
    assert cells(run(path)) == {(2, "language")}
    world.users["approver"].groups.add(language.reviewers)
    assert run(path)["deliveries"] == 1
    assert PostingItem.objects.get().is_fallback


def test_a_language_that_is_only_spoken(good, channel, tmp_path):
    language = Language.objects.exclude(code="vi").first()
    Language.objects.filter(pk=language.pk).update(spoken_only=True)
    AudienceLanguage.objects.create(audience=Audience.objects.get(channel=channel), language=language, order=1)
    path = write_csv(tmp_path / "lich.csv", [{**good, "language": language.key, "text": "111"}])
    assert cells(run(path, approver=None)) == {(2, "language")}


def test_a_sample_goes_to_rehearsal_channels_only(good, channel, tmp_path):
    rehearsed = {**good, "title": "[BẢN MẪU] Tin thử"}
    run(write_csv(tmp_path / "lich.csv", [rehearsed]))
    assert Bulletin.objects.get().is_sample
    assert Delivery.objects.get().message["title"] == "[BẢN MẪU] Tin thử"
    live = Channel(platform="feed", name="Bản tin thật", options={"slug": "that"}, form="website")
    live.save()
    audience = Audience.objects.create(channel=live)
    AudienceLanguage.objects.create(audience=audience, language=Language.objects.get(code="vi"))
    assert cells(run(write_csv(tmp_path / "hai.csv", [{**rehearsed, "channel": "Bản tin thật"}]))) == {(2, "channel")}


def picture(title, **fields):
    from wagtail.images.tests.utils import get_test_image_file

    return Picture.objects.create(title=title, file=get_test_image_file(size=(800, 450)), **fields)


def test_a_picture_by_its_number_or_title(good, tmp_path):
    one = picture("Tờ rơi số 1")
    rows = [{**good, "image": str(one.pk)}, {**good, "image": one.title, "title": "Tin hai"}]
    run(write_csv(tmp_path / "lich.csv", rows))
    assert [row.message["images"][0]["name"] for row in Delivery.objects.all()] == [
        Delivery.objects.first().message["images"][0]["name"]
    ] * 2
    assert set(Bulletin.objects.values_list("image", flat=True)) == {one.pk}


def test_a_picture_of_a_person_without_consent(good, tmp_path):
    picture("Chân dung", shows_person=True)
    assert cells(run(write_csv(tmp_path / "lich.csv", [{**good, "image": "Chân dung"}]))) == {(2, "image")}


def test_what_a_platform_would_refuse_is_named(good, world, tmp_path):
    from publishers.sandbox import credentials

    zalo = Channel(
        platform="zalo", name="OA tỉnh", options={"oa_id": "999400500600", "app_id": "1"}, rehearsal=True, form="social"
    )
    zalo.secrets = credentials.issue("zalo", "999400500600")
    zalo.save()
    AudienceLanguage.objects.create(
        audience=Audience.objects.create(channel=zalo), language=Language.objects.get(code="vi")
    )
    faults = run(write_csv(tmp_path / "lich.csv", [{**good, "channel": "OA tỉnh", "title": "T " * 74}]))
    assert cells(faults) == {(2, "title")}
    # Zalo takes no article without a cover, so a card is drawn; other channels get what the row says.
    run(write_csv(tmp_path / "lich.csv", [{**good, "channel": "OA tỉnh"}, good]))
    covers = {row.channel.platform: len(row.message["images"]) for row in Delivery.objects.select_related("channel")}
    assert covers == {"zalo": 1, "telegram": 0}


def thousands(good, count):
    start = dt.datetime(NEXT_YEAR, 7, 1, 6, tzinfo=HERE)
    return [
        {**good, "title": f"Tin số {n}", "send_at": (start + dt.timedelta(minutes=n)).isoformat()} for n in range(count)
    ]


def test_the_number_of_queries_grows_with_batches_only(good, tmp_path):
    def queries(count, name):
        path = write_csv(tmp_path / f"{name}.csv", [{**row, "link": name_link(name)} for row in thousands(good, count)])
        with CaptureQueriesContext(connection) as seen:
            assert run(path)["deliveries"] == count
        return [query["sql"] for query in seen if not query["sql"].startswith("INSERT")]

    # Rows within one batch cost no query more; INSERTs are split by the database's own limit on values.
    assert len(queries(40, "a")) == len(queries(300, "b"))


def name_link(name):
    return f"https://loa.example/{name}"


def test_ten_thousand_rows(good, tmp_path):
    report = run(write_csv(tmp_path / "lich.csv", thousands(good, 10_000)))
    assert (report["rows"], report["deliveries"]) == (10_000, 10_000)
    assert Delivery.objects.filter(state="scheduled").count() == 10_000
    assert Posting.objects.values("key").distinct().count() == 10_000
    assert not PostingItem.objects.filter(delivery=None).exists()
