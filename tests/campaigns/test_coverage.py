"""The matrix of a campaign: what each cell says, its filters, and as many queries for 200 contents as for 5."""

import datetime as dt
import uuid
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale, Page

from campaigns.coverage.cells import Cell, State, Waits, cells_of
from campaigns.coverage.matrix import Filters, matrix_of
from campaigns.models import (
    Approval,
    Assignment,
    Audience,
    AudienceLanguage,
    Campaign,
    Language,
    MaterialPage,
    SectionPage,
    TargetGroup,
)
from campaigns.models.approvals import digest_of
from campaigns.site_tree import ensure_locale_tree
from campaigns.translations import start_translation
from campaigns.versions import usable_approvals
from campaigns.workflow import approve_revision
from tests.campaigns.staff_world import StaffWorld, world  # noqa: F401


def mong() -> Language:
    return Language.objects.get(key="mong-rpa")


def cell_of(page: MaterialPage, language: Language, group: TargetGroup | None = None) -> Cell:
    return cells_of([page.translation_key], [language], group)[page.translation_key, language.code]


def approve_as_it_stands(page: Any, user: Any) -> Approval:
    """What the end of a workflow stores, without walking through it."""
    return approve_revision(revision=page.save_revision(user=page.owner), user=user)


def test_a_cell_from_missing_to_stale(world: StaffWorld) -> None:  # noqa: F811
    material, language = world.approved(), mong()
    reader, approver = world.users["native_reviewer"], world.users["approver"]
    reader.groups.add(language.reviewers)
    world.users["translator"].groups.add(language.translators)
    assert cell_of(material, language).state is State.MISSING

    draft = start_translation(content=material, language=language, user=world.users["translator"])
    assert (cell_of(material, language).state, cell_of(material, language).version) == (State.DRAFT, draft.pk)

    draft.get_workflow().start(draft, world.users["translator"])
    cell = cell_of(material, language)
    assert (cell.state, cell.waits) == (State.WAITING, Waits.REVIEWER)
    draft.current_workflow_task_state.reject(user=reader, comment="Sai một từ")
    assert cell_of(material, language).state is State.DRAFT
    assert cell_of(material, language).returned

    draft = MaterialPage.objects.get(pk=draft.pk)
    draft.current_workflow_state.resume(world.users["translator"])
    approve_as_it_stands(draft, approver)
    cell = cell_of(material, language)
    assert cell.state is State.APPROVED
    assert cell.working, "it still runs through the workflow"

    approve_as_it_stands(material, approver)
    MaterialPage.objects.get(pk=draft.pk).current_workflow_state.cancel(user=approver)
    cell = cell_of(material, language)
    assert cell.state is State.STALE
    assert language.code not in usable_approvals(material), "the matrix and the sender say the same"

    Approval.objects.filter(page=draft).update(withdrawn_at=timezone.now())
    assert cell_of(material, language).state is State.DRAFT


def test_what_was_approved_after_the_translators_last_word_is_not_followed(world: StaffWorld) -> None:  # noqa: F811
    material, approver = world.approved(), world.users["approver"]
    writer = world.users["translator"]
    writer.groups.add(mong().translators)
    draft = start_translation(content=material, language=mong(), user=writer)
    written = draft.save_revision(user=writer)
    again = approve_as_it_stands(material, approver)
    assert approve_revision(revision=written, user=approver).source_approval == again, "the same texts anew"

    material.summary = f"{material.summary} Gọi 111."
    changed = approve_as_it_stands(material, approver)
    assert approve_revision(revision=written, user=approver).source_approval != changed
    assert cell_of(material, mong()).state is State.STALE
    assert mong().code not in usable_approvals(material)
    assert approve_as_it_stands(draft, approver).source_approval == changed
    assert cell_of(material, mong()).state is State.APPROVED
    Approval.objects.filter(page=material).update(withdrawn_at=timezone.now())
    assert approve_as_it_stands(draft, approver).source_approval == changed
    assert mong().code not in usable_approvals(material), "what was recalled in Vietnamese leaves in no language"


def test_an_expired_approval_does_not_count(world: StaffWorld) -> None:  # noqa: F811
    material, vietnamese = world.approved(), Language.objects.get(code="vi")
    assert cell_of(material, vietnamese).state is State.APPROVED
    Approval.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))
    cell = cell_of(material, vietnamese)
    assert (cell.state, cell.expired) == (State.STALE, True)


