import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.ledger import fold
from campaigns.models import Agency, Campaign, LedgerRow, Plan, PlanTarget
from campaigns.report.build import build, canonical_json
from campaigns.report.charts import coverage_chart
from campaigns.report.layout import Table, blocks_of
from campaigns.report.numbers import count, day, decimal, percent, signed
from campaigns.report.periods import named_period, period_between
from tests.campaigns.reach_world import ReachWorld, at, reference, row_of, table_of, value_of  # noqa: F401

pytestmark = [pytest.mark.usefixtures("reference"), pytest.mark.django_db, pytest.mark.services]

FIRST, LAST = dt.date(2026, 7, 1), dt.date(2026, 9, 30)


@pytest.fixture
def world() -> ReachWorld:
    return ReachWorld()


def report_of(world: ReachWorld, first: dt.date = FIRST, last: dt.date = LAST, **options):
    fold()
    return build(world.plan, first, last, now=at("2026-11-24"), **options)


def codes(report) -> set[str]:
    return {one["code"] for one in report["findings"]}


def all_texts(report) -> str:
    """Everything that the report's page shows in its tables."""
    shown = []
    for block in blocks_of(report):
        if isinstance(block, Table):
            for row in [*block.rows, *([block.total] if block.total else [])]:
                shown += [cell.text for cell in row]
    return "\n".join(shown)


# --- the headline -----------------------------------------------------------------------------------


def test_a_play_or_an_activity_reaches_a_commune(world):
    played, visited = world.place("Xã Bắc Hà"), world.place("Xã Si Ma Cai")
    world.play(world.item(world.station(played).channel, "2026-07-20"), "2026-07-20")
    world.result(world.activity(visited, "2026-07-21"), "session", 1)
    coverage = report_of(world)["coverage"]
    assert (coverage["reached"], coverage["communes"], coverage["percent"]) == (2, 99, 2.0)
    assert {place["name"] for place in coverage["reached_places"]} == {"Xã Bắc Hà", "Xã Si Ma Cai"}
    assert len(coverage["not_reached"]) == 97


def test_social_posts_never_reach_a_commune(world):
    commune = world.place("Xã Bắc Hà")
    item = world.item(world.channel(places=[commune], form="social"), "2026-07-20")
    world.reading(item, "views", 100_000, "2026-07-25")
    world.clicks(item, d2026_07_21=900)
    world.declare_post(world.item(world.channel("manual", places=[commune]), "2026-07-20"), "2026-07-21")
    coverage = report_of(world)["coverage"]
    assert coverage["reached"] == 0
    assert coverage["percent"] is None


def test_declared_totals_are_shown_apart_from_the_headline(world):
    total = world.activity(world.place("Xã Bắc Hà"), "2026-07-01", "2026-09-30", is_total=True)
    world.result(total, "session", 12)
    report = report_of(world)
    assert report["coverage"]["reached"] == 0
    assert [place["name"] for place in report["coverage"]["declared_only"]] == ["Xã Bắc Hà"]
    assert any("01 xã, phường chỉ có số tổng" in text for text in report["sentences"]["coverage"])


def test_a_commune_known_only_by_its_operators_word_is_counted_and_named(world):
    world.play(world.item(world.station(world.place("Xã Bắc Hà")).channel, "2026-07-20"), "2026-07-20")
    coverage = report_of(world)["coverage"]
    assert (coverage["reached"], coverage["by_operator_only"]) == (1, 1)


def test_a_play_taken_back_reaches_nobody(world):
    item = world.item(world.station(world.place("Xã Bắc Hà")).channel, "2026-07-20")
    world.play(item, "2026-07-20", seconds=0, corrects=world.play(item, "2026-07-20"))
    report = report_of(world)
    assert report["coverage"]["reached"] == 0
    assert value_of(report, "loud_plays", "declared") is None


def test_an_activity_of_the_whole_province_reaches_no_single_commune(world):
    world.result(world.activity(world.place("Tỉnh Lào Cai", "province"), "2026-07-30"), "rally", 1)
    assert report_of(world)["coverage"]["reached"] == 0


# --- rehearsal --------------------------------------------------------------------------------------


def test_rehearsal_and_real_figures_never_mix(world):
    commune = world.place("Xã Bắc Hà")
    for rehearsal, plays in ((False, 2), (True, 3)):
        channel = world.station(commune, rehearsal=rehearsal).channel
        for number in range(plays):
            on = f"2026-07-2{number}"
            world.play(world.item(channel, on), on)
    assert value_of(report_of(world), "loud_plays", "declared") == 2
    rehearsed = report_of(world, include_rehearsal=True)
    assert value_of(rehearsed, "loud_plays", "declared") == 3
    assert rehearsed["rehearsal"] is True


