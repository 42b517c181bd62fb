"""A signed report: frozen, remade byte for byte, compared with today, replaced and never changed."""

import dataclasses
import datetime as dt
import hashlib
import io
import json
import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from docx import Document

from campaigns.ledger import fold
from campaigns.models import Campaign, ReportTemplate, SignedReport
from campaigns.report import signing, template
from campaigns.report.build import build
from campaigns.report.differences import differences, with_later_changes
from campaigns.report.files import STABLE_FORMATS, render
from campaigns.report.periods import named_period
from campaigns.report.wording import defaults
from tests.campaigns.reach_world import ReachWorld, reference  # noqa: F401
from tests.campaigns.test_report import all_texts, busy

pytestmark = [pytest.mark.usefixtures("reference"), pytest.mark.django_db]

PEAK = named_period("peak", 2026)
QUERY = "?period=peak&year=2026&level=commune"
RECIPIENTS = ("- UBND tỉnh;", "- Lưu: VT.")
SIGNATURE = signing.Signature("Lê Văn Mẫu", "TRƯỞNG PHÒNG", "Công an tỉnh Mẫu", "15/BC-CAT", RECIPIENTS)


@pytest.fixture
def world() -> ReachWorld:
    made = ReachWorld()
    busy(made)
    fold()
    return made


def member(name: str, *permissions: str):
    user = get_user_model().objects.create_user(name)
    for codename in ("access_admin", "view_ledgerrow", *permissions):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    return user


def sign(world: ReachWorld, by, **changes) -> SignedReport:
    report = signing.draft_to_sign(world.plan, PEAK, "commune")
    given = {
        "plan": world.plan,
        "period": PEAK,
        "level": "commune",
        "by": by,
        "signature": SIGNATURE,
        "seen": signing.seen_mark(report),
        "ticked": {point.mark for point in signing.points_of(report)},
    }
    return signing.sign(**{**given, **changes})


@pytest.fixture
def signer():
    return member("nguoi-ky-thu", "sign_report")


def correct_a_session(world: ReachWorld) -> None:
    activity = world.activity(world.place("Xã Cốc Lầu"), "2026-08-03")
    world.result(activity, "session", 4)
    fold()


def test_every_file_is_remade_from_the_snapshot_whatever_happens_later(world, signer):
    signed = sign(world, signer)
    first = {form: signing.remade(signed, form) for form in STABLE_FORMATS}
    assert hashlib.sha256(first["docx"]).hexdigest() == signed.docx_digest
    correct_a_session(world)
    texts = {path: template_text(path) for path in template.editable()}
    texts["headings.results"] = "II. KẾT QUẢ ĐÃ ĐẠT ĐƯỢC"
    template.keep(texts=texts, why="thử", by=signer, based_on=0)
    Campaign.objects.filter(pk=world.campaign.pk).update(name="Tên khác")
    again = SignedReport.objects.get(pk=signed.pk)
    assert {form: signing.remade(again, form) for form in STABLE_FORMATS} == first
    assert signing.docx_is_the_same(again)
    assert json.loads(first["json"]) == again.report


def template_text(path: str):
    texts = defaults()
    for key in path.split("."):
        texts = texts[key]
    return texts


def test_the_signed_document_is_no_draft_and_carries_its_signature(world, signer):
    document = Document(io.BytesIO(signing.remade(sign(world, signer), "docx")))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    tables = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    headers = "".join(p.text for s in document.sections for h in (s.header, s.first_page_header) for p in h.paragraphs)
    assert "DỰ THẢO" not in text + headers
    assert "TRƯỚC KHI KÝ" not in text
    for wanted in ("Số: 15/BC-CAT", "TRƯỞNG PHÒNG", "Lê Văn Mẫu", "CÔNG AN TỈNH MẪU"):
        assert wanted in tables
    assert "[" not in text + tables
    assert re.search(r"Lào Cai, ngày \d\d tháng \d\d? năm \d{4}", tables)