def test_a_waiting_vietnamese_text_waits_for_the_approver(world: StaffWorld) -> None:  # noqa: F811
    cell = cell_of(world.submitted(), Language.objects.get(code="vi"))
    assert (cell.state, cell.waits) == (State.WAITING, Waits.APPROVER)


def test_a_spoken_language_wants_a_recording(world: StaffWorld) -> None:  # noqa: F811
    material, giay = world.approved(), Language.objects.get(key="giay")
    assert cell_of(material, giay).needs_recording
    draft = start_translation(content=material, language=giay, user=world.users["author"])
    assert cell_of(material, giay).needs_recording
    content = draft.latest_revision.content
    draft.latest_revision.content = {**content, "recording": 1}
    draft.latest_revision.save()
    assert not cell_of(material, giay).needs_recording
    assert not cell_of(material, mong()).needs_recording


def test_the_group_filter_asks_for_a_text_of_its_own(world: StaffWorld) -> None:  # noqa: F811
    approved, draft = world.approved(), world.material()
    pupils, parents = TargetGroup.objects.get(key="pupils"), TargetGroup.objects.exclude(key="pupils").first()
    vietnamese = Language.objects.get(code="vi")
    for page in (approved, draft):
        assert cell_of(page, vietnamese, pupils).own_text is True
        assert cell_of(page, vietnamese, parents).own_text is False
        assert cell_of(page, mong(), pupils).own_text is False
        assert cell_of(page, vietnamese).own_text is None


def test_a_draft_belongs_to_the_campaign_of_its_newest_revision(world: StaffWorld) -> None:  # noqa: F811
    other = Campaign.objects.create(
        plan=world.campaign.plan, key="khac", name="Đợt khác", period_from="2027-01-01", period_to="2027-02-01"
    )
    page = world.material()
    MaterialPage.objects.filter(pk=page.pk).update(has_unpublished_changes=True)
    page.refresh_from_db()
    page.campaign = other
    page.save_revision()
    assert [row.content.pk for row in matrix_of(other).rows] == [page.pk]
    assert matrix_of(world.campaign).rows == []


def test_a_channel_shows_its_languages_in_order_and_what_it_gets(world: StaffWorld) -> None:  # noqa: F811
    material = world.approved()
    world.material()
    channel = world.channel("telegram")
    audience = Audience.objects.get(channel=channel)
    audience.ordered_languages.all().delete()
    for order, key in enumerate(("mong-rpa", "vi")):
        AudienceLanguage.objects.create(audience=audience, language=Language.objects.get(key=key), order=order)
    matrix = matrix_of(world.campaign, Filters(channel=channel))
    assert [(column.place, column.language.key) for column in matrix.columns] == [(1, "mong-rpa"), (2, "vi")]
    gets = {row.content.pk: row.planned for row in matrix.rows}
    assert gets[material.pk] is not None
    assert gets[material.pk].language == Language.objects.get(code="vi")
    assert gets[material.pk].is_fallback
    assert [row.planned.approval for row in matrix.rows if row.content.pk != material.pk and row.planned] == [None]
    shown = world.client("author").get(reverse("loa_coverage", args=[world.campaign.pk]), {"channel": channel.pk})
    assert gets[material.pk].why in shown.content.decode()


def test_hostile_names_are_text_and_nonsense_is_no_filter(world: StaffWorld) -> None:  # noqa: F811
    page = world.material(title="<script>x</script>")
    writer = world.users["translator"]
    writer.first_name = "<b>Lạ</b>"
    writer.save()
    Assignment.objects.create(content=page, language=mong(), owner=writer, due="2020-01-01")
    address = reverse("loa_coverage", args=[world.campaign.pk])
    for query in ("", "?group=x&channel=-1&state=%22%3E%3Ci&owner=9999999999", "?state=missing&x=%22onload"):
        shown = world.client("report_signer").get(f"{address}{query}").content.decode()
        assert "&lt;script&gt;x" in shown
        assert "&lt;b&gt;Lạ&lt;/b&gt;" in shown
        assert "<script>x" not in shown
        assert "<b>Lạ" not in shown
        assert '"onload' not in shown
    other = reverse("loa_coverage_cell", args=[world.campaign.pk + 1, page.pk, mong().key])
    assert world.client("author").get(other).status_code == 404
    listed = world.client("author").get("/quan-tri/chien-dich/").content.decode()
    assert address in listed, "a campaign leads to its matrix"


