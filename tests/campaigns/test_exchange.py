"""The translator's sheet: out, back, and everything that can go wrong on the way."""

import datetime as dt
import io
import json
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from wagtail.models import Page

from campaigns.exchange.returned import import_sheet
from campaigns.exchange.sheet import CannotExport, write_sheet
from campaigns.imports.table import CannotRead
from campaigns.models import Language, MaterialGroupText, MaterialPage, OutsideTranslation, TargetGroup
from campaigns.snapshots import snapshot_of
from campaigns.translations import start_translation
from campaigns.workflow import writers_since_approval
from tests.campaigns.staff_world import TEXT, StaffWorld, world

__all__ = ["world"]

BODY = [
    {"type": "heading", "value": "Bảy câu hỏi", "id": "b-heading"},
    {
        "type": "paragraph",
        "value": '<p data-block-key="x1">Hỏi <b>trước</b> khi đi. <a href="https://example.org/a?b=1&amp;c=2">Đọc</a>'
        ' &amp; gọi</p><ul><li data-block-key="x2">Ai trả tiền?</li><li data-block-key="x3">Ở đâu?</li></ul>',
        "id": "b-paragraph",
    },
    {
        "type": "steps",
        "value": [
            {"type": "item", "value": {"title": "Dừng lại", "text": "Đừng vội."}, "id": "s-1"},
            {"type": "item", "value": {"title": "Gọi 111", "text": ""}, "id": "s-2"},
        ],
        "id": "b-steps",
    },
    {
        "type": "signs",
        "value": {"title": "Dấu hiệu", "items": [{"type": "item", "value": "=1+1 là lương", "id": "i-1"}]},
        "id": "b-signs",
    },
    {"type": "hotlines", "value": {"note": "Gọi bất cứ lúc nào"}, "id": "b-hotlines"},
    {"type": "rights", "value": None, "id": "b-rights"},
]


@pytest.fixture
def draft(world: StaffWorld) -> MaterialPage:
    """A Mông version that its translator has begun."""
    source = world.approved(body=BODY, loudspeaker_text=TEXT, social_text=f"Hỏi nhau.\n{TEXT}")
    mong = Language.objects.get(key="mong-rpa")
    world.users["translator"].groups.add(mong.translators)
    return start_translation(content=source, language=mong, user=world.users["translator"])


def with_blocks(*blocks: Any) -> Any:
    return MaterialPage._meta.get_field("body").to_python(json.dumps(blocks))


def latest(page: MaterialPage) -> MaterialPage:
    return MaterialPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def cells(content: bytes) -> Any:
    book = load_workbook(io.BytesIO(content))
    return book, book.worksheets[0]


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rows_by_key(sheet: Any) -> dict[str, int]:
    return {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value}


def translated(content: bytes, **changes: str) -> bytes:
    """The sheet with every translation written anew: the words in other letters, the tags as they were."""
    book, sheet = cells(content)
    for row in range(3, sheet.max_row + 1):
        source = sheet.cell(row, 3).value
        cell = sheet.cell(row, 4)
        cell.value = source.replace("Hỏi", "Nug").replace("Dừng lại", "Nres") + (" hmoob" if "<" not in source else "")
        cell.data_type = "s"
    for key, text in changes.items():
        sheet.cell(rows_by_key(sheet)[key], 4).value = text
    return saved(book)


def give_back(world: StaffWorld, page: MaterialPage, content: bytes, by: str = "translator") -> Any:
    return import_sheet(page=page, content=content, user=world.users[by], translator="Thào A Ngoài")


def test_a_sheet_nobody_touched_changes_no_text(world: StaffWorld, draft: MaterialPage) -> None:
    before = snapshot_of(latest(draft))
    give_back(world, draft, write_sheet(draft))
    assert snapshot_of(latest(draft)) == before