# --- missing, bases, overlaps -----------------------------------------------------------------------


def test_what_nobody_counted_is_missing_and_never_0(world):
    world.result(world.activity(world.place("Xã Bắc Hà"), "2026-07-21"), "session", 1)
    report = report_of(world)
    assert value_of(report, "leaflet", "counted") is None
    assert row_of(report, "language", "Tày")["session:counted"] is None
    tables = [block for block in blocks_of(report) if isinstance(block, Table) and block.key != "coverage"]
    texts = {cell.text for table in tables for row in table.rows for cell in row if cell.kind != "text"}
    assert "không có số liệu" in texts
    assert not texts & {"0", "00"}


def test_a_chart_says_missing_where_its_table_does(world):
    """No figure reached any commune: nobody counted a 0, and a chart must not say one."""
    empty = coverage_chart(report_of(world))
    assert [bar.value for bar in empty.bars] == ["không có số liệu", "99"]
    assert "0%" not in empty.summary
    world.result(world.activity(world.place("Xã Bắc Hà"), "2026-07-21"), "session", 1)
    assert [bar.value for bar in coverage_chart(report_of(world)).bars] == ["01 (1%)", "98 (99%)"]


def test_a_counted_0_stays_a_0(world):
    world.result(world.activity(world.place("Xã Bắc Hà"), "2026-07-21"), "pledge", 0)
    assert value_of(report_of(world), "pledge", "counted") == 0


def test_bases_are_never_added_together(world):
    commune = world.place("Xã Bắc Hà")
    world.result(world.activity(commune, "2026-07-21"), "session", 2)
    world.result(world.activity(commune, "2026-07-22"), "session", 5, basis="declared")
    report = report_of(world)
    assert value_of(report, "session", "counted") == 2
    assert value_of(report, "session", "declared") == 5
    assert "07 cuộc" not in " ".join(report["sentences"]["figures"])


def test_overlapping_totals_of_one_agency_are_shown_and_not_added(world):
    province = world.place("Tỉnh Lào Cai", "province")
    guards = Agency.objects.get(key="bdbp-tinh")
    for first, last, value in (("2026-07-01", "2026-09-30", 120), ("2026-08-01", "2026-08-31", 50)):
        world.result(world.activity(province, first, last, agency=guards, is_total=True), "session", value)
    alone = world.activity(province, "2026-07-01", "2026-09-30", agency=world.women, is_total=True)
    world.result(alone, "session", 30)
    report = report_of(world)
    assert value_of(report, "session", "declared") == 30
    assert sorted(row["value"] for row in report["overlaps"][0]) == [50, 120]
    assert "overlaps" in codes(report)
    assert "120" in all_texts(report)


def test_totals_parted_by_language_or_place_do_not_overlap(world):
    for place, language in (
        ("Xã Bắc Hà", None),
        ("Xã Si Ma Cai", world.mong),
        ("Xã Si Ma Cai", world.vietnamese),
    ):
        total = world.activity(
            world.place(place), "2026-07-01", "2026-09-30", language=language, is_total=True
        )
        world.result(total, "session", 10)
    report = report_of(world)
    assert value_of(report, "session", "declared") == 30
    assert not report["overlaps"]


def test_what_crosses_the_periods_border_is_listed_and_not_added(world):
    total = world.activity(world.place("Xã Bắc Hà"), "2026-06-15", "2026-07-15", is_total=True)
    world.result(total, "session", 44)
    report = report_of(world)
    assert value_of(report, "session", "declared") is None
    assert [row["value"] for row in report["straddling"]] == [44]
    assert "straddling" in codes(report)


# --- tables -----------------------------------------------------------------------------------------


def test_every_additive_table_adds_up_to_its_total(world):
    commune = world.place("Xã Bắc Hà")
    world.result(world.activity(commune, "2026-07-21", language=world.mong), "session", 2, group="pupils")
    world.result(world.activity(commune, "2026-07-22"), "session", 3)
    world.item(world.channel(), "2026-07-22", heads=(1, 6))
    for table in report_of(world)["tables"]:
        for column in table["columns"] if table["total"] else ():
            values = [row["cells"][column["id"]] or 0 for row in table["rows"]]
            assert sum(values) == table["total"]["cells"][column["id"]], table["key"]