def test_what_was_signed_cannot_be_changed_or_deleted(world, signer):
    signed = sign(world, signer)
    signed.snapshot = "{}"
    for change in (signed.save, signed.delete, SignedReport.objects.all().delete):
        with pytest.raises(ValueError, match="cannot be"):
            change()
    with pytest.raises(ValueError, match="cannot be"):
        SignedReport.objects.filter(pk=signed.pk).update(number="1")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_signedreport SET snapshot = replace(snapshot, 'Bắc Hà', 'Bắc Hạ')")
    tampered = SignedReport.objects.get(pk=signed.pk)
    assert not tampered.is_intact()
    with pytest.raises(signing.CannotSign):
        signing.remade(tampered, "docx")


def test_only_what_was_seen_and_ticked_by_a_signer_is_signed(world, signer):
    with pytest.raises(signing.CannotSign):
        sign(world, member("nguoi-khac"))
    with pytest.raises(signing.CannotSign, match=r".*"):
        sign(world, signer, ticked=set())
    some = {point.mark for point in signing.points_of(signing.draft_to_sign(world.plan, PEAK, "commune"))}
    some.pop()
    with pytest.raises(signing.CannotSign):
        sign(world, signer, ticked=some)
    seen = signing.seen_mark(signing.draft_to_sign(world.plan, PEAK, "commune"))
    correct_a_session(world)
    with pytest.raises(signing.CannotSign):
        sign(world, signer, seen=seen)
    with pytest.raises(signing.CannotSign):
        sign(world, signer, signature=dataclasses.replace(SIGNATURE, name=" "))
    with pytest.raises(signing.CannotSign):
        sign(world, signer, signature=dataclasses.replace(SIGNATURE, recipients=()))
    assert not SignedReport.objects.exists()


def test_a_later_correction_is_shown_and_a_new_report_takes_its_place(world, signer, client, django_assert_num_queries):
    signed = sign(world, signer)
    client.force_login(signer)
    listed = reverse("signed_reports")
    assert client.get(listed).context["lines"][0][0].changed_since is False
    correct_a_session(world)
    found = differences(signed.report, signing.draft_to_sign(world.plan, PEAK, "commune"))
    sessions = next(one for one in found if one.source == {"indicator": "session", "basis": "counted"})
    assert (sessions.then, sessions.now, sessions.change) == ("03", "07", "+04")
    assert client.get(listed).context["lines"][0][0].changed_since is True
    page = client.get(reverse("signed_report", args=[signed.pk]))
    assert any(one.title == sessions.title for one, _href in page.context["differences"])
    assert [row.value for row, _shown in page.context["changed"]] == [4]
    assert page.context["same_docx"]
    with pytest.raises(signing.CannotSign):
        sign(world, signer)
    newer = sign(world, signer, why="Bổ sung xã Cốc Lầu", signature=SIGNATURE)
    assert newer.supersedes == signed
    assert newer.report["signature"]["supersedes"] == signed.digest
    assert signing.standing(world.plan, PEAK, "commune") == newer
    assert SignedReport.objects.get(pk=signed.pk).is_intact()
    with django_assert_num_queries(len(queries_of_list())):
        list(with_later_changes(SignedReport.objects.all()))


def queries_of_list() -> list:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        list(with_later_changes(SignedReport.objects.all()[:1]))
    return captured.captured_queries


def test_signing_on_the_screens(world, client, signer):
    client.force_login(member("chi-xem"))
    assert client.get(reverse("reach_report_sign") + QUERY).status_code == 302
    client.force_login(signer)
    address = reverse("reach_report_sign") + QUERY
    assert client.get(address + "&rehearsal=on").status_code == 404
    page = client.get(address)
    assert page.context["points"]
    form = {"seen": page.context["seen"], "known_agency": page.context["agency"], "title": "TRƯỞNG PHÒNG"}
    form |= {"name": "Lê Văn Mẫu", "agency": "Công an tỉnh Mẫu", "number": "15/BC-CAT", "recipients": "- Lưu: VT."}
    missed = client.post(address, form)
    assert missed.status_code == 200
    assert not SignedReport.objects.exists()
    form["point"] = [point.mark for point in page.context["points"]]
    done = client.post(address, form)
    signed = SignedReport.objects.get()
    assert done.url == reverse("signed_report", args=[signed.pk])
    file = client.get(reverse("signed_report_file", args=[signed.pk, "docx"]))
    assert hashlib.sha256(file.content).hexdigest() == signed.docx_digest
    assert "du-thao" not in file["Content-Disposition"]
    assert client.get(reverse("signed_report_file", args=[signed.pk, "exe"])).status_code == 404
    shown = client.get(done.url).content.decode()
    assert "DỰ THẢO" not in shown
    assert "15/BC-CAT" in shown