def test_every_text_goes_out_and_comes_back_in_its_place(world: StaffWorld, draft: MaterialPage) -> None:
    revision = give_back(world, draft, translated(write_sheet(draft)))
    found = snapshot_of(latest(draft))
    assert found["title"].endswith(" hmoob")
    assert found["group_texts"]["pupils"]["social_text"].endswith(" hmoob")
    assert found["group_texts"]["pupils"]["lead"] == ""
    body = {block["id"]: block["value"] for block in found["body"]}
    assert body["b-heading"] == "Bảy câu hỏi hmoob"
    assert '<a href="https://example.org/a?b=1&amp;c=2">Đọc</a> &amp; gọi' in body["b-paragraph"]
    assert body["b-paragraph"].startswith("<p>Nug <b>trước</b> khi đi.")
    assert "<ul><li>Ai trả tiền?</li><li>Ở đâu?</li></ul>" in body["b-paragraph"]
    assert [item["value"]["title"] for item in body["b-steps"]] == ["Nres hmoob", "Gọi 111 hmoob"]
    assert [item["value"]["text"] for item in body["b-steps"]] == ["Đừng vội. hmoob", ""]
    assert body["b-signs"]["items"][0]["value"] == "=1+1 là lương hmoob"
    assert body["b-hotlines"] == {"note": "Gọi bất cứ lúc nào hmoob"}
    assert [block["id"] for block in found["body"]] == [block["id"] for block in BODY]
    assert revision.user == world.users["translator"]
    assert not MaterialPage.objects.get(pk=draft.pk).live
    assert OutsideTranslation.objects.get().translator == "Thào A Ngoài"


def test_what_begins_like_a_formula_goes_out_as_text(draft: MaterialPage) -> None:
    _book, sheet = cells(write_sheet(draft))
    row = next(row for row in range(3, sheet.max_row + 1) if sheet.cell(row, 3).value == "=1+1 là lương")
    assert [sheet.cell(row, column).data_type for column in (3, 4)] == ["s", "s"]
    assert sheet.protection.sheet
    assert [sheet.cell(row, column).protection.locked for column in range(1, 5)] == [True, True, True, False]


def test_letters_come_back_in_one_form(world: StaffWorld, draft: MaterialPage) -> None:
    spelled = unicodedata.normalize("NFD", "Hauj lwm tiếng nói")
    give_back(world, draft, translated(write_sheet(draft), title=spelled))
    assert latest(draft).title == unicodedata.normalize("NFC", spelled)


def test_a_block_and_a_group_that_the_source_gained_are_asked_for_and_put_in_place(
    world: StaffWorld, draft: MaterialPage
) -> None:
    source = MaterialPage.objects.get(translation_key=draft.translation_key, locale__language_code="vi")
    new = {"type": "heading", "value": "Phần mới", "id": "b-new"}
    source.body = with_blocks(BODY[0], new, *BODY[1:])
    source.group_texts.add(
        MaterialGroupText(group=TargetGroup.objects.get(key="parents"), lead="Bố mẹ ơi", locale=source.locale)
    )
    source.save()
    give_back(world, draft, translated(write_sheet(draft)))
    found = snapshot_of(latest(draft))
    assert [block["id"] for block in found["body"]][:3] == ["b-heading", "b-new", "b-paragraph"]
    assert found["body"][1]["value"] == "Phần mới hmoob"
    assert found["group_texts"]["parents"]["lead"] == "Bố mẹ ơi hmoob"


def test_what_only_the_translation_has_is_not_lost(world: StaffWorld, draft: MaterialPage) -> None:
    page = latest(draft)
    page.body = with_blocks(*page.body.raw_data, {"type": "heading", "value": "Riêng", "id": "b-own"})
    page.save_revision(user=world.users["translator"])
    give_back(world, draft, translated_except_own(write_sheet(draft)))
    assert [block["id"] for block in snapshot_of(latest(draft))["body"]][-1] == "b-own"


def translated_except_own(content: bytes) -> bytes:
    book, sheet = cells(content)
    sheet.cell(rows_by_key(sheet)["title"], 4).value = "Hmoob"
    return saved(book)


def changed(content: bytes, change: Any) -> bytes:
    book, sheet = cells(content)
    change(sheet, rows_by_key(sheet))
    return saved(book)


def put(key: str, column: int, value: Any) -> Any:
    def change(sheet: Any, rows: dict[str, int]) -> None:
        sheet.cell(rows[key], column).value = value

    return change


def twice(sheet: Any, rows: dict[str, int]) -> None:
    sheet.append([sheet.cell(rows["title"], column).value for column in range(1, 5)])


def invented(sheet: Any, rows: dict[str, int]) -> None:
    sheet.append(["body.heading-new", "", "", "Thêm"])