def test_language_group_form_head_and_agency_get_their_figures(world):
    activity = world.activity(world.place("Xã Bắc Hà"), "2026-07-21", language=world.mong, agency=world.women)
    world.result(activity, "session", 2, group="pupils")
    world.item(world.channel(), "2026-07-22", heads=(1, 6))
    report = report_of(world)
    assert row_of(report, "language", world.mong.name_vi)["session:counted"] == 2
    assert row_of(report, "group", "Học sinh")["session:counted"] == 2
    assert row_of(report, "agency", world.women.name)["session:counted"] == 2
    assert row_of(report, "form", "Cổng, trang thông tin điện tử")["posts:measured"] == 1
    heads = {row["key"]: row["cells"].get("posts:measured") for row in table_of(report, "head")["rows"]}
    assert (heads[1], heads[6], heads[2]) == (1, 1, None)


def test_2023s_districts_get_the_figures_of_2023s_communes():
    world = ReachWorld("84-kh-ubnd-2023")
    commune = world.place("Xã Cốc Lầu", on="2023-07-30")
    world.result(world.activity(commune, "2023-07-30"), "session", 3)
    world.result(
        world.activity(world.place("Huyện Bát Xát", "district", on="2023-07-30"), "2023-07-30"), "session", 4
    )
    report = report_of(world, dt.date(2023, 1, 1), dt.date(2023, 12, 31), place_level="district")
    assert row_of(report, "place", "Huyện Bắc Hà")["session:counted"] == 3
    assert row_of(report, "place", "Huyện Bát Xát")["session:counted"] == 4
    assert (report["coverage"]["communes"], report["coverage"]["reached"]) == (152, 1)


def test_2023s_communes_are_brought_to_todays_where_the_merger_is_known():
    world = ReachWorld("84-kh-ubnd-2023")
    for name, value in (("Xã Nậm Lúc", 1), ("Xã Bản Cái", 2), ("Xã Cốc Lầu", 4)):
        world.result(world.activity(world.place(name, on="2023-07-30"), "2023-07-30"), "session", value)
    world.result(
        world.activity(world.place("Huyện Bát Xát", "district", on="2023-07-30"), "2023-07-30"), "session", 8
    )
    report = report_of(world, dt.date(2023, 1, 1), dt.date(2023, 12, 31), place_level="commune-today")
    assert row_of(report, "place", "Xã Cốc Lầu")["session:counted"] == 7
    unmapped = next(row for row in table_of(report, "place")["rows"] if row.get("unmapped"))
    assert unmapped["cells"]["session:counted"] == 8
    assert "25%" in table_of(report, "place")["note"]


def test_todays_commune_goes_into_2023s_district_only_when_all_of_it_does(world):
    world.result(world.activity(world.place("Xã Cốc Lầu"), "2026-07-30"), "session", 3)
    report = report_of(world, place_level="district")
    assert row_of(report, "place", "Huyện Bắc Hà")["session:counted"] == 3


def test_the_pilot_places_come_from_the_plan_that_is_continued(world):
    world.result(world.activity(world.place("Xã Si Ma Cai"), "2026-07-30"), "session", 3)
    world.result(world.activity(world.place("Xã Cốc Lầu"), "2026-07-30"), "session", 5)
    report = report_of(world, place_level="pilot")
    assert row_of(report, "place", "Huyện Si Ma Cai")["session:counted"] == 3
    assert row_of(report, "place", "Ngoài địa bàn điểm")["session:counted"] == 5


# --- the plan ---------------------------------------------------------------------------------------


def test_police_and_court_targets_are_named_and_not_measured():
    world = ReachWorld("84-kh-ubnd-2023")
    report = report_of(world, dt.date(2023, 1, 1), dt.date(2023, 12, 31))
    assert len(report["targets"]["rows"]) == 5
    assert all(not target["ours"] and target["result"] is None for target in report["targets"]["rows"])
    assert "không giao chỉ tiêu số" in report["targets"]["note"]
    assert "không do công tác truyền thông đo" in all_texts(report)


