"""A generated half-year, counted twice: by Loa's report, and from the CSV files by a stranger's script."""

import ast
import datetime as dt
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from campaigns.ledger import fold
from campaigns.models import Agency, Campaign, Language, LedgerRow, Place, Plan
from campaigns.report.build import build
from tests.campaigns.reach_world import ReachWorld, reference, table_of  # noqa: F401

pytestmark = [pytest.mark.usefixtures("reference"), pytest.mark.django_db, pytest.mark.services]

SCRIPT = Path(__file__).with_name("recount.py")
FIRST, LAST = dt.date(2025, 4, 1), dt.date(2025, 9, 30)  # the merger of 1 July 2025 lies in the middle
METRICS = (
    "views",
    "post_media_view",
    "post_video_views",
    "reactions",
    "post_total_media_view_unique",
    "page_follows",
)
STATES = ("sent",) * 8 + ("withdrawn", "failed", "unknown", "cancelled")


class Year:
    """Lets everything happen that may upset a sum: corrections, recalls, rehearsals, overlaps, mergers."""

    def __init__(self, world: ReachWorld, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        self.languages = list(Language.objects.all())
        self.agencies = list(Agency.objects.all())
        self.old = list(Place.objects.valid_on(dt.date(2025, 6, 1)).exclude(level="province"))
        self.new = list(Place.objects.valid_on(dt.date(2025, 8, 1)).filter(level="commune"))
        other = Plan.objects.create(
            key="ke-hoach-khac",
            number="01/KH-KHAC",
            title="Kế hoạch khác",
            issuer="Đơn vị khác",
            issued_on=FIRST,
            period_from=FIRST,
            period_to=LAST,
        )
        foreign = Campaign.objects.create(
            plan=other, key="khac", name="Đợt khác", period_from=FIRST, period_to=LAST
        )
        self.campaigns = [world.campaign, world.campaign, world.campaign, foreign]

    def day(self) -> str:
        """Some day of the period, or just outside it."""
        span = (LAST - FIRST).days
        return (FIRST + dt.timedelta(days=self.random.randint(-8, span + 8))).isoformat()

    def place(self, day: str) -> Place:
        return self.random.choice(self.old if day < "2025-07-01" else self.new)

    def province(self, day: str) -> Place:
        return self.world.place("Tỉnh Lào Cai", "province", on=day)

    def posting(self, channel, day):
        pick = self.random
        return self.world.item(
            channel,
            day,
            state=pick.choice(STATES),
            language=pick.choice(self.languages),
            group=pick.choice([None, *self.world.groups]),
            heads=tuple(pick.sample(range(1, 9), pick.randint(0, 3))),
            campaign=pick.choice(self.campaigns),
        )

    def posts(self, number: int) -> None:
        pick = self.random
        for _turn in range(number):
            day = self.day()
            places = [self.place(day) for _one in range(pick.randint(0, 2))]
            agency = pick.choice([None, *self.agencies])
            channel = self.world.channel(places=places, agency=agency, rehearsal=pick.random() < 0.2)
            item = self.posting(channel, day)
            for metric in pick.sample(METRICS, 3) if item.delivery.sent_at else ():
                for later in pick.sample(range(1, 40), pick.randint(1, 4)):
                    taken = dt.date.fromisoformat(day) + dt.timedelta(days=later)
                    self.world.reading(item, metric, pick.randint(0, 5000), taken.isoformat())
            self.world.clicks(item, **{f"d{self.day().replace('-', '_')}": pick.randint(0, 60)})

    def plays(self, number: int) -> None:
        pick = self.random
        for _turn in range(number):
            day = self.day()
            station = self.world.station(self.place(day), rehearsal=pick.random() < 0.2)
            play = None
            item = self.world.item(station.channel, day, language=pick.choice(self.languages), heads=(2,))
            for _version in range(pick.randint(0, 3)):
                when = day if pick.random() < 0.7 else self.day()
                seconds = pick.choice([0, 90, 333, 601])
                basis = pick.choice(["measured", "declared"])
                play = self.world.play(item, when, seconds=seconds, basis=basis, corrects=play)

    def activities(self, number: int) -> None:
        pick, codes = self.random, ["session", "attendance", "leaflet", "loud_minutes", "loud_plays"]
        for _turn in range(number):
            total = pick.random() < 0.4
            first = last = self.day()
            if total:
                last = (
                    dt.date.fromisoformat(first) + dt.timedelta(days=pick.choice([10, 31, 92]))
                ).isoformat()
            activity = self.world.activity(
                self.province(first) if total and pick.random() < 0.3 else self.place(first),
                first,
                last,
                agency=pick.choice(self.agencies[:4]),
                language=pick.choice([None, *self.languages[:3]]),
                is_total=total,
                rehearsal=pick.random() < 0.2,
                campaign=pick.choice(self.campaigns),
            )
            for code in pick.sample(codes, 3):
                result, group = None, pick.choice([None, "pupils", "youth"])
                for _version in range(pick.randint(1, 3)):
                    value, basis = pick.randint(0, 900), pick.choice(["counted", "declared", "estimated"])
                    result = self.world.result(
                        activity, code, value, group=group, basis=basis, corrects=result
                    )

    def hand_posts(self, number: int) -> None:
        for _turn in range(number):
            item = self.posting(self.world.channel("manual", form="social"), self.day())
            self.world.declare_post(item, self.day())


@pytest.fixture
def year():
    world = ReachWorld("144-kh-ubnd-2024")
    made = Year(world, seed=20250730)
    made.posts(60)
    made.plays(60)
    made.activities(90)
    made.hand_posts(12)
    fold()
    return world


def recounted(folder: Path, *, rehearsal: bool) -> dict:
    chain = [f"--plan={key}" for key in ("84-kh-ubnd-2023", "144-kh-ubnd-2024", "33-qd-ttg-2026")]
    command = [
        sys.executable,
        "-I",
        str(SCRIPT),
        str(folder),
        "--from",
        str(FIRST),
        "--to",
        str(LAST),
        *chain,
    ]
    ran = subprocess.run(
        [*command, "--rehearsal"] if rehearsal else command,
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    return json.loads(ran.stdout)


def cells(report: dict, key: str, names: dict) -> dict:
    """Row name → column → value, without what has no figure."""
    rows = {}
    for row in table_of(report, key)["rows"]:
        values = {column: value for column, value in row["cells"].items() if value is not None}
        if values:
            rows[names.get(row["key"], "") if row["key"] is not None else ""] = values
    return rows


@pytest.mark.parametrize("rehearsal", [False, True])
def test_the_report_equals_an_independent_recount(year, tmp_path, rehearsal):
    call_command("export_ledger", "--from", str(FIRST), "--to", str(LAST), "--output", str(tmp_path))
    found = recounted(tmp_path, rehearsal=rehearsal)
    report = build(year.plan, FIRST, LAST, include_rehearsal=rehearsal)
    figures = {
        f"{one['code']}:{basis}": part["value"]
        for one in report["indicators"]
        for basis, part in one["bases"].items()
    }
    assert len(figures) > 6
    assert found["figures"] == figures
    coverage = report["coverage"]
    assert found["communes"] == coverage["communes"]
    assert found["reached"] == sorted(place["id"] for place in coverage["reached_places"])
    assert found["overlapping"] or rehearsal
    assert len(found["overlapping"]) == sum(len(group) for group in report["overlaps"])
    keys = {one.pk: one.key for one in Language.objects.all()}
    assert cells(report, "language", keys) == found["by_language"]
    assert cells(report, "group", {one.pk: key for key, one in year.groups.items()}) == found["by_group"]
    assert cells(report, "agency", dict(Agency.objects.values_list("pk", "key"))) == found["by_agency"]
    assert cells(report, "head", {number: str(number) for number in range(1, 9)}) == found["by_head"]
    assert cells(report, "form", {key: key for key in found["by_form"]}) == found["by_form"]
    places = {pk: str(pk) for pk in Place.objects.values_list("pk", flat=True)}
    assert cells(report, "place", places) == found["by_commune"]


@pytest.mark.parametrize("level", ["district", "commune", "commune-today", "pilot", "province"])
def test_mapped_and_unmapped_add_up_to_the_total_at_every_level(year, level):
    report = build(year.plan, FIRST, LAST, place_level=level)
    table = table_of(report, "place")
    for column in table["columns"]:
        parts = [row["cells"][column["id"]] for row in table["rows"]]
        assert sum(value for value in parts if value is not None) == table["total"]["cells"][column["id"]]


def test_districts_of_2023_agree_with_the_recount(year, tmp_path):
    call_command("export_ledger", "--from", str(FIRST), "--to", str(LAST), "--output", str(tmp_path))
    report = build(year.plan, FIRST, LAST, place_level="district")
    places = {pk: str(pk) for pk in Place.objects.values_list("pk", flat=True)}
    assert cells(report, "place", places) == recounted(tmp_path, rehearsal=False)["by_district"]


def test_folding_bit_by_bit_comes_to_the_same_ledger(year):
    columns = (
        "source_kind",
        "source_key",
        "indicator__code",
        "value",
        "basis",
        "period_from",
        "place_id",
        "heads",
    )
    whole = sorted(map(str, LedgerRow.objects.values_list(*columns)))
    LedgerRow.objects.all().delete()
    fold(since=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    assert sorted(map(str, LedgerRow.objects.values_list(*columns))) == whole


def test_the_script_imports_nothing_of_the_project():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_exported_text_is_no_formula(year, tmp_path):
    channel = year.channel()
    type(channel).objects.filter(pk=channel.pk).update(name="=HYPERLINK(1)")
    year.item(channel, "2025-05-05")
    call_command("export_ledger", "--from", str(FIRST), "--to", str(LAST), "--output", str(tmp_path))
    text = (tmp_path / "deliveries.csv").read_text(encoding="utf-8")
    assert "'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text