PARAGRAPH = "body.paragraph-b-paragraph"
WRONG = {
    "a formula": (put("title", 4, "=HYPERLINK(1)"), "title", "D"),
    "a source that was changed": (put("summary", 3, "Khác"), "summary", "C"),
    "a missing translation": (put("title", 4, ""), "title", "D"),
    "a lost row": (lambda sheet, rows: sheet.delete_rows(rows["summary"]), "", ""),
    "a row twice": (twice, "", "A"),
    "an invented row": (invented, "", "A"),
    "a renamed row": (put("title", 1, "tieu-de"), "title", "A"),
    "a tag that is not closed": (put(PARAGRAPH, 4, "<p>Nug <b>ua ntej</p>"), PARAGRAPH, "D"),
    "a tag too many": (put(PARAGRAPH, 4, "<script>alert(1)</script>"), PARAGRAPH, "D"),
    "a text too long": (put("title", 4, "a" * 256), "title", "D"),
    "a date that Excel made": (put("title", 4, dt.datetime(2026, 7, 30)), "title", "D"),
    "a note beside the table": (put("title", 7, "xem lại"), "title", ""),
}


@pytest.mark.parametrize("what", WRONG)
def test_one_bad_cell_refuses_everything_and_is_named(world: StaffWorld, draft: MaterialPage, what: str) -> None:
    change, key, column = WRONG[what]
    content = write_sheet(draft)
    row = rows_by_key(cells(content)[1]).get(key)
    before = latest(draft).latest_revision_id
    with pytest.raises(CannotRead) as refused:
        give_back(world, draft, changed(translated(content), change))
    assert latest(draft).latest_revision_id == before
    assert not OutsideTranslation.objects.exists()
    faults = refused.value.faults
    if row:
        assert row in [fault.row for fault in faults]
    names = dict(zip("ABCD", ("Mã", "Chỗ", "Tiếng Việt (không sửa)", "Bản dịch: Mông (chữ quốc tế RPA)"), strict=True))
    if column:
        assert names[column] in [fault.column for fault in faults]


def test_all_bad_cells_are_named_at_once(world: StaffWorld, draft: MaterialPage) -> None:
    def change(sheet: Any, rows: dict[str, int]) -> None:
        sheet.cell(rows["title"], 4).value = "=1"
        sheet.cell(rows["summary"], 3).value = "khác"

    with pytest.raises(CannotRead) as refused:
        give_back(world, draft, changed(translated(write_sheet(draft)), change))
    assert len(refused.value.faults) == 2


def test_a_sheet_of_another_language_page_or_time_is_refused(world: StaffWorld, draft: MaterialPage) -> None:
    tay = Language.objects.get(key="tay")
    chief = world.chief
    other = start_translation(
        content=MaterialPage.objects.get(translation_key=draft.translation_key, locale__language_code="vi"),
        language=tay,
        user=chief,
    )
    page2 = world.approved(body=BODY)
    elsewhere = start_translation(content=page2, language=Language.objects.get(key="mong-rpa"), user=chief)
    for sheet in (write_sheet(other), write_sheet(elsewhere)):
        with pytest.raises(CannotRead):
            give_back(world, draft, sheet)
    old = write_sheet(draft)
    page = latest(draft)
    page.summary = "Ai khác vừa sửa"
    page.save_revision(user=world.users["translator"])
    with pytest.raises(CannotRead, match=r"dòng 2|row 2"):
        give_back(world, draft, old)
    new = write_sheet(draft)
    MaterialPage.objects.filter(translation_key=draft.translation_key, locale__language_code="vi").update(summary="Mới")
    with pytest.raises(CannotRead):
        give_back(world, draft, new)
    assert not OutsideTranslation.objects.exists()


def bomb(inflated: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * inflated)
    return file.getvalue()


def garbled(content: bytes, name: str) -> bytes:
    """The sheet with one packed part that cannot be unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        part = packed.getinfo(name)
    start = part.header_offset + 30 + len(name)
    return content[:start] + b"\xff" * part.compress_size + content[start + part.compress_size :]


def laughing(content: bytes) -> bytes:
    """The sheet with entities that grow a thousandfold."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                head = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
                data = data.replace(b"<worksheet", head + b"<worksheet", 1).replace(b"<t>", b"<t>&b;", 1)
            new.writestr(part.filename, data)
    return file.getvalue()