def test_a_target_of_communications_is_set_against_its_result(world):
    PlanTarget.objects.create(
        plan=world.plan,
        text="100% số xã được truyền thông",
        value=100,
        unit="%",
        measured_by_communications=True,
    )
    PlanTarget.objects.create(
        plan=world.plan,
        text="Tổ chức 10 cuộc",
        value=10,
        unit="cuộc",
        indicator=world.indicators["session"],
        measured_by_communications=True,
    )
    world.result(world.activity(world.place("Xã Bắc Hà"), "2026-07-30"), "session", 7)
    report = report_of(world)
    assert report["targets"]["note"] is None
    assert report["targets"]["rows"][0]["result"] == {"coverage_percent": 1.0}
    assert report["targets"]["rows"][1]["result"] == {"by_basis": {"counted": 7}}


def test_a_continuing_plan_inherits_the_open_communications_tasks(world):
    tasks = report_of(world)["plan"]["tasks"]
    assert tasks
    assert {task["inherited_from"] for task in tasks} == {"84/KH-UBND"}


def test_another_plans_campaign_is_not_counted(world):
    other = Plan.objects.create(
        key="khac",
        number="9/KH",
        title="Khác",
        issuer="Khác",
        issued_on=FIRST,
        period_from=FIRST,
        period_to=LAST,
    )
    foreign = Campaign.objects.create(plan=other, key="khac", name="Khác", period_from=FIRST, period_to=LAST)
    world.result(world.activity(world.place("Xã Bắc Hà"), "2026-07-30", campaign=foreign), "session", 7)
    assert value_of(report_of(world), "session", "counted") is None


# --- findings ---------------------------------------------------------------------------------------


def test_the_contradiction_of_the_report_of_2025_is_found(world):
    total = world.activity(world.place("Tỉnh Lào Cai", "province"), "2026-07-01", "2026-09-30", is_total=True)
    world.result(total, "loud_plays", 226_477)
    world.result(total, "loud_minutes", 45_581)
    found = [one["text"] for one in report_of(world)["findings"] if one["code"] == "plays_minutes"]
    assert len(found) == 1
    assert "226.477 lần phát nhưng 45.581 phút, tức 0,2 phút" in found[0]


@pytest.mark.parametrize(
    ("people", "group", "suspect"),
    [(14, None, True), (15, None, False), (200, None, False), (201, None, True), (575, "pupils", False)],
)
def test_people_per_session_are_checked_schools_aside(world, people, group, suspect):
    activity = world.activity(world.place("Xã Bắc Hà"), "2026-07-30")
    world.result(activity, "session", 1)
    world.result(activity, "attendance", people, group=group)
    assert ("people_per_session" in codes(report_of(world))) is suspect


def test_a_sheet_without_a_confirmed_play_is_named(world):
    station = world.station(world.place("Xã Bắc Hà"))
    world.play(world.item(station.channel, "2026-07-20"), "2026-07-20")
    assert "station_unconfirmed" not in codes(report_of(world))
    world.item(station.channel, "2026-07-21")
    found = next(one for one in report_of(world)["findings"] if one["code"] == "station_unconfirmed")
    assert found["text"].startswith("01 bản đọc")
    assert station.channel.name in found["text"]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("unknown", "unknown_deliveries"),
        ("failed", "failed_deliveries"),
        ("held", "held_deliveries"),
        ("withdrawn", "withdrawn"),
    ],
)
def test_troubled_deliveries_are_named(world, state, code):
    world.item(world.channel(), "2026-07-20", state=state)
    assert code in codes(report_of(world))
    assert code not in codes(report_of(world, include_rehearsal=True))


# --- comparison, sentences, form --------------------------------------------------------------------


def test_the_same_period_of_the_year_before_stands_beside(world):
    commune = world.place("Xã Bắc Hà")
    world.result(world.activity(commune, "2026-07-30"), "session", 7)
    world.result(world.activity(commune, "2025-07-30"), "session", 4)
    world.result(world.activity(commune, "2025-07-30"), "leaflet", 100)
    rows = {row["indicator"]: row for row in report_of(world)["comparison"]["rows"]}
    assert (rows["session"]["now"], rows["session"]["before"], rows["session"]["difference"]) == (7, 4, 3)
    assert (rows["leaflet"]["now"], rows["leaflet"]["difference"]) == (None, None)