@pytest.mark.parametrize(
    ("path", "text", "named"),
    [
        ("sentences.coverage", "Có {reached} xã, phường ({percent}).", "{total}"),
        ("sentences.coverage", template_text("sentences.coverage") + " {secret}", "{secret}"),
        ("sentences.coverage", template_text("sentences.coverage") + " {reached.__class__}", "{reached.__class__}"),
        ("sentences.coverage", template_text("sentences.coverage") + " {reached!r}", "{reached}"),
        ("sentences.coverage", template_text("sentences.coverage") + " }", "{"),
        ("sentences.coverage", template_text("sentences.coverage") + " Năm ngoái 12 xã.", ""),
        ("headings.results", "  ", ""),
        ("recipients", ["- Lưu: VT {x}."], "{x}"),
    ],
)
def test_a_text_with_a_fault_is_refused_by_name(path, text, named):
    faults = template.faults_of(path, text)
    assert faults
    assert named in faults[0]


def test_loas_own_texts_have_no_fault():
    assert not [path for path in template.editable() if template.faults_of(path, template_text(path))]


def test_edited_texts_are_in_new_reports_and_their_numbers_in_the_tables(world, client):
    client.force_login(member("bien-tap-thu", "add_reporttemplate"))
    address = reverse("report_texts")
    page = client.get(address)
    fields = {field.name: field.initial or "" for field in page.context["form"] if field.initial is not None}
    coverage = "Kết quả: {percent}, tức {reached} trên {total} đơn vị cấp xã <b>đậm</b>."
    fields |= {"based_on": "0", "why": "Theo ý lãnh đạo", "sentences.coverage": coverage}
    fields |= {"recipients": "- Ban Chỉ đạo 138;\n- Lưu: VT.", "extra_bases": "Kế hoạch số 99/KH-MAU;"}
    bad = client.post(address, {**fields, "headings.findings": "{x}"})
    assert not ReportTemplate.objects.exists()
    assert "{x}" in bad.content.decode()
    assert client.post(address, fields).status_code == 302
    version = ReportTemplate.objects.get()
    assert set(version.texts) == {"sentences.coverage", "recipients", "extra_bases"}
    assert client.post(address, fields).status_code == 200, "a stale editor must not overwrite"
    report = build(world.plan, PEAK.first, PEAK.last)
    assert report["wording"]["version"] == 1
    sentence = report["sentences"]["coverage"][0]
    assert sentence.startswith("Kết quả: ")
    numbers = set(re.findall(r"\d[\d.,]*\d%?|\d%?", all_texts(report)))
    assert set(re.findall(r"\d[\d.,]*\d%?|\d%?", sentence)) <= numbers
    document = Document(io.BytesIO(render(report, "docx")))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "Căn cứ Kế hoạch số 99/KH-MAU." in text
    assert "- Ban Chỉ đạo 138;" in "\n".join(c.text for t in document.tables for r in t.rows for c in r.cells)
    assert "<b>đậm" not in render(report, "html").decode()
    assert client.get(f"{address}?tu=1").status_code == 200
    assert client.get(f"{address}?tu=9").status_code == 404


def test_a_signed_report_does_not_hide_who_may_not_see_it(world, signer, client):
    signed = sign(world, signer)
    outsider = get_user_model().objects.create_user("nguoi-ngoai")
    outsider.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(outsider)
    for name, args in (
        ("signed_reports", []),
        ("signed_report", [signed.pk]),
        ("signed_report_file", [signed.pk, "json"]),
        ("report_texts", []),
    ):
        assert client.get(reverse(name, args=args)).url == reverse("wagtailadmin_home")


def test_the_day_of_signing_is_the_staffs_day(world, signer):
    assert sign(world, signer).report["signature"]["day"] == dt.datetime.now(
        dt.timezone(dt.timedelta(hours=7))
    ).date().isoformat()