def test_hostile_files_are_refused_calmly(world: StaffWorld, draft: MaterialPage) -> None:
    good = write_sheet(draft)
    huge = Workbook()
    assert huge.active is not None
    huge.active.cell(900_000, 1, "xa")
    files = [b"", b"PK", b"not a file", b"0" * (5 * 1024 * 1024 + 1), bomb(200 * 1024 * 1024), good[:-400]]
    files += [garbled(good, part) for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml")]
    for number, content in enumerate([*files, saved(Workbook()), saved(huge), laughing(good)]):
        with pytest.raises(CannotRead) as refused:
            give_back(world, draft, content)
        assert refused.value.faults, f"file {number}"


def test_who_may_not_write_here_brings_nothing_in(world: StaffWorld, draft: MaterialPage) -> None:
    sheet = translated(write_sheet(draft))
    for role in ("approver", "native_reviewer", "channel_manager", "report_signer"):
        with pytest.raises(PermissionDenied):
            give_back(world, draft, sheet, by=role)
    page = latest(draft)
    page.get_workflow().start(page, world.users["translator"])
    with pytest.raises(PermissionDenied):
        give_back(world, draft, sheet)


def test_who_brings_a_sheet_in_is_a_writer(world: StaffWorld, draft: MaterialPage) -> None:
    give_back(world, draft, translated(write_sheet(draft)), by="senior_editor")
    assert world.users["senior_editor"].pk in writers_since_approval(draft)


def test_there_is_no_sheet_for_vietnamese_or_for_a_language_only_spoken(world: StaffWorld) -> None:
    source = world.approved()
    spoken = start_translation(content=source, language=Language.objects.get(key="giay"), user=world.chief)
    for page in (source, spoken):
        with pytest.raises(CannotExport):
            write_sheet(page)


def test_a_dry_run_writes_nothing(world: StaffWorld, draft: MaterialPage) -> None:
    content, count = translated(write_sheet(draft)), Page.objects.get(pk=draft.pk).revisions.count()
    user = world.users["translator"]
    assert import_sheet(page=draft, content=content, user=user, translator="Ai đó", dry_run=True) is None
    assert Page.objects.get(pk=draft.pk).revisions.count() == count


def test_the_sheet_goes_out_and_comes_back_in_the_admin(world: StaffWorld, draft: MaterialPage) -> None:
    client = world.client("translator")
    sheet = client.get(reverse("loa_exchange_sheet", args=[draft.pk]))
    assert sheet["Content-Disposition"].endswith('_hmn-x-rpa.xlsx"')
    address = reverse("loa_exchange", args=[draft.pk])
    assert client.get(address).status_code == 200
    bad = SimpleUploadedFile("phieu.xlsx", changed(translated(sheet.content), put("title", 4, "=1")))
    refused = client.post(address, {"translator": "Thào A Ngoài", "file": bad})
    assert refused.status_code == 422
    assert "Bản dịch: Mông" in refused.content.decode()
    assert not OutsideTranslation.objects.exists()
    good = SimpleUploadedFile("phieu.xlsx", translated(sheet.content))
    assert client.post(address, {"translator": "Thào A Ngoài", "file": good}).status_code == 302
    assert latest(draft).title.endswith(" hmoob")
    for role in ("approver", "native_reviewer", "report_signer"):
        for name in ("loa_exchange", "loa_exchange_sheet"):
            assert world.client(role).get(reverse(name, args=[draft.pk])).status_code == 302


def test_the_commands_do_the_same(world: StaffWorld, draft: MaterialPage, tmp_path: Path) -> None:
    path = tmp_path / "phieu.xlsx"
    call_command("export_translation", draft.pk, output=str(path))
    by = {"user": "translator", "translator": "Thào A Ngoài"}
    path.write_bytes(changed(translated(path.read_bytes()), put("title", 4, "")))
    said = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_translation", draft.pk, path, format="json", stdout=said, **by)
    assert refused.value.returncode == 1
    assert json.loads(said.getvalue())["row"] == 3
    call_command("export_translation", draft.pk, output=str(path))
    path.write_bytes(translated(path.read_bytes()))
    call_command("import_translation", draft.pk, path, stdout=io.StringIO(), **by)
    assert latest(draft).title.endswith(" hmoob")
    with pytest.raises(CommandError) as refused:
        call_command("import_translation", world.section.pk, path, stdout=said, **by)
    assert refused.value.returncode == 2