def busy(world: ReachWorld) -> None:
    """Some of everything, so that every sentence is drafted."""
    commune, other = world.place("Xã Bắc Hà"), world.place("Xã Si Ma Cai")
    station = world.station(commune)
    for number, basis in enumerate(["measured", "declared", "declared"]):
        on = f"2026-07-2{number}"
        item = world.item(station.channel, on, language=world.mong, group="women-girls", heads=(2, 6))
        world.play(item, on, seconds=313 + number, basis=basis)
    activity = world.activity(other, "2026-07-30", language=world.mong, agency=world.women)
    for code, value in (("session", 3), ("attendance", 1234), ("leaflet", 17), ("training", 1)):
        world.result(activity, code, value, group="women-girls")
    total = world.activity(world.place("Xã Y Tý"), "2026-07-01", "2026-09-30", is_total=True)
    world.result(total, "news", 80)
    world.result(world.activity(commune, "2025-07-30"), "session", 9)
    world.result(world.activity(commune, "2025-07-30"), "attendance", 1234)
    post = world.item(world.channel(form="social"), "2026-07-22", heads=(1,))
    world.reading(post, "views", 5301, "2026-07-24", approximate=True)
    world.clicks(post, d2026_07_23=61)
    world.declare_post(world.item(world.channel("manual", form="social"), "2026-07-22"), "2026-07-23")
    world.item(station.channel, "2026-07-25")


def test_every_number_in_a_drafted_sentence_stands_in_a_table(world):
    busy(world)
    report = report_of(world)
    sentences = [text for part in report["sentences"].values() for text in part]
    assert len(sentences) > 10
    in_tables = set(re.findall(r"\d[\d.,]*\d%?|\d%?", all_texts(report)))
    for sentence in sentences:
        for number in re.findall(r"\d[\d.,]*\d%?|\d%?", sentence):
            assert number in in_tables, (number, sentence)


def test_person_times_are_never_called_people(world):
    busy(world)
    text = " ".join(report_of(world)["sentences"]["figures"])
    assert "1.234 lượt người tham dự" in text
    assert not re.search(r"\d người", text)


def test_the_same_ledger_gives_the_same_json(world):
    busy(world)
    assert canonical_json(report_of(world)) == canonical_json(report_of(world))


def test_each_figure_names_its_sources(world):
    busy(world)
    views = next(one for one in report_of(world)["indicators"] if one["code"] == "views")["bases"]["measured"]
    assert views["approximate"]
    assert [(source["kind"], source["count"]) for source in views["sources"]] == [("reading", 1)]


def test_the_number_of_queries_is_the_same_for_little_and_for_much(world):
    busy(world)
    fold()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            build(world.plan, FIRST, LAST)
        return len(captured)

    little = queries()
    for number in range(4):
        busy_item = world.item(world.channel(), f"2026-08-0{number + 1}", group="youth", heads=(3,))
        world.reading(busy_item, "views", 5, "2026-08-20")
        world.result(world.activity(world.place("Xã Cốc Lầu"), f"2026-08-1{number}"), "session", 1)
        total = world.activity(world.place("Xã Y Tý"), "2026-08-01", "2026-08-30", is_total=True)
        world.result(total, "poster", 5)
    fold()
    assert LedgerRow.objects.count() > 20
    assert queries() == little
    assert little <= 30


def test_a_period_that_ends_before_it_begins_is_refused(world):
    with pytest.raises(ValueError, match="before"):
        build(world.plan, LAST, FIRST)


def test_an_unknown_place_level_is_refused(world):
    with pytest.raises(ValueError, match="village"):
        build(world.plan, FIRST, LAST, place_level="village")


def test_periods_carry_their_usual_names():
    assert period_between(FIRST, LAST).label == "quý III năm 2026"
    assert period_between(FIRST, LAST, "peak").label == "đợt cao điểm 2026"
    assert named_period("h1", 2026).label == "06 tháng đầu năm 2026"
    assert period_between(dt.date(2026, 7, 5), LAST).label == "từ 05/7/2026 đến 30/9/2026"
    assert period_between(dt.date(2028, 2, 1), dt.date(2028, 2, 29)).year_before().last == dt.date(
        2027, 2, 28
    )


def test_numbers_are_written_as_documents_write_them():
    assert [count(value) for value in (1, 9, 10, 1234, 226477)] == ["01", "09", "10", "1.234", "226.477"]
    assert decimal(dt.timedelta(seconds=2469).seconds * 30 // 60) == "1.234"
    assert count(74_070, 60) == "1.234,5"
    assert count(90, 60) == "1,5"
    assert percent(8, 99) == "8,1%"
    assert (signed(3), signed(-12), signed(0)) == ("+03", "-12", "0")
    assert (day(dt.date(2026, 2, 5)), day(dt.date(2026, 9, 5))) == ("05/02/2026", "05/9/2026")