def test_the_state_filter_keeps_rows_and_totals_count_all(world: StaffWorld) -> None:  # noqa: F811
    world.approved()
    draft = world.material()
    matrix = matrix_of(world.campaign, Filters(state=State.DRAFT))
    assert [row.content.pk for row in matrix.rows] == [draft.pk]
    vietnamese = next(column for column in matrix.columns if column.language.code == "vi")
    assert (vietnamese.approved, matrix.total) == (1, 2)


def fill(world: StaffWorld, contents: int, languages: int) -> Campaign:  # noqa: F811
    """A campaign of ``contents`` in ``languages`` languages, rows written straight into the tables."""
    campaign = Campaign.objects.create(
        plan=world.campaign.plan,
        key=f"lon-{contents}",
        name=f"Đợt {contents}",
        period_from="2027-01-01",
        period_to="2027-02-01",
    )
    chosen = list(Language.objects.exclude(code="vi")[: languages - 1])
    sections = {"vi": world.section}
    for language in chosen:
        ensure_locale_tree(language)
        locale = Locale.objects.get(language_code=language.code)
        sections[language.code] = SectionPage.objects.get(translation_key=world.section.translation_key, locale=locale)
    wanted = [
        (number, key, code)
        for number, key in enumerate(uuid.uuid4() for _ in range(contents))
        for code in ["vi", *(language.code for language in chosen[: number % languages])]
    ]
    pages = write_pages(campaign, [(number, key, sections[code]) for number, key, code in wanted])
    numbers = dict(Language.objects.values_list("code", "pk"))
    snapshot = {"title": "Bài", "group_texts": {}}
    Approval.objects.bulk_create(
        Approval(
            page=page,
            language_id=numbers[code],
            snapshot=snapshot,
            digest=digest_of(snapshot),
            approved_by=world.users["approver"],
        )
        for page, (_number, _key, code) in zip(pages, wanted, strict=True)
    )
    return campaign


def write_pages(campaign: Campaign, wanted: list[tuple[int, uuid.UUID, SectionPage]]) -> list[Page]:
    """Materials by the hundred: row by row through the page tree they would cost a minute."""
    model = ContentType.objects.get_for_model(MaterialPage)
    pages = [
        Page(
            title=f"Bài {number}",
            draft_title=f"Bài {number}",
            slug=f"bai-{campaign.pk}-{number}",
            translation_key=key,
            locale_id=section.locale_id,
            content_type=model,
            path=f"{section.path}{campaign.pk:02d}{number:02X}"[: len(section.path) + 4],
            depth=section.depth + 1,
            live=number % 2 == 0,
            url_path=f"{section.url_path}bai-{campaign.pk}-{number}/",
        )
        for number, key, section in wanted
    ]
    made = Page.objects.bulk_create(pages)
    for page in made:
        material = MaterialPage(page_ptr=page, campaign=campaign)
        material.__dict__.update({key: value for key, value in page.__dict__.items() if key != "_state"})
        material.save_base(raw=True, force_insert=True)
    return made


def queries(world: StaffWorld, campaign: Campaign, **asked: Any) -> int:  # noqa: F811
    client = world.client("approver")
    client.get(reverse("loa_coverage", args=[campaign.pk]), asked)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = client.get(reverse("loa_coverage", args=[campaign.pk]), asked)
    assert answer.status_code == 200
    return len(seen)


def test_as_many_queries_for_200_by_12_as_for_5_by_3(world: StaffWorld) -> None:  # noqa: F811
    small = fill(world, 5, 3)
    Language.objects.filter(order__gt=12).delete()
    large = fill(world, 200, 12)
    channel = world.channel("telegram")
    group = TargetGroup.objects.get(key="pupils")
    for asked in ({}, {"group": group.pk, "channel": channel.pk}):
        assert queries(world, small, **asked) == queries(world, large, **asked)
    started = timezone.now()
    matrix = matrix_of(large)
    assert (timezone.now() - started).total_seconds() < 1
    assert (len(matrix.rows), len(matrix.columns)) == (200, 12)
